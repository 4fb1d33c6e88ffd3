//! What is due: which relay has which channel, what it finds there, and when it looks again.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{ChannelId, ChannelKind, UnixMillis};
use tokio_postgres::Row;
use uuid::Uuid;

use super::super::{
    channels::{CHANNEL_ALONE, read_channel},
    rows::{Columns, Key, Result, count, execute, first, millis, rows, text},
    wakes::relay_code,
};
use crate::{Burst, Channel, Except, Waiting, limits};

/// Channels for which there is something to do, for this relay alone from now on; the longest
/// due first. Those that it has already come before others that it could take. What another
/// relay holds or has locked just now is passed over.
pub(in crate::postgres) async fn claim(
    db: &impl GenericClient,
    relay: u64,
    at: UnixMillis,
    except: &Except,
    limit: usize,
) -> Result<Vec<Channel>> {
    const DUE: &str = "h.next_at IS NOT NULL AND h.next_at <= $1 AND h.kind = ANY($3) AND h.far <> ALL($4)
        AND (h.failures = 0 OR h.kind <> ALL($5))";
    // Also without those that only a newer relay knows.
    let kinds: Vec<&str> = ChannelKind::ALL
        .iter()
        .filter(|kind| !except.kinds.contains(kind))
        .map(|kind| kind.as_str())
        .collect();
    let failing: Vec<&str> = except.failing.iter().map(|kind| kind.as_str()).collect();
    let fars: Vec<_> = except.fars.iter().map(|far| text(far)).collect();
    // What is its own for a while yet is not written each time that it looks.
    let sql = format!(
        "WITH own AS MATERIALIZED (
             SELECT h.id FROM channels h
             WHERE {DUE} AND h.leased_by = $6 AND h.leased_until >= now() + make_interval(secs => $8)
             ORDER BY h.next_at LIMIT $2),
         free AS MATERIALIZED (
             SELECT h.id FROM channels h
             WHERE {DUE} AND (h.leased_until IS NULL OR h.leased_until < now()
                 OR (h.leased_by = $6 AND h.leased_until < now() + make_interval(secs => $8)))
             ORDER BY h.next_at LIMIT $2 - (SELECT count(*) FROM own) FOR NO KEY UPDATE SKIP LOCKED),
         claimed AS (
             UPDATE channels h SET leased_by = $6, leased_until = now() + make_interval(secs => $7)
             FROM free WHERE h.id = free.id RETURNING {CHANNEL_ALONE}, h.next_at)
         SELECT * FROM claimed
         UNION ALL
         SELECT {CHANNEL_ALONE}, h.next_at FROM channels h JOIN own ON own.id = h.id
         ORDER BY next_at, id"
    );
    let lease = limits::LEASE.as_secs_f64();
    let found = rows(
        db,
        &sql,
        &[&millis(at), &count(limit), &kinds, &fars, &failing, &relay_code(relay), &lease, &(lease / 2.0)],
    )
    .await?;
    found.iter().map(read_channel).collect()
}

/// When there is something to do next: something becomes due, or another relay may have died
/// over something that is.
pub(in crate::postgres) async fn next_due(
    db: &impl GenericClient,
    relay: u64,
    after: UnixMillis,
) -> Result<Option<UnixMillis>> {
    // What is left of a lease is by the database's clock, and counts from the relay's own time.
    let sql = "SELECT least(
            (SELECT min(next_at) FROM channels WHERE next_at IS NOT NULL AND next_at > $1),
            (SELECT $1 + 1 + ceil(1000 * extract(epoch FROM min(leased_until) - now()))::bigint FROM channels
             WHERE next_at IS NOT NULL AND next_at <= $1 AND leased_by <> $2 AND leased_until >= now()))";
    let found = first(db, sql, &[&millis(after), &relay_code(relay)]).await?;
    found.map_or(Ok(None), |row| row.maybe_at(0))
}

