//! Where a page of the list ended, as text that the inbox gives back.

use std::fmt;

use shopbell_protocol::ConversationId;

/// A part of the list with an order of its own; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// Open and waiting: who waits longest first.
    Waiting,
    /// Open, and the visitor's turn: the latest first.
    Answered,
    /// Closed: the latest first.
    Closed,
}

impl Stretch {
    fn mark(self) -> char {
        match self {
            Stretch::Waiting => 'w',
            Stretch::Answered => 'a',
            Stretch::Closed => 'c',
        }
    }
}

/// A place in the list: behind this conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) stretch: Stretch,
    pub(crate) at: i64,
    pub(crate) id: [u8; 16],
}

impl Cursor {
    /// The place before the first conversation of a stretch. No time is as early
    /// or as late, and if one were, no id is as small.
    pub(crate) fn before_all(stretch: Stretch) -> Self {
        let at = match stretch {
            Stretch::Waiting => i64::MIN,
            Stretch::Answered | Stretch::Closed => i64::MAX,
        };
        Self { stretch, at, id: [0; 16] }
    }

    /// Reads what [`Self::to_string`] wrote; none when it is anything else or
    /// belongs to a list with other stretches.
    pub(crate) fn parse(text: &str, stretches: &[Stretch]) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let mark = parts.next()?;
        let at = parts.next()?.parse().ok()?;
        let id = *ConversationId::parse(parts.next()?)?.as_bytes();
        let stretch = *stretches.iter().find(|stretch| mark.chars().eq([stretch.mark()]))?;
        Some(Self { stretch, at, id })
    }

    /// Which of the stretches it stands in.
    pub(crate) fn place_in(&self, stretches: &[Stretch]) -> usize {
        stretches.iter().position(|stretch| *stretch == self.stretch).unwrap_or(0)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = ConversationId::from_bytes(self.id);
        write!(f, "{}.{}.{id}", self.stretch.mark(), self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_broken_one_does_not() {
        let open = [Stretch::Waiting, Stretch::Answered];
        let cursor = Cursor { stretch: Stretch::Answered, at: 17, id: [9; 16] };
        let text = cursor.to_string();
        assert_eq!(Cursor::parse(&text, &open), Some(cursor));
        assert_eq!(Cursor::parse(&text, &[Stretch::Closed]), None);
        for broken in ["", "a", "a.17", "a.17.x", "a..", "aa.17.x", "x.1.2", &text[1..], &format!("{text}0")]
        {
            assert_eq!(Cursor::parse(broken, &open), None, "{broken}");
        }
    }
}
