//! When the next message may go to a chat, by the limits that Telegram names in its Bot FAQ.

use super::{bounded::Bounded, limits};
use shopbell_protocol::UnixMillis;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The turns that were given to each chat.
#[derive(Debug)]
pub(super) struct Pace {
    turns: Mutex<Bounded<i64, VecDeque<u64>>>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { turns: Mutex::new(Bounded::new(limits::CHATS)) }
    }

    /// Takes the chat's next turn, and says how long it is until then. A group's id is below 0.
    ///
    /// # Errors
    /// With the wait when it is over [`limits::TURN_WITHIN`]; then no turn is taken.
    pub(super) fn turn(&self, chat: i64, now: UnixMillis) -> Result<Duration, Duration> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = turns.entry(chat);
        // A clock that was set back must not silence a chat until it has caught up.
        taken.retain(|&at| at <= now.0.saturating_add(limits::GROUP_WINDOW_MS));
        let mut at = now.0;
        if let Some(last) = taken.back() {
            at = at.max(last + limits::CHAT_EVERY_MS);
        }
        if chat < 0 && taken.len() >= limits::GROUP_MESSAGES {
            let first = taken[taken.len() - limits::GROUP_MESSAGES];
            at = at.max(first + limits::GROUP_WINDOW_MS);
        }
        let wait = Duration::from_millis(at - now.0);
        if wait > limits::TURN_WITHIN {
            return Err(wait);
        }
        taken.push_back(at);
        if taken.len() > limits::GROUP_MESSAGES {
            taken.pop_front();
        }
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn turn(pace: &Pace, chat: i64, now: u64) -> Result<u128, u128> {
        pace.turn(chat, UnixMillis(now)).map(|wait| wait.as_millis()).map_err(|wait| wait.as_millis())
    }

    #[test]
    fn a_chat_gets_one_message_a_second_and_others_do_not_wait_for_it() {
        let pace = Pace::new();
        assert_eq!(turn(&pace, 5, NOW), Ok(0));
        assert_eq!(turn(&pace, 5, NOW), Ok(1_000));
        assert_eq!(turn(&pace, 6, NOW), Ok(0));
        assert_eq!(turn(&pace, 5, NOW + 2_500), Ok(0));
    }

    #[test]
    fn a_group_gets_twenty_in_any_minute() {
        let pace = Pace::new();
        for message in 0..20 {
            assert_eq!(turn(&pace, -5, NOW + message * 1_000), Ok(0));
            assert_eq!(turn(&pace, 5, NOW + message * 1_000), Ok(0));
        }
        assert_eq!(turn(&pace, -5, NOW + 20_000), Err(40_000));
        assert_eq!(turn(&pace, 5, NOW + 20_000), Ok(0));
        assert_eq!(turn(&pace, -5, NOW + 56_000), Ok(4_000));
        assert_eq!(turn(&pace, -5, NOW + 60_000), Ok(1_000));
        assert_eq!(turn(&pace, -5, NOW + 62_000), Ok(0));
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nobody() {
        let pace = Pace::new();
        assert_eq!(turn(&pace, 5, NOW * 2), Ok(0));
        assert_eq!(turn(&pace, 5, NOW), Ok(0));
    }
}
