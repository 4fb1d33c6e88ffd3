//! What was written here and is not yet known to be kept.

use crate::{Draft, DraftState, Millis};
use shopbell_protocol::{ConversationId, MessageId, Problem, Seq, UnixMillis, limits};

/// The drafts: those that have a place in the timeline first, by place, then the others in the
/// order they were written in. The two may differ: of two tabs that write at the same instant,
/// the one whose draft has the later id may be the first to be kept.
///
/// One draft of a conversation is under way at a time, and the next goes when
/// the relay has answered. That holds the order whatever is lost, doubled or
/// refused on the way, and costs one round trip a message, which at the speed of
/// a person's hands nobody sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    drafts: Vec<Draft>,
    /// Not before this: the relay asked for patience.
    not_before: Millis,
    /// Refusals in a row that pass by themselves, for the wait between tries.
    refusals: u32,
}

/// [`limits::OUTBOX_MESSAGES`] messages are waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxFull;

impl Outbox {
    pub(crate) fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Takes a draft in. One that is there already stays as it is.
    pub(crate) fn insert(&mut self, draft: Draft) -> Result<bool, OutboxFull> {
        if self.find(draft.id).is_some() {
            return Ok(false);
        }
        if self.drafts.len() >= limits::OUTBOX_MESSAGES {
            return Err(OutboxFull);
        }
        self.put(draft);
        Ok(true)
    }

