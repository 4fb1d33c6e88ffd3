//! The channels themselves: adding, ordering, removing, and how they do.

use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};
use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ChannelRule, ConversationId, QuietHours, ShopId, UnixMillis, When,
    limits,
};

use super::columns::{Columns, millis};
use super::desk::Desk;
use crate::{Channel, ChannelAdded, ChannelState, Except, NewChannel, Target};

/// Reads a [`Channel`]; the joins give the ids of the shop and the conversation.
macro_rules! channel {
    ($waiting:literal, $stuck:literal) => {
        concat!(
            "SELECT h.id, s.id, c.id, h.kind, h.label, h.target, h.wait_minutes, h.only_outside,
                 h.quiet_from, h.quiet_to, h.quiet_zone, h.handed_at, h.sick_since, h.gone, h.reason,
                 h.failures, h.failing_since, h.told_since, h.far, ",
            $waiting,
            ", ",
            $stuck,
            " FROM channels h JOIN shops s ON s.shop = h.shop
                 LEFT JOIN conversations c ON c.conversation = h.conversation"
        )
    };
}

pub(super) const CHANNEL: &str = channel!(
    "(SELECT count(*) FROM deliveries d WHERE d.channel = h.channel AND d.state <= 2)",
    "(SELECT count(*) FROM deliveries d WHERE d.channel = h.channel AND d.state = 5)"
);

/// For who does not ask how much waits: it can be ten thousand rows.
pub(super) const CHANNEL_ALONE: &str = channel!("0", "0");

pub(super) fn read_channel(row: &Row<'_>) -> Result<Channel> {
    let kind: String = row.get(3)?;
    let quiet = match (row.get(8)?, row.get(9)?, row.get(10)?) {
        (Some(from), Some(to), Some(time_zone)) => Some(QuietHours { from, to, time_zone }),
        _ => None,
    };
    let shop: String = row.get(1)?;
    Ok(Channel {
        id: ChannelId::from_bytes(row.get(0)?),
        shop: ShopId::parse(&shop).map_err(|_| Error::InvalidQuery)?,
        conversation: row.get::<_, Option<[u8; 16]>>(2)?.map(ConversationId::from_bytes),
        kind: ChannelKind::parse(&kind).ok_or(Error::InvalidQuery)?,
        label: row.get(4)?,
        target: Target(row.get(5)?),
        rule: ChannelRule { when: when(row.get(6)?), only_outside: row.get(7)?, quiet },
        health: ChannelHealth {
            handed_at: row.maybe_at(11)?,
            sick_since: row.maybe_at(12)?,
            gone: row.get(13)?,
            reason: row.get(14)?,
        },
        failures: row.get(15)?,
        failing_since: row.maybe_at(16)?,
        told_since: row.maybe_at(17)?,
        far: row.get(18)?,
        waiting: row.get(19)?,
        stuck: row.get(20)?,
    })
}

fn when(minutes: i64) -> When {
    match u16::try_from(minutes) {
        Ok(0) => When::AtOnce,
        Ok(minutes) => When::Unanswered { minutes },
        Err(_) => When::Standby,
    }
}

fn wait_minutes(when: When) -> i64 {
    match when {
        When::AtOnce => 0,
        When::Unanswered { minutes } => minutes.into(),
        When::Standby => -1,
    }
}

/// The owner's channels of a shop, in order; read as [`CHANNEL`] or [`CHANNEL_ALONE`].
pub(super) fn of_owner(db: &Connection, channel: &str, shop: &ShopId) -> Result<Vec<Channel>> {
    db.prepare_cached(&format!(
        "{channel} WHERE s.id = ?1 AND h.conversation IS NULL ORDER BY h.place, h.channel"
    ))?
    .query_map([shop.as_str()], read_channel)?
    .collect()
}

