//! The same store in memory and on the caller's own thread, step by step: for simulations, in
//! which a seed decides when each step is done, what fails, and what a crash leaves.
//!
//! It runs the SQL, the batches and the writer's code of every other SQLite store. Only the disk
//! is missing, and the threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use shopbell_protocol::{ConversationId, Message, MessageId, Seq, ShopId};
use tokio::sync::{mpsc, watch};

use super::columns::Columns;
use super::desk::Desk;
use super::readers::{Reader, Readers};
use super::reads::{self, Stand};
use super::search::Allowance;
use super::writer::{self, Job, Writer};
use super::{SqliteStore, copies, schema};
use crate::{CommitListener, StoreError, limits};

/// When a step comes back.
pub type Turn = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What decides how the store's steps go.
pub trait Steps: Send + Sync + 'static {
    /// Waits for the next step: a commit, a read, or an answer.
    fn turn(&self) -> Turn;
    /// Whether a commit fails at its very end; nothing is kept then.
    fn refuses(&self) -> bool;
    /// Something is durable of which nobody has been told yet.
    fn committed(&self);
}

/// What a store remembers, for as long as this is held: a crash ends the store and not this.
pub struct Memory {
    name: String,
    db: Connection,
}

/// So that each memory of a process has a name of its own.
static LAST: AtomicU64 = AtomicU64::new(0);

impl Memory {
    /// An empty one, with the schema in it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new() -> Result<Self, StoreError> {
        let mut memory = Self::bare().map_err(failed)?;
        let name = std::path::PathBuf::from(&memory.name);
        schema::migrate(&mut memory.db, &name).map_err(failed)?.map_err(StoreError::Unreadable)?;
        Ok(memory)
    }

    /// Another one that remembers the same.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn copy(&self) -> Result<Self, StoreError> {
        let mut copy = Self::bare().map_err(failed)?;
        let copied = rusqlite::backup::Backup::new(&self.db, &mut copy.db).and_then(|backup| backup.step(-1));
        copied.map_err(failed)?;
        Ok(copy)
    }

    fn bare() -> rusqlite::Result<Self> {
        let name = format!("file:/simulated-{}?vfs=memdb", LAST.fetch_add(1, Ordering::Relaxed));
        let db = open(&name)?;
        Ok(Self { name, db })
    }

    /// At which place a message stands, if it does.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn place(&self, conversation: ConversationId, id: MessageId) -> Result<Option<Seq>, StoreError> {
        let found = self.db.prepare_cached(
            "SELECT seq FROM messages JOIN conversations USING (conversation)
             WHERE messages.id = ?1 AND conversations.id = ?2",
        );
        let ids = params![id.as_bytes(), conversation.as_bytes()];
        found.and_then(|mut found| found.query_row(ids, |row| row.seq(0)).optional()).map_err(failed)
    }

    /// What stands in a conversation.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn messages(&self, shop: &ShopId, id: ConversationId) -> Result<Vec<Message>, StoreError> {
        let mut messages: Vec<Message> = Vec::new();
        loop {
            let upto = messages.last().map_or(Seq::NONE, |message| message.seq);
            let slice = reads::slice(&self.db, shop, id, Stand::After(upto)).map_err(failed)?;
            if slice.messages.is_empty() {
                return Ok(messages);
            }
            messages.extend(slice.messages);
        }
    }
}

fn open(name: &str) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.pragma_update(None, "journal_mode", "memory")?;
    db.pragma_update(None, "foreign_keys", true)?;
    schema::keep_plans(&db)?;
    db.set_prepared_statement_cache_capacity(limits::STATEMENTS);
    Ok(db)
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// The reads of such a store.
pub(super) struct Reads {
    reader: Mutex<Option<Reader>>,
    steps: Arc<dyn Steps>,
}

impl Reads {
    /// Reads at one moment between two commits, which has every write that was reported before;
    /// the answer may be older than that when it comes.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Reader) -> rusqlite::Result<T>,
    {
        self.steps.turn().await;
        let read = match &*self.reader.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(reader) => work(reader).map_err(failed),
            None => Err(writer::closed()),
        };
        self.steps.turn().await;
        read
    }

    pub(super) fn close(&self) {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl SqliteStore {
    /// Opens the store on a memory. What is given back besides does its writing, and has to run
    /// for as long as the store is used; to drop it in the middle is a crash.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the memory can't be read.
    pub fn inline(
        memory: &Memory,
        listener: Arc<dyn CommitListener>,
        steps: Arc<dyn Steps>,
    ) -> Result<(Arc<Self>, impl Future<Output = ()> + Send + use<>), StoreError> {
        let opened = (|| {
            let mut db = open(&memory.name)?;
            let refuser = Arc::clone(&steps);
            db.commit_hook(Some(move || refuser.refuses()))?;
            let reader = open(&memory.name)?;
            let allowance = Allowance::register(&reader, limits::SEARCH_WORK)?;
            let cut = copies::last_cut(&reader)?;
            Ok((Desk::new(db), Reader { db: reader, allowance }, cut))
        })();
        let (desk, reader, cut) = opened.map_err(failed)?;
        let (queue, jobs) = mpsc::channel(limits::QUEUE_WRITES);
        let (alive, ended) = watch::channel(());
        let writing = write(desk, jobs, listener, Arc::clone(&steps), alive);
        let reads = Reads { reader: Mutex::new(Some(reader)), steps };
        let store = Self { writer: Writer::of(queue, ended), readers: Readers::inline(reads), cut };
        Ok((Arc::new(store), writing))
    }
}

/// What the writing thread does elsewhere.
async fn write(
    mut desk: Desk,
    mut jobs: mpsc::Receiver<Job>,
    listener: Arc<dyn CommitListener>,
    steps: Arc<dyn Steps>,
    alive: watch::Sender<()>,
) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, limits::BATCH_WRITES).await > 0 {
        steps.turn().await;
        if batch.iter().any(|job| matches!(job, Job::Close)) {
            jobs.close();
        }
        let became = writer::commit(&mut desk, &mut batch);
        if became.is_ok() {
            steps.committed();
        }
        writer::tell(became, &mut batch, &*listener);
    }
    drop(alive);
}
