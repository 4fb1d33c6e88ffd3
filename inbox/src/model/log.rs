//! A conversation's messages as lines of the log, and which of them have changed.

use shopbell_client::reading::{Place, place};
use shopbell_client::{MessageState, Row};
use shopbell_protocol::{MessageId, Side, UnixMillis};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One message as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: MessageId,
    /// Written by the owner.
    pub(crate) mine: bool,
    pub(crate) at: UnixMillis,
    /// Counted in the owner's time zone.
    pub(crate) day: i64,
    pub(crate) place: Place,
    /// The first that was not read when the conversation was opened.
    pub(crate) first_new: bool,
    pub(crate) state: Option<State>,
    pub(crate) body: Arc<str>,
}

/// A message's state, of those that a sender sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    OnDevice,
    Kept,
    HandedOver,
    Opened,
    /// With the sentence that says why.
    Stuck(String),
}

impl From<MessageState<'_>> for State {
    fn from(state: MessageState<'_>) -> Self {
        match state {
            MessageState::OnDevice => State::OnDevice,
            MessageState::Kept => State::Kept,
            MessageState::HandedOver => State::HandedOver,
            MessageState::Opened => State::Opened,
            MessageState::Stuck(problem) if problem.sentence.is_empty() => {
                State::Stuck(problem.code.sentence().into())
            }
            MessageState::Stuck(problem) => State::Stuck(problem.sentence.clone()),
        }
    }
}

/// The log that was drawn last.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: BTreeMap<MessageId, Line>,
    order: Vec<MessageId>,
}

/// What a new look at the conversation has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LogChange {
    /// Lines have come or gone.
    pub(crate) order: bool,
    /// New lines, and those that look different now.
    pub(crate) lines: Vec<Line>,
}

impl Log {
    /// The lines' ids, from the first to the last.
    pub(crate) fn order(&self) -> &[MessageId] {
        &self.order
    }

    /// Takes a new look. Only what differs is worked out again, for a log may be long.
    pub(crate) fn look<'a>(
        &mut self,
        rows: impl Iterator<Item = Row<'a>>,
        first_new: Option<MessageId>,
        day_of: impl Fn(UnixMillis) -> i64,
    ) -> LogChange {
        let mut held = std::mem::take(&mut self.lines);
        let mut change = LogChange::default();
        let mut order = Vec::with_capacity(self.order.len() + 1);
        let mut before = None;
        for row in rows {
            let old = held.remove(&row.id);
            let day =
                old.as_ref().filter(|old| old.at == row.at).map_or_else(|| day_of(row.at), |old| old.day);
            let line = Line {
                id: row.id,
                mine: row.from == Side::Owner,
                at: row.at,
                day,
                place: place(before, (day, row.from, row.at)),
                first_new: first_new == Some(row.id),
                state: row.state.map(State::from),
                body: old.as_ref().map_or_else(|| row.body.into(), |old| old.body.clone()),
            };
            before = Some((day, row.from, row.at));
            if old.as_ref() != Some(&line) {
                change.lines.push(line.clone());
            }
            order.push(line.id);
            self.lines.insert(line.id, line);
        }
        change.order = order != self.order;
        self.order = order;
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{Problem, Seq};

    const DAY: u64 = 86_400_000;

    fn row(id: u8, at: u64, state: Option<MessageState<'static>>) -> Row<'static> {
        let from = if state.is_some() { Side::Owner } else { Side::Visitor };
        let id = MessageId::from_bytes([id; 16]);
        Row { id, seq: Some(Seq(1)), from, at: UnixMillis(at), body: "hello", state }
    }

    fn look(log: &mut Log, rows: Vec<Row<'static>>) -> LogChange {
        log.look(rows.into_iter(), Some(MessageId::from_bytes([2; 16])), |at| (at.0 / DAY) as i64)
    }

    #[test]
    fn only_what_differs_is_drawn_again() {
        let mut log = Log::default();
        let change = look(&mut log, vec![row(1, 0, None), row(2, 1, None)]);
        assert!(change.order);
        assert_eq!(change.lines.len(), 2);
        assert!(change.lines[0].place.new_day);
        assert!(change.lines[1].first_new);
        let sent = row(3, 2, Some(MessageState::OnDevice));
        let change = look(&mut log, vec![row(1, 0, None), row(2, 1, None), sent]);
        assert!(change.order);
        assert_eq!(change.lines.len(), 1);
        let kept = row(3, 3, Some(MessageState::Kept));
        let change = look(&mut log, vec![row(1, 0, None), row(2, 1, None), kept]);
        assert!(!change.order, "the same lines");
        assert_eq!(
            change.lines.iter().map(|line| line.state.clone()).collect::<Vec<_>>(),
            [Some(State::Kept)]
        );
    }

    #[test]
    fn older_messages_take_the_day_from_the_line_that_had_it() {
        let mut log = Log::default();
        look(&mut log, vec![row(5, DAY + 5, None)]);
        let change = look(&mut log, vec![row(4, DAY + 4, None), row(5, DAY + 5, None)]);
        let days: Vec<_> = change.lines.iter().map(|line| line.place.new_day).collect();
        assert_eq!(days, [true, false]);
    }

    #[test]
    fn a_stuck_message_says_why_even_when_the_relay_gave_only_a_code() {
        let problem =
            Problem { sentence: String::new(), ..Problem::new(shopbell_protocol::ErrorCode::TooLong) };
        let State::Stuck(reason) = State::from(MessageState::Stuck(&problem)) else {
            panic!("it is stuck");
        };
        assert!(reason.ends_with('.'), "{reason}");
    }
}
