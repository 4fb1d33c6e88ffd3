//! What the owner has said at a channel was opened by the visitor: the channel may show it there.

use super::words;
use crate::{limits, relay::Relay};
use shopbell_channels::Seen;
use shopbell_protocol::{ConversationId, Seq, ShopId, Side, UnixMillis};
use shopbell_store::{Channel, StoreError};
use std::sync::Arc;
use tokio::time::timeout;

/// Something was said at a channel, and this is what the channel knows it by.
pub(super) async fn said(
    relay: &Arc<Relay>,
    channel: &Channel,
    conversation: ConversationId,
    said: (String, Seq),
    at: UnixMillis,
) -> Result<(), StoreError> {
    let seq = said.1;
    relay.store.note_said(channel.id, conversation, said, at).await?;
    // A visitor who looks at it may have opened it before it was noted.
    let kept = relay.store.conversation(&channel.shop, conversation).await?;
    if channel.side() == Side::Owner && kept.is_some_and(|kept| kept.visitor_receipt.opened >= seq) {
        seen(relay, &channel.shop, conversation, seq);
    }
    Ok(())
}

/// The visitor has come so far in a conversation. Best effort, and nobody waits for it.
pub(crate) fn seen(relay: &Arc<Relay>, shop: &ShopId, conversation: ConversationId, upto: Seq) {
    if !relay.outside.kinds.values().any(|way| way.shows_seen()) {
        return;
    }
    let (relay, shop) = (Arc::clone(relay), shop.clone());
    tokio::spawn(async move {
        if let Err(error) = tell(&relay, &shop, conversation, upto).await {
            tracing::warn!(%error, "the store could not say what was said on which channels");
        }
    });
}

async fn tell(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
    upto: Seq,
) -> Result<(), StoreError> {
    for channel in relay.store.channels(shop).await? {
        let way = relay.outside.kinds.get(&channel.kind).filter(|way| way.shows_seen());
        let Some(way) = way.filter(|_| channel.health.is_well()) else { continue };
        let Some(name) = relay.store.last_said(channel.id, conversation, upto).await? else { continue };
        let Some(target) = words::target(&channel) else { continue };
        let seen = Seen { target: &target, name: &name };
        if let Ok(Err(failure)) = timeout(limits::HAND_WITHIN, way.seen(seen)).await {
            tracing::debug!(kind = %channel.kind, reason = %failure.reason, "a channel does not show that it was seen");
        }
    }
    Ok(())
}
