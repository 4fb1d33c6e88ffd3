//! Times as people and machines read them.

use jiff::{Timestamp, tz::TimeZone};
use shopbell_protocol::UnixMillis;

/// Writes times in one time zone.
pub(crate) struct When(TimeZone);

impl When {
    /// In the visitor's time zone as far as it is known, else in UTC.
    pub(crate) fn of(time_zone: Option<&str>) -> Self {
        let known = time_zone.and_then(|name| TimeZone::get(name).ok());
        Self(known.unwrap_or(TimeZone::UTC))
    }

    /// For people: `22 Nov 2026, 18:30 UTC`.
    pub(crate) fn for_people(&self, at: UnixMillis) -> String {
        timestamp(at).to_zoned(self.0.clone()).strftime("%-d %b %Y, %H:%M %Z").to_string()
    }

    /// For machines (RFC 3339).
    pub(crate) fn for_machines(at: UnixMillis) -> String {
        timestamp(at).to_string()
    }
}

fn timestamp(at: UnixMillis) -> Timestamp {
    i64::try_from(at.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_visitors_zone() {
        let at = UnixMillis(1_795_372_200_000);
        assert_eq!(When::of(None).for_people(at), "22 Nov 2026, 18:30 UTC");
        assert_eq!(When::of(Some("Europe/Berlin")).for_people(at), "22 Nov 2026, 19:30 CET");
        assert_eq!(When::of(Some("Mars/Base")).for_people(at), "22 Nov 2026, 18:30 UTC");
        assert_eq!(When::for_machines(at), "2026-11-22T18:30:00Z");
        assert!(!When::of(None).for_people(UnixMillis(u64::MAX)).is_empty());
    }
}
