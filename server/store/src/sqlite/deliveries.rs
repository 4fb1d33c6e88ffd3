//! What is on its way: reading what is due, and how each try ends.

use rusqlite::{Connection, OptionalExtension, Result, params};
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, Receipt, Seq, ShopId, Side, Undelivered, UnixMillis,
};

use super::columns::{Columns, millis};
use super::desk::Desk;
use super::reads::conversation_row;
use crate::{Burst, Ending, Waiting, limits};

/// What is due for a channel, by conversation, the longest due first.
pub(super) fn bursts(db: &Connection, id: ChannelId, at: UnixMillis, limit: usize) -> Result<Vec<Burst>> {
    let due: Vec<(i64, i64, ConversationId)> = db
        .prepare_cached(
            "SELECT d.channel, d.conversation, c.id
             FROM (SELECT channel, conversation, min(due_at) AS first
                   FROM (SELECT channel, conversation, due_at FROM deliveries INDEXED BY deliveries_due
                         WHERE channel = (SELECT channel FROM channels WHERE id = ?1)
                             AND state <= 2 AND due_at <= ?2
                         ORDER BY due_at LIMIT ?4)
                   GROUP BY conversation ORDER BY first LIMIT ?3) d
                 JOIN conversations c USING (conversation) ORDER BY d.first",
        )?
        .query_map(params![id.as_bytes(), millis(at), limit as i64, limits::DUE_ROWS], |row| {
            Ok((row.get(0)?, row.get(1)?, row.conversation_id(2)?))
        })?
        .collect::<Result<_>>()?;
    due.into_iter().map(|(channel, row, conversation)| burst(db, channel, row, conversation)).collect()
}

fn burst(db: &Connection, channel: i64, row: i64, conversation: ConversationId) -> Result<Burst> {
    let waiting = db
        .prepare_cached(
            "SELECT seq, since, tries, doubtful OR state = 2 FROM deliveries INDEXED BY deliveries_open
             WHERE channel = ?1 AND conversation = ?2 AND state <= 2 ORDER BY seq LIMIT ?3",
        )?
        .query_map(params![channel, row, limits::BURST_MESSAGES], |row| {
            Ok(Waiting { seq: row.seq(0)?, since: row.at(1)?, tries: row.get(2)?, doubtful: row.get(3)? })
        })?
        .collect::<Result<_>>()?;
    let thread = db
        .prepare_cached("SELECT memo, handed_at FROM threads WHERE channel = ?1 AND conversation = ?2")?
        .query_map([channel, row], |row| Ok((row.get(0)?, row.at(1)?)))?
        .next()
        .transpose()?;
    let (memo, handed_at) = thread.map_or((None, None), |(memo, at): (Option<String>, _)| (memo, Some(at)));
    Ok(Burst { conversation, waiting, memo, handed_at: handed_at.filter(|at| at.0 > 0) })
}

/// What a channel has told of since a time and the owner has opened whole.
pub(super) fn told_and_opened(
    db: &Connection,
    channel: ChannelId,
    since: UnixMillis,
    limit: usize,
) -> Result<Vec<ConversationId>> {
    db.prepare_cached(
        "SELECT c.id FROM threads t JOIN conversations c ON c.conversation = t.conversation
         WHERE t.channel = (SELECT channel FROM channels WHERE id = ?1) AND t.handed_at >= ?2 AND c.unread = 0
         ORDER BY t.handed_at DESC LIMIT ?3",
    )?
    .query_map(params![channel.as_bytes(), millis(since), limit as i64], |row| row.conversation_id(0))?
    .collect()
}

/// What a channel remembers of a conversation.
pub(super) fn memo(db: &Connection, channel: ChannelId, id: ConversationId) -> Result<Option<String>> {
    let found = db
        .prepare_cached(
            "SELECT t.memo FROM threads t JOIN channels h USING (channel)
                 JOIN conversations c ON c.conversation = t.conversation
             WHERE h.id = ?1 AND c.id = ?2",
        )?
        .query_row(params![channel.as_bytes(), id.as_bytes()], |row| row.get::<_, Option<String>>(0))
        .optional()?;
    Ok(found.flatten())
}

