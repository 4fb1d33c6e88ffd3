//! What owners do with their channels.

use super::{held, tell, words, work};
use crate::{
    hub::{Device, encode},
    limits as own_limits,
    relay::Relay,
};
use sha2::{Digest as _, Sha256};
use shopbell_channels::{Target, email, ntfy, push, sms, webhook};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ErrorCode, HeldId, NewChannel, OwnerFrame, RelayFrame, ShopId, Side,
    SigningSecret, limits,
};
use shopbell_store::{self as store, Channel, ChannelAdded, Digest, StoreError};
use std::sync::Arc;

/// An owner's frame that is about channels.
#[derive(Debug)]
pub(crate) enum ChannelFrame {
    Show,
    Add(ChannelId, NewChannel, ChannelRule),
    Edit(ChannelId, ChannelRule),
    Order(Vec<ChannelId>),
    Remove(ChannelId),
    Test(ChannelId),
    Signing(ChannelId),
    LinkCode,
    Held,
    Release(HeldId),
    Discard(HeldId),
}

impl ChannelFrame {
    /// None for a frame that is about something else.
    pub(crate) fn of(frame: OwnerFrame) -> Option<Self> {
        Some(match frame {
            OwnerFrame::Channels {} => Self::Show,
            OwnerFrame::AddChannel { channel, target, rule } => Self::Add(channel, target, rule),
            OwnerFrame::EditChannel { channel, rule } => Self::Edit(channel, rule),
            OwnerFrame::OrderChannels { channels } => Self::Order(channels),
            OwnerFrame::RemoveChannel { channel } => Self::Remove(channel),
            OwnerFrame::TestChannel { channel } => Self::Test(channel),
            OwnerFrame::Signing { channel } => Self::Signing(channel),
            OwnerFrame::LinkCode {} => Self::LinkCode,
            OwnerFrame::Held {} => Self::Held,
            OwnerFrame::Release { held } => Self::Release(held),
            OwnerFrame::Discard { held } => Self::Discard(held),
            OwnerFrame::Hello {}
            | OwnerFrame::List { .. }
            | OwnerFrame::Watch { .. }
            | OwnerFrame::Unwatch {}
            | OwnerFrame::Send { .. }
            | OwnerFrame::Received { .. }
            | OwnerFrame::Opened { .. }
            | OwnerFrame::Typing { .. }
            | OwnerFrame::Before { .. }
            | OwnerFrame::After { .. }
            | OwnerFrame::Name { .. }
            | OwnerFrame::Close { .. }
            | OwnerFrame::Sessions {}
            | OwnerFrame::EndSession { .. }
            | OwnerFrame::Ping {} => return None,
        })
    }
}

/// Who asks.
pub(crate) struct Asker<'a> {
    /// Whose shop.
    pub(crate) shop: &'a ShopId,
    /// The device, for what is answered later.
    pub(crate) device: &'a Arc<Device>,
    /// What the device is called, for people.
    pub(crate) device_name: &'a str,
    /// Whether it may try or add channels now, or has done so too often.
    pub(crate) may_try: bool,
}

