//! Messages and what is known of them.

use crate::{MessageId, PictureId, limits};
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
    /// The text: 1 to [`crate::limits::BODY_CHARS`] characters; empty only beside pictures.
    pub body: String,
    /// Said by the shop's own system, not by the owner's hands: to be shown so. Then
    /// `from` is the owner's side.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub system: bool,
    /// What is shown below the text; at most [`crate::limits::PICTURES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
}

/// A picture that belongs to a message, as far as it is known before it is looked at. The
/// picture itself is asked for by its id, by whoever may read the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Made by the relay.
    pub id: PictureId,
    /// Its width in pixels, so that its place can be kept free before it has come.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl Picture {
    /// How wide and how high it is shown beside the text, in CSS pixels: scaled down, never up,
    /// so that it fits into its box; at least 1 each.
    pub fn shown(&self) -> (u32, u32) {
        let (width, height) = (limits::PICTURE_SHOWN_WIDTH_PX, limits::PICTURE_SHOWN_HEIGHT_PX);
        let (own, other) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        // Over the product of both sides, so that no fraction is needed.
        let by_width = u64::from(width) * other;
        let by_height = u64::from(height) * own;
        let (fit, over) = match (own <= width.into(), other <= height.into()) {
            (true, true) => (1, 1),
            _ if by_width <= by_height => (u64::from(width), own),
            _ => (u64::from(height), other),
        };
        let scale = |edge: u64| u32::try_from(edge * fit / over).unwrap_or(u32::MAX).max(1);
        (scale(own), scale(other))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_smaller_and_never_larger() {
        let picture = |width, height| Picture { id: PictureId::from_bytes([1; 16]), width, height };
        assert_eq!(picture(2048, 1536).shown(), (240, 180));
        assert_eq!(picture(1000, 2000).shown(), (160, 320));
        assert_eq!(picture(100, 50).shown(), (100, 50));
        assert_eq!(picture(2048, 1).shown(), (240, 1));
        assert_eq!(picture(0, 0).shown(), (1, 1));
        assert_eq!(picture(u32::MAX, u32::MAX).shown(), (240, 240));
    }
}
