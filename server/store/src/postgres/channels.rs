//! The channels themselves: adding, ordering, removing, and how they do.
//!
//! Whoever adds or orders a shop's channels has the shop's row locked, and whoever adds a
//! visitor's the conversation's, so that the bound holds and places are given once.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ChannelRule, ConversationId, QuietHours, ShopId, When, limits,
};
use std::collections::HashSet;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    deliveries,
    rows::{Columns, Fault, Key, Result, count, execute, first, maybe_text, millis, rows, text},
    standings,
};
use crate::{Channel, ChannelAdded, ChannelState, NewChannel, Target};

/// The columns of a [`Channel`] whose row is called `h`.
macro_rules! channel {
    ($waiting:literal, $stuck:literal) => {
        concat!(
            "h.id, h.shop, h.conversation, h.kind, h.label, h.target, h.wait_minutes, h.only_outside,
             h.quiet_from, h.quiet_to, h.quiet_zone, h.handed_at, h.sick_since, h.gone, h.reason,
             h.failures, h.failing_since, h.told_since, h.far, ",
            $waiting,
            ", ",
            $stuck
        )
    };
}

pub(super) const CHANNEL: &str = channel!(
    "(SELECT count(*) FROM deliveries d WHERE d.channel = h.id AND d.state <= 2)",
    "(SELECT count(*) FROM deliveries d WHERE d.channel = h.id AND d.state = 5)"
);

/// For who does not ask how much waits: it can be ten thousand rows.
pub(super) const CHANNEL_ALONE: &str = channel!("0::bigint", "0::bigint");

/// How many columns they are: others come after.
pub(super) const CHANNEL_COLUMNS: usize = 21;

pub(super) fn read_channel(row: &Row) -> Result<Channel> {
    let quiet = match (row.cell::<Option<i64>>(8)?, row.cell::<Option<i64>>(9)?, row.cell(10)?) {
        (Some(from), Some(to), Some(time_zone)) => {
            Some(QuietHours { from: minute(from)?, to: minute(to)?, time_zone })
        }
        _ => None,
    };
    Ok(Channel {
        id: ChannelId::from_bytes(row.bytes16(0)?),
        shop: row.shop_id(1)?,
        conversation: row.cell::<Option<Uuid>>(2)?.map(|id| ConversationId::from_bytes(id.into_bytes())),
        kind: read_kind(row, 3)?,
        label: row.cell(4)?,
        target: Target(row.cell(5)?),
        rule: ChannelRule { when: when(row.cell(6)?), only_outside: row.cell(7)?, quiet },
        health: ChannelHealth {
            handed_at: row.maybe_at(11)?,
            sick_since: row.maybe_at(12)?,
            gone: row.cell(13)?,
            reason: row.cell(14)?,
        },
        failures: row.number(15)?,
        failing_since: row.maybe_at(16)?,
        told_since: row.maybe_at(17)?,
        far: row.cell(18)?,
        waiting: row.number(19)?,
        stuck: row.number(20)?,
    })
}

pub(super) fn read_kind(row: &Row, column: usize) -> Result<ChannelKind> {
    ChannelKind::parse(row.cell(column)?).ok_or(Fault::Odd("a channel is of an unknown kind"))
}

