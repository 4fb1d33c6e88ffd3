//! `/hook/{kind}/{rest}`: requests of the channels' far sides. Whether one is really
//! theirs is for the channel to prove.

use super::{HttpError, body, caller::Caller};
use crate::{outside::RelayEars, relay::Relay};
use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use shopbell_channels::{HookRequest, limits};
use shopbell_protocol::ChannelKind;
use std::sync::Arc;

/// Passes a request on to the channel of its kind.
pub(super) async fn receive(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    relay.guard.request(caller.address).map_err(HttpError::too_fast)?;
    let Path((kind, rest)) = path.map_err(|_| HttpError::not_found())?;
    let channel = ChannelKind::parse(&kind).and_then(|kind| relay.outside.kinds.get(&kind));
    let channel = Arc::clone(channel.ok_or_else(HttpError::not_found)?);
    let body = body::read(body, limits::HOOK_BYTES).await?;
    let text = |(name, value): (&header::HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers: Vec<_> = headers.iter().filter_map(text).collect();
    let request = HookRequest {
        rest: &rest,
        method: method.as_str(),
        headers: &headers,
        body: &body,
        address: caller.address,
    };
    let answer = channel.hook(request, &RelayEars(Arc::clone(&relay))).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = answer.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
