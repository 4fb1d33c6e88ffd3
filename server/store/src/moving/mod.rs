//! A shop's whole life, moved from SQLite into PostgreSQL.
//!
//! Table by table, in batches: each goes over in one transaction together with how far that is,
//! so that a move that was broken off goes on where it was. At its beginning it is noted what
//! every table adds up to; a source that adds up to something else later has been changed, and
//! a copy that does is none. Only when all are the same may a relay start on the new database.

pub(crate) mod key;
mod tables;
mod value;

pub(crate) use tables::{Kind, TABLES, Table};
pub(crate) use value::{Sum, Value};

use crate::postgres::{Begun, Target};
use crate::sqlite::Source;
use crate::{StoreError, limits};
use std::path::Path;

/// How much goes over in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Batches {
    /// So many rows at most, and one at least.
    pub rows: usize,
    /// No more rows once they have so many bytes together.
    pub bytes: usize,
}

impl Default for Batches {
    fn default() -> Self {
        Self { rows: limits::MOVE_ROWS, bytes: limits::MOVE_BYTES }
    }
}

/// How far a table has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// Which one.
    pub table: &'static str,
    /// So many of its rows are in PostgreSQL.
    pub moved: i64,
    /// Of so many.
    pub rows: i64,
}

/// What was moved, and found to be the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// By table.
    pub tables: Vec<MovedTable>,
    /// It had been moved before, and is still the same.
    pub before: bool,
}

/// A table that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: i64,
}

/// Rows of one table that go over together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Vec<Value>>,
    /// The key of the last one, as it is noted.
    pub(crate) reached: Vec<u8>,
}

/// Moves all that the SQLite database of a folder holds into an empty PostgreSQL database, or
/// goes on with it, and compares both. The folder's database is held meanwhile, so that no
/// relay starts on it, and left as it was. `told` is called after each batch.
///
/// # Errors
/// [`StoreError::Unreadable`], with a sentence that says what to do, when there is no database
/// of this version's, a relay has it open, it was changed since the move was begun, the
/// PostgreSQL database holds something else, or what was moved is not the same.
/// [`StoreError::Unavailable`] when either can't be read or written: the same call goes on.
pub async fn migrate(
    folder: &Path,
    url: &str,
    batches: Batches,
    told: &mut (dyn FnMut(Moving) + Send),
) -> Result<Moved, StoreError> {
    // SQLite is read in place, not on a thread of its own: nothing else goes on in a move.
    let mut source = Source::open(folder)?;
    let mut target = Target::open(url).await?;
    let sums: Result<Vec<Sum>, _> = TABLES.iter().map(|table| source.sum(table)).collect();
    let sums = sums?;
    let begun = target.begin(&sums).await?;
    let before = begun.iter().all(|begun| begun.same);
    if let Some(changes) = differences(&sums, "at that time", begun.iter().map(|begun| begun.sum)) {
        return Err(StoreError::Unreadable(changed(source.file(), &changes, before)));
    }
    for (table, begun) in TABLES.iter().zip(begun).filter(|(_, begun)| !begun.same) {
        take_over(&mut source, &mut target, table, begun, batches, told).await?;
    }
    let mut found = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        found.push(target.sum(table).await?);
    }
    if let Some(differences) = differences(&sums, "in PostgreSQL", found.into_iter()) {
        return Err(StoreError::Unreadable(not_the_same(&differences, before)));
    }
    if !before {
        target.finish().await?;
    }
    target.close();
    let tables = TABLES.iter().zip(sums).map(|(table, sum)| MovedTable { name: table.name, rows: sum.rows });
    Ok(Moved { tables: tables.collect(), before })
}

/// Takes over what is left of a table.
async fn take_over(
    source: &mut Source,
    target: &mut Target,
    table: &Table,
    mut begun: Begun,
    batches: Batches,
    told: &mut (dyn FnMut(Moving) + Send),
) -> Result<(), StoreError> {
    let batches = Batches { rows: batches.rows.max(1), ..batches };
    while let Some(batch) = source.batch(table, begun.reached.as_deref(), batches)? {
        if target.take(table, begun.moved, &batch).await? {
            begun.moved += i64::try_from(batch.rows.len()).unwrap_or(i64::MAX);
            begun.reached = Some(batch.reached);
        } else {
            begun = target.begun(table).await?;
        }
        told(Moving { table: table.name, moved: begun.moved, rows: begun.sum.rows });
    }
    Ok(())
}

/// The tables that are not the same, in words: what they have, and what `there` has.
fn differences(wanted: &[Sum], there: &str, found: impl Iterator<Item = Sum>) -> Option<String> {
    let pairs = TABLES.iter().zip(wanted.iter().zip(found));
    let differing = pairs.filter(|(_, (wanted, found))| *wanted != found).map(|(table, (wanted, found))| {
        let (name, rows) = (table.name, wanted.rows);
        if rows == found.rows {
            format!("{name} ({rows} as well {there}, but others)")
        } else {
            format!("{name} ({rows}, and {} {there})", found.rows)
        }
    });
    let differing: Vec<_> = differing.collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

fn changed(file: &Path, changes: &str, before: bool) -> String {
    let file = file.display();
    if before {
        return format!(
            "The PostgreSQL database has been filled by a move before, and {file} holds something else than \
             was moved then: {changes}. Nothing was done. Give the move an empty database."
        );
    }
    format!(
        "{file} is not what it was when the move into this PostgreSQL database was begun: {changes}. \
         A relay has worked on it since, or the move was begun from another folder. Start anew, with an \
         empty PostgreSQL database."
    )
}

fn not_the_same(differences: &str, before: bool) -> String {
    if before {
        return format!(
            "The move was finished before, and what stands in PostgreSQL is no longer the same: \
             {differences}. That is as it should be when a relay has been started on it since. Nothing was \
             done."
        );
    }
    format!(
        "What stands in PostgreSQL is not what was moved: {differences}. The move stays unfinished, and no \
         relay starts on that database. Start anew, with an empty PostgreSQL database."
    )
}
