//! How each try begins and ends, and what is told of it.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{ChannelId, ConversationId, Receipt, Seq, ShopId, Side, Undelivered, UnixMillis};
use tokio_postgres::Row;

use super::super::{
    channels::read_kind,
    outside::{self, Names},
    rows::{Columns, Key, Result, count, execute, first, maybe_text, millis, place, rows, side_code},
    standings,
    wakes::relay_code,
};
use crate::{Wake, limits};

/// All that waits at a channel in a conversation, up to a place.
#[derive(Debug, Clone, Copy)]
pub(in crate::postgres) struct Tried {
    pub(in crate::postgres) channel: ChannelId,
    pub(in crate::postgres) conversation: ConversationId,
    pub(in crate::postgres) upto: Seq,
}

/// A try begins; false when another relay has the channel, or nobody any more.
pub(in crate::postgres) async fn begin_try(
    db: &Transaction<'_>,
    relay: u64,
    tried: Tried,
    references: &[(String, Seq)],
    at: UnixMillis,
) -> Result<bool> {
    let Tried { channel, conversation, upto } = tried;
    if !still_trying(db, relay, channel).await? {
        return Ok(false);
    }
    execute(
        db,
        "UPDATE deliveries SET tries = tries + 1, doubtful = (doubtful OR state = 2), state = 2
         WHERE channel = $1 AND conversation = $2 AND seq <= $3 AND state <= 2",
        &[&channel.key(), &conversation.key(), &place(upto)],
    )
    .await?;
    outside::put_references(db, channel, conversation, Names::told(references), at).await?;
    Ok(true)
}

/// Keeps a channel for a relay; false when another one has it, or nobody any more.
pub(in crate::postgres) async fn still_trying(
    db: &impl GenericClient,
    relay: u64,
    channel: ChannelId,
) -> Result<bool> {
    let ours = execute(
        db,
        "UPDATE channels SET leased_by = $2, leased_until = now() + make_interval(secs => $3)
         WHERE id = $1 AND (leased_by = $2 OR leased_until IS NULL OR leased_until < now())",
        &[&channel.key(), &relay_code(relay), &limits::LEASE.as_secs_f64()],
    )
    .await?;
    Ok(ours == 1)
}

/// How what was tried ends: the state that its rows come to, and why.
#[derive(Debug, Clone, Copy)]
pub(in crate::postgres) enum Closed<'a> {
    Handed,
    Unneeded,
    Stuck(&'a str),
}

/// Ends what waits.
pub(in crate::postgres) async fn close(
    db: &impl GenericClient,
    tried: Tried,
    closed: Closed<'_>,
    at: UnixMillis,
) -> Result<()> {
    let (state, reason): (i16, _) = match closed {
        Closed::Handed => (3, None),
        Closed::Unneeded => (4, None),
        Closed::Stuck(reason) => (5, Some(reason)),
    };
    execute(
        db,
        "WITH channel AS (SELECT 1 FROM channels WHERE id = $1 FOR KEY SHARE)
         UPDATE deliveries SET state = $4, reason = $5, ended_at = $6, due_at = NULL
         WHERE channel = $1 AND conversation = $2 AND seq <= $3 AND state <= 2
             AND EXISTS (SELECT 1 FROM channel)",
        &[
            &tried.channel.key(),
            &tried.conversation.key(),
            &place(tried.upto),
            &state,
            &maybe_text(reason),
            &millis(at),
        ],
    )
    .await?;
    Ok(())
}

/// Lets what was tried wait on.
pub(in crate::postgres) async fn put_off(
    db: &Transaction<'_>,
    tried: Tried,
    until: UnixMillis,
    doubtful: bool,
    memo: Option<&str>,
) -> Result<()> {
    execute(
        db,
        "WITH channel AS (SELECT 1 FROM channels WHERE id = $1 FOR KEY SHARE)
         UPDATE deliveries SET state = 1, due_at = $4, doubtful = (doubtful OR $5)
         WHERE channel = $1 AND conversation = $2 AND seq <= $3 AND state <= 2 AND due_at IS NOT NULL
             AND EXISTS (SELECT 1 FROM channel)",
        &[&tried.channel.key(), &tried.conversation.key(), &place(tried.upto), &millis(until), &doubtful],
    )
    .await?;
    if memo.is_some() {
        put_thread(db, tried, memo, None).await?;
    }
    Ok(())
}

