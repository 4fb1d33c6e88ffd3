//! Messages and what is known of them.

use crate::MessageId;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

/// A message's place in its conversation: 1, 2, 3, … without gaps, given by the
/// relay when it commits. 0 stands for "before the first".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u32);

impl Seq {
    /// Before the first message.
    pub const NONE: Seq = Seq(0);

    /// The place after this one.
    pub fn next(self) -> Seq {
        Seq(self.0.saturating_add(1))
    }

    /// The place before this one; [`Seq::NONE`] has none before it.
    pub fn previous(self) -> Seq {
        Seq(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The two who talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who came to the shop's page.
    Visitor,
    /// Who keeps the shop: always a person's own hands.
    Owner,
}

impl Side {
    /// The one who is spoken to.
    pub fn other(self) -> Side {
        match self {
            Side::Visitor => Side::Owner,
            Side::Owner => Side::Visitor,
        }
    }
}

/// A message as the relay has kept it: committed, and never changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Made by the sender.
    pub id: MessageId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// Who wrote it.
    pub from: Side,
    /// When the relay committed it.
    pub at: UnixMillis,
    /// The text: 1 to [`crate::limits::BODY_CHARS`] characters.
    pub body: String,
    /// Said by the shop's own system, not by the owner's hands: to be shown so. Then
    /// `from` is the owner's side.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub system: bool,
}

/// A stretch of a conversation without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The messages, by rising `seq`; at most [`crate::limits::SLICE_MESSAGES`].
    pub messages: Vec<Message>,
    /// The conversation's last `seq` when this was read. Above the slice's own
    /// last one there is more to ask for.
    pub last: Seq,
}

/// How far one side has come: both only ever rise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// A device or channel of that side has taken everything up to here.
    pub handed: Seq,
    /// A person of that side has had everything up to here before their eyes.
    pub opened: Seq,
}

/// A page of the shop that the visitor has looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its address, at most [`crate::limits::PAGE_URL_CHARS`] characters; `http` or `https`.
    pub url: String,
    /// Its title, at most [`crate::limits::PAGE_TITLE_CHARS`] characters; may be empty.
    #[serde(default)]
    pub title: String,
}

/// A page, and when the visitor was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which page.
    pub page: Page,
    /// When the visitor's panel was opened there.
    pub at: UnixMillis,
}
