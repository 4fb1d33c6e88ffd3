//! Copies of the whole database, made while it is in use, and putting one back.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use shopbell_protocol::{Cut, UnixMillis};

use super::columns::{Columns, millis};
use super::schema::{self, FILE_NAME};
use crate::{Copied, StoreError, limits};

/// Copies the database of a folder into a new file, also while a relay writes to it: what was
/// committed at one moment, whole, and on the disk when this returns.
///
/// # Errors
/// [`StoreError::Unreadable`] when the folder has no database of this version's, with a
/// sentence that says what to do; [`StoreError::Unavailable`] when the copy can't be written.
pub fn back_up(folder: &Path, copy: &Path, at: UnixMillis) -> Result<Copied, StoreError> {
    let file = folder.join(FILE_NAME);
    if !file.exists() {
        return Err(StoreError::Unreadable(format!("There is no database at {}.", file.display())));
    }
    let copied = (|| {
        let db = open(&file)?;
        if let Some(reason) = schema::not_current(&db, &file)? {
            return Ok(Err(reason));
        }
        // One read transaction: writers go on meanwhile.
        db.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        let db = open(copy)?;
        db.execute("DELETE FROM copies", [])?;
        db.execute("INSERT INTO copies (made_at) VALUES (?1)", [millis(at)])?;
        let whole: String = db.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        if whole != "ok" {
            return Ok(Err(format!("The copy is not whole: {whole}. The database itself may be damaged.")));
        }
        count(&db).map(Ok)
    })();
    let copied = copied.map_err(|error: rusqlite::Error| unavailable(copy, &error))?;
    sync(copy).map_err(|error| unavailable(copy, &error))?;
    copied.map_err(StoreError::Unreadable)
}

/// Puts a copy of [`back_up`] into a folder that has no database. `epoch` is drawn anew and not
/// 0: devices that knew more than the copy go by it. What was on its way when the copy was made
/// may have arrived since, and counts as doubtful.
///
/// # Errors
/// [`StoreError::Unreadable`] when it is no such copy or there is a database already, with a
/// sentence that says what to do; [`StoreError::Unavailable`] when it can't be written.
pub fn put_back(copy: &Path, folder: &Path, epoch: u32, at: UnixMillis) -> Result<Copied, StoreError> {
    let file = folder.join(FILE_NAME);
    if file.exists() {
        return Err(StoreError::Unreadable(format!(
            "There is a database at {} already. Move its folder away first, or give another one with --data.",
            file.display()
        )));
    }
    let beside = folder.join(format!("{FILE_NAME}.restoring"));
    let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(copy, &beside));
    copied.map_err(|error| unavailable(&beside, &error))?;
    let put_back = mark(&beside, epoch, at);
    let put_back = put_back.map_err(|error| unavailable(copy, &error)).and_then(|marked| {
        marked.map_err(|reason| {
            StoreError::Unreadable(format!("{} cannot be put back: {reason}", copy.display()))
        })
    });
    let done = put_back.and_then(|copied| {
        let placed = sync(&beside).and_then(|()| fs::rename(&beside, &file)).and_then(|()| sync(folder));
        placed.map(|()| copied).map_err(|error| unavailable(&file, &error))
    });
    if done.is_err() {
        // What is left of it is of no use; the copy is where it was.
        drop(fs::remove_file(&beside));
    }
    done
}

fn mark(file: &Path, epoch: u32, at: UnixMillis) -> rusqlite::Result<Result<Copied, String>> {
    let mut db = open(file)?;
    if let Some(reason) = schema::not_current(&db, file)? {
        return Ok(Err(reason));
    }
    let work = db.transaction()?;
    let made_at = work.query_row("SELECT made_at FROM copies", [], |row| row.at(0)).optional()?;
    let Some(made_at) = made_at else {
        return Ok(Err(
            "it was not made by `shopbell backup`. Start a relay on a folder with it instead.".into()
        ));
    };
    work.execute("DELETE FROM copies", [])?;
    work.execute(
        "INSERT INTO restores (epoch, copied_at, restored_at) VALUES (?1, ?2, ?3)",
        params![epoch, millis(made_at), millis(at)],
    )?;
    work.execute("UPDATE deliveries SET doubtful = 1 WHERE state <= 2", [])?;
    let copied = Copied { made_at, ..count(&work)? };
    work.commit()?;
    Ok(Ok(copied))
}

/// The last time that a copy was put back.
pub(super) fn last_cut(db: &Connection) -> rusqlite::Result<Option<Cut>> {
    db.query_row(
        "SELECT epoch, copied_at, restored_at FROM restores ORDER BY restore DESC LIMIT 1",
        [],
        |row| Ok(Cut { epoch: row.get(0)?, from: row.at(1)?, until: row.at(2)? }),
    )
    .optional()
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(limits::BUSY_TIMEOUT)?;
    Ok(db)
}

fn count(db: &Connection) -> rusqlite::Result<Copied> {
    let sql = "SELECT (SELECT count(*) FROM shops), (SELECT count(*) FROM conversations),
                   (SELECT count(*) FROM messages), coalesce((SELECT made_at FROM copies), 0)";
    db.query_row(sql, [], |row| {
        Ok(Copied {
            shops: row.get(0)?,
            conversations: row.get(1)?,
            messages: row.get(2)?,
            made_at: row.at(3)?,
        })
    })
}

/// What a file or a folder holds is on the disk.
fn sync(path: &Path) -> std::io::Result<()> {
    if path.is_dir() && !cfg!(unix) {
        return Ok(());
    }
    File::open(path)?.sync_all()
}

fn unavailable(path: &Path, error: &dyn core::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("{} can't be written or read: {error}", path.display()))
}
