//! Where answers go that a visitor misses: the address that they left.

use super::links;
use crate::{relay::Relay, secrets};
use shopbell_channels::{Target, email};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, RelayFrame, ShopId, When, limits,
};
use shopbell_store::{self as store, Channel, ChannelAdded, StoreError};

/// Where unseen answers come to; none when the visitor has left no address.
pub(crate) async fn address_of(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
) -> Result<Option<String>, StoreError> {
    Ok(address_among(relay.store.channels_of(shop, conversation).await?))
}

/// The same by the visitor's channels, which were just looked up.
pub(crate) fn address_among(channels: Vec<Channel>) -> Option<String> {
    let mut channels = channels.into_iter();
    let mail = channels.find(|channel| channel.kind == ChannelKind::Email && !channel.health.gone);
    mail.map(|channel| channel.label)
}

/// A visitor leaves an address, or takes it away; gives what stands now.
pub(crate) async fn leave_address(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
    email: &str,
    allowed: bool,
) -> Result<RelayFrame, StoreError> {
    let email = email.trim();
    let before = relay.store.channels_of(shop, conversation).await?;
    // One, or several when two devices have left one at the same moment: then all of them go.
    let before: Vec<_> = before.into_iter().filter(|channel| channel.kind == ChannelKind::Email).collect();
    let known = before.first();
    if before.len() == 1 && known.is_some_and(|channel| channel.label == email && !channel.health.gone) {
        return Ok(RelayFrame::Address { email: Some(email.into()), refused: false });
    }
    let target = Target::Email(email::Mailbox { address: email.into() });
    let possible = email.len() <= limits::EMAIL_BYTES && target.check().is_ok() && relay.outside.can_mail();
    if !allowed || !(email.is_empty() || possible) {
        return Ok(RelayFrame::Address { email: known.map(|channel| channel.label.clone()), refused: true });
    }
    for known in &before {
        relay.store.remove_channel(shop, known.id).await?;
    }
    if email.is_empty() {
        relay.store.set_link_secret(shop, conversation, None).await?;
        return Ok(RelayFrame::Address { email: None, refused: false });
    }
    let (Ok(random), Ok(json)) = (relay.entropy.id(), serde_json::to_string(&target)) else {
        return Ok(RelayFrame::Address { email: None, refused: true });
    };
    let channel = ChannelId::new(relay.clock.now().0, random);
    let new = store::NewChannel {
        id: channel,
        shop: shop.clone(),
        conversation: Some(conversation),
        kind: ChannelKind::Email,
        label: email.into(),
        far: target.far(),
        target: store::Target(json),
        rule: ChannelRule {
            when: When::Unanswered { minutes: relay.config.channels.visitor_mail_after_minutes },
            only_outside: true,
            quiet: None,
        },
        at: relay.clock.now(),
    };
    let added = relay.store.add_channel(new).await? == ChannelAdded::Done;
    if added {
        let secret = links::link_secret(&relay.outside.key, channel, conversation);
        relay.store.set_link_secret(shop, conversation, Some(secrets::digest(&secret))).await?;
    }
    Ok(RelayFrame::Address { email: added.then(|| email.into()), refused: !added })
}
