//! What is handed over in these tests.

use shopbell_channels::{Alarm, Notice, Opened, Parcel, Target, Words};
use shopbell_protocol::{
    ChannelId, ConversationId, Message, MessageId, Page, RANDOM_BYTES, Seq, ShopId, Side, UnixMillis,
};

/// The time of day in these tests: 2026-03-14 15:09:26.535 UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_773_500_966_535);

pub(crate) fn shop() -> ShopId {
    ShopId::parse("oak-and-ash").expect("an id")
}

pub(crate) fn conversation() -> ConversationId {
    ConversationId::new(NOW.0, [1; RANDOM_BYTES])
}

pub(crate) fn channel() -> ChannelId {
    ChannelId::new(NOW.0, [2; RANDOM_BYTES])
}

pub(crate) fn message(seq: u32, from: Side, body: &str) -> Message {
    let random = [u8::try_from(seq).expect("few"); RANDOM_BYTES];
    Message {
        id: MessageId::new(NOW.0, random),
        seq: Seq(seq),
        from,
        at: NOW,
        body: body.into(),
        system: false,
        pictures: Vec::new(),
    }
}

/// A visitor's words to the owner, from this place on.
pub(crate) fn words_from(first: u32, bodies: &[&str]) -> Words {
    let places = (first..).zip(bodies);
    Words {
        to: Side::Owner,
        shop: shop(),
        shop_name: "Oak & Ash".into(),
        owner: "Maya".into(),
        conversation: conversation(),
        visitor: None,
        page: Some(Page { url: "https://oak-and-ash.example/stools".into(), title: "Stools".into() }),
        messages: places.map(|(seq, body)| message(seq, Side::Visitor, body)).collect(),
        before: Vec::new(),
        began_at: NOW,
        link: format!("https://relay.example/inbox#with={}", conversation()),
        stop_link: None,
        show_words: true,
        gone: vec![],
    }
}

pub(crate) fn words(bodies: &[&str]) -> Notice {
    Notice::Words(Box::new(words_from(1, bodies)))
}

pub(crate) fn alarm() -> Notice {
    Notice::Alarm(Alarm {
        shop: shop(),
        shop_name: "Oak & Ash".into(),
        about: "E-mail to maya@oak-and-ash.example".into(),
        since: NOW,
        reason: "Its certificate has expired.".into(),
        link: "https://relay.example/inbox#settings".into(),
    })
}

pub(crate) fn test() -> Notice {
    Notice::Test {
        shop: shop(),
        shop_name: "Oak & Ash".into(),
        link: "https://relay.example/inbox#settings".into(),
    }
}

pub(crate) fn parcel<'a>(target: &'a Target, key: &'a str, notice: &'a Notice) -> Parcel<'a> {
    Parcel { channel: channel(), target, key, notice, memo: None, now: NOW }
}

pub(crate) fn opened<'a>(
    target: &'a Target,
    shop: &'a ShopId,
    upto: u32,
    memo: Option<&'a str>,
) -> Opened<'a> {
    Opened { channel: channel(), target, shop, conversation: conversation(), upto: Seq(upto), memo, now: NOW }
}
