//! What the relay says, and the values it says it with.

use crate::{
    ChannelId, ChannelKind, ChannelLine, ChannelOffer, ConversationId, HeldReply, ListFilter, Message,
    MessageId, Page, Place, Problem, Receipt, Seq, SessionId, ShopId, Side, SigningSecret, Slice, UnixMillis,
    Visit,
};
use serde::{Deserialize, Serialize};

/// What the relay says, to either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayFrame {
    /// The answer to a visitor's `hello`.
    VisitorWelcome(VisitorWelcome),
    /// The answer to an owner's `hello`.
    OwnerWelcome(OwnerWelcome),
    /// Your message is on the disk.
    Kept {
        /// In which conversation.
        conversation: ConversationId,
        /// Which message.
        id: MessageId,
        /// Its place.
        seq: Seq,
        /// When it was committed.
        at: UnixMillis,
    },
    /// Your message was not kept, and why.
    Refused {
        /// In which conversation.
        conversation: ConversationId,
        /// Which message.
        id: MessageId,
        /// Why.
        problem: Problem,
    },
    /// A message was committed, by anybody but this very connection.
    Message {
        /// In which conversation.
        conversation: ConversationId,
        /// The message.
        message: Message,
    },
    /// A stretch that was asked for.
    History {
        /// Of which conversation.
        conversation: ConversationId,
        /// The stretch.
        slice: Slice,
    },
    /// How far one side has come.
    Receipt {
        /// In which conversation.
        conversation: ConversationId,
        /// Whose receipt: who has taken and opened the other's messages.
        side: Side,
        /// How far.
        receipt: Receipt,
    },
    /// What your device has taken notice of is noted.
    Received {
        /// As they were said.
        places: Vec<Place>,
    },
    /// Somebody is writing, or has stopped.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Who.
        side: Side,
        /// Whether they are.
        active: bool,
    },
    /// To a visitor: whether the owner is at the inbox now.
    OwnerPresence {
        /// Whether they are there.
        here: bool,
        /// No way to the owner works at this moment.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        unreachable: bool,
    },
    /// To a visitor: where unseen answers come to.
    Address {
        /// The address; none when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// What was said is no address, or can't be used.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        refused: bool,
    },
    /// To an owner: visitors who have opened their panel, or left it.
    VisitorPresence {
        /// At most [`crate::limits::PRESENCE_VISITORS`].
        visitors: Vec<Presence>,
    },
    /// A page of the inbox's list.
    Conversations {
        /// What was asked for, so that a late answer is known for one.
        filter: ListFilter,
        /// Likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search: Option<String>,
        /// The cursor that was asked with; none for the first page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
        /// In the list's order; at most [`crate::limits::LIST_CONVERSATIONS`].
        conversations: Vec<Summary>,
        /// Ask on with this; none at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// A conversation is new or has changed: its line in the list.
    Changed {
        /// The line.
        summary: Summary,
    },
    /// What is known of the visitor in the conversation that is being watched.
    Details(Details),
    /// The devices that are signed in.
    Sessions {
        /// The one that speaks first, then by last use.
        sessions: Vec<Session>,
    },
    /// The bell was seen on a page of the shop.
    BellSeen {
        /// Where and when.
        site: SiteSeen,
    },
    /// On which channels the owner is told.
    Channels {
        /// In their order.
        channels: Vec<ChannelLine>,
        /// The kinds that this relay can reach.
        offers: Vec<ChannelOffer>,
        /// Answers from outside that wait for the owner's word.
        held: u32,
    },
    /// A channel was tried.
    ChannelTried {
        /// Which one.
        channel: ChannelId,
        /// What is wrong: a sentence. None when the far side has taken it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// What the shop's own system needs to know of its channel.
    Signing {
        /// Which one.
        channel: ChannelId,
        /// Where it speaks to the relay.
        address: String,
        /// What both sides sign with (Standard Webhooks).
        secret: SigningSecret,
    },
    /// A code that links a chat, once.
    LinkCode {
        /// To be sent to the bot.
        code: String,
        /// How long it is good, in milliseconds.
        good_ms: u32,
    },
    /// Answers from outside that wait for the owner's word.
    Held {
        /// The latest first; at most [`crate::limits::HELD_REPLIES`].
        replies: Vec<HeldReply>,
    },
    /// Whether answers that a visitor misses are shown by the browser that asked.
    Notified {
        /// They are.
        on: bool,
        /// It was not done as asked: the browser gave nothing that can be sent to, or asked too often.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        refused: bool,
    },
    /// Something is wrong with what was said, or with the connection.
    Problem(Problem),
    /// The answer to `ping`.
    Pong {},
}

/// What a visitor's device needs to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorWelcome {
    /// The shop's name.
    pub shop: String,
    /// The owner's name.
    pub owner: String,
    /// Whether the owner is at the inbox now.
    pub owner_here: bool,
    /// No way to the owner works at this moment.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unreachable: bool,
    /// Where unseen answers come to by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether this relay can send mail.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub can_mail: bool,
    /// How far the owner has come.
    pub owner_receipt: Receipt,
    /// How far the visitor has come, on any device.
    pub visitor_receipt: Receipt,
    /// What was said after `after`, or from the beginning on when the device knows another epoch;
    /// when that is more than one slice, the latest one.
    pub slice: Slice,
    /// The last time that the relay's memory was put back, if it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// The relay's memory was put back to an earlier copy: what was said in between may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Tells this time from the others; never 0.
    pub epoch: u32,
    /// When the copy was made.
    pub from: UnixMillis,
    /// When it was put back.
    pub until: UnixMillis,
}