/// The channels of a visitor, likewise.
pub(super) fn of_visitor(
    db: &Connection,
    channel: &str,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Vec<Channel>> {
    db.prepare_cached(&select_of_visitor(channel))?
        .query_map(params![shop.as_str(), id.as_bytes()], read_channel)?
        .collect()
}

pub(super) fn select_of_visitor(channel: &str) -> String {
    format!("{channel} WHERE s.id = ?1 AND c.id = ?2 ORDER BY h.place, h.channel")
}

pub(super) fn one(db: &Connection, id: ChannelId) -> Result<Option<Channel>> {
    db.prepare_cached(&format!("{CHANNEL} WHERE h.id = ?1"))?
        .query_row([id.as_bytes()], read_channel)
        .optional()
}

pub(super) fn by_row(db: &Connection, channel: i64) -> Result<Option<Channel>> {
    db.prepare_cached(&format!("{CHANNEL} WHERE h.channel = ?1"))?
        .query_row([channel], read_channel)
        .optional()
}

/// Those for which there is something to do.
pub(super) fn due(db: &Connection, at: UnixMillis, except: &Except, limit: usize) -> Result<Vec<Channel>> {
    let kinds = |kinds: &[ChannelKind]| json(kinds.iter().map(|kind| kind.as_str()));
    let fars = json(except.fars.iter().map(String::as_str));
    db.prepare_cached(&format!(
        "{CHANNEL_ALONE} WHERE h.channel IN
            (SELECT channel FROM channels
             WHERE next_at <= ?1 AND kind NOT IN (SELECT value FROM json_each(?3))
                 AND far NOT IN (SELECT value FROM json_each(?4))
                 AND (failures = 0 OR kind NOT IN (SELECT value FROM json_each(?5)))
             ORDER BY next_at LIMIT ?2) ORDER BY h.next_at"
    ))?
    .query_map(
        params![millis(at), limit as i64, kinds(&except.kinds), fars, kinds(&except.failing)],
        read_channel,
    )?
    .collect()
}

/// A list for SQL.
fn json<'a>(words: impl Iterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(words).to_string()
}

/// Owners' channels that are unwell and of which nobody was told who can be.
pub(super) fn untold(db: &Connection, limit: usize) -> Result<Vec<Channel>> {
    db.prepare_cached(&format!(
        "{CHANNEL_ALONE} WHERE h.conversation IS NULL AND h.sick_since IS NOT NULL
            AND h.sick_since IS NOT h.told_since
            AND EXISTS (SELECT 1 FROM channels w WHERE w.shop = h.shop AND w.conversation IS NULL
                AND w.sick_since IS NULL AND w.gone = 0)
         ORDER BY h.sick_since LIMIT ?1"
    ))?
    .query_map([limit as i64], read_channel)?
    .collect()
}

pub(super) fn next_due(db: &Connection, after: UnixMillis) -> Result<Option<UnixMillis>> {
    db.prepare_cached("SELECT min(next_at) FROM channels WHERE next_at > ?1")?
        .query_row([millis(after)], |row| row.maybe_at(0))
}

