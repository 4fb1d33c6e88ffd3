//! A conversation was opened: channels may take away what they show of it.

use super::words;
use crate::{limits, relay::Relay};
use shopbell_channels::Opened;
use shopbell_protocol::{ConversationId, Seq, ShopId};
use shopbell_store::StoreError;
use std::sync::Arc;
use tokio::time::timeout;

/// Tells the owner's channels that they have a conversation open elsewhere. Best effort,
/// and nobody waits for it.
pub(crate) fn opened(relay: &Arc<Relay>, shop: &ShopId, conversation: ConversationId, upto: Seq) {
    if relay.outside.kinds.is_empty() {
        return;
    }
    let (relay, shop) = (Arc::clone(relay), shop.clone());
    tokio::spawn(async move {
        if let Err(error) = tell(&relay, &shop, conversation, upto).await {
            tracing::warn!(%error, "the store could not say which channels show a conversation");
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
        let Some(way) = relay.outside.kinds.get(&channel.kind).filter(|_| channel.health.is_well()) else {
            continue;
        };
        let Some(memo) = relay.store.memo(channel.id, conversation).await? else { continue };
        let Some(target) = words::target(&channel) else { continue };
        let opened = Opened {
            channel: channel.id,
            target: &target,
            shop,
            conversation,
            upto,
            memo: Some(&memo),
            now: relay.clock.now(),
        };
        if let Ok(Err(failure)) = timeout(limits::HAND_WITHIN, way.opened(opened)).await {
            tracing::debug!(kind = %channel.kind, reason = %failure.reason, "a channel still shows what was opened");
        }
    }
    Ok(())
}