/// Ends what was handed over, and moves the receipt of the side that was told as far as nothing
/// before it is open; gives what other relays hear of it.
pub(in crate::postgres) async fn hand(
    db: &Transaction<'_>,
    tried: Tried,
    memo: Option<&str>,
    references: &[(String, Seq)],
    at: UnixMillis,
) -> Result<Option<Wake>> {
    let Tried { channel, conversation, upto } = tried;
    // Before the channel, and before anything is read: of two channels that hand over at once
    // the second sees what the first did.
    let locked = standings::lock(db, std::iter::once(conversation)).await?.remove(&conversation);
    let Some(locked) = locked else { return Ok(None) };
    let sql = "SELECT conversation IS NOT NULL FROM channels WHERE id = $1 FOR KEY SHARE";
    let Some(row) = first(db, sql, &[&channel.key()]).await? else { return Ok(None) };
    let side = if row.cell(0)? { Side::Visitor } else { Side::Owner };
    tokio::try_join!(
        close(db, tried, Closed::Handed, at),
        put_thread(db, tried, memo, Some(at)),
        outside::put_references(db, channel, conversation, Names::told(references), at),
    )?;
    let mut standing = locked.standing;
    let old = standing.receipt(side);
    let handed = handed_upto(db, conversation, side, old.handed, upto).await?;
    let receipt = standing.advanced(side, Receipt { handed, opened: old.opened });
    if receipt == old {
        return Ok(None);
    }
    match side {
        Side::Visitor => standing.visitor = receipt,
        Side::Owner => standing.owner = receipt,
    }
    standings::write(db, conversation, standing).await?;
    Ok(Some(Wake::Receipt { shop: locked.shop, conversation, side, receipt }))
}

/// Up to where everything that was written to a side was handed over by some channel, or heard
/// of by a device of theirs, who have come so far already.
async fn handed_upto(
    db: &impl GenericClient,
    id: ConversationId,
    side: Side,
    heard: Seq,
    upto: Seq,
) -> Result<Seq> {
    let row = first(
        db,
        "SELECT coalesce(min(m.seq) - 1, $3) FROM messages m
         WHERE m.conversation = $1 AND m.seq > $2 AND m.seq <= $3 AND m.side = $4
             AND NOT EXISTS (SELECT 1 FROM deliveries d
                 WHERE d.conversation = m.conversation AND d.seq = m.seq AND d.state = 3)",
        &[&id.key(), &place(heard), &place(upto), &side_code(side.other())],
    )
    .await?;
    row.map_or(Ok(Seq::NONE), |row| row.seq(0))
}

/// What a channel remembers of a conversation, and when it handed something over, if it has.
async fn put_thread(
    db: &Transaction<'_>,
    tried: Tried,
    memo: Option<&str>,
    at: Option<UnixMillis>,
) -> Result<()> {
    execute(
        db,
        "WITH channel AS (SELECT id FROM channels WHERE id = $1 FOR KEY SHARE)
         INSERT INTO threads AS t (channel, conversation, memo, handed_at)
         SELECT id, $2, $3, $4 FROM channel
         ON CONFLICT (channel, conversation) DO UPDATE
         SET memo = coalesce(excluded.memo, t.memo), handed_at = greatest(t.handed_at, excluded.handed_at)",
        &[&tried.channel.key(), &tried.conversation.key(), &maybe_text(memo), &at.map_or(0, millis)],
    )
    .await?;
    Ok(())
}

/// What is stuck in a conversation, the latest first.
pub(in crate::postgres) async fn undelivered(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    limit: usize,
) -> Result<Vec<Undelivered>> {
    let found = rows(
        db,
        "SELECT d.seq, h.kind, d.reason FROM deliveries d JOIN channels h ON h.id = d.channel
         WHERE d.conversation = $1 AND d.state = 5
             AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = $1 AND c.shop = $2)
         ORDER BY d.seq DESC, h.place LIMIT $3",
        &[&id.key(), &shop.as_str(), &count(limit)],
    )
    .await?;
    let undelivered = |row: &Row| {
        let reason: Option<String> = row.cell(2)?;
        Ok(Undelivered { seq: row.seq(0)?, kind: read_kind(row, 1)?, reason: reason.unwrap_or_default() })
    };
    found.iter().map(undelivered).collect()
}
