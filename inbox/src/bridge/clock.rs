//! The device's clock.

use shopbell_protocol::UnixMillis;

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is the place where the app's time comes from")]
pub(crate) fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now().max(0.0) as u64)
}
