//! `GET /ws`: the WebSocket handshake.

use super::{
    HttpError,
    caller::Caller,
    speaker::{self, Speaker},
};
use crate::{limits, relay::Relay, talk};
use axum::{
    extract::{
        Query, State,
        rejection::QueryRejection,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
};
use shopbell_protocol::{SUBPROTOCOL, limits as wire};
use std::sync::Arc;

/// Opens a socket with small buffers, since most of them wait most of the time.
pub(super) async fn connect(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    query: Result<Query<Speaker>, QueryRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, HttpError> {
    let Query(speaker) = query.map_err(|_| HttpError::bad("Say ?speaker=visitor or ?speaker=owner."))?;
    let upgrade = upgrade.map_err(|_| HttpError::bad("This address is for WebSockets only."))?;
    let mut upgrade = upgrade.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(HttpError::bad("This relay speaks the WebSocket sub-protocol shopbell.v1 only."));
    }
    speaker::may_speak(&relay, &caller, &headers)?;
    let talk = speaker::open(&relay, &speaker, &caller, &headers).await?;
    let behind_proxy = if caller.forwarded {
        let permit = relay.proxied.permit(Some(caller.address));
        Some(permit.ok_or_else(|| HttpError::busy(limits::BUSY_RETRY_MS))?)
    } else {
        None
    };
    upgrade = upgrade
        .read_buffer_size(limits::SOCKET_READ_BYTES)
        .write_buffer_size(limits::SOCKET_WRITE_BYTES)
        .max_write_buffer_size(limits::SOCKET_WRITE_MOST_BYTES)
        .max_message_size(wire::FRAME_BYTES)
        .max_frame_size(wire::FRAME_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let _permits = (caller.permit, behind_proxy);
        talk::serve(socket, talk).await;
    }))
}
