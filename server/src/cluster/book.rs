//! What the others should read, on its way into the memory.

use crate::limits;
use shopbell_store::{Told, Wake};

/// What is to be written down, in order.
#[derive(Default)]
pub(super) struct Book {
    waiting: Vec<Wake>,
    under_way: Vec<Wake>,
    /// Need not be written, and is to be said after what is.
    after: Vec<Wake>,
}

impl Book {
    /// Takes out what lasts and is not written down yet, or all that is not; what stays is to be said
    /// now. False when some had to be left out.
    pub(super) fn take_from(&mut self, told: &mut Vec<Told>, all: bool) -> bool {
        let hangs = !self.under_way.is_empty();
        if all {
            self.waiting.append(&mut self.after);
        }
        let must_wait = self.has_momentary();
        for told in told.iter_mut().filter(|told| told.id.is_none()) {
            for wake in std::mem::take(&mut told.wakes) {
                // That this relay is there, or goes, is heard also while the memory takes nothing.
                if matches!(wake, Wake::Bye {}) || (hangs && matches!(wake, Wake::Here { .. })) {
                    told.wakes.push(wake.clone());
                }
                if all || !wake.is_momentary() {
                    self.waiting.push(wake);
                } else if must_wait {
                    self.after.push(wake);
                } else {
                    told.wakes.push(wake);
                }
            }
        }
        told.retain(|told| !told.wakes.is_empty());
        let has_room = self.waiting.len().max(self.after.len()) <= limits::WAKES_UNWRITTEN;
        if !has_room {
            self.after.clear();
            self.waiting.retain(|wake| !wake.is_momentary() && !matches!(wake, Wake::Here { .. }));
            self.waiting.truncate(limits::WAKES_UNWRITTEN);
        }
        has_room
    }

    /// Whether something of the moment is to be written, which what comes later must not overtake.
    fn has_momentary(&self) -> bool {
        self.under_way.iter().chain(&self.waiting).any(Wake::is_momentary)
    }

    /// What had to wait for what is written now, and is to be said.
    pub(super) fn freed(&mut self) -> Vec<Wake> {
        if self.has_momentary() { Vec::new() } else { std::mem::take(&mut self.after) }
    }

    /// What is to be written next, if there is anything: what could not be written, and what has come
    /// since.
    pub(super) fn open(&mut self) -> Option<Vec<Wake>> {
        let room = limits::WAKES_IN_ENVELOPE.saturating_sub(self.under_way.len());
        self.under_way.extend(self.waiting.drain(..room.min(self.waiting.len())));
        (!self.under_way.is_empty()).then(|| self.under_way.clone())
    }

    /// It is written.
    pub(super) fn written(&mut self) -> Vec<Wake> {
        std::mem::take(&mut self.under_way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::ShopId;
    use std::collections::BTreeSet;

    fn presence(here: bool) -> Wake {
        Wake::Presence { shop: ShopId::parse("oak").expect("an id"), conversation: None, here }
    }

    fn hello() -> Wake {
        Wake::Hello { of: BTreeSet::new() }
    }

    fn told(wakes: &[Wake]) -> Vec<Told> {
        vec![Told { id: None, relay: 1, wakes: wakes.to_vec() }]
    }

    #[test]
    fn what_is_of_the_moment_is_said_and_what_lasts_is_written() {
        let mut book = Book::default();
        let mut some = told(&[presence(true), hello(), presence(false)]);
        assert!(book.take_from(&mut some, false) && !book.has_momentary());
        assert_eq!(some, told(&[presence(true), presence(false)]));
        assert_eq!(book.open(), Some(vec![hello()]));
        assert_eq!((book.written(), book.open()), (vec![hello()], None));
        // What stands there already is only passed on.
        let mut written = vec![Told { id: Some(5), relay: 1, wakes: vec![hello()] }];
        assert!(book.take_from(&mut written, true) && written.len() == 1 && book.open().is_none());
    }

    #[test]
    fn for_those_who_only_read_all_of_it_is_written_in_order() {
        let mut book = Book::default();
        let mut some = told(&[presence(true), hello()]);
        assert!(book.take_from(&mut some, true) && some.is_empty());
        assert_eq!(book.open(), Some(vec![presence(true), hello()]));
        assert!(book.take_from(&mut told(&[presence(false)]), true) && book.has_momentary());
        // What could not be written comes first.
        assert_eq!(book.open(), Some(vec![presence(true), hello(), presence(false)]));
        assert_eq!(book.written(), [presence(true), hello(), presence(false)]);
        assert!(!book.has_momentary());
    }

    #[test]
    fn what_need_not_be_written_any_more_is_said_after_what_is() {
        let mut book = Book::default();
        assert!(book.take_from(&mut told(&[presence(true)]), true));
        assert!(book.open().is_some());
        let mut later = told(&[presence(false), hello()]);
        assert!(book.take_from(&mut later, false) && later.is_empty());
        assert!(book.freed().is_empty(), "it would overtake what is under way");
        assert_eq!(book.written(), [presence(true)]);
        assert_eq!(book.freed(), [presence(false)]);
        assert_eq!(book.open(), Some(vec![hello()]));
        let mut last = told(&[presence(true)]);
        assert!(book.take_from(&mut last, false));
        assert_eq!(last, told(&[presence(true)]));
    }

    #[test]
    fn a_relay_is_heard_to_go_at_once() {
        let mut book = Book::default();
        let mut bye = told(&[Wake::Bye {}]);
        assert!(book.take_from(&mut bye, false));
        assert_eq!((bye, book.open()), (told(&[Wake::Bye {}]), Some(vec![Wake::Bye {}])));
    }

    #[test]
    fn a_relay_is_heard_to_be_there_while_the_memory_hangs() {
        let mut book = Book::default();
        let here = [Wake::Here { deaf: false }];
        let mut first = told(&here);
        assert!(book.take_from(&mut first, false) && first.is_empty());
        assert!(book.open().is_some());
        let mut second = told(&here);
        assert!(book.take_from(&mut second, false));
        assert_eq!(second, told(&here));
    }

    #[test]
    fn no_more_waits_than_its_bound_and_what_lasts_goes_before_the_rest() {
        let mut book = Book::default();
        let full = vec![presence(true); limits::WAKES_UNWRITTEN];
        assert!(book.take_from(&mut told(&full), true));
        assert!(!book.take_from(&mut told(&[hello()]), true));
        assert_eq!(book.waiting, [hello()]);
        assert!(!book.take_from(&mut told(&vec![hello(); limits::WAKES_UNWRITTEN]), true));
        assert_eq!(book.waiting.len(), limits::WAKES_UNWRITTEN);
        assert_eq!(book.open().map(|wakes| wakes.len()), Some(limits::WAKES_IN_ENVELOPE));
    }
}
