//! A conversation's messages as lines of the log, and which of them have changed.

use shopbell_client::reading::{Place, place};
use shopbell_client::{MessageState, Row};
use shopbell_protocol::{MessageId, Picture, Side, UnixMillis};
use std::collections::HashMap;
use std::sync::Arc;

/// One message as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: MessageId,
    /// From the owner's side.
    pub(crate) mine: bool,
    /// Said by their shop's own system.
    pub(crate) system: bool,
    pub(crate) at: UnixMillis,
    /// Counted in the owner's time zone.
    pub(crate) day: i64,
    pub(crate) place: Place,
    /// The first that was not read when the conversation was opened.
    pub(crate) first_new: bool,
    /// Before it something may be missing.
    pub(crate) after_cut: bool,
    pub(crate) state: Option<State>,
    pub(crate) body: Arc<str>,
    pub(crate) pictures: Arc<[Picture]>,
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

/// Messages in a chunk of the log: a browser skips what is out of sight chunk by
/// chunk, so that a long log costs little more than a short one.
const CHUNK: u32 = 50;

/// The log that was drawn last.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Each with the number of the look that saw it last.
    lines: HashMap<MessageId, (u32, Line)>,
    /// By rising numbers.
    chunks: Vec<(u32, Vec<MessageId>)>,
    looks: u32,
}

/// What a new look at the conversation has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LogChange {
    /// Chunks have come or gone.
    pub(crate) order: bool,
    /// The chunks in which lines have come or gone.
    pub(crate) chunks: Vec<u32>,
    /// New lines, and those that look different now.
    pub(crate) lines: Vec<Line>,
    /// After the last line something may be missing.
    pub(crate) cut_at_end: bool,
}

impl Log {
    /// The chunks' numbers, from the first to the last.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.chunks.iter().map(|(number, _)| *number).collect()
    }

    /// A chunk's lines, from the first to the last.
    pub(crate) fn chunk(&self, number: u32) -> &[MessageId] {
        chunk(&self.chunks, number).unwrap_or_default()
    }

    /// Whether a message is shown.
    pub(crate) fn has(&self, id: MessageId) -> bool {
        self.lines.contains_key(&id)
    }

    /// Whether nothing is shown.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes a new look. Only what differs is worked out again, for a log may be long.
    pub(crate) fn look<'a>(
        &mut self,
        rows: impl Iterator<Item = Row<'a>>,
        first_new: Option<MessageId>,
        mut cut: Option<UnixMillis>,
        day_of: impl Fn(UnixMillis) -> i64,
    ) -> LogChange {
        let mut change = LogChange::default();
        let mut chunks = Vec::<(u32, Vec<MessageId>)>::new();
        let mut before = None;
        let mut seq = 0;
        let mut count = 0;
        self.looks = self.looks.wrapping_add(1);
        for row in rows {
            let held = self.lines.get_mut(&row.id).map(|(look, held)| {
                *look = self.looks;
                &*held
            });
            let day = held.filter(|held| held.at == row.at).map_or_else(|| day_of(row.at), |held| held.day);
            let line = Line {
                id: row.id,
                mine: row.from == Side::Owner,
                system: row.system,
                at: row.at,
                day,
                place: place(before, (day, row.from, row.at)),
                first_new: first_new == Some(row.id),
                after_cut: cut.take_if(|cut| row.at >= *cut).is_some(),
                state: row.state.map(State::from),
                body: held.map_or_else(|| row.body.into(), |held| held.body.clone()),
                pictures: held.map_or_else(|| row.pictures.into(), |held| held.pictures.clone()),
            };
            before = Some((day, row.from, row.at));
            // What has no place yet stands where it will most likely come to stand.
            seq = row.seq.map_or(seq + 1, |seq| seq.0);
            let number = seq.saturating_sub(1) / CHUNK;
            match chunks.last_mut() {
                Some((last, ids)) if *last >= number => ids.push(row.id),
                _ => chunks.push((number, vec![row.id])),
            }
            count += 1;
            if held != Some(&line) {
                change.lines.push(line.clone());
                self.lines.insert(line.id, (self.looks, line));
            }
        }
        if self.lines.len() > count {
            let now = self.looks;
            self.lines.retain(|_, (look, _)| *look == now);
        }
        let numbers =
            |chunks: &[(u32, Vec<MessageId>)]| chunks.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        change.order = numbers(&chunks) != numbers(&self.chunks);
        let differs = |(number, ids): &&(u32, Vec<MessageId>)| chunk(&self.chunks, *number) != Some(ids);
        change.chunks = chunks.iter().filter(differs).map(|(number, _)| *number).collect();
        self.chunks = chunks;
        change.cut_at_end = cut.is_some();
        change
    }
}

