//! Web push, against a push service of ours.

mod autopush;
mod faults;
mod hand;
mod other;
mod strict;

use shopbell_channels::{
    Channel, Failure, Handed, Notice, Parcel, Target, Words,
    push::{Contact, Push, PushConfig, VapidKey},
};
use shopbell_protocol::{ChannelId, ConversationId, Message, MessageId, Seq, ShopId, Side, UnixMillis};
use shopbell_tests::{
    clock::{fresh, now_ms},
    far::push::PushService,
};
use std::sync::Arc;

const CONTACT: &str = "mailto:ana@relay.example";

/// A push service, and a relay's end of it.
struct Rig {
    service: PushService,
    key: VapidKey,
    push: Push,
}

impl Rig {
    async fn new() -> Self {
        Self::with_key(9).await
    }

    async fn with_key(byte: u8) -> Self {
        let key = VapidKey::from_bytes(&[byte; 32]).expect("a key");
        let contact = Contact::try_from(CONTACT.to_owned()).expect("a contact");
        let config = PushConfig { contact: Some(contact) };
        let push = Push::new(config, key.clone(), PushService::outbound(), Arc::new(random));
        Self { service: PushService::start().await, key, push }
    }

    fn browser(&self) -> shopbell_tests::far::push::Browser {
        self.service.browser(&self.key.public_key())
    }

    async fn hand(&self, target: &Target, notice: &Notice) -> Result<Handed, Failure> {
        self.push.hand(parcel(target, notice)).await
    }
}

/// Never the same bytes twice.
fn random(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(8) {
        let number = fresh().wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        chunk.copy_from_slice(&number[..chunk.len()]);
    }
}

fn parcel<'a>(target: &'a Target, notice: &'a Notice) -> Parcel<'a> {
    let channel = ChannelId::from_bytes([1; 16]);
    Parcel { channel, target, key: "parcel-1", notice, memo: None, now: UnixMillis(now_ms()) }
}

/// Somebody wrote this, in a conversation.
fn words(conversation: u8, first: u32, bodies: &[&str]) -> Notice {
    let conversation = ConversationId::from_bytes([conversation; 16]);
    let message = |(seq, body): (u32, &&str)| Message {
        id: MessageId::new(u64::from(seq), [0; 10]),
        seq: Seq(seq),
        from: Side::Visitor,
        at: UnixMillis(1_000 + u64::from(seq)),
        body: (*body).to_owned(),
        system: false,
        pictures: Vec::new(),
    };
    Notice::Words(Box::new(Words {
        to: Side::Owner,
        shop: ShopId::parse("oak").expect("a shop's id"),
        shop_name: "Oak & Ash".into(),
        owner: "Maya".into(),
        conversation,
        visitor: Some("Elm 👩‍👩‍👧".into()),
        page: None,
        messages: (first..).zip(bodies).map(message).collect(),
        before: vec![],
        began_at: UnixMillis(1),
        link: format!("https://relay.example/inbox#with={conversation}"),
        stop_link: None,
        show_words: true,
        gone: vec![],
    }))
}
