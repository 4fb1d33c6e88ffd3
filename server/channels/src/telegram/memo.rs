//! What the channel remembers of a conversation, between one parcel and the next.

use serde::{Deserialize, Serialize};
use shopbell_protocol::Seq;

/// What is remembered of a conversation; kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memo {
    /// In which chat all this is; what is remembered of another one is worth nothing.
    pub(super) chat: i64,
    /// The conversation's topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<i64>,
    /// The last message that was sent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<i64>,
    /// and up to which place it tells.
    #[serde(default)]
    pub(super) upto: u32,
    /// How far a parcel has come that has not gone whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<Part>,
}

/// How far a parcel has come that has not gone whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// All before this place was sent,
    pub(super) seq: u32,
    /// and so many bytes of the message there.
    pub(super) bytes: usize,
    /// The messages it was sent in, and up to which place each tells.
    #[serde(default)]
    pub(super) sent: Vec<(i64, u32)>,
}

impl Memo {
    /// Reads what was remembered, if it is of this chat.
    pub(super) fn read(memo: Option<&str>, chat: i64) -> Self {
        let read = memo.and_then(|json| serde_json::from_str::<Self>(json).ok());
        read.filter(|memo| memo.chat == chat).unwrap_or(Self { chat, ..Self::default() })
    }

    /// As it is kept.
    pub(super) fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Nothing of the conversation was sent there before.
    pub(super) fn is_first(&self) -> bool {
        self.last.is_none()
    }

    /// The first byte of a message that was not sent; its length when it was sent whole.
    pub(super) fn sent_of(&self, seq: Seq, length: usize) -> usize {
        match &self.part {
            Some(part) if seq.0 < part.seq => length,
            Some(part) if seq.0 == part.seq => part.bytes.min(length),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_another_chat_or_cannot_be_read_is_forgotten() {
        let memo = Memo { chat: 5, thread: Some(3), last: Some(9), upto: 2, part: None };
        let json = memo.write().unwrap();
        assert_eq!(Memo::read(Some(&json), 5), memo);
        assert_eq!(Memo::read(Some(&json), 6), Memo { chat: 6, ..Memo::default() });
        assert_eq!(Memo::read(Some("{"), 5), Memo { chat: 5, ..Memo::default() });
    }

    #[test]
    fn a_parcel_goes_on_where_it_stopped() {
        let part = Part { seq: 4, bytes: 10, sent: Vec::new() };
        let memo = Memo { part: Some(part), ..Memo::default() };
        assert_eq!(memo.sent_of(Seq(3), 7), 7);
        assert_eq!(memo.sent_of(Seq(4), 30), 10);
        assert_eq!(memo.sent_of(Seq(5), 30), 0);
        assert_eq!(Memo::default().sent_of(Seq(1), 30), 0);
    }
}
