//! The relay's one source of time; everything else is given `now`.

use shopbell_protocol::UnixMillis;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Two clocks: the one on the wall, for people, and one that never steps back,
/// for durations.
pub(crate) trait Clock: Send + Sync + 'static {
    /// The time of day. May step either way when the machine's clock is set.
    fn now(&self) -> UnixMillis;
    /// Milliseconds since the relay began. Never steps back.
    fn uptime_ms(&self) -> u64;
}

/// The machine's clocks.
pub(crate) struct SystemClock {
    began: Instant,
}

impl SystemClock {
    /// Uptime counts from here.
    #[allow(clippy::disallowed_methods, reason = "this is the place where time comes from")]
    pub(crate) fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the place where time comes from")]
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A clock that stands still until it is moved.
    use super::{Clock, UnixMillis};
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Moves only by [`StillClock::pass`].
    pub(crate) struct StillClock(AtomicU64);

    impl StillClock {
        /// At this time of day.
        pub(crate) fn at(ms: u64) -> Self {
            Self(AtomicU64::new(ms))
        }

        /// Lets time pass.
        pub(crate) fn pass(&self, ms: u64) {
            self.0.fetch_add(ms, Ordering::SeqCst);
        }
    }

    impl Clock for StillClock {
        fn now(&self) -> UnixMillis {
            UnixMillis(self.0.load(Ordering::SeqCst))
        }
        fn uptime_ms(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
    }
}