/// What is due for a channel, by conversation, the longest due first.
pub(in crate::postgres) async fn bursts(
    db: &impl GenericClient,
    id: ChannelId,
    at: UnixMillis,
    limit: usize,
) -> Result<Vec<Burst>> {
    let found = rows(
        db,
        "SELECT d.conversation, w.seq, w.since, w.tries, w.doubtful
         FROM (SELECT conversation, min(due_at) AS first
               FROM (SELECT conversation, due_at FROM deliveries
                     WHERE channel = $1 AND state <= 2 AND due_at <= $2 ORDER BY due_at LIMIT $4) soon
               GROUP BY conversation ORDER BY first, conversation LIMIT $3) d,
             LATERAL (SELECT seq, since, tries, doubtful OR state = 2 AS doubtful FROM deliveries
                      WHERE channel = $1 AND conversation = d.conversation AND state <= 2
                      ORDER BY seq LIMIT $5) w
         ORDER BY d.first, d.conversation, w.seq",
        &[
            &id.key(),
            &millis(at),
            &count(limit),
            &i64::from(limits::DUE_ROWS),
            &i64::from(limits::BURST_MESSAGES),
        ],
    )
    .await?;
    let mut bursts: Vec<Burst> = Vec::new();
    for row in &found {
        let (conversation, waiting) = (row.conversation_id(0)?, read_waiting(row)?);
        match bursts.last_mut().filter(|burst| burst.conversation == conversation) {
            Some(burst) => burst.waiting.push(waiting),
            None => bursts.push(Burst { conversation, waiting: vec![waiting], memo: None, handed_at: None }),
        }
    }
    add_threads(db, id, &mut bursts).await?;
    Ok(bursts)
}

fn read_waiting(row: &Row) -> Result<Waiting> {
    Ok(Waiting { seq: row.seq(1)?, since: row.at(2)?, tries: row.number(3)?, doubtful: row.cell(4)? })
}

/// What the channel remembers of each conversation.
async fn add_threads(db: &impl GenericClient, channel: ChannelId, bursts: &mut [Burst]) -> Result<()> {
    if bursts.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = bursts.iter().map(|burst| burst.conversation.key()).collect();
    let sql =
        "SELECT conversation, memo, handed_at FROM threads WHERE channel = $1 AND conversation = ANY($2)";
    let found = rows(db, sql, &[&channel.key(), &ids]).await?;
    for row in &found {
        let conversation = row.conversation_id(0)?;
        if let Some(burst) = bursts.iter_mut().find(|burst| burst.conversation == conversation) {
            burst.memo = row.cell(1)?;
            burst.handed_at = Some(row.at(2)?).filter(|at| at.0 > 0);
        }
    }
    Ok(())
}

/// A channel is done with what was due, unless another relay has it by now.
pub(in crate::postgres) async fn rest(
    db: &Transaction<'_>,
    relay: u64,
    id: ChannelId,
    not_before: UnixMillis,
) -> Result<()> {
    let sql = "SELECT id FROM channels
               WHERE id = $1 AND (leased_by = $2 OR leased_until IS NULL OR leased_until < now())
               FOR NO KEY UPDATE";
    if first(db, sql, &[&id.key(), &relay_code(relay)]).await?.is_some() {
        call_again(db, id, millis(not_before), Some(relay)).await?;
    }
    Ok(())
}

/// When there is something to do next for a channel, looked up anew; the lease of one relay is
/// given back. The caller has locked the channel's row with a statement before, so that what
/// others put meanwhile is seen.
pub(in crate::postgres) async fn call_again(
    db: &Transaction<'_>,
    id: ChannelId,
    not_before: i64,
    back: Option<u64>,
) -> Result<()> {
    execute(
        db,
        "UPDATE channels SET not_before = $2,
             next_at = (SELECT CASE WHEN min(due_at) IS NOT NULL THEN greatest(min(due_at), $2) END
                        FROM deliveries WHERE channel = $1 AND state <= 2 AND due_at IS NOT NULL),
             leased_until = CASE WHEN leased_by = $3 THEN NULL ELSE leased_until END,
             leased_by = nullif(leased_by, $3)
         WHERE id = $1",
        &[&id.key(), &not_before, &back.map(relay_code)],
    )
    .await?;
    Ok(())
}

/// What waits for or is stuck at one channel becomes due for another. Nobody ends or begins
/// anything there meanwhile.
pub(in crate::postgres) async fn take_over(
    db: &Transaction<'_>,
    from: ChannelId,
    to: ChannelId,
    at: UnixMillis,
) -> Result<()> {
    let sql = "SELECT id FROM channels WHERE id = $1 FOR UPDATE";
    if first(db, sql, &[&to.key()]).await?.is_none() {
        return Ok(());
    }
    let moved = execute(
        db,
        "UPDATE deliveries d SET due_at = $3
         WHERE d.channel = $2 AND d.state <= 2 AND (d.due_at IS NULL OR d.due_at > $3)
             AND EXISTS (SELECT 1 FROM deliveries f WHERE f.conversation = d.conversation
                 AND f.seq = d.seq AND f.channel = $1 AND f.state IN (1, 2, 5))",
        &[&from.key(), &to.key(), &millis(at)],
    )
    .await?;
    if moved > 0 {
        execute(
            db,
            "UPDATE channels SET next_at = greatest($2, not_before)
             WHERE id = $1 AND (next_at IS NULL OR next_at > greatest($2, not_before))",
            &[&to.key(), &millis(at)],
        )
        .await?;
    }
    Ok(())
}
