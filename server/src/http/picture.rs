//! Pictures, for those who may read the conversation that they belong to.

use super::{HttpError, caller::Caller, cookies, talk};
use crate::{relay::Relay, secrets};
use axum::{
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use shopbell_protocol::{ConversationId, Credential, HeldId, PictureId, ShopId};
use shopbell_store::{PictureFile, PictureKind};
use std::sync::Arc;

/// Whoever asks is the same person for as long as their browser keeps it, and no id ever
/// stands for another picture.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Who asks, for a page in a browser that keeps no cookies.
    with: Option<String>,
}

/// `GET /talk/{shop}/picture/{picture}`: for the visitor, in their own conversation.
pub(super) async fn of_visitor(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    relay.guard.request(caller.address).map_err(HttpError::too_fast)?;
    let (Ok(Path((shop, picture))), Ok(Query(asked))) = (path, asked) else {
        return Err(HttpError::not_found());
    };
    let (Ok(shop), Some(picture)) = (ShopId::parse(&shop), PictureId::parse(&picture)) else {
        return Err(HttpError::not_found());
    };
    let by_page = || asked.with.as_deref().and_then(secrets::parse_key);
    let credential = bearer(&headers).or_else(by_page).or_else(|| cookies::visitor(&headers));
    let credential = credential.ok_or_else(HttpError::not_found)?;
    if talk::own_conversation(&relay, &shop, &credential).await?.is_none() {
        return Err(HttpError::not_found());
    }
    show(relay.store.picture(&shop, credential.conversation, picture).await?)
}

/// `GET /inbox/picture/{conversation}/{picture}`: for the owner, in their own shop.
pub(super) async fn of_owner(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let shop = shop_of(&relay, &caller, &headers).await?;
    let Ok(Path((conversation, picture))) = path else { return Err(HttpError::not_found()) };
    match (ConversationId::parse(&conversation), PictureId::parse(&picture)) {
        (Some(conversation), Some(picture)) => show(relay.store.picture(&shop, conversation, picture).await?),
        _ => Err(HttpError::not_found()),
    }
}

/// `GET /inbox/held/{held}/{picture}`: of an answer that waits for the owner's word.
pub(super) async fn of_held(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let shop = shop_of(&relay, &caller, &headers).await?;
    let Ok(Path((held, picture))) = path else { return Err(HttpError::not_found()) };
    match (HeldId::parse(&held), PictureId::parse(&picture)) {
        (Some(held), Some(picture)) => {
            show(relay.store.held_pictures(&shop, held, Some(picture)).await?.pop())
        }
        _ => Err(HttpError::not_found()),
    }
}

/// The shop whose owner asks.
async fn shop_of(relay: &Relay, caller: &Caller, headers: &HeaderMap) -> Result<ShopId, HttpError> {
    relay.guard.request(caller.address).map_err(HttpError::too_fast)?;
    let token = cookies::owner(headers, &relay.own.origin(headers)).ok_or_else(HttpError::signed_out)?;
    let session = relay.store.session(token.digest(), relay.clock.now()).await?;
    session.map(|session| session.shop).ok_or_else(HttpError::signed_out)
}

/// The visitor's key as the widget shows it (RFC 6750, clause 2.1).
fn bearer(headers: &HeaderMap) -> Option<Credential> {
    let said = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    secrets::parse_key(said.strip_prefix("Bearer ")?)
}

fn show(file: Option<PictureFile>) -> Result<Response, HttpError> {
    let PictureFile { kind, bytes, .. } = file.ok_or_else(HttpError::not_found)?;
    let (media_type, saved_as) = match kind {
        PictureKind::Jpeg => ("image/jpeg", "inline; filename=\"picture.jpg\""),
        PictureKind::Png => ("image/png", "inline; filename=\"picture.png\""),
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(saved_as));
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    Ok(response)
}
