//! On which ways a message is told, written in its own transaction.

use std::sync::Arc;

use rusqlite::{Result, params};
use shopbell_protocol::{Seq, Side, UnixMillis};

use super::columns::{millis, side_code};
use super::desk::{Desk, Hot};
use crate::ways::{Way, plan};

impl Desk {
    /// Writes a row for each channel of the side that a message is for; gives how many.
    pub(super) fn put_deliveries(&mut self, hot: &Hot, from: Side, seq: Seq, at: UnixMillis) -> Result<u32> {
        let ways = match from {
            Side::Visitor => self.ways_of_owner(hot.shop)?,
            Side::Owner => Arc::new(self.read_ways("conversation = ?1", hot.row)?),
        };
        for (channel, due) in plan(&ways, millis(at)) {
            self.db
                .prepare_cached(
                    "INSERT INTO deliveries (conversation, seq, channel, state, since, due_at)
                     VALUES (?1, ?2, ?3, 1, ?4, ?5)",
                )?
                .execute(params![hot.row, seq.0, channel, millis(at), due])?;
            if let Some(due) = due {
                self.call_at(channel, due)?;
            }
        }
        Ok(u32::try_from(ways.len()).unwrap_or(u32::MAX))
    }

    /// There is something to do for a channel at this time, or when it may be used again.
    pub(super) fn call_at(&self, channel: i64, due: i64) -> Result<()> {
        self.db
            .prepare_cached(
                "UPDATE channels SET next_at = max(?2, not_before)
                 WHERE channel = ?1 AND (next_at IS NULL OR next_at > max(?2, not_before))",
            )?
            .execute([channel, due])?;
        Ok(())
    }

    fn ways_of_owner(&mut self, shop: i64) -> Result<Arc<Vec<Way<i64>>>> {
        if let Some(ways) = self.ways.get(&shop) {
            return Ok(Arc::clone(ways));
        }
        let ways = Arc::new(self.read_ways("shop = ?1 AND conversation IS NULL", shop)?);
        self.ways.insert(shop, Arc::clone(&ways));
        Ok(ways)
    }

    /// What is gone is no way any more.
    fn read_ways(&self, of: &str, row: i64) -> Result<Vec<Way<i64>>> {
        self.db
            .prepare_cached(&format!(
                "SELECT channel, wait_minutes, sick_since IS NULL FROM channels
                 WHERE {of} AND gone = 0 ORDER BY place, channel"
            ))?
            .query_map([row], |row| {
                Ok(Way { row: row.get(0)?, wait_minutes: row.get(1)?, well: row.get(2)? })
            })?
            .collect()
    }

    /// Up to where everything that was written to a side was handed over by some channel,
    /// or heard of by a device of theirs.
    pub(super) fn handed_upto(&self, hot: &Hot, side: Side, upto: Seq) -> Result<Seq> {
        let first_open: Option<u32> = self
            .db
            .prepare_cached(
                "SELECT min(m.seq) FROM messages m
                 WHERE m.conversation = ?1 AND m.seq > ?2 AND m.seq <= ?3 AND m.side = ?4
                   AND NOT EXISTS (SELECT 1 FROM deliveries d
                       WHERE d.conversation = m.conversation AND d.seq = m.seq AND d.state = 3)",
            )?
            .query_row(
                params![hot.row, hot.standing.receipt(side).handed.0, upto.0, side_code(side.other())],
                |row| row.get(0),
            )?;
        Ok(first_open.map_or(upto, |seq| Seq(seq).previous()))
    }
}