/// What is stuck in a conversation, the latest first.
pub(super) fn undelivered(
    db: &Connection,
    shop: &ShopId,
    id: ConversationId,
    limit: usize,
) -> Result<Vec<Undelivered>> {
    let Some(row) = conversation_row(db, shop, id)? else { return Ok(Vec::new()) };
    db.prepare_cached(
        "SELECT d.seq, h.kind, d.reason FROM deliveries d JOIN channels h USING (channel)
         WHERE d.conversation = ?1 AND d.state = 5 ORDER BY d.seq DESC LIMIT ?2",
    )?
    .query_map(params![row, limit as i64], |row| {
        let kind: String = row.get(1)?;
        let reason: Option<String> = row.get(2)?;
        let kind = ChannelKind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?;
        Ok(Undelivered { seq: row.seq(0)?, kind, reason: reason.unwrap_or_default() })
    })?
    .collect()
}

/// What a far side has a name for.
pub(super) struct Reference<'a> {
    pub(super) key: &'a str,
    pub(super) seq: Seq,
    /// The person there said it themselves.
    pub(super) said: bool,
}

impl Desk {
    pub(super) fn begin_try(
        &mut self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        references: &[(String, Seq)],
        at: UnixMillis,
    ) -> Result<()> {
        let Some(channel) = self.channel_row(channel)? else { return Ok(()) };
        let Some(hot) = self.any_conversation(id)? else { return Ok(()) };
        self.db
            .prepare_cached(
                "UPDATE deliveries INDEXED BY deliveries_open SET tries = tries + 1, doubtful = (doubtful OR state = 2), state = 2
                 WHERE channel = ?1 AND conversation = ?2 AND seq <= ?3 AND state <= 2",
            )?
            .execute(params![channel, hot.row, upto.0])?;
        for (key, seq) in references {
            self.put_reference(channel, hot.row, Reference { key, seq: *seq, said: false }, at)?;
        }
        Ok(())
    }

    pub(super) fn end_try(
        &mut self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        ending: &Ending,
        at: UnixMillis,
    ) -> Result<Option<Receipt>> {
        let Some(channel) = self.channel_row(channel)? else { return Ok(None) };
        let Some(hot) = self.any_conversation(id)? else { return Ok(None) };
        match ending {
            Ending::Handed { memo, references } => {
                self.end_deliveries(channel, hot.row, upto, 3, None, at)?;
                self.put_thread(channel, hot.row, memo.as_deref(), Some(at))?;
                for (key, seq) in references {
                    self.put_reference(channel, hot.row, Reference { key, seq: *seq, said: false }, at)?;
                }
                return self.handed(channel, id, upto);
            }
            Ending::Unneeded => self.end_deliveries(channel, hot.row, upto, 4, None, at)?,
            Ending::Stuck { reason } => {
                self.end_deliveries(channel, hot.row, upto, 5, Some(reason), at)?;
            }
            Ending::Later { until, doubtful, memo } => {
                self.db
                    .prepare_cached(
                        "UPDATE deliveries INDEXED BY deliveries_open SET state = 1, due_at = ?4, doubtful = (doubtful OR ?5)
                         WHERE channel = ?1 AND conversation = ?2 AND seq <= ?3 AND state <= 2
                             AND due_at IS NOT NULL",
                    )?
                    .execute(params![channel, hot.row, upto.0, millis(*until), doubtful])?;
                if memo.is_some() {
                    self.put_thread(channel, hot.row, memo.as_deref(), None)?;
                }
            }
        }
        Ok(None)
    }

    fn end_deliveries(
        &self,
        channel: i64,
        row: i64,
        upto: Seq,
        state: u8,
        reason: Option<&String>,
        at: UnixMillis,
    ) -> Result<()> {
        self.db
            .prepare_cached(
                "UPDATE deliveries INDEXED BY deliveries_open SET state = ?4, reason = ?5, ended_at = ?6, due_at = NULL
                 WHERE channel = ?1 AND conversation = ?2 AND seq <= ?3 AND state <= 2",
            )?
            .execute(params![channel, row, upto.0, state, reason, millis(at)])?;
        Ok(())
    }

