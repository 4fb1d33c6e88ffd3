//! What stands in the log, line by line: messages in runs, and the days between.

use shopbell_client::reading::{TOGETHER_MS, is_only_emoji};
use shopbell_client::{MessageState, Row};
use shopbell_protocol::{MessageId, Picture, Side, UnixMillis};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// Here begins a day, counted from the epoch in the visitor's own time.
    Day(i64, UnixMillis),
    /// Something may be missing here.
    Cut,
    /// A message.
    Bubble(Bubble<'a>),
}

/// A message as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bubble<'a> {
    /// Which one.
    pub id: MessageId,
    /// The visitor's own.
    pub mine: bool,
    /// The shop's own system's, not the owner's.
    pub system: bool,
    /// When it was kept, or written while it is with its sender.
    pub at: UnixMillis,
    /// The text.
    pub body: &'a str,
    /// What is shown below it.
    pub pictures: &'a [Picture],
    /// Only one's own messages have a state.
    pub state: Option<MessageState<'a>>,
    /// It goes on a run.
    pub on: bool,
    /// The run goes on with the same state, so the time and state stand there.
    pub more: bool,
}

impl Bubble<'_> {
    /// Whether it is to be shown larger.
    pub fn is_emoji(&self) -> bool {
        is_only_emoji(self.body)
    }

    fn goes_on_in(&self, next: &Bubble<'_>) -> bool {
        self.mine == next.mine && self.system == next.system && next.at.0.abs_diff(self.at.0) <= TOGETHER_MS
    }
}

/// Lays the rows out. `day_of` counts days in the visitor's own time; before `cut` something
/// may be missing.
pub fn lay_out<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    mut cut: Option<UnixMillis>,
    day_of: impl Fn(UnixMillis) -> i64,
) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let mut day = None;
    for row in rows {
        if cut.take_if(|cut| row.at >= *cut).is_some() {
            lines.push(Line::Cut);
        }
        let mut bubble = Bubble {
            id: row.id,
            mine: row.from == Side::Visitor,
            system: row.system,
            at: row.at,
            body: row.body,
            pictures: row.pictures,
            state: row.state,
            on: false,
            more: false,
        };
        let its_day = day_of(row.at);
        if day != Some(its_day) {
            day = Some(its_day);
            lines.push(Line::Day(its_day, row.at));
        } else if let Some(Line::Bubble(before)) = lines.last_mut()
            && before.goes_on_in(&bubble)
        {
            bubble.on = true;
            before.more =
                before.state == bubble.state && !matches!(bubble.state, Some(MessageState::Stuck(_)));
        }
        lines.push(Line::Bubble(bubble));
    }
    lines.extend(cut.map(|_| Line::Cut));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ErrorCode, Problem};

    const DAY: u64 = 86_400_000;

    fn row(number: u8, from: Side, at: u64, state: Option<MessageState<'static>>) -> Row<'static> {
        let id = MessageId::from_bytes([number; 16]);
        Row { id, seq: None, from, at: UnixMillis(at), body: "text", system: false, pictures: &[], state }
    }

    /// Each line as a short word: the day, or who, and how it hangs together.
    fn drawn(rows: Vec<Row<'static>>) -> Vec<String> {
        drawn_with(rows, None)
    }

    fn drawn_with(rows: Vec<Row<'static>>, cut: Option<UnixMillis>) -> Vec<String> {
        let lines = lay_out(rows.into_iter(), cut, |at| (at.0 / DAY) as i64);
        let word = |line: &Line<'_>| match line {
            Line::Day(day, _) => format!("day {day}"),
            Line::Cut => "cut".into(),
            Line::Bubble(bubble) => {
                let who = if bubble.mine { "mine" } else { "theirs" };
                [who, if bubble.on { " on" } else { "" }, if bubble.more { " more" } else { "" }].concat()
            }
        };
        lines.iter().map(word).collect()
    }

    #[test]
    fn messages_stand_in_runs_below_their_day() {
        let kept = Some(MessageState::Kept);
        let rows = vec![
            row(1, Side::Visitor, 0, kept),
            row(2, Side::Visitor, 1_000, kept),
            row(3, Side::Owner, 2_000, None),
            row(4, Side::Owner, 2_000 + 1 + TOGETHER_MS, None),
            row(5, Side::Owner, DAY, None),
        ];
        assert_eq!(drawn(rows), ["day 0", "mine more", "mine on", "theirs", "theirs", "day 1", "theirs"]);
    }

    #[test]
    fn a_state_that_differs_from_the_next_one_is_shown() {
        let rows = vec![
            row(1, Side::Visitor, 0, Some(MessageState::Opened)),
            row(2, Side::Visitor, 1, Some(MessageState::Kept)),
            row(3, Side::Visitor, 2, Some(MessageState::OnDevice)),
        ];
        assert_eq!(drawn(rows), ["day 0", "mine", "mine on", "mine on"]);
    }

    #[test]
    fn each_stuck_message_shows_its_own_buttons() {
        let problem: &'static Problem = Box::leak(Box::new(Problem::new(ErrorCode::BadText)));
        let stuck = Some(MessageState::Stuck(problem));
        let rows = vec![row(1, Side::Visitor, 0, stuck), row(2, Side::Visitor, 1, stuck)];
        assert_eq!(drawn(rows), ["day 0", "mine", "mine on"]);
    }

    #[test]
    fn where_something_may_be_missing_it_is_said() {
        let rows = || vec![row(1, Side::Owner, 0, None), row(2, Side::Owner, 5, None)];
        assert_eq!(drawn_with(rows(), Some(UnixMillis(5))), ["day 0", "theirs", "cut", "theirs"]);
        assert_eq!(drawn_with(rows(), Some(UnixMillis(6))), ["day 0", "theirs more", "theirs on", "cut"]);
        assert_eq!(drawn_with(Vec::new(), Some(UnixMillis(6))), ["cut"]);
    }

    #[test]
    fn nothing_written_nothing_drawn() {
        assert_eq!(drawn(Vec::new()), [""; 0]);
    }
}
