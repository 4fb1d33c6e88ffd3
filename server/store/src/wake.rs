//! What relays of one memory tell each other, so that people at different relays hear of
//! each other at once. It says what has happened, never what was said: whoever needs the
//! words reads them from the memory that all of them have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shopbell_protocol::{ConversationId, Receipt, Seq, SessionId, ShopId, Side};

use crate::limits;

/// One thing that has happened at a relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wake {
    /// A message was kept.
    Kept {
        /// Whose shop.
        shop: ShopId,
        /// In which conversation.
        conversation: ConversationId,
        /// Its place.
        seq: Seq,
    },
    /// A side has come further.
    Receipt {
        /// Whose shop.
        shop: ShopId,
        /// In which conversation.
        conversation: ConversationId,
        /// Which side.
        side: Side,
        /// How far it has come.
        receipt: Receipt,
    },
    /// Somebody is writing, or has stopped.
    Typing {
        /// Whose shop.
        shop: ShopId,
        /// In which conversation.
        conversation: ConversationId,
        /// Which side.
        side: Side,
        /// Whether they are writing.
        active: bool,
    },
    /// The line of a conversation in the inbox's list has changed.
    Line {
        /// Whose shop.
        shop: ShopId,
        /// Which conversation.
        conversation: ConversationId,
    },
    /// More is known of a visitor than before.
    Learned {
        /// Whose shop.
        shop: ShopId,
        /// Their conversation.
        conversation: ConversationId,
    },
    /// Whoever is at the relay that tells is told from here on: who is not is not there.
    Anew {},
    /// Somebody has come to the relay that tells, or has gone from it.
    Presence {
        /// Whose shop.
        shop: ShopId,
        /// The visitor's conversation; none for the owner.
        conversation: Option<ConversationId>,
        /// Whether they are there.
        here: bool,
    },
    /// The owner's channels are to be looked at anew.
    Channels {
        /// Whose shop.
        shop: ShopId,
    },
    /// A session of the owner's was ended.
    SessionEnded {
        /// Whose shop.
        shop: ShopId,
        /// Which one.
        session: SessionId,
    },
    /// The relay that tells asks to be told who is at the others.
    Hello {
        /// At which of them; none when at all.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        of: BTreeSet<u64>,
    },
    /// The relay that tells is there still.
    Here {
        /// Not everybody is heard there at once: it depends on what is written down.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deaf: bool,
    },
    /// The relay that tells goes down: nobody is at it any more.
    Bye {},
}

impl Wake {
    /// Whether it is of the moment: whoever misses it misses nothing that lasts. All else is
    /// written down.
    pub fn is_momentary(&self) -> bool {
        match self {
            Wake::Typing { .. } | Wake::Presence { .. } | Wake::Learned { .. } => true,
            Wake::Anew {} => true,
            // Until it is answered the one that asks does not know who is there.
            Wake::Hello { .. } => false,
            // Whoever reads this and does not hear it notices what else they do not hear.
            Wake::Here { .. } | Wake::Bye {} => false,
            Wake::Kept { .. } | Wake::Receipt { .. } => false,
            Wake::Line { .. } | Wake::Channels { .. } | Wake::SessionEnded { .. } => false,
        }
    }
}

/// What a relay tells the others at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Under which number it was written down in the memory; none when it was only said.
    pub id: Option<i64>,
    /// Which relay tells.
    pub relay: u64,
    /// What has happened, in order.
    pub wakes: Vec<Wake>,
}

/// The memory that relays have in common, as one finds it that joins the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCommon {
    /// Its name, which no other memory has: numbers of what was written down mean nothing elsewhere.
    pub memory: String,
    /// Where whoever reads what was written down begins now.
    pub begin: WakeCursor,
}

/// Writes wakes as text.
pub fn encode(wakes: &[Wake]) -> String {
    serde_json::to_string(wakes).unwrap_or_else(|_| "[]".into())
}

/// Reads what [`encode`] wrote. What only a newer relay knows is passed over, so that old and
/// new ones run side by side.
pub fn decode(text: &str) -> Vec<Wake> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()
}

/// How far a relay has read what the others wrote down. Numbers are given when something is
/// written and seen when it is committed, so one may be missing that comes a moment later, or
/// never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WakeCursor {
    last: i64,
    /// Numbers below the last that were not seen, and until when they are waited for.
    missing: BTreeMap<i64, u64>,
}

impl WakeCursor {
    /// Behind this number.
    pub fn at(last: i64) -> Self {
        Self { last, missing: BTreeMap::new() }
    }

