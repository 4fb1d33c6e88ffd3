//! Which notifications of a conversation may still be on a phone.

use crate::Words;
use core::fmt;
use sha2::{Digest, Sha256};
use shopbell_protocol::{Seq, Side};

/// Notifications of one conversation that are remembered; older ones stay on the phone
/// until the person takes them away. Each costs a request when it is opened elsewhere.
const SHOWN: usize = 5;
/// A sequence's name at most.
const SEQUENCE_CHARS: usize = 64;

/// The name by which a server can tell that it has a notification already: a parcel that
/// is tried again takes the place of the first try. Never of another parcel, for apps
/// make no sound when a notification changes.
pub(super) fn sequence(key: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=SEQUENCE_CHARS).contains(&key.len()) && key.bytes().all(allowed) {
        return key.into();
    }
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names of notifications, each with the last message in it, the latest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memo(Vec<(String, Seq)>);

impl Memo {
    /// Reads what [`fmt::Display`] wrote; what it can't read is left out.
    pub(super) fn read(memo: Option<&str>) -> Self {
        let entry = |text: &str| {
            let (sequence, upto) = text.split_once(':')?;
            Some((sequence.to_owned(), Seq(upto.parse().ok()?)))
        };
        Self(memo.unwrap_or_default().split(' ').filter_map(entry).collect())
    }

    /// With one more; without those that the person has answered since.
    pub(super) fn after(mut self, sequence: &str, words: &Words) -> Self {
        let own = |side: Side| words.before.iter().filter(move |message| message.from == side);
        let answered = own(words.to).map(|message| message.seq).max().unwrap_or(Seq::NONE);
        self.0.retain(|(known, upto)| known != sequence && *upto > answered);
        let upto = words.messages.last().map_or(Seq::NONE, |message| message.seq);
        self.0.push((sequence.into(), upto));
        self.0.drain(..self.0.len().saturating_sub(SHOWN));
        self
    }

    /// Those that show nothing after this place.
    pub(super) fn shown(&self, opened: Seq) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(_, upto)| *upto <= opened).map(|(sequence, _)| sequence.as_str())
    }
}

impl fmt::Display for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (sequence, upto)) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{sequence}:{upto}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_read_again() {
        let memo = Memo(vec![("a-1".into(), Seq(3)), ("b".into(), Seq(9))]);
        assert_eq!(memo.to_string(), "a-1:3 b:9");
        assert_eq!(Memo::read(Some("a-1:3 b:9")), memo);
        assert_eq!(Memo::read(Some("a-1:3 nonsense x:y :")), Memo(vec![("a-1".into(), Seq(3))]));
        assert_eq!(Memo::read(None), Memo(Vec::new()));
        assert_eq!(memo.shown(Seq(8)).collect::<Vec<_>>(), ["a-1"]);
    }

    #[test]
    fn a_key_of_any_shape_has_a_name() {
        assert_eq!(sequence("01890a5d-1-2"), "01890a5d-1-2");
        for key in ["", "a b", "a/b", &"x".repeat(65)] {
            let sequence = sequence(key);
            assert!(sequence.len() == 64 && sequence.bytes().all(|b| b.is_ascii_hexdigit()), "{key:?}");
        }
        assert_ne!(sequence("a/b"), sequence("a/c"));
    }
}