impl Cut {
    /// The epoch that the last cut began; 0 where there was none.
    pub fn epoch(last: Option<Cut>) -> u32 {
        last.map_or(0, |cut| cut.epoch)
    }
}

/// What an owner's device needs to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerWelcome {
    /// Which shop.
    pub shop_id: ShopId,
    /// The shop's name.
    pub shop: String,
    /// The owner's name.
    pub owner: String,
    /// The session that speaks.
    pub session: SessionId,
    /// The tag to paste into the shop's pages.
    pub tag: String,
    /// The sites the bell may hang on, and when it was last seen there.
    pub sites: Vec<SiteSeen>,
    /// Open conversations that wait for an answer.
    pub waiting: u32,
    /// The last time that the relay's memory was put back, if it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// Whether a visitor is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// Whether they have the panel open now.
    pub here: bool,
}

/// A site of the shop's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSeen {
    /// Its origin, like `https://shop.example`.
    pub origin: String,
    /// When the bell was last asked for by a page there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<UnixMillis>,
}

/// A conversation as a line of the inbox's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Which conversation.
    pub conversation: ConversationId,
    /// What the owner calls the visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Since when the visitor waits for an answer: the time of their first
    /// message that none followed. None when it is the visitor's turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<UnixMillis>,
    /// The last message's place.
    pub last_seq: Seq,
    /// The last message's time.
    pub last_at: UnixMillis,
    /// Who wrote the last message.
    pub last_from: Side,
    /// How it begins, on one line.
    pub preview: String,
    /// It was said by the shop's own system.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub last_by_system: bool,
    /// How many pictures are with it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub last_pictures: u32,
    /// The visitor's messages that the owner has not opened.
    pub unread: u32,
    /// Whether it was closed.
    pub closed: bool,
    /// Whether the visitor has the panel open now.
    pub visitor_here: bool,
    /// The page it began on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

/// What is known of a visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The conversation's line.
    pub summary: Summary,
    /// When it began.
    pub began_at: UnixMillis,
    /// The visitor's language (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The visitor's time zone (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What they looked at, the latest first; at most [`crate::limits::VISITS_KEPT`].
    pub visits: Vec<Visit>,
    /// How far the owner has come.
    pub owner_receipt: Receipt,
    /// How far the visitor has come.
    pub visitor_receipt: Receipt,
    /// What could not be handed over by a channel, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<Undelivered>,
    /// Whether the visitor can be reached by mail when they have left.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub by_mail: bool,
    /// Whether a browser of the visitor's shows them what they miss.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub by_push: bool,
}

/// A message that a channel could not hand over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// Which message.
    pub seq: Seq,
    /// By which kind of channel.
    pub kind: ChannelKind,
    /// Why: a sentence.
    pub reason: String,
}

/// A signed-in device of the owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which one.
    pub session: SessionId,
    /// What it is, as far as its browser says: "Chrome on Android".
    pub device: String,
    /// When it signed in.
    pub began_at: UnixMillis,
    /// When it was last heard of.
    pub seen_at: UnixMillis,
    /// Whether it is the one that asks.
    pub this_one: bool,
}

/// Whether a count need not be said.
fn is_none(count: &u32) -> bool {
    *count == 0
}
