//! One conversation as a device knows it: a stretch of messages without gaps,
//! and how far both sides have come.

use crate::{Draft, DraftState, MessageState, Row};
use shopbell_protocol::{Cut, Message, MessageId, Receipt, Seq, Side, Slice, limits};

/// The newest messages that are held of a conversation in which a person has gone back.
const GONE_BACK_HELD: usize = 20_000;

/// What is known of one conversation.
#[derive(Debug, Clone)]
pub struct Timeline {
    me: Side,
    /// By `seq`, rising by one from each to the next.
    messages: Vec<Message>,
    /// The last place that the relay is known to have given out.
    newest: Seq,
    /// The other side's last message that is or was held.
    last_theirs: Seq,
    /// How far I have come, as the relay has been told by any of my devices.
    pub(crate) mine: Receipt,
    /// How far the other side has come.
    pub(crate) theirs: Receipt,
    asked_older: bool,
    asked_newer: bool,
    wants_older: bool,
    /// A person has gone back in it, and looks at what came.
    goes_back: bool,
    /// The relay's memory was put back while this was held.
    was_cut: bool,
}

/// What became of a message that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    New,
    Known,
    /// Messages before it are missing; it will come again with them.
    Gap,
}

impl Timeline {
    pub(crate) fn new(me: Side) -> Self {
        Self {
            me,
            messages: Vec::new(),
            newest: Seq::NONE,
            last_theirs: Seq::NONE,
            mine: Receipt::default(),
            theirs: Receipt::default(),
            asked_older: false,
            asked_newer: false,
            wants_older: false,
            goes_back: false,
            was_cut: false,
        }
    }

    /// The relay's memory was put back: what is held may not be there any more, and its places
    /// mean nothing. Gives it.
    pub(crate) fn cut_back(&mut self) -> Vec<Message> {
        let anew = Self { was_cut: true, ..Self::new(self.me) };
        core::mem::replace(self, anew).messages
    }

    /// Since when and until when something may be missing here after the last cut, when there was
    /// something before it.
    pub(crate) fn misses(&self, last: Option<Cut>) -> Option<Cut> {
        let is_older = |cut: &Cut| self.messages.first().is_some_and(|first| first.at < cut.until);
        last.filter(|cut| self.was_cut || is_older(cut))
    }

    /// The messages held, by rising `seq` without gaps.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The last message held.
    pub fn last(&self) -> Seq {
        self.messages.last().map_or(Seq::NONE, |message| message.seq)
    }

    /// The other side's last message: what receipts are about.
    pub(crate) fn last_theirs(&self) -> Seq {
        self.last_theirs
    }

    fn note_theirs(&mut self) {
        let me = self.me;
        let mut newer = self.messages.iter().rev().take_while(|message| message.seq > self.last_theirs);
        if let Some(message) = newer.find(|message| message.from != me) {
            self.last_theirs = message.seq;
        }
    }

    fn first(&self) -> Seq {
        self.messages.first().map_or(Seq::NONE, |message| message.seq)
    }

    /// Whether there are messages before the first one held.
    pub fn has_older(&self) -> bool {
        self.first() > Seq(1)
    }

    /// Whether older messages were asked for and are on their way.
    pub fn is_loading_older(&self) -> bool {
        self.wants_older
    }

    /// The other side's messages that nobody on my side has opened, as far as
    /// they are held here.
    pub fn unread(&self) -> usize {
        let unopened = self.messages.iter().rev().take_while(|message| message.seq > self.mine.opened);
        unopened.filter(|message| message.from != self.me).count()
    }

    /// The first message of the other side that I have not opened.
    pub fn first_unread(&self) -> Option<MessageId> {
        let unopened = |message: &&Message| message.from != self.me && message.seq > self.mine.opened;
        self.messages.iter().find(unopened).map(|message| message.id)
    }

    /// All that is shown: what is kept, then this conversation's drafts.
    pub fn rows<'a>(&'a self, drafts: impl Iterator<Item = &'a Draft>) -> impl Iterator<Item = Row<'a>> {
        let kept = self.messages.iter().map(|message| self.row(message));
        kept.chain(drafts.map(|draft| self.draft_row(draft)))
    }

    fn row<'a>(&'a self, message: &'a Message) -> Row<'a> {
        let state = (message.from == self.me).then(|| self.state_at(message.seq));
        Row {
            id: message.id,
            seq: Some(message.seq),
            from: message.from,
            at: message.at,
            body: &message.body,
            system: message.system,
            pictures: &message.pictures,
            state,
        }
    }

