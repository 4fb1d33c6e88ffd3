//! Answers from outside that wait for the owner's word.

use super::words;
use crate::relay::Relay;
use shopbell_protocol::{HeldId, HeldReply, MessageId, RelayFrame, ShopId, Side};
use shopbell_store::{self as store, Append, StoreError};

pub(super) async fn shown(relay: &Relay, shop: &ShopId) -> Result<RelayFrame, StoreError> {
    let held = relay.store.held(shop).await?;
    let replies = held.into_iter().map(|held| HeldReply {
        held: held.id,
        conversation: held.conversation,
        kind: held.kind,
        from: held.sender,
        reason: held.reason,
        body: held.body,
        as_owner: held.side == Side::Owner,
        at: held.at,
        pictures: held.pictures,
    });
    Ok(RelayFrame::Held { replies: replies.collect() })
}

/// The owner has looked at an answer and says that it is right: it stands in the
/// conversation, as if it had come in undoubted.
pub(super) async fn release(relay: &Relay, shop: &ShopId, id: HeldId) -> Result<bool, StoreError> {
    let Some(held) = relay.store.held(shop).await?.into_iter().find(|held| held.id == id) else {
        return Ok(false);
    };
    let Some(kept) = relay.store.conversation(shop, held.conversation).await? else { return Ok(false) };
    let at = relay.clock.now();
    let drawn = MessageId::from_bytes(*held.id.as_bytes());
    let (conversation, message) = relay.store.hear(held.external, held.conversation, drawn, at).await?;
    let pictures = relay.store.held_pictures(shop, id, None).await?;
    if let Ok(body) = words::body(&held.body, !pictures.is_empty())
        && conversation == held.conversation
    {
        let append = Append {
            origin: 0,
            shop: shop.clone(),
            conversation,
            id: message,
            from: held.side,
            body,
            system: false,
            at,
            secret: (held.side == Side::Visitor).then_some(kept.secret),
            locale: None,
            time_zone: None,
            page: None,
            pictures,
        };
        match relay.hub.keep(&*relay.store, append).await {
            Ok(Ok(_) | Err(store::AppendError::IdReused)) => {}
            Ok(Err(_)) | Err(_) => {
                return Err(StoreError::Unavailable("the answer could not be kept".into()));
            }
        }
    }
    relay.store.drop_held(shop, id).await
}