fn minute(minute: i64) -> Result<u16> {
    u16::try_from(minute).map_err(|_| Fault::Odd("quiet hours are out of range"))
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
pub(super) async fn of_owner(db: &impl GenericClient, channel: &str, shop: &ShopId) -> Result<Vec<Channel>> {
    let sql = format!(
        "SELECT {channel} FROM channels h WHERE h.shop = $1 AND h.conversation IS NULL ORDER BY h.place, h.id"
    );
    rows(db, &sql, &[&shop.as_str()]).await?.iter().map(read_channel).collect()
}

/// The channels of a visitor, likewise.
pub(super) async fn of_visitor(
    db: &impl GenericClient,
    channel: &str,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Vec<Channel>> {
    let sql = format!(
        "SELECT {channel} FROM channels h
         WHERE h.conversation = $1 AND h.conversation IS NOT NULL AND h.shop = $2 ORDER BY h.place, h.id"
    );
    rows(db, &sql, &[&id.key(), &shop.as_str()]).await?.iter().map(read_channel).collect()
}

pub(super) async fn one(db: &impl GenericClient, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("SELECT {CHANNEL} FROM channels h WHERE h.id = $1");
    first(db, &sql, &[&id.key()]).await?.as_ref().map(read_channel).transpose()
}

/// Owners' channels that are unwell and of which nobody was told who can be.
pub(super) async fn untold(db: &impl GenericClient, limit: usize) -> Result<Vec<Channel>> {
    let sql = format!(
        "SELECT {CHANNEL_ALONE} FROM channels h
         WHERE h.conversation IS NULL AND h.sick_since IS NOT NULL
             AND h.sick_since IS DISTINCT FROM h.told_since
             AND EXISTS (SELECT 1 FROM channels w WHERE w.shop = h.shop AND w.conversation IS NULL
                 AND w.sick_since IS NULL AND NOT w.gone)
         ORDER BY h.sick_since LIMIT $1"
    );
    rows(db, &sql, &[&count(limit)]).await?.iter().map(read_channel).collect()
}

/// Adds a channel, or changes one of the same owner.
pub(super) async fn add(db: &Transaction<'_>, new: &NewChannel) -> Result<ChannelAdded> {
    let is_there = match new.conversation {
        None => lock_shop(db, &new.shop).await?,
        Some(id) => standings::lock_one(db, &new.shop, id).await?.is_some(),
    };
    if !is_there {
        return Ok(ChannelAdded::NotYours);
    }
    let conversation = new.conversation.map(|id| id.key());
    let sql = "SELECT shop, conversation FROM channels WHERE id = $1 FOR NO KEY UPDATE";
    if let Some(known) = first(db, sql, &[&new.id.key()]).await? {
        if known.shop_id(0)? != new.shop || known.cell::<Option<Uuid>>(1)? != conversation {
            return Ok(ChannelAdded::NotYours);
        }
        change(db, new).await?;
        deliveries::call_again(db, new.id, 0, None).await?;
        return Ok(ChannelAdded::Done);
    }
    let (there, place) = last_place(db, new).await?;
    if there >= count(limits::CHANNELS) {
        return Ok(ChannelAdded::TooMany);
    }
    // Somebody else may have taken the id a moment ago.
    Ok(if insert(db, new, place).await? { ChannelAdded::Done } else { ChannelAdded::NotYours })
}

/// Takes turns with all who change what belongs to a shop. False when there is no such shop.
pub(super) async fn lock_shop(db: &Transaction<'_>, shop: &ShopId) -> Result<bool> {
    let sql = "SELECT id FROM shops WHERE id = $1 FOR NO KEY UPDATE";
    Ok(first(db, sql, &[&shop.as_str()]).await?.is_some())
}

/// How many channels there are beside a new one, and its place behind them.
async fn last_place(db: &Transaction<'_>, new: &NewChannel) -> Result<(i64, i64)> {
    let row = match new.conversation {
        None => {
            let sql = "SELECT count(*), coalesce(max(place), 0) + 1 FROM channels
                       WHERE shop = $1 AND conversation IS NULL";
            first(db, sql, &[&new.shop.as_str()]).await?
        }
        Some(id) => {
            let sql = "SELECT count(*), coalesce(max(place), 0) + 1 FROM channels
                       WHERE conversation = $1 AND conversation IS NOT NULL";
            first(db, sql, &[&id.key()]).await?
        }
    };
    let row = row.ok_or(Fault::Odd("a count gave nothing"))?;
    Ok((row.cell(0)?, row.cell(1)?))
}

/// The columns of a rule, as they stand in a row.
struct Rule<'a> {
    wait_minutes: i64,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    quiet_zone: Option<std::borrow::Cow<'a, str>>,
}

impl<'a> Rule<'a> {
    fn of(rule: &'a ChannelRule) -> Self {
        let quiet = rule.quiet.as_ref();
        Self {
            wait_minutes: wait_minutes(rule.when),
            quiet_from: quiet.map(|quiet| quiet.from.into()),
            quiet_to: quiet.map(|quiet| quiet.to.into()),
            quiet_zone: maybe_text(quiet.map(|quiet| quiet.time_zone.as_str())),
        }
    }
}

/// False when the id is taken.
async fn insert(db: &Transaction<'_>, new: &NewChannel, place: i64) -> Result<bool> {
    let rule = Rule::of(&new.rule);
    let added = execute(
        db,
        "INSERT INTO channels (id, shop, conversation, kind, label, target, far, place, added_at,
             wait_minutes, only_outside, quiet_from, quiet_to, quiet_zone)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING",
        &[
            &new.id.key(),
            &new.shop.as_str(),
            &new.conversation.map(|id| id.key()),
            &new.kind.as_str(),
            &text(&new.label),
            &text(&new.target.0),
            &text(&new.far),
            &place,
            &millis(new.at),
            &rule.wait_minutes,
            &new.rule.only_outside,
            &rule.quiet_from,
            &rule.quiet_to,
            &rule.quiet_zone,
        ],
    )
    .await?;
    Ok(added == 1)
}

