//! The one thread that writes: it takes what has gathered, commits it in one
//! transaction, and only then tells anybody.

use std::sync::Arc;
use std::thread;

use rusqlite::Result;
use tokio::sync::{mpsc, oneshot, watch};

use super::desk::Desk;
use crate::{Append, AppendError, Appended, CommitListener, Outcome, QueueFull, StoreError, limits};

/// The way to the writing thread. When the last one is dropped, the thread
/// commits what it was given and ends.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    /// Nothing is ever sent; it closes when the thread has ended.
    ended: watch::Receiver<()>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "nearly all of them are appends, which need no box of their own"
)]
pub(super) enum Job {
    Append(Append),
    Change(Box<dyn Change>),
    Close,
}

/// A write whose caller waits for it.
pub(super) trait Change: Send {
    fn apply(&mut self, desk: &mut Desk) -> Result<()>;
    fn finish(self: Box<Self>, committed: std::result::Result<(), StoreError>);
}

struct Call<T, F> {
    work: Option<F>,
    done: Option<T>,
    reply: oneshot::Sender<std::result::Result<T, StoreError>>,
}

impl<T, F> Change for Call<T, F>
where
    T: Send,
    F: FnOnce(&mut Desk) -> Result<T> + Send,
{
    fn apply(&mut self, desk: &mut Desk) -> Result<()> {
        if let Some(work) = self.work.take() {
            self.done = Some(work(desk)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, committed: std::result::Result<(), StoreError>) {
        let Self { done, reply, .. } = *self;
        let result = committed.and_then(|()| done.ok_or_else(closed));
        // Who has stopped waiting needs no answer.
        let _ = reply.send(result);
    }
}

impl Writer {
    pub(super) fn start(desk: Desk, listener: Arc<dyn CommitListener>) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(limits::QUEUE_WRITES);
        let (alive, ended) = watch::channel(());
        thread::Builder::new().name("store-writer".into()).spawn(move || {
            run(desk, jobs, &*listener);
            drop(alive);
        })?;
        Ok(Self { queue, ended })
    }

    /// The way to something else that writes as the thread does.
    #[cfg(feature = "simulation")]
    pub(super) fn of(queue: mpsc::Sender<Job>, ended: watch::Receiver<()>) -> Self {
        Self { queue, ended }
    }

    pub(super) fn append(&self, append: Append) -> std::result::Result<(), QueueFull> {
        self.queue.try_send(Job::Append(append)).map_err(|_| QueueFull)
    }

    /// Does some work in the next transaction; comes back when it is durable.
    pub(super) async fn change<T, F>(&self, work: F) -> std::result::Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Call { work: Some(work), done: None, reply };
        self.queue.send(Job::Change(Box::new(call))).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Takes nothing more, commits what was taken, and waits for the thread's end.
    pub(super) async fn close(&self) {
        // It fails when the queue is closed already, which is as well.
        let _ = self.queue.send(Job::Close).await;
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

/// What a caller gets after the store was closed.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("it was closed".into())
}

fn run(mut desk: Desk, mut jobs: mpsc::Receiver<Job>, listener: &dyn CommitListener) {
    let mut batch = Vec::with_capacity(limits::BATCH_WRITES);
    while jobs.blocking_recv_many(&mut batch, limits::BATCH_WRITES) > 0 {
        if batch.iter().any(|job| matches!(job, Job::Close)) {
            jobs.close();
        }
        let became = commit(&mut desk, &mut batch);
        tell(became, &mut batch, listener);
    }
    desk.checkpoint();
}

/// What became of a batch: of each append, or why none of it was kept.
type Became = std::result::Result<Kept, String>;

/// Commits a batch.
pub(super) fn commit(desk: &mut Desk, batch: &mut [Job]) -> Became {
    transact(desk, batch).map_err(|error| {
        tracing::error!(%error, writes = batch.len(), "could not commit; none of these writes was kept");
        desk.roll_back();
        error.to_string()
    })
}

/// Tells everybody, and leaves the batch empty.
pub(super) fn tell(became: Became, batch: &mut Vec<Job>, listener: &dyn CommitListener) {
    let (kept, failure) = match became {
        Ok(kept) => (kept, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let mut kept = kept.into_iter();
    let mut outcomes = Vec::new();
    let mut changes = Vec::new();
    for job in batch.drain(..) {
        match job {
            Job::Append(append) => {
                let result = kept.next().unwrap_or(Err(AppendError::NotKept));
                outcomes.push(Outcome { append, result });
            }
            Job::Change(change) => changes.push(change),
            Job::Close => {}
        }
    }
    if !outcomes.is_empty() {
        listener.on_outcomes(outcomes);
    }
    for change in changes {
        change.finish(match &failure {
            None => Ok(()),
            Some(reason) => Err(StoreError::Unavailable(reason.clone())),
        });
    }
}

type Kept = Vec<std::result::Result<Appended, AppendError>>;

fn transact(desk: &mut Desk, batch: &mut [Job]) -> Result<Kept> {
    let mut kept = Vec::with_capacity(batch.len());
    desk.begin()?;
    for job in batch {
        match job {
            Job::Append(append) => kept.push(desk.append(append)?),
            Job::Change(change) => change.apply(desk)?,
            Job::Close => {}
        }
    }
    desk.commit()?;
    Ok(kept)
}
