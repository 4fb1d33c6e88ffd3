//! What the disk and SQLite allow with nothing around them: the ceilings that
//! the relay is measured against, taken in the same run on the same disk.

use crate::process::cpu_us;
use anyhow::Result;
use rusqlite::{Connection, params};
use rustix::process::getpid;
use shopbell_client::Mint;
use shopbell_tests::Relay;
use shopbell_tests::clock::{now_ms, tick};
use std::io::Write;
use std::time::Duration;

/// Rows in one transaction.
const BATCH: u32 = 64;

/// What bare rows came to.
pub(crate) struct Bare {
    pub(crate) rows_a_second: f64,
    /// Processor time for each, in microseconds.
    pub(crate) cpu_us: f64,
}

/// Message rows, written straight into the relay's own schema with its
/// own settings (WAL, synchronous=FULL), in batches.
pub(crate) fn bare_rows(relay: &Relay, body: &str, span: Duration) -> Result<Bare> {
    let db = shopbell_tests::stored::open(relay);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    make_conversations(&db)?;
    // What an index costs depends on what it is of: ids are as so many devices make them.
    let mut mints: Vec<Mint> = (0..BATCH).map(|seed| Mint::new(seed.into())).collect();
    let (begun, before) = (tick(), cpu_us(getpid())?);
    let (mut rows, mut seq) = (0_u32, 0_u32);
    while begun.elapsed() < span {
        seq += 1;
        db.execute_batch("BEGIN IMMEDIATE")?;
        {
            let mut insert = db.prepare_cached(
                "INSERT INTO messages (conversation, seq, id, side, at, body) VALUES (?1, ?2, ?3, 0, ?4, ?5)",
            )?;
            for (conversation, mint) in (1..=BATCH).zip(&mut mints) {
                let at = now_ms();
                let id = mint.message_id(at);
                insert.execute(params![conversation, seq, id.as_bytes(), at.cast_signed(), body])?;
                rows += 1;
            }
        }
        db.execute_batch("COMMIT")?;
    }
    let rows = f64::from(rows);
    let cpu_us = (cpu_us(getpid())? - before) / rows;
    Ok(Bare { rows_a_second: rows / begun.elapsed().as_secs_f64(), cpu_us })
}

/// One conversation for each row of a batch.
fn make_conversations(db: &Connection) -> Result<()> {
    let shop: i64 = db.query_row("SELECT shop FROM shops LIMIT 1", [], |row| row.get(0))?;
    for conversation in 1..=BATCH {
        db.execute(
            "INSERT INTO conversations (conversation, id, shop, secret, began_at, last_at, last_side, last_seq,
                 closed, unread, visitor_handed, visitor_opened, owner_handed, owner_opened)
             VALUES (?1, ?2, ?3, zeroblob(32), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
            params![conversation, u128::from(conversation).to_be_bytes(), shop],
        )?;
    }
    Ok(())
}

/// What so many calls of fdatasync take, in milliseconds, when a page is appended
/// before each.
pub(crate) fn syncs_ms(relay: &Relay, calls: usize) -> Result<Vec<f64>> {
    let mut file = std::fs::File::create(relay.file("sync"))?;
    let page = [7; 4096];
    let mut spans = Vec::with_capacity(calls);
    for _ in 0..calls {
        file.write_all(&page)?;
        let begun = tick();
        file.sync_data()?;
        spans.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(spans)
}