/// It counts as well again; a relay that works it may go on.
async fn change(db: &Transaction<'_>, new: &NewChannel) -> Result<()> {
    let rule = Rule::of(&new.rule);
    execute(
        db,
        "UPDATE channels SET kind = $2, label = $3, target = $4, far = $5, wait_minutes = $6, only_outside = $7,
             quiet_from = $8, quiet_to = $9, quiet_zone = $10, failures = 0, failing_since = NULL,
             sick_since = NULL, told_since = NULL, gone = false, reason = NULL
         WHERE id = $1",
        &[
            &new.id.key(),
            &new.kind.as_str(),
            &text(&new.label),
            &text(&new.target.0),
            &text(&new.far),
            &rule.wait_minutes,
            &new.rule.only_outside,
            &rule.quiet_from,
            &rule.quiet_to,
            &rule.quiet_zone,
        ],
    )
    .await?;
    Ok(())
}

/// False when the shop has no such channel of the owner's.
pub(super) async fn set_rule(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ChannelId,
    new: &ChannelRule,
) -> Result<bool> {
    let rule = Rule::of(new);
    let changed = execute(
        db,
        "UPDATE channels SET wait_minutes = $3, only_outside = $4, quiet_from = $5, quiet_to = $6, quiet_zone = $7
         WHERE id = $1 AND shop = $2 AND conversation IS NULL",
        &[
            &id.key(),
            &shop.as_str(),
            &rule.wait_minutes,
            &new.only_outside,
            &rule.quiet_from,
            &rule.quiet_to,
            &rule.quiet_zone,
        ],
    )
    .await?;
    Ok(changed == 1)
}

/// Those that are not named come after, as they stood.
pub(super) async fn order(db: &Transaction<'_>, shop: &ShopId, order: &[ChannelId]) -> Result<()> {
    if !lock_shop(db, shop).await? {
        return Ok(());
    }
    let sql = "SELECT id, place FROM channels WHERE shop = $1 AND conversation IS NULL
               ORDER BY id FOR NO KEY UPDATE";
    let found = rows(db, sql, &[&shop.as_str()]).await?;
    let mut stood =
        found.iter().map(|row| Ok((row.cell(1)?, row.cell(0)?))).collect::<Result<Vec<(i64, Uuid)>>>()?;
    stood.sort_unstable();
    let theirs: HashSet<Uuid> = stood.iter().map(|(_, id)| *id).collect();
    let mut placed = HashSet::new();
    let named = order.iter().take(limits::CHANNELS).map(|id| id.key()).filter(|id| theirs.contains(id));
    let all = named.chain(stood.into_iter().map(|(_, id)| id));
    let ids: Vec<Uuid> = all.filter(|id| placed.insert(*id)).collect();
    let sql = "UPDATE channels h SET place = n.place FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, place)
               WHERE h.id = n.id";
    execute(db, sql, &[&ids]).await?;
    Ok(())
}

/// Removes a channel of this shop's, be it the owner's or a visitor's. Whoever writes a row of
/// its holds its lock, so none is left behind. What it has handed over goes with age, for it
/// says how far its side was told.
pub(super) async fn remove(db: &Transaction<'_>, shop: &ShopId, id: ChannelId) -> Result<bool> {
    let (key, shop) = (id.key(), shop.as_str());
    let sql = "SELECT id FROM channels WHERE id = $1 AND shop = $2 FOR UPDATE";
    if first(db, sql, &[&key, &shop]).await?.is_none() {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM deliveries WHERE channel = $1 AND state <= 2",
        "DELETE FROM deliveries WHERE channel = $1 AND state = 5",
        "DELETE FROM threads WHERE channel = $1",
        "DELETE FROM far_references WHERE channel = $1",
    ] {
        execute(db, sql, &[&key]).await?;
    }
    execute(db, "DELETE FROM held WHERE channel = $1 AND shop = $2", &[&key, &shop]).await?;
    execute(db, "DELETE FROM channels WHERE id = $1", &[&key]).await?;
    Ok(true)
}

pub(super) async fn set_state(db: &impl GenericClient, id: ChannelId, state: &ChannelState) -> Result<()> {
    let ChannelHealth { handed_at, sick_since, gone, reason } = &state.health;
    execute(
        db,
        "UPDATE channels SET handed_at = $2, sick_since = $3, gone = $4, reason = $5, failures = $6,
             failing_since = $7, told_since = $8 WHERE id = $1",
        &[
            &id.key(),
            &handed_at.map(millis),
            &sick_since.map(millis),
            gone,
            &maybe_text(reason.as_deref()),
            &i64::from(state.failures),
            &state.failing_since.map(millis),
            &state.told_since.map(millis),
        ],
    )
    .await?;
    Ok(())
}
