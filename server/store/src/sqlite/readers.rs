//! A small pool of connections that read, away from the async runtime's threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::schema;
use super::search::Allowance;
use crate::{StoreError, limits};

/// The pool. A connection is opened when first needed, and stays.
pub(super) struct Readers {
    file: PathBuf,
    busy: Duration,
    turns: Arc<Semaphore>,
    /// Turns of those whose read may take long, so that some are always left.
    long_turns: Arc<Semaphore>,
    admitted: Semaphore,
    idle: Arc<Mutex<Vec<Reader>>>,
    #[cfg(feature = "simulation")]
    inline: Option<super::inline::Reads>,
}

/// One connection that reads.
pub(super) struct Reader {
    pub(super) db: Connection,
    /// How much a search may still do.
    pub(super) allowance: Arc<Allowance>,
}

impl Readers {
    pub(super) fn new(file: PathBuf, busy: Duration) -> Self {
        Self {
            file,
            busy,
            turns: Arc::new(Semaphore::new(limits::READERS)),
            long_turns: Arc::new(Semaphore::new(limits::LONG_READERS)),
            admitted: Semaphore::new(limits::READS_WAITING),
            idle: Arc::default(),
            #[cfg(feature = "simulation")]
            inline: None,
        }
    }

    /// One connection and no threads.
    #[cfg(feature = "simulation")]
    pub(super) fn inline(reads: super::inline::Reads) -> Self {
        Self { inline: Some(reads), ..Self::new(PathBuf::new(), Duration::ZERO) }
    }

    /// Reads in one snapshot, which has every write that was reported before.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        #[cfg(feature = "simulation")]
        if let Some(inline) = &self.inline {
            return inline.read(work).await;
        }
        let Ok(_admitted) = self.admitted.try_acquire() else {
            return Err(StoreError::Unavailable("too many reads are waiting".into()));
        };
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return Err(super::writer::closed());
        };
        let (file, busy, idle) = (self.file.clone(), self.busy, Arc::clone(&self.idle));
        let read = spawn_blocking(move || {
            // Held until the connection is back, also when the caller stops waiting.
            let _turn = turn;
            let known = lock(&idle).pop();
            let reader = known.map_or_else(|| Reader::open(&file, busy), Ok)?;
            let snapshot = reader.db.unchecked_transaction()?;
            let result = work(&reader);
            snapshot.finish()?;
            lock(&idle).push(reader);
            result
        });
        match read.await {
            Ok(result) => result.map_err(|error| {
                tracing::error!(%error, "could not read");
                StoreError::Unavailable(error.to_string())
            }),
            Err(_) => Err(StoreError::Unavailable("the read was broken off".into())),
        }
    }

    /// The same, for a read that may take long.
    pub(super) async fn read_long<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        let Ok(turn) = Arc::clone(&self.long_turns).acquire_owned().await else {
            return Err(super::writer::closed());
        };
        self.read(move |reader| {
            let _turn = turn;
            work(reader)
        })
        .await
    }

    /// Lets nobody in any more, waits for those who read, and closes the connections.
    pub(super) async fn close(&self) {
        #[cfg(feature = "simulation")]
        if let Some(inline) = &self.inline {
            inline.close();
        }
        let all = u32::try_from(limits::READERS).unwrap_or(u32::MAX);
        // It fails when the pool is closed already.
        let turns = self.turns.acquire_many(all).await;
        self.turns.close();
        drop(turns);
        lock(&self.idle).clear();
    }
}

impl Reader {
    fn open(file: &std::path::Path, busy: Duration) -> rusqlite::Result<Self> {
        let db = schema::open_reader(file, busy)?;
        let allowance = Allowance::register(&db, limits::SEARCH_WORK)?;
        Ok(Self { db, allowance })
    }
}

/// A panic in a read leaves the list of idle connections whole.
fn lock(idle: &Mutex<Vec<Reader>>) -> std::sync::MutexGuard<'_, Vec<Reader>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
