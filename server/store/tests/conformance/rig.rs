//! A fresh store with two shops, somebody who listens to it, and short names for
//! the values that the cases use.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shopbell_protocol::{
    ConversationId, Message, MessageId, Page, Picture, PictureId, RANDOM_BYTES, Receipt, Seq, ShopId, Side,
    UnixMillis,
};
use shopbell_store::{
    Append, AppendError, Appended, CommitListener, Digest, ListQuery, NewShop, Outcome, PictureFile,
    PictureKind, Store,
};
use tokio::sync::mpsc;

/// How long a case waits for an outcome before it fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// Appends that are under way at once; well below any store's queue.
const UNDER_WAY: usize = 1_000;

/// Makes a fresh, empty store of one backend.
#[async_trait]
pub(crate) trait Factory: Sync {
    async fn fresh(&self, listener: Arc<dyn CommitListener>) -> Arc<dyn Store>;
}

/// Passes outcomes on to the case.
pub(crate) struct Ear(pub(crate) mpsc::UnboundedSender<Vec<Outcome>>);

impl CommitListener for Ear {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        // At a case's end nobody listens any more.
        let _ = self.0.send(outcomes);
    }
}

pub(crate) struct Rig {
    pub(crate) store: Arc<dyn Store>,
    told: mpsc::UnboundedReceiver<Vec<Outcome>>,
    origin: u64,
}

impl Rig {
    pub(crate) async fn new(factory: &dyn Factory) -> Self {
        let (ear, told) = mpsc::unbounded_channel();
        let store = factory.fresh(Arc::new(Ear(ear))).await;
        let rig = Self { store, told, origin: 0 };
        for (id, site) in [(oak(), "https://oak.example"), (elm(), "https://elm.example")] {
            let shop = NewShop {
                name: format!("The {id}"),
                owner: "Ana".into(),
                sites: vec![site.into(), "https://market.example".into()],
                at: UnixMillis(1),
                id,
            };
            rig.store.add_shop(shop).await.expect("adds a shop");
        }
        rig
    }

    /// Appends and waits for the outcome.
    pub(crate) async fn send(&mut self, append: Append) -> Result<Appended, AppendError> {
        self.send_all(vec![append]).await.remove(0)
    }

    /// Appends without waiting in between; gives the outcomes in the order taken,
    /// which is the order they were reported in too.
    pub(crate) async fn send_all(&mut self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let mut results = Vec::with_capacity(appends.len());
        let mut appends = appends.into_iter().peekable();
        while appends.peek().is_some() {
            let first = self.origin;
            for append in appends.by_ref().take(UNDER_WAY) {
                let origin = self.origin;
                self.origin += 1;
                self.store.append(Append { origin, ..append }).expect("the queue has room");
            }
            let mut expected = first;
            while expected < self.origin {
                let told =
                    tokio::time::timeout(PATIENCE, self.told.recv()).await.expect("an outcome in time");
                for outcome in told.expect("the store is there") {
                    assert_eq!(outcome.append.origin, expected, "outcomes come in the order taken");
                    expected += 1;
                    results.push(outcome.result);
                }
            }
        }
        results
    }

    /// What was reported and not yet asked for.
    pub(crate) fn outcomes_so_far(&mut self) -> Vec<Outcome> {
        std::iter::from_fn(|| self.told.try_recv().ok()).flatten().collect()
    }

    /// A conversation's messages, read to the end.
    pub(crate) async fn messages(&self, shop: &ShopId, id: ConversationId) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        loop {
            let upto = messages.last().map_or(Seq::NONE, |message| message.seq);
            let slice = self.store.after(shop, id, upto).await.expect("reads");
            if slice.messages.is_empty() {
                assert_eq!(slice.last, upto);
                return messages;
            }
            messages.extend(slice.messages);
        }
    }

    /// The numbers of the conversations of one page.
    pub(crate) async fn listed(&self, query: ListQuery) -> Vec<u64> {
        let page = self.store.list(&oak(), query).await.expect("lists");
        page.conversations.iter().map(|line| number(line.conversation)).collect()
    }

    /// A visitor's conversation with one message, begun at this time.
    pub(crate) async fn begin(&mut self, conversation: u64, at: u64) {
        let append = from_visitor(conversation, 1, "hello");
        self.send(Append { at: UnixMillis(at), ..append }).await.expect("is kept");
    }
}

pub(crate) fn oak() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

pub(crate) fn elm() -> ShopId {
    ShopId::parse("elm").expect("an id")
}

/// The conversation with this number; a higher number is a higher id.
pub(crate) fn talk(number: u64) -> ConversationId {
    ConversationId::new(number, [1; RANDOM_BYTES])
}

/// The number of a conversation.
pub(crate) fn number(id: ConversationId) -> u64 {
    id.as_bytes()[..6].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

pub(crate) fn message(number: u64) -> MessageId {
    MessageId::new(number, [2; RANDOM_BYTES])
}

pub(crate) fn secret(number: u64) -> Digest {
    let mut digest = [7; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    Digest(digest)
}

/// A visitor's message to the oak shop, with the secret of its conversation. Its
/// time is its number.
pub(crate) fn from_visitor(conversation: u64, id: u64, body: &str) -> Append {
    Append {
        origin: 0,
        shop: oak(),
        conversation: talk(conversation),
        id: message(id),
        from: Side::Visitor,
        body: body.into(),
        system: false,
        pictures: Vec::new(),
        at: UnixMillis(id),
        secret: Some(secret(conversation)),
        locale: None,
        time_zone: None,
        page: None,
    }
}

/// The oak shop's answer.
pub(crate) fn from_owner(conversation: u64, id: u64, body: &str) -> Append {
    Append { from: Side::Owner, secret: None, ..from_visitor(conversation, id, body) }
}

pub(crate) fn page(url: &str, title: &str) -> Page {
    Page { url: url.into(), title: title.into() }
}

pub(crate) fn receipt(handed: u32, opened: u32) -> Receipt {
    Receipt { handed: Seq(handed), opened: Seq(opened) }
}

/// The picture with this number; its bytes are its own.
pub(crate) fn picture(number: u64) -> PictureFile {
    let id = PictureId::new(number, [3; RANDOM_BYTES]);
    let kind = if number.is_multiple_of(2) { PictureKind::Png } else { PictureKind::Jpeg };
    let picture = Picture { id, width: 640, height: 480 + number as u32 };
    PictureFile { picture, kind, bytes: number.to_be_bytes().repeat(4_000) }
}
