//! The other relays, as far as they were heard.

use crate::limits;
use std::collections::HashMap;

/// The other relays.
#[derive(Default)]
pub(super) struct Others {
    relays: HashMap<u64, Other>,
}

#[derive(Default)]
struct Other {
    /// None when it is to be found out whether it was known.
    heard_ms: Option<u64>,
    /// The number of the last envelope.
    number: u64,
}

impl Others {
    /// A relay was heard; true when it was not known to be there.
    pub(super) fn heard(&mut self, relay: u64, now_ms: u64) -> bool {
        self.relays.entry(relay).or_default().heard_ms.replace(now_ms).is_none()
    }

    /// An envelope has come; true when one before it did not.
    pub(super) fn numbered(&mut self, relay: u64, number: u64) -> bool {
        let other = self.relays.entry(relay).or_default();
        // The first one that is heard may not be the first that was said.
        let is_gap = number != other.number + 1;
        other.number = number;
        is_gap
    }

    /// A relay has said that it goes down.
    pub(super) fn left(&mut self, relay: u64) {
        self.relays.remove(&relay);
    }

    /// Those that have been silent for too long; they are not known any more.
    pub(super) fn gone(&mut self, now_ms: u64) -> Vec<u64> {
        let is_silent = |other: &Other| {
            other.heard_ms.is_some_and(|heard_ms| now_ms.saturating_sub(heard_ms) > limits::RELAY_SILENT_MS)
        };
        let gone: Vec<u64> =
            self.relays.iter().filter(|(_, other)| is_silent(other)).map(|(relay, _)| *relay).collect();
        for relay in &gone {
            self.relays.remove(relay);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_gone_when_it_was_silent_and_new_when_it_comes_back() {
        let mut others = Others::default();
        assert!(others.heard(7, 1_000) && !others.heard(7, 2_000));
        assert!(others.gone(2_000 + limits::RELAY_SILENT_MS).is_empty());
        assert_eq!(others.gone(2_001 + limits::RELAY_SILENT_MS), [7]);
        // Its envelope's number is looked at before it counts as heard.
        others.numbered(7, 9);
        assert!(others.heard(7, 3_000) && !others.heard(7, 3_001));
    }

    #[test]
    fn a_missing_envelope_is_noticed() {
        let mut others = Others::default();
        assert!(!others.numbered(7, 1) && !others.numbered(7, 2));
        assert!(others.numbered(8, 3) && !others.numbered(8, 4), "what came before was not heard");
        assert!(others.numbered(7, 4));
        assert!(!others.numbered(7, 5));
    }
}
