//! Opens a talk for whoever says they want one, on a socket or in an exchange.

use super::{HttpError, caller::Caller, cookies};
use crate::{
    relay::Relay,
    talk::{OwnerTalk, Talk, VisitorTalk},
};
use axum::http::HeaderMap;
use serde::Deserialize;
use shopbell_protocol::Side;
use std::sync::Arc;

/// `?speaker=visitor|owner`.
#[derive(Deserialize)]
pub(super) struct Speaker {
    speaker: Side,
}

/// Lets nobody in but pages of the relay's own, and each address so often. To be
/// asked before anything else is read or done.
pub(super) fn may_speak(relay: &Relay, caller: &Caller, headers: &HeaderMap) -> Result<(), HttpError> {
    if !relay.own.is_own(headers) {
        return Err(HttpError::foreign());
    }
    relay.guard.request(caller.address).map_err(HttpError::too_fast)
}

/// Opens the talk of whoever [`may_speak`]. An owner is known by the cookie.
pub(super) async fn open(
    relay: &Arc<Relay>,
    speaker: &Speaker,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Talk, HttpError> {
    match speaker.speaker {
        Side::Visitor => Ok(Talk::Visitor(VisitorTalk::new(relay, caller.address))),
        Side::Owner => {
            let session = match cookies::owner(headers, &relay.own.origin(headers)) {
                Some(token) => {
                    let session = relay.store.session(token.digest(), relay.clock.now()).await?;
                    session.map(|session| (token, session))
                }
                None => None,
            };
            let origin = relay.own.origin(headers).as_str().to_owned();
            Ok(Talk::Owner(OwnerTalk::new(relay, caller.address, session, origin)))
        }
    }
}
