//! `/stop/{token}`: a visitor wants no more mail. A mail program may post at once (RFC
//! 8058, clause 3.2); a person who opens the address is asked first, for programs that
//! look at links open it too.

use super::{Framed, HttpError, caller::Caller};
use crate::{outside, pages, relay::Relay};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use shopbell_protocol::Side;
use shopbell_store::Channel;
use std::sync::Arc;

/// `GET`: asks.
pub(super) async fn ask(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, HttpError> {
    let (token, channel) = find(&relay, &caller, path).await?;
    match channel {
        Some(channel) => Ok(pages::stop(&channel.label, &format!("/stop/{token}"))),
        None => Ok(pages::notice(pages::Words.stopped(), &Framed::Nowhere)),
    }
}

/// `POST`: takes the address away.
pub(super) async fn stop(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, HttpError> {
    let (_, channel) = find(&relay, &caller, path).await?;
    if let Some(Channel { id, shop, conversation: Some(conversation), .. }) = channel {
        let gone = relay.store.remove_channel(&shop, id).await.map_err(HttpError::from);
        gone.map_err(HttpError::into_page)?;
        let closed = relay.store.set_link_secret(&shop, conversation, None).await.map_err(HttpError::from);
        closed.map_err(HttpError::into_page)?;
    }
    Ok(pages::notice(pages::Words.stopped(), &Framed::Nowhere))
}

/// The token, and the visitor's channel that it is of, while there is one.
async fn find(
    relay: &Relay,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<(String, Option<Channel>), HttpError> {
    relay.guard.request(caller.address).map_err(|limit| HttpError::too_fast(limit).into_page())?;
    let Path(token) = path.map_err(|_| HttpError::not_found().into_page())?;
    let Some(channel) = outside::stopped_channel(&relay.outside.key, &token) else {
        return Err(HttpError::not_found().into_page());
    };
    let found = relay.store.channel(channel).await.map_err(|error| HttpError::from(error).into_page())?;
    Ok((token, found.filter(|channel| channel.side() == Side::Visitor)))
}
