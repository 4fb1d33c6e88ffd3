//! What people see of the channels: the owner their list, the visitor whether anybody can
//! be reached.

use crate::{hub::ShopRoom, relay::Relay};
use shopbell_protocol::{ChannelKind, ChannelLine, ChannelOffer, RelayFrame, ShopId};
use shopbell_store::{Channel, StoreError, Wake};

/// The owner's channels, as their settings show them.
pub(super) async fn channels(relay: &Relay, shop: &ShopId) -> Result<RelayFrame, StoreError> {
    let channels = relay.store.channels(shop).await?;
    let offer = |kind: &ChannelKind| ChannelOffer { kind: *kind, key: relay.outside.keys.get(kind).cloned() };
    Ok(RelayFrame::Channels {
        channels: channels.into_iter().map(line).collect(),
        offers: relay.outside.kinds.keys().map(offer).collect(),
        held: relay.store.count_held(shop).await?,
    })
}

/// What an owner's device is told when it comes; nothing where there are no channels.
pub(crate) async fn shown(relay: &Relay, shop: &ShopId) -> Result<Option<RelayFrame>, StoreError> {
    if relay.outside.kinds.is_empty() {
        return Ok(None);
    }
    channels(relay, shop).await.map(Some)
}

fn line(channel: Channel) -> ChannelLine {
    ChannelLine {
        channel: channel.id,
        kind: channel.kind,
        label: channel.label,
        rule: channel.rule,
        health: channel.health,
        waiting: channel.waiting,
        stuck: channel.stuck,
    }
}

/// Tells the owner's devices of their channels, and the visitors when it changes whether
/// anybody can be reached, at every relay.
pub(super) async fn changed(relay: &Relay, shop: &ShopId) -> Result<(), StoreError> {
    relay.hub.spread(Wake::Channels { shop: shop.clone() });
    changed_elsewhere(relay, shop).await
}

/// The same for those at this one.
pub(crate) async fn changed_elsewhere(relay: &Relay, shop: &ShopId) -> Result<(), StoreError> {
    let Some(room) = relay.hub.find_room(shop) else { return Ok(()) };
    if room.has_owners() {
        relay.hub.tell_owners(shop, &channels(relay, shop).await?);
    }
    let was = room.owner_unreachable();
    if reach(relay, &room).await? != was {
        relay.hub.tell_owner_presence(&room);
    }
    Ok(())
}

/// Tells an owner who has a visitor's conversation open how the visitor can be reached now.
pub(super) fn visitors_ways(relay: &Relay, channel: &Channel) {
    if let (Some(conversation), Some(room)) = (channel.conversation, relay.hub.find_room(&channel.shop)) {
        relay.hub.learned(&room, conversation);
    }
}

/// Whether no way to the owner works, looked up anew. A shop without channels has its
/// inbox, which waits for whoever opens it, and promises no more.
pub(crate) async fn reach(relay: &Relay, room: &ShopRoom) -> Result<bool, StoreError> {
    Ok(reach_by(room, &relay.store.channels(room.shop()).await?))
}

/// The same by the shop's channels, which were just looked up.
pub(crate) fn reach_by(room: &ShopRoom, channels: &[Channel]) -> bool {
    let down = !channels.is_empty() && channels.iter().all(|channel| !channel.health.is_well());
    room.note_channels(down);
    room.owner_unreachable()
}
