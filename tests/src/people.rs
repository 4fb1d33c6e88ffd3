//! The people: a visitor and an owner, each on a device that runs the real talker.

use crate::clock::{fresh, now_ms};
use crate::far::telegram::Person;
use crate::host::{Door, Host, Record, Storage};
use crate::relay::Relay;
use shopbell_client::{OwnerEvent, OwnerTalker, VisitorTalker};
use shopbell_protocol::{
    ChannelKind, ChannelRule, ConversationId, Credential, MessageId, OwnerFrame, RANDOM_BYTES, Secret, Seq,
    ShopId, VisitorHello, text,
};
use std::ops::Deref;

/// A visitor in a tab.
pub struct Visitor {
    host: Host<VisitorTalker>,
    storage: Storage,
    /// Who they are to the relay.
    pub credential: Credential,
}

/// A credential that no other has.
pub fn credential() -> Credential {
    let (number, now) = (fresh(), now_ms());
    let mut random = [0; RANDOM_BYTES];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let mut secret = [0x5A; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    secret[8..16].copy_from_slice(&now.to_be_bytes());
    Credential { conversation: ConversationId::new(now, random), secret: Secret::new(&secret) }
}

/// A shop's id.
///
/// # Panics
/// When the text is none.
pub fn shop_id(shop: &str) -> ShopId {
    ShopId::parse(shop).expect("a shop's id")
}

fn seed() -> u64 {
    now_ms().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ fresh()
}

impl Visitor {
    /// Comes to a shop for the first time, and opens the panel.
    pub fn new(relay: &Relay, shop: &str) -> Self {
        Self::again(relay, shop, credential(), Storage::default())
    }

    /// Comes again: with this credential, and with what the device's storage holds.
    pub fn again(relay: &Relay, shop: &str, credential: Credential, storage: Storage) -> Self {
        let visitor = Self::waiting(relay.origin(), shop, credential, storage);
        visitor.start();
        visitor
    }

    /// Has the tab open and is not connected yet.
    pub fn waiting(origin: String, shop: &str, credential: Credential, storage: Storage) -> Self {
        let hello = VisitorHello {
            shop: shop_id(shop),
            credential: credential.clone(),
            after: Seq::NONE,
            epoch: 0,
            locale: Some("en-GB".into()),
            time_zone: Some("Europe/London".into()),
            page: None,
        };
        let door = Door { origin, cookie: None };
        let host = Host::open(VisitorTalker::new(hello, seed()), door, storage.clone());
        Self { host, storage, credential }
    }

    /// The device's storage, to come again with.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        self.credential.conversation
    }

    /// Writes and sends.
    ///
    /// # Panics
    /// When the text is no message, or the outbox is full.
    pub fn write(&self, body: &str) -> MessageId {
        let body = text::clean_body(body).expect("something to send");
        self.shared.act(|talker, now| talker.write(body, now).expect("room in the outbox"))
    }

    /// Waits until nothing that was written here is with its sender any more.
    pub async fn until_all_kept(&self) {
        self.until("everything to be kept", |talker, _| {
            let drafts = talker.rows().any(|row| row.seq.is_none());
            (!drafts && !talker.timeline().messages().is_empty()).then_some(())
        })
        .await;
    }
}

impl Deref for Visitor {
    type Target = Host<VisitorTalker>;
    fn deref(&self) -> &Host<VisitorTalker> {
        &self.host
    }
}

/// An owner on a device.
pub struct Owner {
    host: Host<OwnerTalker>,
    storage: Storage,
    /// The session, as the `Cookie` header has it.
    pub cookie: String,
}

impl Owner {
    /// Signs in with a fresh link, and opens the inbox.
    pub async fn sign_in(relay: &Relay, shop: &str) -> Self {
        let cookie = crate::web::sign_in(relay, &relay.sign_in_code(shop)).await;
        let owner = Self::with_session(relay.origin(), cookie, Storage::default());
        owner.start();
        owner
    }

    /// Opens the inbox with a session of before; not connected yet.
    pub fn with_session(origin: String, cookie: String, storage: Storage) -> Self {
        let door = Door { origin, cookie: Some(cookie.clone()) };
        let host = Host::open(OwnerTalker::new(seed()), door, storage.clone());
        Self { host, storage, cookie }
    }

    /// The device's storage, to come again with.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// Waits until the conversation is in the list, and opens it.
    pub async fn open(&self, conversation: ConversationId) {
        self.until("the conversation in the list", |talker, _| {
            talker.list().get(conversation).is_some().then_some(())
        })
        .await;
        self.open_by_link(conversation).await;
    }

    /// Opens it by its address, wherever in the list it stands.
    pub async fn open_by_link(&self, conversation: ConversationId) {
        self.happen(OwnerEvent::Open(conversation));
        self.until("the open conversation", |talker, _| {
            talker.open_conversation()?.details.as_ref().map(drop)
        })
        .await;
    }

    /// Writes and sends, into any conversation.
    ///
    /// # Panics
    /// When the text is no message, or the outbox is full.
    pub fn write(&self, conversation: ConversationId, body: &str) -> MessageId {
        let body = text::clean_body(body).expect("something to send");
        self.shared.act(|talker, now| talker.write(conversation, body, now).expect("room in the outbox"))
    }

    /// Links the private chat of this person with the bot, to be told there at once.
    pub async fn link_chat(&self, person: &Person) {
        self.happen(OwnerEvent::Outside(OwnerFrame::LinkCode {}));
        let code = self.until("a code", |talker, _| talker.outside()?.code.clone()).await;
        person.says(person.id, &format!("/link {code}"));
        let linked = |talker: &OwnerTalker| {
            talker.outside()?.channels.iter().find(|line| line.kind == ChannelKind::Telegram).cloned()
        };
        let channel = self.until("the chat", |talker, _| linked(talker)).await.channel;
        // At once, whether or not they have just looked into the inbox.
        let rule = ChannelRule::default();
        self.happen(OwnerEvent::Outside(OwnerFrame::EditChannel { channel, rule: rule.clone() }));
        self.until("its rule", |talker, _| linked(talker).filter(|line| line.rule == rule).map(drop)).await;
    }

    /// Waits until the record is as wanted.
    pub async fn until_record(&self, what: &str, wanted: impl Fn(&Record) -> bool) {
        self.until(what, |_, record| wanted(record).then_some(())).await;
    }
}

impl Deref for Owner {
    type Target = Host<OwnerTalker>;
    fn deref(&self) -> &Host<OwnerTalker> {
        &self.host
    }
}