/// Does what an owner asks for; gives the answer, if there is one at once.
pub(crate) async fn act(
    relay: &Arc<Relay>,
    asker: &Asker<'_>,
    frame: ChannelFrame,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let (store, shop) = (&relay.store, asker.shop);
    let done = match frame {
        ChannelFrame::Show => return Ok(Ok(Some(tell::channels(relay, shop).await?))),
        ChannelFrame::Held => return Ok(Ok(Some(held::shown(relay, shop).await?))),
        ChannelFrame::Signing(channel) => return signing(relay, asker, channel).await,
        ChannelFrame::LinkCode => return link_code(relay, shop).await,
        ChannelFrame::Add(..) | ChannelFrame::Test(_) if !asker.may_try => {
            return Ok(Err(ErrorCode::TooFast));
        }
        ChannelFrame::Add(channel, target, rule) => return add(relay, asker, channel, target, rule).await,
        ChannelFrame::Test(channel) => return test(relay, asker, channel).await,
        ChannelFrame::Edit(_, rule) if !rule.is_well_formed() => return Ok(Err(ErrorCode::OverLimit)),
        ChannelFrame::Edit(channel, rule) => store.set_rule(shop, channel, rule).await?,
        ChannelFrame::Order(order) if order.len() > limits::CHANNELS => return Ok(Err(ErrorCode::OverLimit)),
        ChannelFrame::Order(order) => {
            store.order_channels(shop, order).await?;
            true
        }
        ChannelFrame::Remove(channel) => store.remove_channel(shop, channel).await?,
        ChannelFrame::Discard(id) => store.drop_held(shop, id).await?,
        ChannelFrame::Release(id) => held::release(relay, shop, id).await?,
    };
    if !done {
        return Ok(Err(ErrorCode::NoSuchChannel));
    }
    tell::changed(relay, shop).await?;
    relay.hub.wake_outside();
    Ok(Ok(None))
}

async fn add(
    relay: &Arc<Relay>,
    asker: &Asker<'_>,
    channel: ChannelId,
    new: NewChannel,
    rule: ChannelRule,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let Some(target) = target(relay, asker.device_name, new) else {
        return Ok(Err(ErrorCode::NoSuchChannel));
    };
    if !rule.is_well_formed() {
        return Ok(Err(ErrorCode::OverLimit));
    }
    if let Err(bad) = target.check() {
        return Ok(Ok(Some(RelayFrame::ChannelTried { channel, problem: Some(bad.0) })));
    }
    let Ok(json) = serde_json::to_string(&target) else { return Ok(Err(ErrorCode::BadTarget)) };
    if json.len() > 2 * limits::TARGET_BYTES {
        return Ok(Err(ErrorCode::OverLimit));
    }
    let new = store::NewChannel {
        id: channel,
        shop: asker.shop.clone(),
        conversation: None,
        kind: target.kind(),
        label: target.label(),
        far: target.far(),
        target: store::Target(json),
        rule,
        at: relay.clock.now(),
    };
    match relay.store.add_channel(new).await? {
        ChannelAdded::Done => {}
        ChannelAdded::TooMany => return Ok(Err(ErrorCode::TooMany)),
        ChannelAdded::NotYours => return Ok(Err(ErrorCode::NoSuchChannel)),
    }
    tell::changed(relay, asker.shop).await?;
    relay.hub.wake_outside();
    Ok(Ok(None))
}

/// Where a new channel leads; none for a kind that this relay is not set up for.
fn target(relay: &Relay, device_name: &str, new: NewChannel) -> Option<Target> {
    let target = match new {
        NewChannel::Email { address } => Target::Email(email::Mailbox { address: address.trim().into() }),
        NewChannel::Push { endpoint, p256dh, auth, hide_words } => Target::Push(push::Subscription {
            endpoint,
            p256dh,
            auth,
            device: device_name.into(),
            hide_words,
        }),
        NewChannel::Ntfy { url, token } => {
            let token = token.filter(|token| !token.trim().is_empty());
            Target::Ntfy(ntfy::Topic { url: url.trim().into(), token })
        }
        NewChannel::Webhook { url } => {
            let secret = webhook::draw_secret(&relay.entropy.secret().ok()?);
            Target::Webhook(webhook::Endpoint { url: url.trim().into(), secret })
        }
        NewChannel::Sms { number } => {
            let number = number.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/')).collect();
            Target::Sms(sms::Phone { number })
        }
    };
    relay.outside.kinds.contains_key(&target.kind()).then_some(target)
}

/// The owner's own channel with this id.
async fn own(relay: &Relay, asker: &Asker<'_>, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let found = relay.store.channel(id).await?;
    Ok(found.filter(|channel| channel.shop == *asker.shop && channel.side() == Side::Owner))
}

