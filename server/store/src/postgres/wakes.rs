//! What relays told each other, as rows: written with what it tells of, and read by those
//! that missed it.

use deadpool_postgres::GenericClient;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;

use super::rows::{Columns, Fault, Result, execute, first, rows};
use crate::{Digest, InCommon, Told, Wake, WakeCursor, limits, wake};

/// A relay's number for a column, bit by bit.
pub(super) fn relay_code(relay: u64) -> i64 {
    relay.cast_signed()
}

/// The statement that writes down what a relay tells, with the relay's number and the words from
/// the parameter of this number on; gives the row's.
pub(super) fn insert(first: usize) -> String {
    format!("INSERT INTO wakes (relay, told) VALUES (${first}, ${}) RETURNING id", first + 1)
}

static ALONE: LazyLock<String> = LazyLock::new(|| insert(1));

/// Writes down what a relay tells; gives its number.
pub(super) async fn put(db: &impl GenericClient, relay: u64, wakes: &[Wake]) -> Result<Option<i64>> {
    let told = wake::encode(wakes);
    first(db, &ALONE, &[&relay_code(relay), &told]).await?.map(|row| row.cell(0)).transpose()
}

/// The database by its server's own number and its number there, which stay when it is renamed or
/// another server takes over; and where whoever reads from now on begins.
pub(super) async fn in_common(db: &impl GenericClient, now_ms: u64) -> Result<InCommon> {
    let found = first(
        db,
        "SELECT system_identifier || '.' || oid, last, ARRAY(SELECT id FROM wakes WHERE id > last - $1)
         FROM pg_control_system(), pg_database,
             (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM wakes_id_seq) given
         WHERE datname = current_database()",
        &[&limits::WAKES_MISSING],
    )
    .await?;
    let found = found.ok_or(Fault::Odd("the database does not know itself"))?;
    let ids: Vec<i64> = found.cell(2)?;
    Ok(InCommon { memory: found.cell(0)?, begin: WakeCursor::behind(found.cell(1)?, &ids, now_ms) })
}

/// What was written down since a cursor, by number.
pub(super) async fn read(db: &impl GenericClient, from: &WakeCursor) -> Result<Vec<Told>> {
    let missing: Vec<i64> = from.missing().collect();
    let found = rows(
        db,
        "SELECT id, relay, told FROM wakes WHERE id > $1 OR id = ANY($2) ORDER BY id LIMIT $3",
        &[&from.last(), &missing, &limits::WAKES_AT_ONCE],
    )
    .await?;
    found
        .iter()
        .map(|row| {
            let relay = row.cell::<i64>(1)?.cast_unsigned();
            Ok(Told { id: Some(row.cell(0)?), relay, wakes: wake::decode(row.cell(2)?) })
        })
        .collect()
}

/// Forgets what everybody has had time to read.
pub(super) async fn forget(db: &impl GenericClient) -> Result<()> {
    let seconds = limits::WAKES_KEPT.as_secs_f64();
    let sql = "DELETE FROM wakes WHERE at < now() - make_interval(secs => $1)";
    execute(db, sql, &[&seconds]).await?;
    Ok(())
}

/// Takes a job for one relay, or keeps it; false while another one has it.
pub(super) async fn lease(db: &impl GenericClient, job: &str, relay: u64) -> Result<bool> {
    let taken = execute(
        db,
        "INSERT INTO leases AS l (job, relay, until) VALUES ($1, $2, now() + make_interval(secs => $3))
         ON CONFLICT (job) DO UPDATE SET relay = excluded.relay, until = excluded.until
         WHERE l.relay = excluded.relay OR l.until < now()",
        &[&job, &relay_code(relay), &limits::LEASE.as_secs_f64()],
    )
    .await?;
    Ok(taken == 1)
}

/// Sets the key's digest, or compares it with the one that is set.
pub(super) async fn agree_on_key(db: &impl GenericClient, key: Digest) -> Result<bool> {
    let sql = "INSERT INTO relay_key (only_row, digest) VALUES (true, $1) ON CONFLICT DO NOTHING";
    execute(db, sql, &[&&key.0[..]]).await?;
    let agreed = first(db, "SELECT digest FROM relay_key", &[]).await?;
    Ok(agreed.map(|row| row.digest(0)).transpose()?.is_some_and(|agreed| agreed.0.ct_eq(&key.0).into()))
}