impl Desk {
    pub(super) fn add_channel(&mut self, new: &NewChannel) -> Result<ChannelAdded> {
        let Some(shop) = self.shop(&new.shop)? else { return Ok(ChannelAdded::NotYours) };
        let conversation = match new.conversation {
            None => None,
            Some(id) => match self.conversation(&new.shop, id)? {
                Some(hot) => Some(hot.row),
                None => return Ok(ChannelAdded::NotYours),
            },
        };
        self.ways.clear();
        let rule = &new.rule;
        let quiet = rule.quiet.as_ref();
        let known: Option<(i64, i64, Option<i64>)> = self
            .db
            .prepare_cached("SELECT channel, shop, conversation FROM channels WHERE id = ?1")?
            .query_row([new.id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((row, of_shop, of_conversation)) = known {
            if (of_shop, of_conversation) != (shop, conversation) {
                return Ok(ChannelAdded::NotYours);
            }
            self.db
                .prepare_cached(
                    "UPDATE channels SET kind = ?2, label = ?3, target = ?4, wait_minutes = ?5, only_outside = ?6,
                         quiet_from = ?7, quiet_to = ?8, quiet_zone = ?9, far = ?10, failures = 0, failing_since = NULL,
                         sick_since = NULL, told_since = NULL, gone = 0, reason = NULL, not_before = 0
                     WHERE channel = ?1",
                )?
                .execute(params![
                    row,
                    new.kind.as_str(),
                    new.label,
                    new.target.0,
                    wait_minutes(rule.when),
                    rule.only_outside,
                    quiet.map(|quiet| quiet.from),
                    quiet.map(|quiet| quiet.to),
                    quiet.map(|quiet| &quiet.time_zone),
                    new.far,
                ])?;
            self.call_again(row, 0)?;
            return Ok(ChannelAdded::Done);
        }
        let (count, place): (i64, i64) = self
            .db
            .prepare_cached(
                "SELECT count(*), coalesce(max(place), 0) + 1 FROM channels
                 WHERE shop = ?1 AND conversation IS ?2",
            )?
            .query_row(params![shop, conversation], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if count >= limits::CHANNELS as i64 {
            return Ok(ChannelAdded::TooMany);
        }
        self.db
            .prepare_cached(
                "INSERT INTO channels (id, shop, conversation, kind, label, target, place, added_at,
                     wait_minutes, only_outside, quiet_from, quiet_to, quiet_zone, far)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                new.id.as_bytes(),
                shop,
                conversation,
                new.kind.as_str(),
                new.label,
                new.target.0,
                place,
                millis(new.at),
                wait_minutes(rule.when),
                rule.only_outside,
                quiet.map(|quiet| quiet.from),
                quiet.map(|quiet| quiet.to),
                quiet.map(|quiet| &quiet.time_zone),
                new.far,
            ])?;
        Ok(ChannelAdded::Done)
    }

    /// The row of a channel, whosever it is.
    pub(super) fn channel_row(&self, id: ChannelId) -> Result<Option<i64>> {
        self.db
            .prepare_cached("SELECT channel FROM channels WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()
    }

    /// The row of a channel of this shop's, be it the owner's or a visitor's.
    fn own_channel(&mut self, shop: &ShopId, id: ChannelId) -> Result<Option<i64>> {
        let Some(shop) = self.shop(shop)? else { return Ok(None) };
        self.db
            .prepare_cached("SELECT channel FROM channels WHERE id = ?1 AND shop = ?2")?
            .query_row(params![id.as_bytes(), shop], |row| row.get(0))
            .optional()
    }

    pub(super) fn set_rule(&mut self, shop: &ShopId, id: ChannelId, rule: &ChannelRule) -> Result<bool> {
        let Some(row) = self.own_channel(shop, id)? else { return Ok(false) };
        self.ways.clear();
        let quiet = rule.quiet.as_ref();
        self.db
            .prepare_cached(
                "UPDATE channels SET wait_minutes = ?2, only_outside = ?3, quiet_from = ?4, quiet_to = ?5,
                     quiet_zone = ?6 WHERE channel = ?1 AND conversation IS NULL",
            )?
            .execute(params![
                row,
                wait_minutes(rule.when),
                rule.only_outside,
                quiet.map(|quiet| quiet.from),
                quiet.map(|quiet| quiet.to),
                quiet.map(|quiet| &quiet.time_zone),
            ])?;
        Ok(true)
    }

    pub(super) fn order_channels(&mut self, shop: &ShopId, order: &[ChannelId]) -> Result<()> {
        self.ways.clear();
        let Some(shop) = self.shop(shop)? else { return Ok(()) };
        // First behind all others, so that those which are not named come after.
        self.db
            .prepare_cached(
                "UPDATE channels SET place = place + 1000000 WHERE shop = ?1 AND conversation IS NULL
                     AND place < 1000000",
            )?
            .execute([shop])?;
        for (place, id) in order.iter().enumerate().take(limits::CHANNELS) {
            self.db
                .prepare_cached(
                    "UPDATE channels SET place = ?3 WHERE id = ?1 AND shop = ?2 AND conversation IS NULL",
                )?
                .execute(params![id.as_bytes(), shop, place as i64])?;
        }
        self.db
            .prepare_cached(
                "UPDATE channels SET place = place - 1000000 + ?2 WHERE shop = ?1 AND conversation IS NULL
                     AND place >= 1000000",
            )?
            .execute(params![shop, limits::CHANNELS as i64])?;
        Ok(())
    }

    pub(super) fn remove_channel(&mut self, shop: &ShopId, id: ChannelId) -> Result<bool> {
        let Some(row) = self.own_channel(shop, id)? else { return Ok(false) };
        self.ways.clear();
        for table in ["deliveries", "threads", "far_references", "held", "channels"] {
            self.db.prepare_cached(&format!("DELETE FROM {table} WHERE channel = ?1"))?.execute([row])?;
        }
        Ok(true)
    }

    pub(super) fn set_state(&mut self, id: ChannelId, state: &ChannelState) -> Result<()> {
        self.ways.clear();
        let ChannelHealth { handed_at, sick_since, gone, reason } = &state.health;
        self.db
            .prepare_cached(
                "UPDATE channels SET handed_at = ?2, sick_since = ?3, gone = ?4, reason = ?5, failures = ?6,
                     failing_since = ?7, told_since = ?8 WHERE id = ?1",
            )?
            .execute(params![
                id.as_bytes(),
                handed_at.map(millis),
                sick_since.map(millis),
                gone,
                reason,
                state.failures,
                state.failing_since.map(millis),
                state.told_since.map(millis),
            ])?;
        Ok(())
    }
}