/// Where the shop's own system speaks to the relay, and what both sign with.
async fn signing(
    relay: &Relay,
    asker: &Asker<'_>,
    id: ChannelId,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let target = own(relay, asker, id).await?.and_then(|channel| words::target(&channel));
    let Some(Target::Webhook(endpoint)) = target else { return Ok(Err(ErrorCode::NoSuchChannel)) };
    let address = format!("{}/hook/{}/{id}", relay.own.fallback(), ChannelKind::Webhook);
    let secret = SigningSecret(endpoint.secret);
    Ok(Ok(Some(RelayFrame::Signing { channel: id, address, secret })))
}

/// Tries a channel for real; what comes of it is told when it is known.
async fn test(
    relay: &Arc<Relay>,
    asker: &Asker<'_>,
    id: ChannelId,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let Some(mut channel) = own(relay, asker, id).await? else { return Ok(Err(ErrorCode::NoSuchChannel)) };
    let Some(shop) = relay.store.shop(asker.shop).await? else { return Ok(Err(ErrorCode::NoSuchShop)) };
    let (relay, device) = (Arc::clone(relay), Arc::clone(asker.device));
    tokio::spawn(async move {
        let notice = words::test(&relay, &shop);
        let now = relay.clock.now();
        let key = format!("{id}-test-{}", now.0);
        let tried = work::send(&relay, &channel, &notice, &key, None).await;
        let problem = tried.as_ref().err().map(|failure| failure.reason.clone());
        // What the test has shown holds for the next message too.
        let noted = match tried {
            Ok(_) => work::succeeded(&relay, &mut channel, now).await,
            Err(failure) => work::failed(&relay, &mut channel, &failure, now).await.map(drop),
        };
        if let Err(error) = noted {
            tracing::error!(%error, "the store failed a channel's test");
        }
        device.push(encode(&RelayFrame::ChannelTried { channel: id, problem }));
    });
    Ok(Ok(None))
}

async fn link_code(
    relay: &Relay,
    shop: &ShopId,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let Ok(random) = relay.entropy.secret() else { return Ok(Err(ErrorCode::Busy)) };
    let code = speakable(&random);
    let digest = Digest(Sha256::digest(code.as_bytes()).into());
    let good_ms = own_limits::LINK_CODE_GOOD_MS;
    let until = shopbell_protocol::UnixMillis(relay.clock.now().0 + u64::from(good_ms));
    relay.store.add_link_code(shop, digest, until).await?;
    Ok(Ok(Some(RelayFrame::LinkCode { code, good_ms })))
}

/// 16 characters of an alphabet of 32 without look-alikes: 80 bits, which nobody guesses
/// in the time that a code is good.
fn speakable(random: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    random[..16].iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// A browser's pushes go elsewhere from now on; false when the shop has no such browser.
pub(crate) async fn renew_push(
    relay: &Arc<Relay>,
    shop: &ShopId,
    old: &str,
    endpoint: String,
    p256dh: String,
    auth: String,
) -> Result<bool, StoreError> {
    for channel in relay.store.channels(shop).await? {
        let Some(Target::Push(known)) = words::target(&channel) else { continue };
        if known.endpoint != old {
            continue;
        }
        let target = Target::Push(push::Subscription { endpoint, p256dh, auth, ..known });
        let Ok(json) = serde_json::to_string(&target) else { return Ok(false) };
        if target.check().is_err() || json.len() > 2 * limits::TARGET_BYTES {
            return Ok(false);
        }
        let renewed = store::NewChannel {
            id: channel.id,
            shop: shop.clone(),
            conversation: None,
            kind: channel.kind,
            label: channel.label,
            far: target.far(),
            target: store::Target(json),
            rule: channel.rule,
            at: relay.clock.now(),
        };
        let done = relay.store.add_channel(renewed).await? == ChannelAdded::Done;
        tell::changed(relay, shop).await?;
        return Ok(done);
    }
    Ok(false)
}
