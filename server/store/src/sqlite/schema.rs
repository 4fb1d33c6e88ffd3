//! Opening the database file: what it must be, how it is set, and its migrations.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

use super::SqliteOptions;
use crate::{StoreError, Synchronous, limits};

/// The database's name in its folder.
pub const FILE_NAME: &str = "shopbell.db";

/// `Shpb`: what SQLite's header says the file is for.
pub(super) const APPLICATION_ID: i32 = 0x5368_7062;

/// Each brings the schema from the version of its place in the list to the next.
/// What has been released is never changed, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("first.sql"),
    include_str!("channels.sql"),
    include_str!("pictures.sql"),
    include_str!("restores.sql"),
];

/// The schema that this program reads and writes.
pub(super) fn current_version() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// Makes the folder and the file when they are missing, brings the schema up to
/// date, and gives the connection that writes.
pub(super) fn open_writer(
    folder: &Path,
    options: &SqliteOptions,
) -> Result<(PathBuf, Connection), StoreError> {
    let file = folder.join(FILE_NAME);
    make_file(folder, &file).map_err(|error| {
        StoreError::Unavailable(format!(
            "{} can't be opened ({error}). Check that the folder exists and may be written to.",
            file.display()
        ))
    })?;
    let opened = (|| {
        let mut db = Connection::open_with_flags(
            &file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        db.busy_timeout(options.busy_timeout)?;
        // Looked at before anything is set, so that a file of somebody else's stays as it is.
        // In one snapshot, for another process may be making it at this moment.
        let snapshot = db.unchecked_transaction()?;
        let reason = unreadable(&snapshot, &file)?;
        snapshot.finish()?;
        if let Some(reason) = reason {
            return Ok(Err(reason));
        }
        set_up_writer(&db, options.synchronous)?;
        let migrated = migrate(&mut db, &file)?;
        Ok(migrated.map(|()| db))
    })();
    match opened {
        Ok(Ok(db)) => Ok((file, db)),
        Ok(Err(reason)) => Err(StoreError::Unreadable(reason)),
        Err(error) => Err(opening_error(&file, &error)),
    }
}

/// Plans hang on the schema alone: else SQLite makes a new one for each value that is bound to a
/// column of an index that holds only some rows.
pub(super) fn keep_plans(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// A connection that can only read.
pub(super) fn open_reader(file: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(busy)?;
    db.pragma_update(None, "cache_size", -i64::from(limits::READER_CACHE_KIB))?;
    keep_plans(&db)?;
    db.set_prepared_statement_cache_capacity(limits::STATEMENTS);
    Ok(db)
}

/// SQLite gives its other files the rights of the database file, so it is made
/// here for nobody else to read: it holds people's conversations.
fn make_file(folder: &Path, file: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn set_up_writer(db: &Connection, synchronous: Synchronous) -> rusqlite::Result<()> {
    use_write_ahead_log(db)?;
    // A commit is durable when it returns; on macOS only the full kind reaches the disk.
    let kind = match synchronous {
        Synchronous::Full => "full",
        Synchronous::Off => "off",
    };
    db.pragma_update(None, "synchronous", kind)?;
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -i64::from(limits::WRITER_CACHE_KIB))?;
    db.pragma_update(None, "wal_autocheckpoint", limits::CHECKPOINT_PAGES)?;
    db.pragma_update(None, "journal_size_limit", limits::LOG_BYTES)?;
    keep_plans(db)?;
    db.set_prepared_statement_cache_capacity(limits::STATEMENTS);
    Ok(())
}

/// Several processes may find a new file at once; SQLite does not wait by itself
/// for the one that is changing the way the file is written.
fn use_write_ahead_log(db: &Connection) -> rusqlite::Result<()> {
    let mut tries = 1;
    loop {
        match db.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0)) {
            Err(error) if is_busy(&error) && tries < limits::OPEN_TRIES => {
                tries += 1;
                std::thread::sleep(limits::OPEN_RETRY_DELAY);
            }
            Err(error) => return Err(error),
            Ok(journal) if journal == "wal" => return Ok(()),
            Ok(journal) => {
                tracing::warn!(journal, "no write-ahead log here; put the folder on a disk of this machine");
                return Ok(());
            }
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(super) fn migrate(db: &mut Connection, file: &Path) -> rusqlite::Result<Result<(), String>> {
    let work = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again under the lock: another process may have been first.
    if let Some(reason) = unreadable(&work, file)? {
        return Ok(Err(reason));
    }
    let version = usize::try_from(pragma(&work, "user_version")?).unwrap_or(0);
    if version < MIGRATIONS.len() {
        for migration in &MIGRATIONS[version..] {
            work.execute_batch(migration)?;
        }
        work.pragma_update(None, "application_id", APPLICATION_ID)?;
        work.pragma_update(None, "user_version", current_version())?;
        tracing::info!(from = version, to = MIGRATIONS.len(), "brought the database's schema up to date");
    }
    work.commit()?;
    Ok(Ok(()))
}

/// Why a database is not one that this program would make, if it is not; nothing is changed.
pub(super) fn not_current(db: &Connection, file: &Path) -> rusqlite::Result<Option<String>> {
    if let Some(reason) = unreadable(db, file)? {
        return Ok(Some(reason));
    }
    let is_old = pragma(db, "user_version")? < current_version();
    Ok(is_old.then(|| {
        format!(
            "{} was written by an older Shopbell. Start this version on it once, which brings it up to date.",
            file.display()
        )
    }))
}

/// Why this program must leave the database alone, if it must.
fn unreadable(db: &Connection, file: &Path) -> rusqlite::Result<Option<String>> {
    let application = pragma(db, "application_id")?;
    let version = pragma(db, "user_version")?;
    let empty = db.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)", [], |row| row.get(0))?;
    let fresh = empty && application == 0 && version == 0;
    if application != APPLICATION_ID && !fresh {
        return Ok(Some(not_ours(file)));
    }
    Ok((version > current_version()).then(|| {
        format!(
            "{} was written by a newer Shopbell. Start that version or a later one, \
             or give another folder with --data.",
            file.display()
        )
    }))
}

pub(super) fn opening_error(file: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Unreadable(not_ours(file)),
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Unreadable(format!(
            "{} is damaged. Put back a copy that was made before, or give another folder with --data.",
            file.display()
        )),
        _ => StoreError::Unavailable(format!("{} can't be opened: {error}", file.display())),
    }
}

fn not_ours(file: &Path) -> String {
    format!(
        "{} is not a Shopbell database. Move it away, or give another folder with --data.",
        file.display()
    )
}

fn pragma(db: &Connection, name: &str) -> rusqlite::Result<i32> {
    db.pragma_query_value(None, name, |row| row.get(0))
}