    fn draft_row<'a>(&self, draft: &'a Draft) -> Row<'a> {
        let (seq, at, state) = match &draft.state {
            DraftState::Kept(seq, at) => (Some(*seq), *at, self.state_at(*seq)),
            DraftState::Stuck(problem) => (None, draft.written_at, MessageState::Stuck(problem)),
            DraftState::Waiting | DraftState::InFlight => (None, draft.written_at, MessageState::OnDevice),
        };
        let (from, body) = (self.me, draft.body.as_str());
        Row { id: draft.id, seq, from, at, body, system: false, pictures: &[], state: Some(state) }
    }

    fn state_at(&self, seq: Seq) -> MessageState<'static> {
        if seq <= self.theirs.opened {
            MessageState::Opened
        } else if seq <= self.theirs.handed {
            MessageState::HandedOver
        } else {
            MessageState::Kept
        }
    }

    /// Takes in one message that came live or was acknowledged.
    pub(crate) fn take(&mut self, message: Message) -> Taken {
        self.heard_of(message.seq);
        if message.seq <= self.last() {
            return Taken::Known;
        }
        if message.seq != self.last().next() {
            return Taken::Gap;
        }
        if message.from != self.me {
            self.last_theirs = message.seq;
        }
        self.messages.push(message);
        Taken::New
    }

    /// The relay has given out this place. What stands there is asked for when it
    /// does not come by itself.
    pub(crate) fn heard_of(&mut self, seq: Seq) {
        self.newest = self.newest.max(seq);
    }

    /// Takes in a stretch: after, before or overlapping what is held. One that
    /// begins beyond a gap is the latest of a long absence and takes the place
    /// of what is held, which stays to be had by scrolling up. Gives the messages
    /// at the end that were not held before.
    pub(crate) fn take_slice(&mut self, slice: Slice) -> usize {
        self.heard_of(slice.last);
        let (Some(first), Some(last)) = (slice.messages.first(), slice.messages.last()) else {
            self.asked_newer = false;
            return 0;
        };
        let (first, last) = (first.seq, last.seq);
        if self.messages.is_empty() || first > self.last().next() {
            let fresh = slice.messages.len();
            self.messages = slice.messages;
            self.asked_newer = false;
            self.note_theirs();
            return fresh;
        }
        if last.next() == self.first() {
            self.messages.splice(..0, slice.messages);
            self.older_came();
            return 0;
        }
        if last < self.first() {
            // Asked for before the latest took the place of what was held.
            self.asked_older = false;
            return 0;
        }
        self.asked_newer = false;
        let held = self.last();
        let before = self.messages.len();
        self.messages.extend(slice.messages.into_iter().filter(|message| message.seq > held));
        self.note_theirs();
        self.messages.len() - before
    }

    fn older_came(&mut self) {
        self.asked_older = false;
        self.wants_older = false;
    }

    /// A person scrolled up. Whether there is anything to wait for.
    pub(crate) fn want_older(&mut self) -> bool {
        self.wants_older = self.has_older();
        self.goes_back |= self.wants_older;
        self.wants_older
    }

    /// The place to ask before, when older messages are wanted and not asked for.
    pub(crate) fn ask_older(&mut self) -> Option<Seq> {
        let due = self.wants_older && !self.asked_older;
        self.asked_older |= due;
        due.then(|| self.first())
    }

    /// The place to ask after, when messages are missing and not asked for.
    pub(crate) fn ask_newer(&mut self) -> Option<Seq> {
        let due = self.newest > self.last() && !self.asked_newer;
        self.asked_newer |= due;
        due.then(|| self.last())
    }

    /// What was asked for will not come any more; it is asked for again.
    pub(crate) fn connection_lost(&mut self) {
        self.asked_older = false;
        self.asked_newer = false;
    }

    /// Takes a receipt in. Both ends only ever rise. Whether it changed anything.
    pub(crate) fn take_receipt(&mut self, side: Side, receipt: Receipt) -> bool {
        let held = if side == self.me { &mut self.mine } else { &mut self.theirs };
        let risen = Receipt {
            handed: held.handed.max(receipt.handed).max(receipt.opened),
            opened: held.opened.max(receipt.opened),
        };
        let changed = risen != *held;
        *held = risen;
        changed
    }

    /// Forgets the older part when more than `most` messages are held, so that a
    /// device that stays open for weeks does not grow. It can be had again.
    pub(crate) fn trim(&mut self, most: usize) {
        // What was just scrolled up to must not go again.
        let most = if self.goes_back { GONE_BACK_HELD } else { most };
        if self.messages.len() > most + limits::SLICE_MESSAGES && !self.wants_older {
            self.messages.drain(..self.messages.len() - most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mint;
    use shopbell_protocol::UnixMillis;

    fn message(seq: u32, from: Side) -> Message {
        let id = Mint::new(u64::from(seq)).message_id(u64::from(seq));
        Message {
            id,
            seq: Seq(seq),
            from,
            at: UnixMillis(u64::from(seq)),
            body: seq.to_string(),
            system: false,
            pictures: Vec::new(),
        }
    }

    fn slice(range: std::ops::RangeInclusive<u32>, last: u32) -> Slice {
        Slice { messages: range.map(|seq| message(seq, Side::Owner)).collect(), last: Seq(last) }
    }

    fn seqs(timeline: &Timeline) -> Vec<u32> {
        timeline.messages().iter().map(|message| message.seq.0).collect()
    }

    #[test]
    fn a_gap_is_asked_for_once_and_filled() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(1..=2, 2));
        assert_eq!(timeline.take(message(5, Side::Owner)), Taken::Gap);
        assert_eq!(timeline.ask_newer(), Some(Seq(2)));
        assert_eq!(timeline.ask_newer(), None, "asked already");
        assert_eq!(timeline.take_slice(slice(3..=5, 5)), 3);
        assert_eq!(timeline.ask_newer(), None, "nothing is missing");
        assert_eq!(timeline.take(message(4, Side::Owner)), Taken::Known);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_gap_of_many_slices_is_filled_slice_by_slice() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(1..=2, 2));
        timeline.take(message(9, Side::Owner));
        for (range, asked) in [(3..=5, 2), (6..=8, 5), (9..=9, 8)] {
            assert_eq!(timeline.ask_newer(), Some(Seq(asked)));
            timeline.take_slice(slice(range, 9));
        }
        assert_eq!(timeline.last(), Seq(9));
        assert_eq!(timeline.ask_newer(), None);
    }

    #[test]
    fn scrolling_up_puts_older_messages_before() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(11..=20, 20));
        assert!(timeline.want_older());
        assert_eq!(timeline.ask_older(), Some(Seq(11)));
        assert_eq!(timeline.ask_older(), None);
        timeline.connection_lost();
        assert_eq!(timeline.ask_older(), Some(Seq(11)), "asked again after a cut");
        timeline.take_slice(slice(1..=10, 20));
        assert!(!timeline.is_loading_older());
        assert!(!timeline.want_older(), "that was the beginning");
        assert_eq!(seqs(&timeline), (1..=20).collect::<Vec<_>>());
    }

    #[test]
    fn after_a_long_absence_the_latest_takes_the_place_of_the_old() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(1..=10, 10));
        timeline.take_slice(slice(51..=100, 100));
        assert_eq!(seqs(&timeline), (51..=100).collect::<Vec<_>>());
        assert!(timeline.has_older());
    }

    #[test]
    fn older_messages_that_fit_nowhere_any_more_are_asked_for_anew() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(3..=4, 4));
        timeline.want_older();
        assert_eq!(timeline.ask_older(), Some(Seq(3)));
        timeline.take_slice(slice(8..=9, 9));
        timeline.take_slice(slice(1..=2, 9));
        assert_eq!(seqs(&timeline), [8, 9]);
        assert_eq!(timeline.ask_older(), Some(Seq(8)));
    }

    #[test]
    fn receipts_only_rise_and_give_the_states() {
        let mut timeline = Timeline::new(Side::Visitor);
        for seq in 1..=3 {
            timeline.take(message(seq, Side::Visitor));
        }
        assert!(timeline.take_receipt(Side::Owner, Receipt { handed: Seq(2), opened: Seq(1) }));
        assert!(!timeline.take_receipt(Side::Owner, Receipt { handed: Seq(1), opened: Seq(0) }));
        let states: Vec<_> = timeline.rows([].iter()).filter_map(|row| row.state).collect();
        assert_eq!(states, [MessageState::Opened, MessageState::HandedOver, MessageState::Kept]);
    }

    #[test]
    fn only_the_other_sides_unopened_messages_are_unread() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take(message(1, Side::Owner));
        timeline.take(message(2, Side::Visitor));
        timeline.take(message(3, Side::Owner));
        timeline.take_receipt(Side::Visitor, Receipt { handed: Seq(3), opened: Seq(1) });
        assert_eq!(timeline.unread(), 1);
        assert_eq!(timeline.first_unread(), Some(message(3, Side::Owner).id));
    }

    #[test]
    fn what_a_person_has_gone_back_to_is_not_forgotten() {
        let mut timeline = Timeline::new(Side::Visitor);
        timeline.take_slice(slice(101..=300, 300));
        timeline.trim(120);
        assert_eq!(timeline.messages().len(), 120, "a device that stays open does not grow");
        assert!(timeline.want_older());
        timeline.take_slice(slice(131..=180, 300));
        timeline.trim(120);
        assert_eq!(timeline.messages().len(), 170);
    }
}
