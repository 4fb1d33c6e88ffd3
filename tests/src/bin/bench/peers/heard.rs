//! Who is told live: in a task of their own, and counted, so that nobody is measured who leaves
//! that out.

use anyhow::{Context, Result, bail};
use shopbell_tests::wait::PATIENCE;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

const LOOK_EVERY: Duration = Duration::from_millis(10);

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

    /// Waits until so many were told. Whoever does not tell them fails alone, without a panic.
    pub(super) async fn until(&mut self, messages: u64) -> Result<()> {
        let told = || self.counter.0.load(Ordering::Relaxed);
        let all = async {
            while told() < messages {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = all => Ok(()),
            Some(ended) = self.tasks.join_next() => {
                ended.context("a listener has failed")??;
                bail!("a listener has ended")
            }
            () = tokio::time::sleep(PATIENCE) => bail!("{messages} were acknowledged and {} told", told()),
        }
    }
}
