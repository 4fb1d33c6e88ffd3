//! The one task of a relay that keeps messages: it takes what has gathered, commits it in one
//! transaction, and only then tells anybody.

mod batch;
mod insert;
mod plan;

use deadpool_postgres::{Client, Object, Pool};
use shopbell_protocol::{ConversationId, Receipt, ShopId, Side};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

use super::{pool, rows::Fault};
use crate::{Append, AppendError, CommitListener, Outcome, QueueFull, StoreError, Told, limits};
use batch::Kept;

/// The way to the writing task. When the last one is dropped, it commits what it was given
/// and ends.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    /// Nothing is ever sent; it closes when the task has ended.
    ended: watch::Receiver<()>,
}

/// What is done in a batch.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all of them are appends, which need no box of their own"
)]
enum Job {
    Append(Append),
    Change(Change),
    /// Whoever waits knows that all taken before is kept or refused.
    Fence(oneshot::Sender<()>),
    Close,
}

/// A change of how a conversation stands, whose caller waits for it.
struct Change {
    shop: ShopId,
    conversation: ConversationId,
    what: What,
    reply: oneshot::Sender<Result<Changed, StoreError>>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Advance(Side, Receipt),
    Close(bool),
}

/// What became of it.
#[derive(Debug, Clone, Copy)]
enum Changed {
    /// There is no such conversation in this shop.
    None,
    /// As it was.
    Nothing,
    /// A receipt has moved.
    Receipt(Receipt),
}

impl Writer {
    pub(super) fn start(pool: Pool, relay: u64, listener: Arc<dyn CommitListener>) -> Self {
        let (queue, jobs) = mpsc::channel(limits::QUEUE_WRITES);
        let (alive, ended) = watch::channel(());
        tokio::spawn(async move {
            let desk = Desk { pool, relay, db: None, careful: 0 };
            run(desk, jobs, &*listener).await;
            drop(alive);
        });
        Self { queue, ended }
    }

    pub(super) fn append(&self, append: Append) -> Result<(), QueueFull> {
        self.queue.try_send(Job::Append(append)).map_err(|_| QueueFull)
    }

    /// Moves a receipt; gives the new one when it has changed.
    pub(super) async fn advance(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    ) -> Result<Option<Receipt>, StoreError> {
        match self.change(shop, conversation, What::Advance(side, receipt)).await? {
            Changed::Receipt(receipt) => Ok(Some(receipt)),
            Changed::None | Changed::Nothing => Ok(None),
        }
    }

    /// Closes or reopens; false when the shop has no such conversation.
    pub(super) async fn close_conversation(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        closed: bool,
    ) -> Result<bool, StoreError> {
        let changed = self.change(shop, conversation, What::Close(closed)).await?;
        Ok(!matches!(changed, Changed::None))
    }

