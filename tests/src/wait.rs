//! Waiting for something to become true: never for a span of time alone.

use crate::clock::tick;
use std::future::Future;
use std::time::Duration;

/// How long anything may take on a busy machine before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often something is looked at that cannot tell when it has changed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks until `look` finds something.
///
/// # Panics
/// With what was waited for, when it has not come within [`PATIENCE`].
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = tick();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The same for something that a thread can look at without waiting.
pub fn until_blocking<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = tick();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Waits for a future, and fails with a name instead of hanging.
///
/// # Panics
/// With what was waited for, when it has not come within [`PATIENCE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} for {what}"),
    }
}
