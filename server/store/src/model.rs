//! What is remembered, as plain values.

use crate::Channel;
use core::fmt;
use shopbell_protocol::{
    ConversationId, ErrorCode, ListFilter, MessageId, Page, Picture, Receipt, Seq, Session, SessionId,
    ShopId, Side, SiteSeen, Slice, Summary, UnixMillis,
};

/// The SHA-256 of a secret. Secrets themselves are never stored.
/// Compare in constant time; `Debug` redacts it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(redacted)")
    }
}

/// A shop to be added.
#[derive(Debug, Clone)]
pub struct NewShop {
    /// Its id, which must be free.
    pub id: ShopId,
    /// Its name, for people.
    pub name: String,
    /// The owner's name, for people.
    pub owner: String,
    /// Origins that the bell may hang on, like `https://shop.example`.
    pub sites: Vec<String>,
    /// When it was added.
    pub at: UnixMillis,
}

/// A shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// Its id.
    pub id: ShopId,
    /// Its name, for people.
    pub name: String,
    /// The owner's name, for people.
    pub owner: String,
    /// Origins that the bell may hang on, and when it was last seen there.
    pub sites: Vec<SiteSeen>,
}

/// What is to change of a shop; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct ShopEdit {
    /// Its new name.
    pub name: Option<String>,
    /// The owner's new name.
    pub owner: Option<String>,
    /// Origins that the bell may hang on from now on; those it may already stay as they are.
    pub add_sites: Vec<String>,
    /// Origins that it may hang on no more.
    pub remove_sites: Vec<String>,
}

/// A message to be kept.
#[derive(Debug, Clone)]
pub struct Append {
    /// The caller's own mark, given back with the outcome.
    pub origin: u64,
    /// Whose shop.
    pub shop: ShopId,
    /// Which conversation. A visitor's first message makes it; an owner's never does.
    pub conversation: ConversationId,
    /// The message's id.
    pub id: MessageId,
    /// Who wrote it.
    pub from: Side,
    /// The text, already checked.
    pub body: String,
    /// Said by the shop's own system, from the owner's side.
    pub system: bool,
    /// When the relay took it.
    pub at: UnixMillis,
    /// A visitor's proof: fixed by the message that makes the conversation, and
    /// to be equal (in constant time) from then on. None from an owner.
    pub secret: Option<Digest>,
    /// What is known of a visitor who begins a conversation.
    pub locale: Option<String>,
    /// Likewise.
    pub time_zone: Option<String>,
    /// Likewise: the page it begins on, which is also the first visit.
    pub page: Option<Page>,
    /// What is with it; at most [`shopbell_protocol::limits::PICTURES`].
    pub pictures: Vec<PictureFile>,
}

/// A picture as it is kept: made anew by the relay, never what somebody sent.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureFile {
    /// What is told of it.
    pub picture: Picture,
    /// How it is written.
    pub kind: PictureKind,
    /// The file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for PictureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureFile({:?}, {:?}, {} bytes)", self.picture, self.kind, self.bytes.len())
    }
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// For photographs.
    Jpeg,
    /// For drawings, and for what one can see through.
    Png,
}

impl PictureKind {
    /// Its media type, in the store and over HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Png => "image/png",
        }
    }

    /// Reads the media type; none for any other.
    pub fn parse(media_type: &str) -> Option<Self> {
        [PictureKind::Jpeg, PictureKind::Png].into_iter().find(|kind| kind.media_type() == media_type)
    }
}

/// A message was kept: now, or before when it was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its place.
    pub seq: Seq,
    /// When it was first committed.
    pub at: UnixMillis,
    /// Whether it was kept just now. When it was sent again, nobody needs to be told.
    pub fresh: bool,
    /// Whether this message made the conversation.
    pub began: bool,
    /// On how many ways it is to be told.
    pub deliveries: u32,
}

