//! The real time and fresh seeds: the only place of these tests that reads them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
#[allow(clippy::disallowed_methods, reason = "a real relay is tested in real time, which is read here alone")]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A point in time that never goes back, to measure spans from.
#[allow(clippy::disallowed_methods, reason = "spans are measured in real time, which is read here alone")]
pub fn tick() -> Instant {
    Instant::now()
}

/// A number that no earlier call gave, for whatever must be told apart.
pub fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
