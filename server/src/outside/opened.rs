//! A conversation was opened: channels may take away what they show of it, or show that what was
//! said there was seen.

use super::words;
use crate::{limits, relay::Relay};
use shopbell_channels::{Opened, Seen};
use shopbell_protocol::{ConversationId, Seq, ShopId, Side, UnixMillis};
use shopbell_store::{Channel, StoreError};
use std::sync::Arc;
use tokio::time::timeout;

/// Tells the owner's channels that a side has a conversation open so far: the owner elsewhere, or
/// the visitor what the owner has said there. Best effort, and nobody waits for it.
pub(crate) fn opened(relay: &Arc<Relay>, shop: &ShopId, conversation: ConversationId, by: Side, upto: Seq) {
    let mut ways = relay.outside.kinds.values();
    if !ways.any(|way| by == Side::Owner || way.shows_seen()) {
        return;
    }
    let (relay, shop) = (Arc::clone(relay), shop.clone());
    tokio::spawn(async move {
        if let Err(error) = tell(&relay, &shop, conversation, by, upto).await {
            tracing::warn!(%error, "the store could not say which channels show a conversation");
        }
    });
}

async fn tell(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
    by: Side,
    upto: Seq,
) -> Result<(), StoreError> {
    for channel in relay.store.channels(shop).await? {
        let way = relay.outside.kinds.get(&channel.kind).filter(|_| channel.health.is_well());
        let Some(way) = way.filter(|way| by == Side::Owner || way.shows_seen()) else { continue };
        let known = match by {
            Side::Owner => relay.store.memo(channel.id, conversation).await?,
            Side::Visitor => relay.store.last_said(channel.id, conversation, upto).await?,
        };
        let (Some(known), Some(target)) = (known, words::target(&channel)) else { continue };
        let told = match by {
            Side::Owner => way.opened(Opened {
                channel: channel.id,
                target: &target,
                shop,
                conversation,
                upto,
                memo: Some(&known),
                now: relay.clock.now(),
            }),
            Side::Visitor => way.seen(Seen { target: &target, name: &known }),
        };
        if let Ok(Err(failure)) = timeout(limits::HAND_WITHIN, told).await {
            tracing::debug!(kind = %channel.kind, reason = %failure.reason, "a channel does not show what was opened");
        }
    }
    Ok(())
}

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
    if channel.side() == Side::Visitor {
        return Ok(());
    }
    // A visitor who looks at it may have opened it before it was noted.
    let kept = relay.store.conversation(&channel.shop, conversation).await?;
    if kept.is_some_and(|kept| kept.visitor_receipt.opened >= seq) {
        opened(relay, &channel.shop, conversation, Side::Visitor, seq);
    }
    Ok(())
}