    fn put_thread(&self, channel: i64, row: i64, memo: Option<&str>, at: Option<UnixMillis>) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO threads (channel, conversation, memo, handed_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (channel, conversation) DO UPDATE
                 SET memo = coalesce(excluded.memo, memo), handed_at = max(handed_at, excluded.handed_at)",
            )?
            .execute(params![channel, row, memo, at.map_or(0, millis)])?;
        Ok(())
    }

    /// The latest one to be given a name has it.
    pub(super) fn put_reference(
        &self,
        channel: i64,
        row: i64,
        reference: Reference<'_>,
        at: UnixMillis,
    ) -> Result<()> {
        let Reference { key, seq, said } = reference;
        self.db
            .prepare_cached(
                "INSERT INTO far_references (kind, key, channel, conversation, seq, said, at)
                 VALUES ((SELECT kind FROM channels WHERE channel = ?1), ?2, ?1, ?3, ?4, ?5, ?6)
                 ON CONFLICT (kind, key) DO UPDATE SET channel = excluded.channel,
                     conversation = excluded.conversation, seq = excluded.seq, said = excluded.said, at = excluded.at",
            )?
            .execute(params![channel, key, row, seq.0, said, millis(at)])?;
        Ok(())
    }

    /// The receipt of the side that was told moves as far as nothing before it is open.
    fn handed(&mut self, channel: i64, id: ConversationId, upto: Seq) -> Result<Option<Receipt>> {
        let Some(hot) = self.any_conversation(id)? else { return Ok(None) };
        let of_visitor: bool = self
            .db
            .prepare_cached("SELECT conversation IS NOT NULL FROM channels WHERE channel = ?1")?
            .query_row([channel], |row| row.get(0))?;
        let side = if of_visitor { Side::Visitor } else { Side::Owner };
        let handed = self.handed_upto(&hot, side, upto)?;
        let old = hot.standing.receipt(side);
        let receipt = hot.standing.advanced(side, Receipt { handed, opened: old.opened });
        if receipt == old {
            return Ok(None);
        }
        let mut standing = hot.standing;
        match side {
            Side::Visitor => standing.visitor = receipt,
            Side::Owner => standing.owner = receipt,
        }
        self.stand(id, hot, standing);
        Ok(Some(receipt))
    }

    pub(super) fn rest(&mut self, id: ChannelId, not_before: UnixMillis) -> Result<()> {
        match self.channel_row(id)? {
            Some(row) => self.call_again(row, millis(not_before)),
            None => Ok(()),
        }
    }

    /// When there is something to do next for a channel, looked up anew.
    pub(super) fn call_again(&self, row: i64, not_before: i64) -> Result<()> {
        self.db
            .prepare_cached(
                "UPDATE channels SET not_before = ?2, next_at = (SELECT max(min(due_at), ?2) FROM deliveries
                     WHERE channel = ?1 AND state <= 2 AND due_at IS NOT NULL)
                 WHERE channel = ?1",
            )?
            .execute([row, not_before])?;
        Ok(())
    }

    pub(super) fn take_over(&mut self, from: ChannelId, to: ChannelId, at: UnixMillis) -> Result<()> {
        let (Some(from), Some(to)) = (self.channel_row(from)?, self.channel_row(to)?) else { return Ok(()) };
        let moved = self
            .db
            .prepare_cached(
                "UPDATE deliveries SET due_at = ?3
                 WHERE channel = ?2 AND state <= 2 AND (due_at IS NULL OR due_at > ?3)
                   AND EXISTS (SELECT 1 FROM deliveries f WHERE f.conversation = deliveries.conversation
                       AND f.seq = deliveries.seq AND f.channel = ?1 AND f.state IN (1, 2, 5))",
            )?
            .execute(params![from, to, millis(at)])?;
        if moved > 0 {
            self.call_at(to, millis(at))?;
        }
        Ok(())
    }

    /// Forgets what ended before a time, some at once.
    pub(super) fn forget_old(&mut self, before: UnixMillis) -> Result<()> {
        let some = [
            "DELETE FROM deliveries WHERE (conversation, seq, channel) IN
                 (SELECT conversation, seq, channel FROM deliveries WHERE state > 2 AND ended_at < ?1 LIMIT ?2)",
            "DELETE FROM far_references WHERE (kind, key) IN
                 (SELECT kind, key FROM far_references WHERE at < ?1 LIMIT ?2)",
            "DELETE FROM heard WHERE external IN (SELECT external FROM heard WHERE at < ?1 LIMIT ?2)",
        ];
        for sql in some {
            self.db.prepare_cached(sql)?.execute(params![millis(before), limits::FORGET_ROWS])?;
        }
        Ok(())
    }
}
