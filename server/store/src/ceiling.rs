//! What the disk and SQLite allow: the store's own rows, written straight to its
//! own tables in batches, with nothing around them. The bench measures the relay
//! against it in the same run.

use std::path::Path;

use rusqlite::{Connection, params};
use shopbell_protocol::{MessageId, RANDOM_BYTES, UnixMillis};

use crate::{StoreError, limits, sqlite};

/// Rows in one transaction.
pub const BATCH_ROWS: u32 = 64;

/// A database of the store's schema and settings (WAL, synchronous=FULL) that
/// takes nothing but message rows.
pub struct BareRows {
    db: Connection,
    conversations: u32,
    written: u32,
}

impl BareRows {
    /// Makes the database in an empty folder, with so many conversations that the
    /// rows go to in turn.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it can't be made.
    pub fn open(folder: &Path, conversations: u32) -> Result<Self, StoreError> {
        let db = sqlite::open_database(folder, limits::BUSY_TIMEOUT)?;
        let begin = || {
            db.execute_batch(
                "BEGIN; INSERT INTO shops (shop, id, name, owner, added_at) VALUES (1, 'bare', '', '', 0)",
            )?;
            for row in 1..=conversations {
                db.execute(
                    "INSERT INTO conversations (conversation, id, shop, secret, began_at, last_at, last_side,
                         last_seq, closed, unread, visitor_handed, visitor_opened, owner_handed, owner_opened)
                     VALUES (?1, ?2, 1, zeroblob(32), 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)",
                    params![row, row.to_be_bytes()],
                )?;
            }
            db.execute_batch("COMMIT")
        };
        begin().map_err(unavailable)?;
        Ok(Self { db, conversations, written: 0 })
    }

    /// Writes and commits so many batches of [`BATCH_ROWS`] rows; gives the number of rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when a commit fails.
    pub fn write(&mut self, batches: u32, body: &str, at: UnixMillis) -> Result<u32, StoreError> {
        for _ in 0..batches {
            self.write_batch(body, at).map_err(unavailable)?;
        }
        Ok(batches * BATCH_ROWS)
    }

    fn write_batch(&mut self, body: &str, at: UnixMillis) -> rusqlite::Result<()> {
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO messages (conversation, seq, id, side, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for _ in 0..BATCH_ROWS {
            let (conversation, seq) = (self.written % self.conversations, self.written / self.conversations);
            let mut random = [0; RANDOM_BYTES];
            // An odd factor visits every number once, in an order that looks drawn.
            random[..4].copy_from_slice(&self.written.wrapping_mul(2_654_435_769).to_be_bytes());
            let id = MessageId::new(at.0 + u64::from(self.written / 50), random);
            insert.execute(params![
                conversation + 1,
                seq + 1,
                id.as_bytes(),
                1 + (self.written & 1),
                i64::try_from(at.0).unwrap_or(i64::MAX),
                body,
            ])?;
            self.written += 1;
        }
        drop(insert);
        self.db.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

fn unavailable(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
