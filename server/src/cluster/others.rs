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
    /// The number of the last envelope that came over NATS, and when that was; of one that was never
    /// heard there, when it was first known.
    number: u64,
    spoke_ms: u64,
    /// It is there, and was not heard over NATS for long.
    is_unheard: bool,
    /// It says the same of others.
    is_deaf: bool,
}

impl Others {
    /// A relay was heard; true when it was not known to be there.
    pub(super) fn heard(&mut self, relay: u64, now_ms: u64) -> bool {
        let other =
            self.relays.entry(relay).or_insert_with(|| Other { spoke_ms: now_ms, ..Other::default() });
        other.heard_ms.replace(now_ms).is_none()
    }

    /// An envelope has come over NATS; true when one before it did not.
    pub(super) fn spoke(&mut self, relay: u64, number: u64, now_ms: u64) -> bool {
        let other = self.relays.entry(relay).or_default();
        // The first one that is heard may not be the first that was said.
        let is_gap = number != other.number + 1;
        (other.number, other.spoke_ms) = (number, now_ms);
        is_gap
    }

    /// A relay says whether it hears everybody.
    pub(super) fn says_deaf(&mut self, relay: u64, deaf: bool) {
        if let Some(other) = self.relays.get_mut(&relay) {
            other.is_deaf = deaf;
        }
    }

    /// Whether one of them depends on what is written down.
    pub(super) fn are_deaf(&self) -> bool {
        self.relays.values().any(|other| other.is_deaf)
    }

    /// Whether one of them is not heard over NATS, and has to be read.
    pub(super) fn are_unheard(&self) -> bool {
        self.relays.values().any(|other| other.is_unheard)
    }

    /// Looks which of them are not heard over NATS, which may be away; gives those that were before.
    pub(super) fn listen(&mut self, is_up: bool, now_ms: u64) -> Vec<u64> {
        let mut fresh = Vec::new();
        for (relay, other) in &mut self.relays {
            let is_unheard = !is_up || now_ms.saturating_sub(other.spoke_ms) > limits::RELAY_UNHEARD_MS;
            if is_unheard && !other.is_unheard {
                fresh.push(*relay);
            }
            other.is_unheard = is_unheard;
        }
        fresh
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
        others.spoke(7, 9, 3_000);
        assert!(others.heard(7, 3_000) && !others.heard(7, 3_001));
    }

    #[test]
    fn a_missing_envelope_is_noticed() {
        let mut others = Others::default();
        assert!(!others.spoke(7, 1, 0) && !others.spoke(7, 2, 0));
        assert!(others.spoke(8, 3, 0) && !others.spoke(8, 4, 0), "what came before was not heard");
        assert!(others.spoke(7, 4, 0));
        assert!(!others.spoke(7, 5, 0));
    }

    #[test]
    fn who_is_read_and_not_heard_is_noticed_once() {
        let mut others = Others::default();
        others.heard(7, 1_000);
        others.spoke(8, 1, 1_000);
        others.heard(8, 1_000);
        let late = 1_001 + limits::RELAY_UNHEARD_MS;
        others.spoke(8, 2, late);
        assert!(others.listen(true, late - 1).is_empty() && !others.are_unheard());
        assert_eq!(others.listen(true, late), [7]);
        assert!(others.listen(true, late).is_empty() && others.are_unheard());
        assert_eq!(others.listen(false, late), [8], "nobody is heard while NATS is away");
        others.spoke(7, 1, late);
        assert!(others.listen(true, late).is_empty() && !others.are_unheard());
    }

    #[test]
    fn a_deaf_relay_is_deaf_until_it_says_otherwise_or_goes() {
        let mut others = Others::default();
        others.says_deaf(7, true);
        assert!(!others.are_deaf(), "nobody is known by this number");
        others.heard(7, 1_000);
        others.says_deaf(7, true);
        assert!(others.are_deaf());
        others.says_deaf(7, false);
        assert!(!others.are_deaf());
        others.says_deaf(7, true);
        others.gone(1_001 + limits::RELAY_SILENT_MS);
        assert!(!others.are_deaf());
    }
}
