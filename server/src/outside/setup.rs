//! What owners do with their channels, and visitors with their address.

use super::{links, tell, words, work};
use crate::{
    hub::{Device, encode},
    limits as own_limits,
    relay::Relay,
    secrets,
};
use sha2::{Digest as _, Sha256};
use shopbell_channels::{Target, email, ntfy, push, sms, webhook};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, ErrorCode, HeldId, HeldReply, NewChannel,
    RelayFrame, ShopId, Side, When, limits,
};
use shopbell_store::{self as store, Append, Channel, ChannelAdded, Digest, StoreError};
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
    LinkCode,
    Held,
    Release(HeldId),
    Discard(HeldId),
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
        ChannelFrame::Held => return Ok(Ok(Some(held(relay, shop).await?))),
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
        ChannelFrame::Discard(held) => store.drop_held(shop, held).await?,
        ChannelFrame::Release(held) => release(relay, shop, held).await?,
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

/// Tries a channel for real; what comes of it is told when it is known.
async fn test(
    relay: &Arc<Relay>,
    asker: &Asker<'_>,
    id: ChannelId,
) -> Result<Result<Option<RelayFrame>, ErrorCode>, StoreError> {
    let found = relay.store.channel(id).await?;
    let own = |channel: &Channel| channel.shop == *asker.shop && channel.side() == Side::Owner;
    let Some(mut channel) = found.filter(own) else { return Ok(Err(ErrorCode::NoSuchChannel)) };
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

async fn held(relay: &Relay, shop: &ShopId) -> Result<RelayFrame, StoreError> {
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
    });
    Ok(RelayFrame::Held { replies: replies.collect() })
}

/// The owner has looked at an answer and says that it is right: it stands in the
/// conversation, as if it had come in undoubted.
async fn release(relay: &Relay, shop: &ShopId, id: HeldId) -> Result<bool, StoreError> {
    let Some(held) = relay.store.held(shop).await?.into_iter().find(|held| held.id == id) else {
        return Ok(false);
    };
    let Some(kept) = relay.store.conversation(shop, held.conversation).await? else { return Ok(false) };
    let at = relay.clock.now();
    let drawn = shopbell_protocol::MessageId::from_bytes(*held.id.as_bytes());
    let (conversation, message) = relay.store.hear(held.external, held.conversation, drawn, at).await?;
    let body = shopbell_protocol::text::clean_body(&held.body);
    if let Ok(body) = body
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

/// Where unseen answers come to; none when the visitor has left no address.
pub(crate) async fn address_of(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
) -> Result<Option<String>, StoreError> {
    let channels = relay.store.channels_of(shop, conversation).await?;
    let mail =
        channels.into_iter().find(|channel| channel.kind == ChannelKind::Email && !channel.health.gone);
    Ok(mail.map(|channel| channel.label))
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
    let mut before = before.into_iter().filter(|channel| channel.kind == ChannelKind::Email);
    let known = before.next();
    if known.as_ref().is_some_and(|channel| channel.label == email && !channel.health.gone) {
        return Ok(RelayFrame::Address { email: Some(email.into()), refused: false });
    }
    let target = Target::Email(email::Mailbox { address: email.into() });
    let possible = email.len() <= limits::EMAIL_BYTES && target.check().is_ok() && relay.outside.can_mail();
    if !allowed || !(email.is_empty() || possible) {
        return Ok(RelayFrame::Address { email: known.map(|channel| channel.label), refused: true });
    }
    if let Some(known) = known {
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
