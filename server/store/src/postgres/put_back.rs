//! A database that was put back to an earlier time by its own tools.

use shopbell_protocol::UnixMillis;

use super::{
    pool,
    rows::{Columns as _, Fault, millis},
    schema,
};
use crate::{Copied, StoreError, Synchronous};

/// How a relay's connections call themselves; this one is not counted.
const RELAYS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()";

/// What is there; of what was said after the last of it nobody here knows.
const FOUND: &str = "SELECT (SELECT count(*) FROM shops), (SELECT count(*) FROM conversations),
    (SELECT count(*) FROM messages), (SELECT coalesce(max(last_at), 0) FROM conversations)";

/// Notes that the database was put back: `epoch`, drawn anew and not 0, is what devices that knew
/// more go by, and something may be missing from its last message until `at`. What was on its way
/// at that time may have arrived since, and counts as doubtful.
///
/// # Errors
/// [`StoreError::Unreadable`] when relays run on it, or it is not Shopbell's, with a sentence that
/// says what to do; [`StoreError::Unavailable`] when it can't be reached.
pub async fn note_put_back(url: &str, epoch: u32, at: UnixMillis) -> Result<Copied, StoreError> {
    let pool = pool::pool(url, Synchronous::Full, 1)?;
    let mut db = pool::connection(&pool).await?;
    let relays: i64 = db.query_one(RELAYS, &[&pool::NAME]).await.map_err(Fault::from)?.get(0);
    if relays > 0 {
        return Err(StoreError::Unreadable(
            "Relays run on this database, and hold on to what they knew of it. Stop them all, note it then, \
             and start them again."
                .into(),
        ));
    }
    schema::migrate(&mut db).await?;
    Ok(note(&mut db, epoch, at).await?)
}

async fn note(db: &mut deadpool_postgres::Client, epoch: u32, at: UnixMillis) -> Result<Copied, Fault> {
    let work = db.transaction().await?;
    let row = work.query_one(FOUND, &[]).await?;
    let copied = Copied {
        shops: row.cell(0)?,
        conversations: row.cell(1)?,
        messages: row.cell(2)?,
        made_at: row.at(3)?,
    };
    work.execute(
        "INSERT INTO restores (epoch, copied_at, restored_at) VALUES ($1, $2, $3)",
        &[&i64::from(epoch), &millis(copied.made_at), &millis(at)],
    )
    .await?;
    work.execute("UPDATE deliveries SET doubtful = true WHERE state <= 2", &[]).await?;
    // Said to relays that are no more.
    work.batch_execute("DELETE FROM wakes; DELETE FROM leases").await?;
    work.commit().await?;
    Ok(copied)
}