    fn put(&mut self, draft: Draft) {
        let place = self.drafts.partition_point(|other| other.rank() < draft.rank());
        self.drafts.insert(place, draft);
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<Draft> {
        let place = self.drafts.iter().position(|draft| draft.id == id)?;
        Some(self.drafts.remove(place))
    }

    fn find(&mut self, id: MessageId) -> Option<&mut Draft> {
        self.drafts.iter_mut().find(|draft| draft.id == id)
    }

    /// The next draft that may go: the oldest pending one of a conversation in
    /// which none is under way. It is under way from now on.
    pub(crate) fn send_next(&mut self, now: Millis) -> Option<&Draft> {
        if now < self.not_before {
            return None;
        }
        let place = (0..self.drafts.len()).find(|&place| {
            let draft = &self.drafts[place];
            let mut before = self.drafts[..place].iter();
            draft.state == DraftState::Waiting
                && !before.any(|other| other.is_pending() && other.conversation == draft.conversation)
        })?;
        let draft = &mut self.drafts[place];
        draft.state = DraftState::InFlight;
        Some(draft)
    }

    /// Whether a draft would go as soon as it is allowed to.
    pub(crate) fn has_waiting(&self) -> bool {
        self.drafts.iter().any(|draft| draft.state == DraftState::Waiting)
    }

    /// The connection is gone: what was under way may or may not have arrived,
    /// so it waits to be sent again.
    pub(crate) fn connection_lost(&mut self) {
        for draft in &mut self.drafts {
            if draft.state == DraftState::InFlight {
                draft.state = DraftState::Waiting;
            }
        }
    }

    /// The relay has committed it, but its place in the timeline is not reached yet.
    pub(crate) fn kept(&mut self, id: MessageId, seq: Seq, at: UnixMillis) {
        self.accepted();
        if let Some(mut draft) = self.remove(id) {
            draft.state = DraftState::Kept(seq, at);
            self.put(draft);
        }
    }

    /// Nobody looks at this conversation any more: what is kept there and only waited for its
    /// place is no draft.
    pub(crate) fn forget_kept(&mut self, conversation: ConversationId) {
        self.drafts.retain(|draft| {
            draft.conversation != conversation || !matches!(draft.state, DraftState::Kept(..))
        });
    }

    /// The relay's memory was put back: what was kept may not be kept any more. Gives what goes
    /// once more.
    pub(crate) fn cut_back(&mut self) -> Vec<Draft> {
        let kept = self.drafts.partition_point(|draft| matches!(draft.state, DraftState::Kept(..)));
        let mut again: Vec<_> = self.drafts.drain(..kept).collect();
        for draft in &mut again {
            draft.state = DraftState::Waiting;
            self.put(draft.clone());
        }
        again
    }

    /// A message was accepted: the relay has no more reason to slow this device.
    pub(crate) fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// The relay did not take it. It waits where that passes by itself, and is
    /// stuck otherwise. Late refusals of what was kept meanwhile change nothing.
    pub(crate) fn refused(&mut self, id: MessageId, problem: Problem, now: Millis) {
        let refusals = self.refusals;
        let Some(draft) = self.find(id).filter(|draft| draft.is_pending()) else {
            return;
        };
        if problem.code.passes_by_itself() {
            draft.state = DraftState::Waiting;
            // Of several that went together only the first counts: they failed in one go.
            let is_first = now >= self.not_before;
            let least = if is_first { limits::RECONNECT_FIRST_MS << refusals.min(5) } else { 0 };
            let asked = Millis::from(problem.retry_after_ms.unwrap_or(0));
            let wait = asked.max(least).min(limits::RECONNECT_MOST_MS);
            self.not_before = self.not_before.max(now + wait);
            self.refusals = refusals.saturating_add(u32::from(is_first));
        } else {
            draft.state = DraftState::Stuck(problem);
        }
    }

    /// A person wants it tried again.
    pub(crate) fn retry(&mut self, id: MessageId) {
        if let Some(draft) = self.find(id)
            && matches!(draft.state, DraftState::Stuck(_))
        {
            draft.state = DraftState::Waiting;
        }
    }

    /// When something may go that may not go yet.
    pub(crate) fn wake_at(&self, now: Millis) -> Option<Millis> {
        (self.has_waiting() && now < self.not_before).then_some(self.not_before)
    }

    /// The clock stepped back: a wait never lasts longer than the longest one.
    pub(crate) fn clock_is(&mut self, now: Millis) {
        self.not_before = self.not_before.min(now + limits::RECONNECT_MOST_MS);
    }

    /// The drafts of one conversation that are kept up to this place.
    pub(crate) fn settled(&self, conversation: ConversationId, upto: Seq) -> Option<MessageId> {
        self.drafts
            .iter()
            .find(|draft| {
                draft.conversation == conversation
                    && matches!(draft.state, DraftState::Kept(seq, _) if seq <= upto)
            })
            .map(|draft| draft.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mint;
    use shopbell_protocol::ErrorCode;

    fn draft(mint: &mut Mint, conversation: u8) -> Draft {
        Draft {
            conversation: ConversationId::from_bytes([conversation; 16]),
            id: mint.message_id(1),
            body: "hello".into(),
            written_at: UnixMillis(1),
            state: DraftState::Waiting,
        }
    }

    #[test]
    fn one_of_a_conversation_is_under_way_at_a_time() {
        let (mut mint, mut outbox) = (Mint::new(1), Outbox::default());
        let drafts = [draft(&mut mint, 1), draft(&mut mint, 1), draft(&mut mint, 2)];
        for draft in drafts.iter().rev() {
            assert_eq!(outbox.insert(draft.clone()), Ok(true));
        }
        assert_eq!(outbox.send_next(0).map(|d| d.id), Some(drafts[0].id));
        assert_eq!(
            outbox.send_next(0).map(|d| d.id),
            Some(drafts[2].id),
            "the other conversation does not wait"
        );
        assert_eq!(outbox.send_next(0), None);
        outbox.remove(drafts[0].id);
        assert_eq!(outbox.send_next(0).map(|d| d.id), Some(drafts[1].id));
    }

    #[test]
    fn a_refusal_that_passes_holds_the_line_and_one_that_does_not_steps_aside() {
        let (mut mint, mut outbox) = (Mint::new(1), Outbox::default());
        let (first, second) = (draft(&mut mint, 1), draft(&mut mint, 1));
        for draft in [&first, &second] {
            assert_eq!(outbox.insert(draft.clone()), Ok(true));
        }
        assert!(outbox.send_next(0).is_some());
        outbox.refused(first.id, Problem::new(ErrorCode::TooFast).retry_after(2_000), 0);
        assert_eq!(outbox.send_next(1_999), None);
        assert_eq!(outbox.wake_at(0), Some(2_000));
        assert_eq!(outbox.send_next(2_000).map(|d| d.id), Some(first.id));
        outbox.refused(first.id, Problem::new(ErrorCode::BadText), 2_000);
        assert_eq!(outbox.send_next(2_000).map(|d| d.id), Some(second.id));
        outbox.retry(first.id);
        assert!(outbox.drafts().iter().all(Draft::is_pending));
    }

    #[test]
    fn those_that_were_refused_in_one_go_wait_as_long_as_one() {
        let (mut mint, mut outbox) = (Mint::new(1), Outbox::default());
        let drafts: Vec<_> = (1..=8).map(|conversation| draft(&mut mint, conversation)).collect();
        for draft in &drafts {
            assert_eq!(outbox.insert(draft.clone()), Ok(true));
        }
        let mut now = 0;
        for span in [limits::RECONNECT_FIRST_MS, 2 * limits::RECONNECT_FIRST_MS] {
            while outbox.send_next(now).is_some() {}
            for draft in &drafts {
                outbox.refused(draft.id, Problem::new(ErrorCode::NotKept), now);
            }
            assert_eq!(
                outbox.wake_at(now),
                Some(now + span),
                "it doubles with each try, not with each draft"
            );
            now += span;
        }
        // Whoever is asked for more patience than the first has it.
        while outbox.send_next(now).is_some() {}
        outbox.refused(drafts[0].id, Problem::new(ErrorCode::NotKept), now);
        outbox.refused(drafts[1].id, Problem::new(ErrorCode::Busy).retry_after(20_000), now);
        assert_eq!(outbox.wake_at(now), Some(now + 20_000));
    }

    #[test]
    fn it_is_bounded_and_says_so() {
        let (mut mint, mut outbox) = (Mint::new(1), Outbox::default());
        for _ in 0..limits::OUTBOX_MESSAGES {
            assert_eq!(outbox.insert(draft(&mut mint, 1)), Ok(true));
        }
        assert_eq!(outbox.insert(draft(&mut mint, 1)), Err(OutboxFull));
    }
}
