//! `POST /exchange`: a talk for those whose network blocks WebSockets.

use super::{
    HttpError, body,
    caller::Caller,
    speaker::{self, Speaker},
};
use crate::{limits, relay::Relay, talk};
use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::value::RawValue;
use shopbell_protocol::{ErrorCode, limits as wire};
use std::sync::Arc;

/// Hears the frames in the body, and answers with everything the relay says.
pub(super) async fn exchange(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    query: Result<Query<Speaker>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    let Query(speaker) = query.map_err(|_| HttpError::bad("Say ?speaker=visitor or ?speaker=owner."))?;
    speaker::may_speak(&relay, &caller, &headers)?;
    let body = body::read(body, limits::EXCHANGE_BYTES).await?;
    let said: Vec<&RawValue> = serde_json::from_slice(&body)
        .map_err(|_| HttpError::bad("An exchange is a JSON array of frames, and begins with hello."))?;
    let fits = said.iter().all(|frame| frame.get().len() <= wire::FRAME_BYTES);
    if said.is_empty() || said.len() > wire::EXCHANGE_FRAMES || !fits {
        return Err(HttpError::bad("An exchange has 1 to 64 frames of at most 32 KiB each."));
    }
    let talk = speaker::open(&relay, &speaker, &caller, &headers).await?;
    let said: Vec<&str> = said.iter().map(|frame| frame.get()).collect();
    let exchanged = talk::exchange(talk, &said).await;
    if !exchanged.complete {
        // What was taken may be kept later; sending it again is harmless.
        return Err(HttpError::busy(limits::BUSY_RETRY_MS));
    }
    let status = match exchanged.refused {
        None => StatusCode::OK,
        Some(ErrorCode::SignedOut) => StatusCode::UNAUTHORIZED,
        Some(ErrorCode::TooFast) => StatusCode::TOO_MANY_REQUESTS,
        Some(ErrorCode::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        Some(ErrorCode::NoSuchShop) => StatusCode::NOT_FOUND,
        Some(ErrorCode::NotYours) => StatusCode::FORBIDDEN,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    let json = HeaderValue::from_static("application/json");
    Ok((status, [(header::CONTENT_TYPE, json)], exchanged.to_json()).into_response())
}
