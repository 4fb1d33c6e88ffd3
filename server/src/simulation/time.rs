//! The simulated time, and the clocks and the randomness that are made of it and of the seed.

use crate::{
    clock::Clock,
    entropy::{Entropy, NoEntropy},
};
use fastrand::Rng;
use shopbell_protocol::UnixMillis;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};
use tokio::time::{Duration, Instant, sleep_until};

/// What the calendar says when a simulation begins.
const DAWN_MS: u64 = 1_700_000_000_000;

/// The true time: it stands still while anybody has something to do.
#[derive(Clone, Copy)]
pub(super) struct Time {
    dawn: Instant,
}

impl Time {
    /// From now on. The runtime's own time must be paused.
    #[allow(clippy::disallowed_methods, reason = "paused: this is the simulated time")]
    pub(super) fn begin() -> Self {
        Self { dawn: Instant::now() }
    }

    /// Milliseconds since the beginning.
    pub(super) fn ms(&self) -> u64 {
        u64::try_from(self.dawn.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What the calendar says.
    pub(super) fn unix_ms(&self) -> u64 {
        DAWN_MS + self.ms()
    }

    /// Waits until so many milliseconds have passed since the beginning.
    pub(super) async fn until(&self, ms: u64) {
        sleep_until(self.dawn + Duration::from_millis(ms)).await;
    }
}

/// A relay's two clocks.
pub(super) struct RelayClock {
    time: Time,
    began_ms: u64,
    /// How far the one on the wall is from the true time; it outlives a relay.
    off_by_ms: Arc<AtomicI64>,
}

impl RelayClock {
    /// Of a relay that begins now.
    pub(super) fn new(time: Time, off_by_ms: Arc<AtomicI64>) -> Self {
        Self { time, began_ms: time.ms(), off_by_ms }
    }
}

impl Clock for RelayClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.time.unix_ms().saturating_add_signed(self.off_by_ms.load(Ordering::SeqCst)))
    }

    fn uptime_ms(&self) -> u64 {
        self.time.ms() - self.began_ms
    }
}

/// Random bytes that a seed decides.
pub(super) struct Drawn(Mutex<Rng>);

impl Drawn {
    pub(super) fn new(dice: Rng) -> Self {
        Self(Mutex::new(dice))
    }
}

impl Entropy for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
        Ok(())
    }
}
