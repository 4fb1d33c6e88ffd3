//! Who comes is admitted at a pace. When a relay or a line was down, all come back at once, and
//! to look up what each has missed would take the relay from those who are in already.

use super::TooFast;
use crate::clock::Clock;
use shopbell_protocol::limits;
use std::sync::{Arc, Mutex, PoisonError};

/// So many a second, and as many at once. Whoever comes too early is told a time of their own,
/// one after the other, so that nobody comes in vain again and none comes with all the others.
pub(super) struct Admission {
    /// Microseconds from one to the next; 0 is without a limit.
    every_us: u64,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When all who were let in have had their share of time.
    done_us: u64,
    /// The last time that was promised to anybody.
    promised_us: u64,
}

/// Who may come in at once after a quiet time.
const AT_ONCE_US: u64 = 1_000_000;

impl Admission {
    pub(super) fn new(per_second: u32, clock: &Arc<dyn Clock>) -> Self {
        let every_us = 1_000_000_u64.checked_div(u64::from(per_second)).unwrap_or(0);
        Self { every_us, clock: Arc::clone(clock), state: Mutex::default() }
    }

    pub(super) fn check(&self) -> Result<(), TooFast> {
        if self.every_us == 0 {
            return Ok(());
        }
        let now_us = self.clock.uptime_ms().saturating_mul(1_000);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done_us = state.done_us.max(now_us) + self.every_us;
        if done_us <= now_us + AT_ONCE_US {
            state.done_us = done_us;
            return Ok(());
        }
        // Nobody waits longer than a device does by itself; beyond that they come in their own order.
        let last_us = now_us + limits::RECONNECT_MOST_MS * 1_000;
        let promised_us = (state.promised_us.max(now_us) + self.every_us).min(last_us);
        state.promised_us = promised_us;
        let retry_after_ms = u32::try_from((promised_us - now_us).div_ceil(1_000)).unwrap_or(u32::MAX);
        Err(TooFast { retry_after_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::testing::StillClock;

    #[test]
    fn a_crowd_is_let_in_at_a_pace_and_each_when_they_were_told() {
        let clock = Arc::new(StillClock::at(0));
        let admission = Admission::new(100, &(clock.clone() as Arc<dyn Clock>));
        let told: Vec<_> = (0..1_000).map(|_| admission.check()).collect();
        assert!(told[..100].iter().all(Result::is_ok), "as many as in a second");
        let mut waits: Vec<_> =
            told[100..].iter().map(|told| told.expect_err("too early").retry_after_ms).collect();
        assert_eq!((waits[0], waits[1], waits[899]), (10, 20, 9_000), "one after the other");
        // Each comes when they were told to.
        waits.sort_unstable();
        let mut passed = 0;
        for wait in waits {
            clock.pass(u64::from(wait - passed));
            passed = wait;
            assert!(admission.check().is_ok(), "after {wait} ms");
        }
    }

    #[test]
    fn without_a_limit_all_come_in_and_nobody_is_sent_away_for_ever() {
        let clock = Arc::new(StillClock::at(0));
        let open = Admission::new(0, &(clock.clone() as Arc<dyn Clock>));
        assert!((0..10_000).all(|_| open.check().is_ok()));
        let slow = Admission::new(1, &(clock.clone() as Arc<dyn Clock>));
        let longest = (0..10_000).filter_map(|_| slow.check().err()).map(|told| told.retry_after_ms).max();
        assert_eq!(longest.map(u64::from), Some(limits::RECONNECT_MOST_MS));
    }
}
