//! The browser's clock and the visitor's own days.

use js_sys::Date;
use shopbell_client::Millis;
use shopbell_protocol::UnixMillis;

const DAY_MS: f64 = 86_400_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// Now.
#[allow(clippy::disallowed_methods, reason = "this is the browser's clock; everybody else is told the time")]
pub(crate) fn now() -> Millis {
    Date::now() as Millis
}

/// The day that a time falls on, as the visitor counts, from the epoch on.
pub(crate) fn day_of(at: UnixMillis) -> i64 {
    let at = at.0 as f64;
    ((at - date(at).get_timezone_offset() * MINUTE_MS) / DAY_MS).floor() as i64
}

/// A date to be formatted.
pub(super) fn date(at: f64) -> Date {
    Date::new(&at.into())
}
