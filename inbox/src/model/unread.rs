//! How many messages wait to be read, for the title and the app's badge.

use shopbell_protocol::{ConversationId, Summary};
use std::collections::HashMap;

/// The unread messages of every conversation that was heard of.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    of: HashMap<ConversationId, u32>,
    /// There may be more in conversations that were not heard of yet.
    more: bool,
}

impl Unread {
    /// Takes in what the relay says of a conversation.
    pub(crate) fn take(&mut self, summary: &Summary) {
        if summary.unread == 0 || summary.closed {
            self.of.remove(&summary.conversation);
        } else {
            self.of.insert(summary.conversation, summary.unread);
        }
    }

    /// The list is told from its beginning: what was known before may be old.
    pub(crate) fn begin(&mut self) {
        *self = Self::default();
    }

    /// A page of the list ends with this line, and the list goes on behind it; none
    /// when it was the last page. Who waits stands first, so behind a line that does
    /// not wait nothing is unread.
    pub(crate) fn list_goes_on(&mut self, line: Option<&Summary>) {
        self.more = line.is_some_and(|line| line.waiting_since.is_some());
    }

    /// The number as it can be said without saying anything false; none for nothing.
    pub(crate) fn said(&self) -> Option<String> {
        match (self.count(), self.more) {
            (0, _) => None,
            (count, false) => Some(count.to_string()),
            (count, true) => Some(format!("{count}+")),
        }
    }

    /// All together.
    pub(crate) fn count(&self) -> u32 {
        self.of.values().fold(0, |sum, &unread| sum.saturating_add(unread))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use shopbell_protocol::{Seq, Side, UnixMillis};

    pub(crate) fn summary(id: u8, unread: u32) -> Summary {
        Summary {
            conversation: ConversationId::from_bytes([id; 16]),
            name: None,
            waiting_since: None,
            last_seq: Seq(9),
            last_at: UnixMillis(1),
            last_from: Side::Visitor,
            preview: String::new(),
            last_by_system: false,
            last_pictures: 0,
            unread,
            closed: false,
            visitor_here: false,
            page: None,
        }
    }

    #[test]
    fn each_conversation_counts_as_it_was_last_heard_of() {
        let mut unread = Unread::default();
        unread.take(&summary(1, 2));
        unread.take(&summary(2, 3));
        unread.take(&summary(1, 1));
        assert_eq!(unread.count(), 4);
        unread.take(&summary(2, 0));
        assert_eq!(unread.count(), 1);
        unread.take(&Summary { closed: true, ..summary(1, 1) });
        assert_eq!(unread.count(), 0);
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let mut unread = Unread::default();
        assert_eq!(unread.said(), None);
        unread.take(&summary(1, 2));
        unread.list_goes_on(Some(&Summary { waiting_since: Some(UnixMillis(1)), ..summary(1, 2) }));
        assert_eq!(unread.said().as_deref(), Some("2+"));
        unread.list_goes_on(Some(&summary(2, 0)));
        assert_eq!(unread.said().as_deref(), Some("2"), "who waits stands before who does not");
    }

    #[test]
    fn a_list_from_the_beginning_forgets_what_was() {
        let mut unread = Unread::default();
        unread.take(&summary(1, 2));
        unread.begin();
        assert_eq!(unread.count(), 0);
    }
}
