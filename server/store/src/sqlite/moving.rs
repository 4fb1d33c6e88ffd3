//! The side that a move reads: the database of a folder, held so that nobody changes it meanwhile.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params_from_iter};
use uuid::Uuid;

use super::schema::{self, FILE_NAME};
use crate::StoreError;
use crate::moving::{Batch, Batches, Kind, Sum, Table, Value, key};

/// The database that is moved.
pub(crate) struct Source {
    db: Connection,
    file: PathBuf,
}

impl Source {
    /// Opens it, and holds it until this is dropped: whoever opens it meanwhile is told that it
    /// is locked. Nothing is written to it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when there is none of this version's, or somebody has it open.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join(FILE_NAME);
        if !file.exists() {
            return Err(StoreError::Unreadable(format!("There is no database at {}.", file.display())));
        }
        match hold(&file) {
            Ok(Ok(db)) => Ok(Self { db, file }),
            Ok(Err(reason)) => Err(StoreError::Unreadable(reason)),
            Err(error) if schema::is_busy(&error) => Err(StoreError::Unreadable(format!(
                "A relay runs on {}, or another command is at work there. Stop it first: \
                 what it wrote from now on would be missing.",
                folder.display()
            ))),
            Err(error) => Err(schema::opening_error(&file, &error)),
        }
    }

    /// Where it is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What a table adds up to.
    pub(crate) fn sum(&mut self, table: &Table) -> Result<Sum, StoreError> {
        let summed = || {
            let mut select = self.db.prepare(&format!("SELECT {} FROM {} t", columns(table), table.name))?;
            let mut rows = select.query([])?;
            let mut sum = Sum::default();
            while let Some(row) = rows.next()? {
                sum.add(&values(row, table, 0)?);
            }
            Ok(sum)
        };
        summed().map_err(|error| self.failed(table, &error))
    }

    /// The rows after a place in the order of the table's key; none at its end.
    pub(crate) fn batch(
        &mut self,
        table: &Table,
        after: Option<&[u8]>,
        batches: Batches,
    ) -> Result<Option<Batch>, StoreError> {
        let read = || {
            let keys = table.key.join(", ");
            let after = after.map(key::read).transpose()?.unwrap_or_default();
            let beyond = match after.len() {
                0 => String::new(),
                places => format!("WHERE ({keys}) > ({})", vec!["?"; places].join(", ")),
            };
            let sql = format!(
                "SELECT {keys}, {} FROM {} t {beyond} ORDER BY {keys} LIMIT {}",
                columns(table),
                table.name,
                batches.rows
            );
            let mut select = self.db.prepare_cached(&sql)?;
            let mut rows = select.query(params_from_iter(after))?;
            let (mut batch, mut bytes) = (Batch::default(), 0);
            while let Some(row) = rows.next()? {
                let row_values = values(row, table, table.key.len())?;
                bytes += row_values.iter().map(Value::weight).sum::<usize>();
                batch.rows.push(row_values);
                batch.reached = reached(row, table)?;
                if bytes >= batches.bytes {
                    break;
                }
            }
            Ok((!batch.rows.is_empty()).then_some(batch))
        };
        read().map_err(|error| self.failed(table, &error))
    }

    fn failed(&self, table: &Table, error: &rusqlite::Error) -> StoreError {
        let (file, name) = (self.file.display(), table.name);
        StoreError::Unavailable(format!("{file} can't be read, at its table {name}: {error}"))
    }
}

/// Opens the file and locks it. Whoever else has it open holds a lock that is in the way, also
/// without doing anything: that is how a running relay is noticed.
fn hold(file: &Path) -> rusqlite::Result<Result<Connection, String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    // What a relay that was killed has left in the log stays there.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.pragma_update(None, "locking_mode", "exclusive")?;
    db.execute_batch("BEGIN EXCLUSIVE")?;
    db.pragma_update(None, "query_only", true)?;
    if let Some(reason) = schema::not_current(&db, file)? {
        return Ok(Err(reason));
    }
    let made_at = db.query_row("SELECT made_at FROM copies", [], |row| row.get::<_, i64>(0)).optional()?;
    Ok(match made_at {
        Some(_) => Err(format!(
            "{} is a copy that `shopbell backup` has made. Put it back into a folder of its own with \
             `shopbell restore` first, so that devices find out what they have to send again.",
            file.display()
        )),
        None => Ok(db),
    })
}

