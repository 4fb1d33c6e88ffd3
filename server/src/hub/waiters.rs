//! Those who wait for what became of an append of their own, without a device.

use super::Hub;
use shopbell_store::{Append, AppendError, Appended, QueueFull, Store};
use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::oneshot;

type Became = Result<Appended, AppendError>;

/// By the mark that their appends carry.
#[derive(Default)]
pub(super) struct Waiters {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Became>>>,
    /// So that nothing is locked where nobody waits.
    count: AtomicUsize,
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Became>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn told(&self, origin: u64, became: Became) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        if let Some(waiter) = self.lock().remove(&origin) {
            self.count.fetch_sub(1, Ordering::Release);
            // Who has stopped waiting needs no answer.
            let _ = waiter.send(became);
        }
    }
}

impl Hub {
    /// Appends, and waits until it is kept or refused.
    ///
    /// # Errors
    /// [`QueueFull`]; nothing was taken.
    pub(crate) async fn keep(&self, store: &dyn Store, append: Append) -> Result<Became, QueueFull> {
        let origin = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (waiter, answer) = oneshot::channel();
        self.waiters.count.fetch_add(1, Ordering::Release);
        self.waiters.lock().insert(origin, waiter);
        if let Err(full) = store.append(Append { origin, ..append }) {
            self.waiters.told(origin, Err(AppendError::NotKept));
            return Err(full);
        }
        // The store answers every append that it took, unless it is closed.
        Ok(answer.await.unwrap_or(Err(AppendError::NotKept)))
    }
}
