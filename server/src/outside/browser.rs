//! Browsers that show a visitor the answers that they miss.

use super::words;
use crate::relay::Relay;
use shopbell_channels::{Target, push};
use shopbell_protocol::{
    Browser, ChannelId, ChannelKind, ChannelRule, ConversationId, RelayFrame, ShopId, When, limits,
};
use shopbell_store::{self as store, Channel, ChannelAdded, StoreError};

/// What a visitor's browser is called in the owner's inbox. What it is is none of theirs.
const LABEL: &str = "the visitor's browser";

/// A visitor wants to be notified by a browser, or not any more; gives what stands now.
pub(crate) async fn notify(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
    browser: Browser,
    allowed: bool,
) -> Result<RelayFrame, StoreError> {
    let refused = RelayFrame::Notified { on: false, refused: true };
    let Browser { endpoint, keys } = browser;
    let browsers = relay.store.channels_of(shop, conversation).await?;
    let mut browsers: Vec<_> =
        browsers.into_iter().filter(|channel| channel.kind == ChannelKind::Push).collect();
    let known = browsers.iter().position(|channel| leads_to(channel, &endpoint));
    let known = known.map(|place| browsers.remove(place));
    let Some(keys) = keys else {
        if let Some(known) = known {
            relay.store.remove_channel(shop, known.id).await?;
        }
        return Ok(RelayFrame::Notified { on: false, refused: false });
    };
    let target = Target::Push(push::Subscription {
        endpoint,
        p256dh: keys.p256dh,
        auth: keys.auth,
        device: LABEL.into(),
        hide_words: false,
    });
    let Ok(json) = serde_json::to_string(&target) else { return Ok(refused) };
    if known.as_ref().is_some_and(|known| known.health.is_well() && known.target.0 == json) {
        return Ok(RelayFrame::Notified { on: true, refused: false });
    }
    // A push can be sealed for it, and it is not too much to keep.
    let is_sound = target.check().is_ok() && json.len() <= 2 * limits::TARGET_BYTES;
    let possible = relay.outside.kinds.contains_key(&ChannelKind::Push) && is_sound;
    let (true, true, Ok(random)) = (allowed, possible, relay.entropy.id()) else { return Ok(refused) };
    // One that was given up is of no use to anybody, and the oldest gives way.
    let room = limits::VISITOR_BROWSERS - 1;
    let (gone, mut well): (Vec<_>, Vec<_>) = browsers.into_iter().partition(|channel| channel.health.gone);
    let oldest = well.len().saturating_sub(room);
    for old in gone.into_iter().chain(well.drain(..oldest)) {
        relay.store.remove_channel(shop, old.id).await?;
    }
    let at = relay.clock.now();
    let new = store::NewChannel {
        id: known.map_or_else(|| ChannelId::new(at.0, random), |known| known.id),
        shop: shop.clone(),
        conversation: Some(conversation),
        kind: ChannelKind::Push,
        label: LABEL.into(),
        far: target.far(),
        target: store::Target(json),
        rule: ChannelRule { when: When::AtOnce, only_outside: true, quiet: None },
        at,
    };
    let added = relay.store.add_channel(new).await? == ChannelAdded::Done;
    Ok(RelayFrame::Notified { on: added, refused: !added })
}

fn leads_to(channel: &Channel, endpoint: &str) -> bool {
    matches!(words::target(channel), Some(Target::Push(browser)) if browser.endpoint == endpoint)
}
