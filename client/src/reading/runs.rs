//! Which messages stand together, and where a day begins.

use shopbell_protocol::{Side, UnixMillis};

/// Messages of one side that follow each other within this stand together.
pub const TOGETHER_MS: u64 = 5 * 60 * 1000;

/// How a message stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// It is the first of its day: a day separator goes before it.
    pub new_day: bool,
    /// It goes on from the one before: the same side, shortly after, on the same day.
    pub goes_on: bool,
}

/// Places a message after the one before it. A day is a number that the host
/// counts in the reader's time zone.
pub fn place(before: Option<(i64, Side, UnixMillis)>, this: (i64, Side, UnixMillis)) -> Place {
    let Some((day, side, at)) = before else {
        return Place { new_day: true, goes_on: false };
    };
    let new_day = day != this.0;
    let shortly = this.2.0.abs_diff(at.0) <= TOGETHER_MS;
    Place { new_day, goes_on: !new_day && side == this.1 && shortly }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_together_by_side_day_and_time() {
        let at = |minutes: u64| UnixMillis(minutes * 60_000);
        let first = place(None, (1, Side::Visitor, at(0)));
        assert!(first.new_day && !first.goes_on);
        let before = Some((1, Side::Visitor, at(0)));
        assert!(place(before, (1, Side::Visitor, at(4))).goes_on);
        assert!(!place(before, (1, Side::Visitor, at(6))).goes_on, "too late");
        assert!(!place(before, (1, Side::Owner, at(1))).goes_on, "another side");
        let midnight = place(before, (2, Side::Visitor, at(1)));
        assert!(midnight.new_day && !midnight.goes_on);
    }
}
