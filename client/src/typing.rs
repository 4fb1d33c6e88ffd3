//! "Is writing": said seldom, believed shortly.

use crate::Millis;
use shopbell_protocol::limits;

/// What the other side was last heard to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TheirTyping {
    until: Option<Millis>,
}

impl TheirTyping {
    pub(crate) fn is_active(self) -> bool {
        self.until.is_some()
    }

    /// Whether this changed anything.
    pub(crate) fn heard(&mut self, active: bool, now: Millis) -> bool {
        let was = self.is_active();
        self.until = active.then(|| now + limits::TYPING_LAPSES_MS);
        was != active
    }

    pub(crate) fn lapse(&mut self, now: Millis) -> bool {
        let over = |until: Millis| now >= until || until > now + limits::TYPING_LAPSES_MS;
        self.until.is_some_and(over) && self.heard(false, now)
    }

    pub(crate) fn wake_at(self, now: Millis) -> Option<Millis> {
        self.until.map(|until| until.min(now + limits::TYPING_LAPSES_MS))
    }
}

/// What this side has said.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MyTyping {
    said_at: Option<Millis>,
}

impl MyTyping {
    /// A key was struck: whether it is time to say so (again).
    pub(crate) fn key(&mut self, now: Millis) -> bool {
        let due = self.said_at.is_none_or(|said| now < said || now - said >= limits::TYPING_EVERY_MS);
        if due {
            self.said_at = Some(now);
        }
        due
    }

    /// The message was sent, the box emptied or the connection lost: whether
    /// the other side believes in writing and has to be told better.
    pub(crate) fn stop(&mut self) -> bool {
        self.said_at.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_most_every_few_seconds() {
        let mut mine = MyTyping::default();
        let said = (0..10_000).step_by(100).filter(|&now| mine.key(now)).count();
        assert_eq!(said, 4);
        assert!(mine.stop());
        assert!(!mine.stop());
    }

    #[test]
    fn it_is_believed_for_a_moment_only() {
        let mut theirs = TheirTyping::default();
        assert!(theirs.heard(true, 0));
        assert!(!theirs.heard(true, 1_000), "nothing new to show");
        assert!(!theirs.lapse(6_999));
        assert!(theirs.lapse(7_000));
        assert!(!theirs.is_active());
    }
}
