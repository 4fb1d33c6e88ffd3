//! The other relays, as far as they were heard.

use crate::limits;
use std::collections::HashMap;

/// The other relays.
#[derive(Default)]
pub(super) struct Others {
    relays: HashMap<u64, Other>,
    /// When one of them has last said that it is deaf.
    deaf_ms: Option<u64>,
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
    /// It goes down, whatever else comes of it.
    is_leaving: bool,
}

impl Others {
    /// A relay was heard; true when it was not known to be there.
    pub(super) fn heard(&mut self, relay: u64, now_ms: u64) -> bool {
        let other =
            self.relays.entry(relay).or_insert_with(|| Other { spoke_ms: now_ms, ..Other::default() });
        other.heard_ms.replace(now_ms).is_none() && !other.is_leaving
    }

    /// An envelope has come over NATS; true when one before it did not, of one that stays.
    pub(super) fn spoke(&mut self, relay: u64, number: u64, now_ms: u64) -> bool {
        let other = self.relays.entry(relay).or_default();
        // The first one that is heard may not be the first that was said.
        let is_gap = number != other.number + 1;
        (other.number, other.spoke_ms) = (number, now_ms);
        is_gap && !other.is_leaving
    }

    /// A relay says that it does not hear everybody.
    pub(super) fn says_deaf(&mut self, now_ms: u64) {
        self.deaf_ms = Some(now_ms);
    }

    /// Whether one of them depends on what is written down, or did a moment ago.
    pub(super) fn are_deaf(&self, now_ms: u64) -> bool {
        self.deaf_ms.is_some_and(|deaf_ms| now_ms.saturating_sub(deaf_ms) <= limits::RELAY_DEAF_MS)
    }

    /// Whether one of them is not heard over NATS, and has to be read.
    pub(super) fn are_unheard(&self) -> bool {
        self.relays.values().any(|other| other.is_unheard)
    }

    /// Whether this one is not.
    pub(super) fn is_unheard(&self, relay: u64) -> bool {
        self.relays.get(&relay).is_some_and(|other| other.is_unheard)
    }

    /// Looks which of them are there and not heard over NATS; gives those of which that has changed.
    /// Either way it may be that something was said before and heard after what was read.
    pub(super) fn listen(&mut self) -> Vec<u64> {
        let mut changed = Vec::new();
        for (relay, other) in &mut self.relays {
            let unheard_ms = other.heard_ms.map_or(0, |heard_ms| heard_ms.saturating_sub(other.spoke_ms));
            let is_unheard = unheard_ms > limits::RELAY_UNHEARD_MS && !other.is_leaving;
            if std::mem::replace(&mut other.is_unheard, is_unheard) != is_unheard {
                changed.push(*relay);
            }
        }
        changed
    }

    /// A relay has said that it goes down.
    pub(super) fn leaves(&mut self, relay: u64) {
        let other = self.relays.entry(relay).or_default();
        (other.is_leaving, other.is_unheard) = (true, false);
    }

    /// Whether it has.
    pub(super) fn is_leaving(&self, relay: u64) -> bool {
        self.relays.get(&relay).is_some_and(|other| other.is_leaving)
    }

    /// Those that have been silent for too long, each with whether it had said that it goes. They are
    /// not known any more.
    pub(super) fn gone(&mut self, now_ms: u64) -> Vec<(u64, bool)> {
        let is_silent = |_: &u64, other: &mut Other| {
            let last_ms = other.heard_ms.unwrap_or(0).max(other.spoke_ms);
            now_ms.saturating_sub(last_ms) > limits::RELAY_SILENT_MS
        };
        self.relays.extract_if(is_silent).map(|(relay, other)| (relay, other.is_leaving)).collect()
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
        assert_eq!(others.gone(2_001 + limits::RELAY_SILENT_MS), [(7, false)]);
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
    fn who_is_read_and_not_heard_is_noticed_and_so_is_the_end_of_it() {
        let mut others = Others::default();
        for relay in [7, 8] {
            others.spoke(relay, 1, 1_000);
            others.heard(relay, 1_000);
        }
        let late = 1_001 + limits::RELAY_UNHEARD_MS;
        others.heard(7, late - 1);
        assert!(others.listen().is_empty() && !others.are_unheard());
        others.heard(7, late);
        assert_eq!(others.listen(), [7], "nothing at all is heard of the other one, which may be dead");
        assert!(others.listen().is_empty() && others.are_unheard());
        others.spoke(7, 2, late);
        assert_eq!(others.listen(), [7]);
        assert!(!others.are_unheard());
    }

    #[test]
    fn of_a_relay_that_leaves_nothing_is_to_be_found_out_any_more() {
        let mut others = Others::default();
        let late = 1_001 + limits::RELAY_UNHEARD_MS;
        others.heard(7, 1_000);
        others.heard(7, late);
        assert_eq!(others.listen(), [7]);
        others.leaves(7);
        assert!(others.is_leaving(7) && others.listen().is_empty() && !others.are_unheard());
        // Its last words.
        assert!(!others.spoke(7, 9, late) && !others.heard(7, late + limits::RELAY_UNHEARD_MS + 1));
        assert!(others.listen().is_empty());
        let silent = late + limits::RELAY_UNHEARD_MS + limits::RELAY_SILENT_MS + 2;
        assert_eq!(others.gone(silent), [(7, true)]);
        assert!(!others.is_leaving(7));
    }

    #[test]
    fn one_of_which_only_numbers_were_heard_is_forgotten_too() {
        let mut others = Others::default();
        others.spoke(7, 1, 1_000);
        assert_eq!(others.gone(1_001 + limits::RELAY_SILENT_MS), [(7, false)]);
    }

    #[test]
    fn what_is_said_is_written_for_deaf_ones_and_a_while_longer() {
        let mut others = Others::default();
        assert!(!others.are_deaf(0));
        others.says_deaf(1_000);
        assert!(others.are_deaf(1_000 + limits::RELAY_DEAF_MS));
        assert!(!others.are_deaf(1_001 + limits::RELAY_DEAF_MS));
    }
}
