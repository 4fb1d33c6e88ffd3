//! What the database must be, and its migrations.

use deadpool_postgres::Client;

use super::rows::Fault;
use crate::StoreError;

/// Each brings the schema from the version of its place in the list to the next.
/// What has been released is never changed, only added to.
const MIGRATIONS: &[&str] = &[include_str!("first.sql"), include_str!("listed.sql")];

/// `Shpb`, as a number: who migrates holds the advisory lock of this name.
const LOCK: i64 = 0x5368_7062;

/// Refuses a server that does not write to its disk what it says is committed. How each commit
/// waits for that is set with the connection, and this can only be set at the server.
pub(super) async fn must_sync(db: &Client) -> Result<(), StoreError> {
    let fsync: String = db.query_one("SHOW fsync", &[]).await.map_err(Fault::from)?.get(0);
    if fsync == "off" {
        return Err(StoreError::Unreadable(
            "`fsync` is off on this server: a power cut would lose messages that were acknowledged. \
             Set `fsync = on` in its postgresql.conf and reload it."
                .into(),
        ));
    }
    Ok(())
}

/// Brings the schema up to date. Of relays that start at once one does it, and the others
/// wait; each step is whole or not at all. An older relay goes on beside a newer schema,
/// for a step only adds, and what is taken away is taken a release later.
pub(super) async fn migrate(db: &mut Client) -> Result<(), StoreError> {
    let work = db.transaction().await.map_err(Fault::from)?;
    let done = async {
        work.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
        let ours: bool =
            work.query_one("SELECT to_regclass('shopbell_schema') IS NOT NULL", &[]).await?.get(0);
        let taken: bool = work.query_one("SELECT to_regclass('shops') IS NOT NULL", &[]).await?.get(0);
        if !ours && taken {
            return Ok(Err(StoreError::Unreadable(
                "The PostgreSQL database has a table `shops` that is not Shopbell's. \
                 Give Shopbell a database of its own."
                    .into(),
            )));
        }
        if !ours {
            work.batch_execute(
                "CREATE TABLE shopbell_schema (version integer NOT NULL, oldest integer NOT NULL);
                 INSERT INTO shopbell_schema VALUES (0, 0)",
            )
            .await?;
        }
        let row = work.query_one("SELECT version, oldest FROM shopbell_schema", &[]).await?;
        let (version, oldest): (i32, i32) = (row.get(0), row.get(1));
        let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
        if oldest > known {
            return Ok(Err(StoreError::Unreadable(
                "The PostgreSQL database was written by a newer Shopbell, which this one cannot work beside. \
                 Start that version or a later one."
                    .into(),
            )));
        }
        for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            work.batch_execute(step).await?;
        }
        if version < known {
            work.execute("UPDATE shopbell_schema SET version = $1", &[&known]).await?;
        }
        Ok(Ok(()))
    };
    match done.await.map_err(|error: tokio_postgres::Error| Fault::from(error))? {
        Ok(()) => Ok(work.commit().await.map_err(Fault::from)?),
        Err(refused) => Err(refused),
    }
}
