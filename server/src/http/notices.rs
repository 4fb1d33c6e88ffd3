//! What an owner does on a notification, without the app: the service worker posts it,
//! with the session's cookie.

use super::{HttpError, body, caller::Caller, cookies};
use crate::{
    limits, outside,
    relay::Relay,
    talk::{self, OwnerTalk, Talk},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, de::DeserializeOwned};
use shopbell_protocol::{ConversationId, MessageId, OwnerFrame, RelayFrame, limits as wire};
use shopbell_store::OwnerSession;
use std::sync::Arc;

/// An answer that was typed into a notification.
#[derive(Deserialize)]
struct Reply {
    conversation: ConversationId,
    id: MessageId,
    body: String,
}

/// The browser has changed where its pushes go.
#[derive(Deserialize)]
struct Renewal {
    /// Where they went.
    old: String,
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// `POST /inbox/reply`: keeps an answer, by a talk of its own: the same checks and limits
/// as for every other. Sending the same again is harmless.
pub(super) async fn reply(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, HttpError> {
    let (session, token, said) = hear::<Reply>(&relay, &caller, &headers, body, limits::FORM_BYTES).await?;
    let Reply { conversation, id, body } = said;
    let frames = [OwnerFrame::Hello {}, OwnerFrame::Send { conversation, id, body }];
    let frames: Vec<_> = frames.iter().filter_map(|frame| serde_json::to_string(frame).ok()).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let origin = relay.own.origin(&headers).as_str().to_owned();
    let talk = OwnerTalk::new(&relay, caller.address, Some((token, session)), origin);
    let exchanged = talk::exchange(Talk::Owner(talk), &frames).await;
    let said = exchanged.frames.iter().filter_map(|frame| serde_json::from_str(frame).ok());
    let mut outcomes = said.filter_map(|frame| match frame {
        RelayFrame::Kept { id: kept, .. } if kept == id => Some(Ok(StatusCode::NO_CONTENT)),
        RelayFrame::Refused { problem, .. } | RelayFrame::Problem(problem) => {
            Some(Err(HttpError::refused(problem)))
        }
        _ => None,
    });
    outcomes.next().unwrap_or_else(|| Err(HttpError::busy(limits::BUSY_RETRY_MS)))
}

/// `POST /inbox/push`: pushes go elsewhere from now on.
pub(super) async fn renew(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, HttpError> {
    let most = 4 * wire::TARGET_BYTES;
    let (session, _, said) = hear::<Renewal>(&relay, &caller, &headers, body, most).await?;
    let Renewal { old, endpoint, p256dh, auth } = said;
    let renewed = outside::renew_push(&relay, &session.shop, &old, endpoint, p256dh, auth).await?;
    if renewed { Ok(StatusCode::NO_CONTENT) } else { Err(HttpError::not_found()) }
}

/// Who posts, and what.
async fn hear<T: DeserializeOwned>(
    relay: &Relay,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<(OwnerSession, crate::secrets::Token, T), HttpError> {
    if !relay.own.is_own(headers) {
        return Err(HttpError::foreign());
    }
    relay.guard.request(caller.address).map_err(HttpError::too_fast)?;
    let token = cookies::owner(headers, &relay.own.origin(headers)).ok_or_else(HttpError::signed_out)?;
    let session = relay.store.session(token.digest(), relay.clock.now()).await?;
    let session = session.ok_or_else(HttpError::signed_out)?;
    let body = body::read(body, most).await?;
    let said = serde_json::from_slice(&body)
        .map_err(|_| HttpError::bad("This is not what a notification of the inbox sends."))?;
    Ok((session, token, said))
}
