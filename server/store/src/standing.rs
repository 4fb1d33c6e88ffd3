//! How a conversation stands, and how messages, receipts and closing change it.

use shopbell_protocol::{Receipt, Seq, Side, UnixMillis};

/// What changes in a conversation with its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) last: Seq,
    pub(crate) last_at: UnixMillis,
    pub(crate) last_from: Side,
    /// The visitor's first message that no owner's followed. Stays what it was
    /// while the conversation is closed.
    pub(crate) waiting_since: Option<UnixMillis>,
    pub(crate) closed: bool,
    /// The visitor's messages after `owner.opened`.
    pub(crate) unread: u32,
    pub(crate) visitor: Receipt,
    pub(crate) owner: Receipt,
}

impl Standing {
    /// Before a visitor's first message.
    pub(crate) fn new(at: UnixMillis) -> Self {
        Self {
            last: Seq::NONE,
            last_at: at,
            last_from: Side::Visitor,
            waiting_since: Some(at),
            closed: false,
            unread: 0,
            visitor: Receipt::default(),
            owner: Receipt::default(),
        }
    }

    /// After one more message.
    #[must_use]
    pub(crate) fn with_message(mut self, from: Side, at: UnixMillis, system: bool) -> Self {
        self.last = self.last.next();
        self.last_at = at;
        self.last_from = from;
        match from {
            Side::Visitor => {
                // Closing said that nothing more was to be done, so who writes
                // then waits from now on.
                if self.closed {
                    self.waiting_since = None;
                    self.closed = false;
                }
                self.waiting_since.get_or_insert(at);
                self.unread = self.unread.saturating_add(1);
            }
            // What a system says is no person's answer: who waits goes on waiting.
            Side::Owner if system => {}
            Side::Owner => self.waiting_since = None,
        }
        self
    }

    /// One side's receipt.
    pub(crate) fn receipt(&self, side: Side) -> Receipt {
        match side {
            Side::Visitor => self.visitor,
            Side::Owner => self.owner,
        }
    }

    /// Where a side's receipt comes to: never back, never past the last message.
    /// What was opened was handed over too.
    pub(crate) fn advanced(&self, side: Side, to: Receipt) -> Receipt {
        let old = self.receipt(side);
        let opened = old.opened.max(to.opened.min(self.last));
        Receipt { handed: old.handed.max(to.handed.min(self.last)).max(opened), opened }
    }

    /// Whether an index of the inbox's list must move the row, beyond its time.
    pub(crate) fn stands_elsewhere(&self, before: &Self) -> bool {
        self.waiting_since != before.waiting_since || self.closed != before.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_into_a_closed_conversation_waits_from_then_on() {
        let mut standing = Standing::new(UnixMillis(1)).with_message(Side::Visitor, UnixMillis(1), false);
        standing.closed = true;
        let again = standing.with_message(Side::Visitor, UnixMillis(9), false);
        assert!(!again.closed);
        assert_eq!(again.waiting_since, Some(UnixMillis(9)));
    }

    #[test]
    fn what_a_system_says_is_no_answer() {
        let waiting = Standing::new(UnixMillis(1)).with_message(Side::Visitor, UnixMillis(1), false);
        assert_eq!(waiting.with_message(Side::Owner, UnixMillis(2), true).waiting_since, Some(UnixMillis(1)));
        assert_eq!(waiting.with_message(Side::Owner, UnixMillis(2), false).waiting_since, None);
    }

    #[test]
    fn what_was_opened_was_handed_over() {
        let standing = Standing::new(UnixMillis(1)).with_message(Side::Visitor, UnixMillis(1), false);
        let far = Receipt { handed: Seq::NONE, opened: Seq(7) };
        let one = Receipt { handed: Seq(1), opened: Seq(1) };
        assert_eq!(standing.advanced(Side::Owner, far), one);
    }
}
