//! How a channel does after a try, and when it may be used again.

use crate::limits;
use shopbell_channels::{Failure, Fate};
use shopbell_protocol::{ChannelHealth, UnixMillis};
use shopbell_store::{Channel, ChannelState};

/// After the far side has taken something.
pub(super) fn after_success(now: UnixMillis) -> ChannelState {
    ChannelState {
        health: ChannelHealth { handed_at: Some(now), ..ChannelHealth::default() },
        failures: 0,
        failing_since: None,
        told_since: None,
    }
}

/// After a failure that may be the channel's: one that is about a single parcel says
/// nothing about the channel.
pub(super) fn after_failure(channel: &Channel, failure: &Failure, now: UnixMillis) -> ChannelState {
    let failures = channel.failures.saturating_add(1);
    let gone = failure.fate == Fate::Gone;
    let is_sick = gone || failures >= limits::SICK_AFTER_FAILURES;
    let health = ChannelHealth {
        handed_at: channel.health.handed_at,
        sick_since: channel.health.sick_since.or(is_sick.then_some(now)),
        gone,
        reason: Some(failure.reason.clone()),
    };
    let failing_since = channel.failing_since.or(Some(now));
    ChannelState { health, failures, failing_since, told_since: channel.told_since }
}

/// How long the channel rests after so many failures in a row: twice as long each time,
/// drawn from the upper half, and never shorter than its far side asks for. `random` is
/// drawn evenly.
pub(super) fn rest_ms(failures: u32, failure: &Failure, random: u32) -> u64 {
    let doubled = limits::RETRY_FIRST_MS.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let most = doubled.min(limits::RETRY_MOST_MS);
    let drawn = most / 2 + (most / 2) * u64::from(random) / u64::from(u32::MAX);
    let asked = failure.retry_after.map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    drawn.max(asked.min(limits::RETRY_ASKED_MOST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ChannelId, ChannelKind, ChannelRule, ShopId};
    use shopbell_store::Target;
    use std::time::Duration;

    fn channel(failures: u32) -> Channel {
        Channel {
            id: ChannelId::new(1, [1; 10]),
            shop: ShopId::parse("oak").expect("an id"),
            conversation: None,
            kind: ChannelKind::Email,
            label: String::new(),
            target: Target(String::new()),
            far: String::new(),
            rule: ChannelRule::default(),
            health: ChannelHealth::default(),
            failures,
            failing_since: None,
            told_since: None,
            waiting: 0,
            stuck: 0,
        }
    }

    #[test]
    fn a_channel_is_sick_after_some_failures_and_at_once_when_it_is_gone() {
        let refused = Failure::later("It is closed.");
        let state = after_failure(&channel(0), &refused, UnixMillis(5));
        assert_eq!(
            (state.failures, state.failing_since, state.health.sick_since),
            (1, Some(UnixMillis(5)), None)
        );
        let last = after_failure(&channel(limits::SICK_AFTER_FAILURES - 1), &refused, UnixMillis(9));
        assert_eq!(last.health.sick_since, Some(UnixMillis(9)));
        assert_eq!(last.health.reason.as_deref(), Some("It is closed."));
        let gone = after_failure(&channel(0), &Failure::gone("No such mailbox."), UnixMillis(7));
        assert!(gone.health.gone && gone.health.sick_since == Some(UnixMillis(7)));
    }

    #[test]
    fn it_rests_longer_each_time_but_not_for_ever() {
        let failure = Failure::later("no");
        assert_eq!(rest_ms(1, &failure, 0), limits::RETRY_FIRST_MS / 2);
        assert_eq!(rest_ms(1, &failure, u32::MAX), limits::RETRY_FIRST_MS);
        assert_eq!(rest_ms(3, &failure, u32::MAX), limits::RETRY_FIRST_MS * 4);
        assert_eq!(rest_ms(u32::MAX, &failure, u32::MAX), limits::RETRY_MOST_MS);
    }

    #[test]
    fn it_rests_as_long_as_the_far_side_asks() {
        let asked = Failure::later("slow down").after(Some(Duration::from_secs(90)));
        assert_eq!(rest_ms(1, &asked, 0), 90_000);
        let endless = Failure::later("slow down").after(Some(Duration::MAX));
        assert_eq!(rest_ms(1, &endless, 0), limits::RETRY_ASKED_MOST_MS);
    }
}
