//! How long ago: an amount and a unit, to be put into words by the browser.

use shopbell_protocol::UnixMillis;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Beyond this a date says more than a number of days.
const WEEK_MS: u64 = 7 * DAY_MS;

/// A unit as `Intl` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
}

impl Unit {
    /// The name for `Intl.RelativeTimeFormat` and `Intl.NumberFormat`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
        }
    }
}

/// So many of a unit: whole ones, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) amount: u64,
    pub(crate) unit: Unit,
}

impl Span {
    /// From one time to a later one; none below a minute, and when the clock has stepped back.
    pub(crate) fn between(from: UnixMillis, now: UnixMillis) -> Option<Self> {
        let ms = now.0.saturating_sub(from.0);
        let (unit, length) = match ms {
            ..MINUTE_MS => return None,
            MINUTE_MS..HOUR_MS => (Unit::Minute, MINUTE_MS),
            HOUR_MS..DAY_MS => (Unit::Hour, HOUR_MS),
            _ => (Unit::Day, DAY_MS),
        };
        Some(Self { amount: ms / length, unit })
    }
}

/// How a moment in the past is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ago {
    /// Less than a minute ago.
    JustNow,
    /// Less than a week ago.
    Span(Span),
    /// Longer ago: by its date.
    Date,
}

/// How the moment is told now.
pub(crate) fn ago(at: UnixMillis, now: UnixMillis) -> Ago {
    if now.0.saturating_sub(at.0) >= WEEK_MS {
        return Ago::Date;
    }
    Span::between(at, now).map_or(Ago::JustNow, Ago::Span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ms: u64) -> Option<Span> {
        Span::between(UnixMillis(1_000), UnixMillis(1_000 + ms))
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        assert_eq!(after(59_999), None);
        assert_eq!(after(MINUTE_MS), Some(Span { amount: 1, unit: Unit::Minute }));
        assert_eq!(after(HOUR_MS - 1), Some(Span { amount: 59, unit: Unit::Minute }));
        assert_eq!(after(HOUR_MS), Some(Span { amount: 1, unit: Unit::Hour }));
        assert_eq!(after(DAY_MS * 3 + 5), Some(Span { amount: 3, unit: Unit::Day }));
    }

    #[test]
    fn a_clock_that_stepped_back_makes_nothing_negative() {
        assert_eq!(Span::between(UnixMillis(5_000_000), UnixMillis(0)), None);
        assert_eq!(ago(UnixMillis(5_000_000), UnixMillis(0)), Ago::JustNow);
    }

    #[test]
    fn after_a_week_a_date_says_more() {
        assert_eq!(ago(UnixMillis(0), UnixMillis(WEEK_MS)), Ago::Date);
        assert!(matches!(ago(UnixMillis(0), UnixMillis(WEEK_MS - 1)), Ago::Span(_)));
    }
}