/// Why a message was not kept; the sender is told by [`AppendError::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// In this conversation the id stands for another text or sender. (In another
    /// conversation the same id is simply another message.)
    #[error("the message id is taken by another message")]
    IdReused,
    /// Another shop's conversation, or another visitor's secret.
    #[error("the conversation is not the sender's")]
    NotYours,
    /// An owner wrote to a conversation that their shop does not have.
    #[error("no such conversation in this shop")]
    NoSuchConversation,
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// The commit failed; nothing of its batch was kept.
    #[error("the store could not commit")]
    NotKept,
}

impl AppendError {
    /// What the sender is told.
    pub fn code(self) -> ErrorCode {
        match self {
            AppendError::IdReused => ErrorCode::IdReused,
            AppendError::NotYours => ErrorCode::NotYours,
            AppendError::NoSuchConversation => ErrorCode::NoSuchConversation,
            AppendError::NoSuchShop => ErrorCode::NoSuchShop,
            AppendError::NotKept => ErrorCode::NotKept,
        }
    }
}

/// An append, and what became of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was to be kept.
    pub append: Append,
    /// What became of it.
    pub result: Result<Appended, AppendError>,
}

/// A conversation, as far as authorising and resuming need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The digest of the visitor's secret.
    pub secret: Digest,
    /// The one of their private links, which opens the conversation too.
    pub link_secret: Option<Digest>,
    /// The last message's place.
    pub last: Seq,
    /// How far the visitor has come.
    pub visitor_receipt: Receipt,
    /// How far the owner has come.
    pub owner_receipt: Receipt,
    /// When it began.
    pub began_at: UnixMillis,
    /// The visitor's language (BCP 47).
    pub locale: Option<String>,
    /// The visitor's time zone (IANA).
    pub time_zone: Option<String>,
}

/// What a visitor's first words are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The shop's name, for people.
    pub shop: String,
    /// The owner's name, for people.
    pub owner: String,
    /// The conversation, if the shop has it.
    pub conversation: Option<Conversation>,
}

/// What a visitor who comes back is shown. Of no channel is known what waits for it or is stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The owner's channels of the shop, in order.
    pub owners_channels: Vec<Channel>,
    /// The conversation, if the shop has it.
    pub conversation: Option<Conversation>,
    /// The visitor's channels in it.
    pub channels: Vec<Channel>,
    /// What stands after the place that was asked for; see [`crate::Store::resume`].
    pub slice: Slice,
}

/// What the inbox asks for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Which ones.
    pub filter: ListFilter,
    /// Only those with these words in the name or in a message, letter case aside.
    /// A search looks in open and closed conversations alike, whatever the filter,
    /// and gives the open ones first. A page may come short, even empty, with a
    /// cursor: then it has looked at as much as one search may; ask on with it.
    pub search: Option<String>,
    /// Where the page before ended. One that is broken or of another list gives the first page.
    pub cursor: Option<String>,
    /// At most so many, and at most what the wire allows in one answer.
    pub limit: usize,
}

/// A page of the inbox's list. `visitor_here` is not known to the store and is false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationList {
    /// In the list's order.
    pub conversations: Vec<Summary>,
    /// Ask on with this; none at the end.
    pub next: Option<String>,
}

/// A session that begins when a sign-in link is used.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The digest of the token that the device will show.
    pub token: Digest,
    /// What the device is, for people.
    pub device: String,
    /// When it begins.
    pub at: UnixMillis,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The owner's shop.
    pub shop: ShopId,
    /// The shop's sessions that ended for it, because there were too many.
    pub ended: Vec<SessionId>,
}

/// A session that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerSession {
    /// The owner's shop.
    pub shop: ShopId,
    /// The session. `this_one` is not known to the store and is false.
    pub session: Session,
}

/// What is in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Shops.
    pub shops: i64,
    /// Conversations.
    pub conversations: i64,
    /// Messages.
    pub messages: i64,
    /// When it was made.
    pub made_at: UnixMillis,
}
