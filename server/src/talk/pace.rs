//! How many frames one connection may say, and how often "typing" is passed on.

use crate::limits;

const MINUTE_US: u64 = 60_000_000;

/// So many frames a minute, all at once if need be (the generic cell rate
/// algorithm, ITU-T I.371, on one number). 0 is without a limit.
pub(super) struct Pace {
    frame_us: u64,
    full_at_us: u64,
}

impl Pace {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { frame_us: MINUTE_US.checked_div(u64::from(per_minute)).unwrap_or(0), full_at_us: 0 }
    }

    /// Takes one frame, or says in how many milliseconds there is room for it.
    pub(super) fn take(&mut self, now_ms: u64) -> Result<(), u32> {
        let now_us = now_ms * 1000;
        let next_us = self.full_at_us.max(now_us) + self.frame_us;
        let over_us = next_us.saturating_sub(now_us + MINUTE_US);
        if over_us > 0 && self.frame_us > 0 {
            return Err(u32::try_from(over_us.div_ceil(1000)).unwrap_or(u32::MAX));
        }
        self.full_at_us = next_us;
        Ok(())
    }
}

/// Whether somebody's typing is to be passed on: every change is, and being
/// still at it now and then.
pub(super) struct Typing {
    active: bool,
    told_ms: u64,
    pace: Pace,
}

impl Default for Typing {
    fn default() -> Self {
        Self { active: false, told_ms: 0, pace: Pace::new(limits::TYPING_PER_MINUTE) }
    }
}

impl Typing {
    pub(super) fn is_news(&mut self, active: bool, now_ms: u64) -> bool {
        let again = active && now_ms >= self.told_ms + limits::TYPING_GAP_MS;
        // Who sends a line and writes on at once has stopped and begun within a moment.
        let news = (active != self.active || again) && (!active || self.pace.take(now_ms).is_ok());
        if news {
            self.active = active;
            self.told_ms = if active { now_ms } else { self.told_ms };
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_frames_may_come_at_once_and_then_one_by_one() {
        let mut pace = Pace::new(60);
        assert!((0..60).all(|_| pace.take(0).is_ok()));
        assert_eq!(pace.take(0), Err(1000));
        assert_eq!(pace.take(999), Err(1));
        assert_eq!(pace.take(1000), Ok(()));
    }

    #[test]
    fn without_a_limit_there_is_none() {
        let mut pace = Pace::new(0);
        assert!((0..100_000).all(|_| pace.take(0).is_ok()));
    }

    #[test]
    fn typing_is_told_when_it_begins_and_ends_but_not_at_each_key() {
        let mut typing = Typing::default();
        assert!(!typing.is_news(false, 0));
        assert!(typing.is_news(true, 5));
        assert!(!typing.is_news(true, 6));
        assert!(typing.is_news(false, 7));
        assert!(!typing.is_news(false, 8));
        assert!(typing.is_news(true, 9), "a line was sent, and the next one is begun at once");
        assert!(!typing.is_news(true, 8 + limits::TYPING_GAP_MS));
        assert!(typing.is_news(true, 9 + limits::TYPING_GAP_MS));
        let flicker = (0..10 * limits::TYPING_PER_MINUTE).filter(|i| typing.is_news(i % 2 == 0, 1_000));
        assert!(
            flicker.count() <= 2 * limits::TYPING_PER_MINUTE as usize,
            "on and off again and again is not"
        );
    }
}
