//! The visitors' last words that an owner's device has heard of, until the relay
//! has noted that it has.

use shopbell_protocol::{ConversationId, Place, Seq, limits};
use std::collections::BTreeMap;

/// How many are held; the list brings older ones again.
const HELD: usize = 10_000;

/// One frame of them is under way at a time, so that a list that is scrolled far
/// asks no more of the relay than it can do.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    due: BTreeMap<ConversationId, Seq>,
    said: Vec<Place>,
}

impl Notices {
    /// There is something that the relay may not know to be heard of.
    pub(crate) fn heard_of(&mut self, Place { conversation, upto }: Place) {
        let due = self.due.entry(conversation).or_default();
        *due = upto.max(*due);
        if self.due.len() > HELD {
            self.due.pop_first();
        }
    }

    /// What to say now, the youngest conversations first: their visitors may still be there.
    pub(crate) fn say_next(&mut self) -> Option<Vec<Place>> {
        if !self.said.is_empty() || self.due.is_empty() {
            return None;
        }
        while self.said.len() < limits::LIST_CONVERSATIONS
            && let Some((conversation, upto)) = self.due.pop_last()
        {
            self.said.push(Place { conversation, upto });
        }
        Some(self.said.clone())
    }

    /// The relay has noted what was said.
    pub(crate) fn noted(&mut self) {
        self.said.clear();
    }

    /// What was said may not have been heard.
    pub(crate) fn connection_lost(&mut self) {
        for place in std::mem::take(&mut self.said) {
            self.heard_of(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(conversation: u8, upto: u32) -> Place {
        Place { conversation: ConversationId::from_bytes([conversation; 16]), upto: Seq(upto) }
    }

    #[test]
    fn what_was_not_noted_is_said_again() {
        let mut notices = Notices::default();
        notices.heard_of(place(1, 1));
        assert_eq!(notices.say_next(), Some(vec![place(1, 1)]));
        notices.heard_of(place(1, 2));
        assert_eq!(notices.say_next(), None, "one frame at a time");
        notices.connection_lost();
        assert_eq!(notices.say_next(), Some(vec![place(1, 2)]));
        notices.noted();
        notices.connection_lost();
        assert_eq!(notices.say_next(), None);
    }

    #[test]
    fn a_frame_holds_no_more_than_the_relay_takes() {
        let mut notices = Notices::default();
        for conversation in 0..=u8::MAX {
            notices.heard_of(place(conversation, 1));
        }
        let mut said = 0;
        while let Some(places) = notices.say_next() {
            assert!(places.len() <= limits::LIST_CONVERSATIONS);
            said += places.len();
            notices.noted();
        }
        assert_eq!(said, 256);
    }
}
