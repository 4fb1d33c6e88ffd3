//! The loader, which shops' pages name and which may change.

use super::{HttpError, Origin, assets, caller::Caller};
use crate::{relay::Relay, sightings};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use std::sync::Arc;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FIVE_MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// What it is made of.
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding, referer");

/// `GET /shopbell.js`: the loader. The page that names it shows where the bell
/// hangs, and so whose it is.
pub(super) async fn show(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let page = Origin::of_referer(&headers);
    // A store that is away, or a crowd at one address, takes away the name and not the bell.
    let owners = match relay.guard.request(caller.address) {
        Ok(()) => relay.store.owners(page.as_ref().map(Origin::as_str)).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    if let Some(page) = page.filter(|_| !owners.is_empty()) {
        sightings::note(&relay, page);
    }
    let brotli = assets::takes_brotli(&headers);
    let file = relay.loader.naming(&owners, brotli).await.ok_or_else(HttpError::not_found)?;
    let mut response = assets::answer(file, &headers, FIVE_MINUTES);
    response.headers_mut().insert(header::VARY, VARY);
    // Any page may load it, also one that isolates itself (COEP).
    response.headers_mut().insert(CORP, HeaderValue::from_static("cross-origin"));
    Ok(response)
}