fn chunk(chunks: &[(u32, Vec<MessageId>)], number: u32) -> Option<&[MessageId]> {
    chunks.iter().find(|(held, _)| *held == number).map(|(_, ids)| ids.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{Problem, Seq};

    const DAY: u64 = 86_400_000;

    fn row(id: u8, at: u64, state: Option<MessageState<'static>>) -> Row<'static> {
        let from = if state.is_some() { Side::Owner } else { Side::Visitor };
        let id = MessageId::from_bytes([id; 16]);
        Row {
            id,
            seq: Some(Seq(1)),
            from,
            at: UnixMillis(at),
            body: "hello",
            system: false,
            pictures: &[],
            state,
        }
    }

    fn look(log: &mut Log, rows: Vec<Row<'static>>) -> LogChange {
        look_with(log, rows, None)
    }

    fn look_with(log: &mut Log, rows: Vec<Row<'static>>, cut: Option<UnixMillis>) -> LogChange {
        log.look(rows.into_iter(), Some(MessageId::from_bytes([2; 16])), cut, |at| (at.0 / DAY) as i64)
    }

    #[test]
    fn where_something_may_be_missing_it_is_said() {
        let rows = || vec![row(1, 0, None), row(2, 5, None)];
        let change = look_with(&mut Log::default(), rows(), Some(UnixMillis(5)));
        assert_eq!(change.lines.iter().map(|line| line.after_cut).collect::<Vec<_>>(), [false, true]);
        assert!(!change.cut_at_end);
        let change = look_with(&mut Log::default(), rows(), Some(UnixMillis(6)));
        assert!(change.cut_at_end && change.lines.iter().all(|line| !line.after_cut));
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
        assert!(!change.order, "the same chunk");
        assert_eq!(change.chunks, [0]);
        assert_eq!(change.lines.len(), 1);
        let kept = row(3, 3, Some(MessageState::Kept));
        let change = look(&mut log, vec![row(1, 0, None), row(2, 1, None), kept]);
        assert!(change.chunks.is_empty(), "the same lines");
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

    #[test]
    fn chunks_stay_what_they_are_when_older_messages_come_before() {
        let rows = |from: u32| {
            let row = move |seq: u32| {
                let id = MessageId::from_bytes([seq as u8; 16]);
                Row { seq: Some(Seq(seq)), id, ..row(0, u64::from(seq), None) }
            };
            (from..=120).map(row).collect::<Vec<_>>()
        };
        let mut log = Log::default();
        assert_eq!(look(&mut log, rows(71)).chunks, [1, 2]);
        assert_eq!(log.numbers(), [1, 2]);
        let change = look(&mut log, rows(21));
        assert!(change.order);
        assert_eq!(change.chunks, [0, 1], "the last one is not touched");
        assert_eq!(log.chunk(1).len(), 50);
        let draft = Row { seq: None, ..row(200, 999, Some(MessageState::OnDevice)) };
        let change = look(&mut log, rows(21).into_iter().chain([draft]).collect());
        assert_eq!(change.chunks, [2], "a draft stands at the end");
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut log = Log::default();
        look(&mut log, vec![row(1, 0, None), row(2, 1, None)]);
        look(&mut log, vec![row(2, 1, None)]);
        assert!(!log.has(MessageId::from_bytes([1; 16])));
        look(&mut log, vec![]);
        assert!(log.is_empty());
    }
}
