//! One rate limit, kept apart for each key.

use super::TooFast;
use crate::{clock::Clock, limits};
use governor::{
    Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// So many a minute for each key, all at once if need be. 0 means without a limit.
pub(super) struct Keyed<K: Hash + Eq + Clone>(Option<(Quota, RwLock<Limiter<K>>)>);

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, RelayClock, NoOpMiddleware<Nanos>>;

/// The relay's clock, as the library wants it.
#[derive(Clone)]
struct RelayClock(Arc<dyn Clock>);

impl GovernorClock for RelayClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(self.0.uptime_ms()))
    }
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    pub(super) fn new(per_minute: u32, clock: &Arc<dyn Clock>) -> Self {
        Self::of(NonZeroU32::new(per_minute).map(Quota::per_minute), clock)
    }

    /// So many an hour.
    pub(super) fn per_hour(most: u32, clock: &Arc<dyn Clock>) -> Self {
        Self::of(NonZeroU32::new(most).map(Quota::per_hour), clock)
    }

    fn of(quota: Option<Quota>, clock: &Arc<dyn Clock>) -> Self {
        Self(quota.map(|quota| (quota, RwLock::new(Self::limiter(quota, RelayClock(Arc::clone(clock)))))))
    }

    pub(super) fn check(&self, key: &K) -> Result<(), TooFast> {
        let Some((_, limiter)) = &self.0 else { return Ok(()) };
        let limiter = limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(limiter.clock().now());
            TooFast { retry_after_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1) }
        })
    }

    /// Forgets the keys that have recovered. Should a flood of keys be too many
    /// even so, all are forgotten: the limit on connections still holds.
    pub(super) fn prune(&self) {
        let Some((quota, lock)) = &self.0 else { return };
        let current = lock.read().unwrap_or_else(PoisonError::into_inner);
        current.retain_recent();
        current.shrink_to_fit();
        if current.len() > limits::GUARD_KEYS {
            tracing::warn!("a rate limit had too many keys and begins anew");
            let anew = Self::limiter(*quota, current.clock().clone());
            drop(current);
            *lock.write().unwrap_or_else(PoisonError::into_inner) = anew;
        }
    }

    fn limiter(quota: Quota, clock: RelayClock) -> Limiter<K> {
        RateLimiter::new(quota, DashMapStateStore::default(), clock)
    }
}