/// The table's columns as they stand in PostgreSQL. A reference to a row that is missing is
/// NULL, which PostgreSQL refuses: nothing is left out unsaid.
fn columns(table: &Table) -> String {
    let column = |(name, kind): &(&str, Kind)| match kind {
        Kind::ShopNumber => format!("(SELECT r.id FROM shops r WHERE r.shop = t.{name})"),
        Kind::ConversationNumber => {
            format!("(SELECT r.id FROM conversations r WHERE r.conversation = t.{name})")
        }
        Kind::ChannelNumber => format!("(SELECT r.id FROM channels r WHERE r.channel = t.{name})"),
        _ => format!("t.{name}"),
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn values(row: &Row<'_>, table: &Table, first: usize) -> rusqlite::Result<Vec<Value>> {
    let columns = table.columns.iter().enumerate();
    columns.map(|(place, (_, kind))| value(row.get_ref(first + place)?, *kind, first + place)).collect()
}

fn value(cell: ValueRef<'_>, kind: Kind, place: usize) -> rusqlite::Result<Value> {
    let odd = |number| rusqlite::Error::IntegralValueOutOfRange(place, number);
    Ok(match (kind, cell) {
        (_, ValueRef::Null) => Value::None,
        (Kind::Uuid | Kind::ConversationNumber | Kind::ChannelNumber, cell) => {
            Value::Uuid(Uuid::from_bytes(rusqlite::types::FromSql::column_result(cell)?))
        }
        // PostgreSQL takes every character but NUL, which nobody can see.
        (Kind::Text | Kind::ShopNumber, cell) => Value::Text(cell.as_str()?.replace('\0', "")),
        (Kind::Bytes, cell) => Value::Bytes(cell.as_blob()?.to_vec()),
        (Kind::Big, cell) => Value::Big(cell.as_i64()?),
        (Kind::Int, cell) => {
            let number = cell.as_i64()?;
            Value::Int(i32::try_from(number).map_err(|_| odd(number))?)
        }
        (Kind::Small, cell) => {
            let number = cell.as_i64()?;
            Value::Small(i16::try_from(number).map_err(|_| odd(number))?)
        }
        (Kind::Bool, cell) => match cell.as_i64()? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            other => return Err(odd(other)),
        },
    })
}

/// The row's key, which stands first.
fn reached(row: &Row<'_>, table: &Table) -> rusqlite::Result<Vec<u8>> {
    let cells: rusqlite::Result<Vec<Cell>> = (0..table.key.len()).map(|place| row.get(place)).collect();
    Ok(key::write(&cells?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::TABLES;
    use crate::sqlite::SqliteOptions;
    use std::collections::BTreeSet;

    /// Tables that say something of their own database only.
    const STAY: [&str; 2] = ["checks", "copies"];
    /// The numbers by which rows of SQLite refer to each other. PostgreSQL has none.
    const NUMBERS: [(&str, &str); 7] = [
        ("shops", "shop"),
        ("conversations", "conversation"),
        ("messages", "message"),
        ("pictures", "picture"),
        ("channels", "channel"),
        ("held_pictures", "picture"),
        ("restores", "restore"),
    ];

    #[test]
    fn every_column_of_every_table_goes_over() {
        let folder = tempfile::tempdir().unwrap();
        let (_, db) = schema::open_writer(folder.path(), &SqliteOptions::default()).unwrap();
        let mut select = db
            .prepare(
                "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
            )
            .unwrap();
        let there = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let mut there: BTreeSet<(String, String)> = there.map(Result::unwrap).collect();
        there.retain(|(table, _)| !STAY.contains(&table.as_str()));
        let moved = TABLES.iter().flat_map(|table| table.columns.iter().map(|(name, _)| (table.name, *name)));
        let moved = moved.chain(NUMBERS).map(|(table, name)| (table.to_owned(), name.to_owned())).collect();
        assert_eq!(there, moved);
    }

    #[test]
    fn every_batch_is_read_by_an_index_and_sorts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (_, db) = schema::open_writer(folder.path(), &SqliteOptions::default()).unwrap();
        for table in TABLES {
            let keys = table.key.join(", ");
            let after = vec!["?"; table.key.len()].join(", ");
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT {keys} FROM {} t WHERE ({keys}) > ({after}) ORDER BY {keys}",
                table.name
            );
            let mut select = db.prepare(&sql).unwrap();
            let nothing = vec![Cell::Null; table.key.len()];
            let plan = select.query_map(params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = plan.map(Result::unwrap).collect();
            assert!(plan.len() == 1 && plan[0].starts_with("SEARCH"), "{}: {plan:?}", table.name);
        }
    }
}