    /// Behind the last number that was given, where these of the last ones were found: the others may
    /// be under way.
    pub fn behind(last: i64, found: &[i64], now_ms: u64) -> Self {
        let mut cursor = Self::at(last);
        let first = last.saturating_sub(limits::WAKES_MISSING).max(0) + 1;
        let until = now_ms + limits::WAKE_COMES_WITHIN_MS;
        cursor.missing = (first..=last).filter(|id| !found.contains(id)).map(|id| (id, until)).collect();
        cursor
    }

    /// The highest number that was seen.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Numbers before it that may still come.
    pub fn missing(&self) -> impl Iterator<Item = i64> {
        self.missing.keys().copied()
    }

    /// Notes a number that did not come by reading; true when it is the first time. One that is so
    /// far ahead that not all before it could be waited for is left to be read in its turn.
    pub fn hear(&mut self, id: i64, now_ms: u64) -> bool {
        let between = id.saturating_sub(self.last).saturating_sub(1);
        let waits = between.saturating_add_unsigned(self.missing.len() as u64);
        between <= limits::WAKES_MISSING && waits <= limits::WAKES_WAITED_FOR && self.see(id, now_ms)
    }

    /// Notes that a number was read; true when it is the first time.
    pub fn see(&mut self, id: i64, now_ms: u64) -> bool {
        if id <= self.last {
            return self.missing.remove(&id).is_some();
        }
        let until = now_ms + limits::WAKE_COMES_WITHIN_MS;
        // What is further back than this is nobody's batch that is under way.
        let first = id.saturating_sub(limits::WAKES_MISSING).max(self.last + 1);
        self.missing.extend((first..id).map(|missing| (missing, until)));
        while self.missing.len() > limits::WAKES_WAITED_FOR as usize {
            self.missing.pop_first();
        }
        self.last = id;
        true
    }

    /// Waits no longer for numbers that were given to nothing that was kept.
    pub fn give_up(&mut self, now_ms: u64) {
        self.missing.retain(|_, until| *until > now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_relay_says_beside_is_passed_over() {
        let bye = Wake::Bye {};
        let text = encode(std::slice::from_ref(&bye));
        assert_eq!(text, r#"[{"bye":{}}]"#);
        assert_eq!(decode(r#"[{"sing":{"song":1}},{"bye":{"why":2}},7]"#), [bye]);
        assert_eq!(decode("{"), []);
    }

    #[test]
    fn what_is_heard_far_ahead_is_left_to_be_read() {
        let mut cursor = WakeCursor::at(0);
        let most = limits::WAKES_MISSING;
        assert!(!cursor.hear(most + 2, 0), "not all between could be waited for");
        assert!(cursor.hear(most + 1, 0) && !cursor.hear(most + 1, 0));
        assert!(cursor.hear(2 * most + 2, 0));
        assert!(!cursor.hear(2 * most + 4, 0), "no more can be waited for");
        assert!(cursor.hear(7, 0) && cursor.hear(2 * most + 4, 0));
        assert_eq!(cursor.missing().count() as i64, limits::WAKES_WAITED_FOR);
        assert_eq!(cursor.missing().next(), Some(1), "all of them are");
    }

    #[test]
    fn what_was_under_way_at_the_beginning_is_waited_for() {
        let mut cursor = WakeCursor::behind(6, &[3, 5], 0);
        assert_eq!((cursor.last(), cursor.missing().collect()), (6, vec![1, 2, 4, 6]));
        assert!(cursor.see(4, 1) && cursor.see(6, 1) && !cursor.see(3, 1));
        assert_eq!(WakeCursor::behind(0, &[], 0), WakeCursor::at(0));
        // Long after the last was forgotten the next one is not far ahead.
        assert!(WakeCursor::behind(50_000, &[], 0).hear(50_001, 0));
    }

    #[test]
    fn a_number_that_comes_late_is_still_seen_once() {
        let mut cursor = WakeCursor::at(5);
        assert!(cursor.see(8, 0));
        assert!(!cursor.see(8, 0) && !cursor.see(5, 0));
        assert_eq!(cursor.missing().collect::<Vec<_>>(), [6, 7]);
        assert!(cursor.see(6, 1) && !cursor.see(6, 1));
        cursor.give_up(limits::WAKE_COMES_WITHIN_MS);
        assert_eq!(cursor.missing().count(), 0);
        assert!(!cursor.see(7, 2));
        // A jump costs no more than is remembered.
        assert!(cursor.see(1_000_000_000, 3));
        assert_eq!(cursor.missing().count() as i64, limits::WAKES_MISSING);
        assert_eq!(cursor.last(), 1_000_000_000);
    }
}
