//! Who is told live: in a task of their own, and counted, so that nobody is measured who leaves
//! that out.

use anyhow::{Context, Result, bail};
use shopbell_tests::until;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

/// Counts what one of them is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Everybody who listens.
#[derive(Debug, Default)]
pub(super) struct Heard {
    counter: Counter,
    tasks: JoinSet<Result<()>>,
}

impl Heard {
    /// Lets somebody listen until this is dropped.
    pub(super) fn listen<F>(&mut self, listener: impl FnOnce(Counter) -> F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.tasks.spawn(listener(self.counter.clone()));
    }

    /// Waits until so many were told.
    pub(super) async fn until(&mut self, messages: u64) -> Result<()> {
        let told = || self.counter.0.load(Ordering::Relaxed);
        let all = until("everything to be told", async || (told() >= messages).then_some(()));
        tokio::select! {
            () = all => Ok(()),
            Some(ended) = self.tasks.join_next() => {
                ended.context("a listener has failed")??;
                bail!("a listener has ended")
            }
        }
    }
}