    async fn change(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        what: What,
    ) -> Result<Changed, StoreError> {
        let (reply, answer) = oneshot::channel();
        let change = Change { shop: shop.clone(), conversation, what, reply };
        self.queue.send(Job::Change(change)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Waits until all that was taken before is kept or refused.
    pub(super) async fn fence(&self) {
        let (reply, answer) = oneshot::channel();
        // After the end nothing is under way.
        if self.queue.send(Job::Fence(reply)).await.is_ok() {
            let _ = answer.await;
        }
    }

    /// Takes nothing more, commits what was taken, and waits for the task's end.
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

/// The writer's connection, and what it knows of the batches before.
struct Desk {
    /// Its own, so that no reader is in the way of a message.
    pool: Pool,
    relay: u64,
    db: Option<Client>,
    /// So many batches look first which of their messages are known.
    careful: u32,
}

async fn run(mut desk: Desk, mut jobs: mpsc::Receiver<Job>, listener: &dyn CommitListener) {
    let mut batch = Vec::with_capacity(limits::BATCH_WRITES);
    while jobs.recv_many(&mut batch, limits::BATCH_WRITES).await > 0 {
        if batch.iter().any(|job| matches!(job, Job::Close)) {
            jobs.close();
        }
        let done = commit(&mut desk, &batch).await;
        tell(&mut batch, done, desk.relay, listener);
    }
}

/// Commits a batch, with as many tries as other relays and a fresh connection need.
async fn commit(desk: &mut Desk, batch: &[Job]) -> Result<Kept, Fault> {
    let mut tries = 1;
    loop {
        let fault = match once(desk, batch).await {
            Ok(kept) => return Ok(kept),
            Err(Stopped::Known) => {
                // Somebody sent again what is known, or another relay began a conversation first.
                desk.careful = limits::CAREFUL_BATCHES;
                None
            }
            Err(Stopped::Before(fault)) => Some(fault),
            Err(Stopped::AtCommit(fault)) => {
                // It may be kept or not. Whoever sends it again finds out; those who listen
                // hear of it by what was written down with it.
                return Err(fault);
            }
        };
        let again =
            fault.as_ref().is_none_or(|fault| fault.was_in_the_way() || (fault.is_away() && tries == 1));
        match fault {
            Some(fault) if !again || tries >= limits::BATCH_TRIES => return Err(fault),
            None if tries >= limits::BATCH_TRIES => {
                return Err(Fault::Odd("a batch was overtaken again and again"));
            }
            _ => tries += 1,
        }
    }
}

/// Why a batch was not committed.
enum Stopped {
    /// Some of it was known already, so its places were wrong. Nothing was kept.
    Known,
    /// Nothing was kept.
    Before(Fault),
    /// Nobody knows.
    AtCommit(Fault),
}

impl<E: Into<Fault>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Stopped::Before(error.into())
    }
}

async fn once(desk: &mut Desk, batch: &[Job]) -> Result<Kept, Stopped> {
    // Until the batch is done nobody else has it: what was begun on it must not be gone on with.
    // One that is closed makes room for another before that is asked for.
    let open = desk.db.take().filter(|db| !db.is_closed());
    let db = match open {
        Some(db) => db,
        None => {
            let db = pool::connection(&desk.pool).await?;
            batch::get_ready(&db).await?;
            db
        }
    };
    let careful = desk.careful > 0;
    let kept = batch::keep(&db, batch, desk.relay, careful).await;
    if kept.is_ok() || batch::roll_back(&db).await.is_ok() {
        desk.db = Some(db);
    } else {
        // Not to be handed out again.
        drop(Object::take(db));
    }
    let kept = kept?;
    desk.careful = desk.careful.saturating_sub(1);
    Ok(kept)
}

/// Tells everybody what became of a batch, and leaves it empty.
fn tell(batch: &mut Vec<Job>, done: Result<Kept, Fault>, relay: u64, listener: &dyn CommitListener) {
    let (mut kept, failure) = match done {
        Ok(kept) => (kept, None),
        Err(fault) => {
            tracing::error!(%fault, writes = batch.len(), "could not commit; none of these writes was kept");
            (Kept::default(), Some(fault.to_string()))
        }
    };
    let mut appended = kept.appended.drain(..);
    let mut changed = kept.changed.drain(..);
    let mut outcomes = Vec::new();
    let mut answers: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
    for job in batch.drain(..) {
        match job {
            Job::Append(append) => {
                let result = appended.next().unwrap_or(Err(AppendError::NotKept));
                outcomes.push(Outcome { append, result });
            }
            Job::Change(change) => {
                let became = match (&failure, changed.next()) {
                    (None, Some(changed)) => Ok(changed),
                    (failure, _) => Err(StoreError::Unavailable(failure.clone().unwrap_or_default())),
                };
                // Who has stopped waiting needs no answer.
                answers.push(Box::new(move || drop(change.reply.send(became))));
            }
            Job::Fence(reply) => answers.push(Box::new(move || {
                let _ = reply.send(());
            })),
            Job::Close => {}
        }
    }
    if !outcomes.is_empty() {
        listener.on_outcomes(outcomes);
    }
    if !kept.wakes.is_empty() {
        listener.on_told(Told { id: kept.told, relay, wakes: kept.wakes });
    }
    for answer in answers {
        answer();
    }
}
