//! What a person is told of what waits for them, put together from the store.

use super::links;
use crate::{limits as own_limits, relay::Relay};
use shopbell_channels::{Alarm, Notice, Target, Words, limits};
use shopbell_protocol::{ChannelKind, ConversationId, ErrorCode, Message, Seq, Side, UnixMillis, text};
use shopbell_store::{Channel, Shop, StoreError};

/// The words of an answer from outside, cleaned. Pictures need none beside them.
pub(super) fn body(said: &str, has_pictures: bool) -> Result<String, ErrorCode> {
    match text::clean_body(said) {
        Err(ErrorCode::Empty) if has_pictures => Ok(String::new()),
        cleaned => cleaned,
    }
}

/// What stands in a conversation from the first message that waits on.
pub(super) async fn since(
    relay: &Relay,
    channel: &Channel,
    conversation: ConversationId,
    first: Seq,
) -> Result<Vec<Message>, StoreError> {
    Ok(relay.store.after(&channel.shop, conversation, first.previous()).await?.messages)
}

/// Tells what was written up to a place; none when shop or conversation are no more.
pub(super) async fn words(
    relay: &Relay,
    channel: &Channel,
    conversation: ConversationId,
    messages: Vec<Message>,
) -> Result<Option<Notice>, StoreError> {
    let (store, shop) = (&relay.store, &channel.shop);
    let Some(first) = messages.first().map(|message| message.seq) else { return Ok(None) };
    let Some(its_shop) = store.shop(shop).await? else { return Ok(None) };
    let Some(summary) = store.summary(shop, conversation).await? else { return Ok(None) };
    let Some(kept) = store.conversation(shop, conversation).await? else { return Ok(None) };
    let mut before = store.before(shop, conversation, first).await?.messages;
    before.drain(..before.len().saturating_sub(limits::LINES_BEFORE));
    let (messages, before) = (in_words(messages), in_words(before));
    let origin = relay.own.fallback();
    let (link, stop_link) = match channel.side() {
        Side::Owner => (format!("{origin}/inbox#with={conversation}"), None),
        // The browser that asked has the conversation already.
        Side::Visitor if channel.kind == ChannelKind::Push => (format!("{origin}/talk/{shop}#last"), None),
        Side::Visitor => {
            let key = &relay.outside.key;
            let stop = format!("{origin}/stop/{}", links::stop_token(key, channel.id));
            (links::private_link(origin.as_str(), key, shop, channel.id, conversation), Some(stop))
        }
    };
    Ok(Some(Notice::Words(Box::new(Words {
        to: channel.side(),
        shop: shop.clone(),
        shop_name: its_shop.name,
        owner: its_shop.owner,
        conversation,
        visitor: summary.name,
        page: summary.page,
        messages,
        before,
        began_at: kept.began_at,
        link,
        stop_link,
        show_words: true,
        gone: gone(relay, channel).await?,
    }))))
}

/// No way out carries pictures, so the text says that they are there; the link shows them.
fn in_words(mut messages: Vec<Message>) -> Vec<Message> {
    for message in &mut messages {
        let told = match message.pictures.len() {
            0 => continue,
            1 => "[Picture]".to_owned(),
            count => format!("[{count} pictures]"),
        };
        if !message.body.is_empty() {
            message.body.push('\n');
        }
        message.body.push_str(&told);
    }
    messages
}

/// What a browser can take away when it shows something new.
async fn gone(relay: &Relay, channel: &Channel) -> Result<Vec<ConversationId>, StoreError> {
    if channel.kind != ChannelKind::Push || channel.side() == Side::Visitor {
        return Ok(Vec::new());
    }
    let since = UnixMillis(relay.clock.now().0.saturating_sub(own_limits::SHOWN_MS));
    relay.store.told_and_opened(channel.id, since, own_limits::GONE_AT_ONCE).await
}

/// Tells that another channel does not work.
pub(super) fn alarm(relay: &Relay, shop: &Shop, sick: &Channel) -> Notice {
    let health = &sick.health;
    Notice::Alarm(Alarm {
        shop: shop.id.clone(),
        shop_name: shop.name.clone(),
        about: title(sick),
        since: sick.failing_since.or(health.sick_since).unwrap_or_default(),
        reason: health.reason.clone().unwrap_or_default(),
        link: settings(relay),
    })
}

/// What the test button sends.
pub(super) fn test(relay: &Relay, shop: &Shop) -> Notice {
    Notice::Test { shop: shop.id.clone(), shop_name: shop.name.clone(), link: settings(relay) }
}

/// A channel as its owner knows it.
pub(crate) fn title(channel: &Channel) -> String {
    use shopbell_protocol::ChannelKind::{Email, Ntfy, Push, Sms, Telegram, Webhook};
    let label = &channel.label;
    match channel.kind {
        Email => format!("E-mail to {label}"),
        Push => format!("Notifications on {label}"),
        Telegram => format!("Telegram, {label}"),
        Ntfy => format!("ntfy, {label}"),
        Webhook => format!("The shop's system at {label}"),
        Sms => format!("Text messages to {label}"),
    }
}

/// Where a channel leads; none when it is of a newer relay.
pub(super) fn target(channel: &Channel) -> Option<Target> {
    serde_json::from_str(&channel.target.0).ok()
}

fn settings(relay: &Relay) -> String {
    format!("{}/inbox#settings", relay.own.fallback())
}
