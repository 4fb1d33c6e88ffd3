//! What came from outside: what it refers to, what is held, and codes that link.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, HeldId, MessageId, Seq, ShopId, Side, UnixMillis, limits as wire,
};
use std::{borrow::Cow, collections::BTreeMap};
use tokio_postgres::Row;

use super::{
    channels::{CHANNEL, CHANNEL_COLUMNS, lock_shop, read_channel, read_kind},
    pictures,
    rows::{Columns, Fault, Key, Result, count, execute, first, millis, place, rows, text},
};
use crate::{Channel, Digest, Held, PictureFile, limits};

/// A far side's names for what was told it, or for what the person there said themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    names: &'a [(String, Seq)],
    said: bool,
}

impl<'a> Names<'a> {
    pub(super) fn told(names: &'a [(String, Seq)]) -> Self {
        Self { names, said: false }
    }

    pub(super) fn said(names: &'a [(String, Seq)]) -> Self {
        Self { names, said: true }
    }
}

/// The latest one to be given a name has it. Nothing is noted of a channel that is removed.
pub(super) async fn put_references(
    db: &impl GenericClient,
    channel: ChannelId,
    id: ConversationId,
    Names { names, said }: Names<'_>,
    at: UnixMillis,
) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    // Each once, for one statement writes no row twice; in order, for others may write the same.
    let once: BTreeMap<Cow<'_, str>, i64> = names.iter().map(|(key, seq)| (text(key), place(*seq))).collect();
    let (keys, seqs): (Vec<_>, Vec<_>) = once.into_iter().unzip();
    execute(
        db,
        "WITH channel AS (SELECT id, kind FROM channels WHERE id = $1 FOR KEY SHARE)
         INSERT INTO far_references (kind, key, channel, conversation, seq, said, at)
         SELECT channel.kind, n.key, channel.id, $2, n.seq, $5, $6
         FROM channel, unnest($3::text[], $4::bigint[]) AS n (key, seq)
         ON CONFLICT (kind, key) DO UPDATE SET channel = excluded.channel,
             conversation = excluded.conversation, seq = excluded.seq, said = excluded.said, at = excluded.at",
        &[&channel.key(), &id.key(), &keys, &seqs, &said, &millis(at)],
    )
    .await?;
    Ok(())
}

pub(super) async fn reference(
    db: &impl GenericClient,
    kind: ChannelKind,
    key: &str,
) -> Result<Option<(Channel, ConversationId, Seq)>> {
    let sql = format!(
        "SELECT {CHANNEL}, r.conversation, CASE WHEN r.said THEN 0 ELSE r.seq END
         FROM far_references r JOIN channels h ON h.id = r.channel WHERE r.kind = $1 AND r.key = $2"
    );
    let Some(row) = first(db, &sql, &[&kind.as_str(), &text(key)]).await? else { return Ok(None) };
    let (conversation, seq) = (row.conversation_id(CHANNEL_COLUMNS)?, row.seq(CHANNEL_COLUMNS + 1)?);
    Ok(Some((read_channel(&row)?, conversation, seq)))
}

pub(super) async fn last_said(
    db: &impl GenericClient,
    channel: ChannelId,
    id: ConversationId,
    upto: Seq,
) -> Result<Option<String>> {
    let sql = "SELECT key FROM far_references
               WHERE channel = $1 AND conversation = $2 AND said AND seq <= $3 ORDER BY seq DESC LIMIT 1";
    let found = first(db, sql, &[&channel.key(), &id.key(), &place(upto)]).await?;
    found.map(|row| row.cell(0)).transpose()
}

/// What a channel has told of since a time and the owner has opened whole.
pub(super) async fn told_and_opened(
    db: &impl GenericClient,
    channel: ChannelId,
    since: UnixMillis,
    limit: usize,
) -> Result<Vec<ConversationId>> {
    let found = rows(
        db,
        "SELECT t.conversation FROM threads t JOIN conversations c ON c.id = t.conversation
         WHERE t.channel = $1 AND t.handed_at >= $2 AND c.unread = 0
         ORDER BY t.handed_at DESC, t.conversation LIMIT $3",
        &[&channel.key(), &millis(since), &count(limit)],
    )
    .await?;
    found.iter().map(|row| row.conversation_id(0)).collect()
}

/// What a channel remembers of a conversation.
pub(super) async fn memo(
    db: &impl GenericClient,
    channel: ChannelId,
    id: ConversationId,
) -> Result<Option<String>> {
    let sql = "SELECT memo FROM threads WHERE channel = $1 AND conversation = $2";
    first(db, sql, &[&channel.key(), &id.key()]).await?.map_or(Ok(None), |row| row.cell(0))
}

pub(super) async fn note(db: &impl GenericClient, kind: ChannelKind, name: &str) -> Result<Option<String>> {
    let sql = "SELECT note FROM notes WHERE kind = $1 AND name = $2";
    first(db, sql, &[&kind.as_str(), &text(name)]).await?.map(|row| row.cell(0)).transpose()
}

pub(super) async fn set_note(
    db: &impl GenericClient,
    kind: ChannelKind,
    name: &str,
    note: &str,
) -> Result<()> {
    let sql = "INSERT INTO notes (kind, name, note) VALUES ($1, $2, $3)
               ON CONFLICT (kind, name) DO UPDATE SET note = excluded.note";
    execute(db, sql, &[&kind.as_str(), &text(name), &text(note)]).await?;
    Ok(())
}

/// What something from outside is taken for: this, unless it was taken before.
pub(super) async fn hear(
    db: &impl GenericClient,
    external: Digest,
    id: ConversationId,
    message: MessageId,
    at: UnixMillis,
) -> Result<(ConversationId, MessageId)> {
    // What is known is written as it was: only so one statement gives it, to two at once as well.
    let row = first(
        db,
        "INSERT INTO heard AS h (external, conversation, message, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (external) DO UPDATE SET at = h.at RETURNING h.conversation, h.message",
        &[&&external.0[..], &id.key(), &message.key(), &millis(at)],
    )
    .await?
    .ok_or(Fault::Odd("what was heard is not there"))?;
    Ok((row.conversation_id(0)?, row.message_id(1)?))
}

/// Holds an answer, once. Two that come to one shop take turns, so that the bounds hold.
pub(super) async fn hold(
    db: &Transaction<'_>,
    shop: &ShopId,
    held: &Held,
    files: &[PictureFile],
) -> Result<bool> {
    if !lock_shop(db, shop).await? || !has_room_to_hold(db, shop, held).await? {
        return Ok(false);
    }
    let rows = execute(
        db,
        "INSERT INTO held (id, channel, shop, conversation, external, sender, reason, body, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (external) DO NOTHING",
        &[
            &held.id.key(),
            &held.channel.key(),
            &shop.as_str(),
            &held.conversation.key(),
            &&held.external.0[..],
            &text(&held.sender),
            &text(&held.reason),
            &text(&held.body),
            &millis(held.at),
        ],
    )
    .await?;
    if rows == 1 {
        pictures::put_held(db, held.id, files).await?;
    }
    Ok(true)
}

/// Whether one more can wait, or it waits already; and it is of a channel, which nobody removes
/// meanwhile, and a conversation of this shop's.
async fn has_room_to_hold(db: &Transaction<'_>, shop: &ShopId, held: &Held) -> Result<bool> {
    let sql = "SELECT h.conversation IS NOT NULL FROM channels h, conversations c
               WHERE h.id = $1 AND c.id = $2 AND c.shop = $3 FOR KEY SHARE OF h";
    let keys = (held.channel.key(), held.conversation.key());
    let Some(row) = first(db, sql, &[&keys.0, &keys.1, &shop.as_str()]).await? else { return Ok(false) };
    let of_visitor: bool = row.cell(0)?;
    let sql = "SELECT count(*) FILTER (WHERE e.external = $3) > 0, count(*),
                   count(*) FILTER (WHERE h.conversation IS NOT NULL), count(*) FILTER (WHERE e.channel = $2)
               FROM held e JOIN channels h ON h.id = e.channel WHERE e.shop = $1";
    let row = first(db, sql, &[&shop.as_str(), &keys.0, &&held.external.0[..]]).await?;
    let row = row.ok_or(Fault::Odd("a count gave nothing"))?;
    let (waits, all, visitors, own): (bool, i64, i64, i64) =
        (row.cell(0)?, row.cell(1)?, row.cell(2)?, row.cell(3)?);
    let most = count(wire::HELD_REPLIES);
    let fits = !of_visitor || (visitors < most / 2 && own < limits::HELD_PER_VISITOR);
    Ok(waits || (all < most && fits))
}

pub(super) async fn held(db: &impl GenericClient, shop: &ShopId) -> Result<Vec<Held>> {
    let found = rows(
        db,
        "SELECT e.id, e.channel, h.kind, h.conversation IS NOT NULL, e.conversation, e.external, e.sender,
             e.reason, e.body, e.at
         FROM held e JOIN channels h ON h.id = e.channel
         WHERE e.shop = $1 ORDER BY e.at DESC, e.id DESC LIMIT $2",
        &[&shop.as_str(), &count(wire::HELD_REPLIES)],
    )
    .await?;
    let mut all = found.iter().map(read_held).collect::<Result<Vec<_>>>()?;
    pictures::add_to_held(db, &mut all).await?;
    Ok(all)
}

fn read_held(row: &Row) -> Result<Held> {
    Ok(Held {
        id: HeldId::from_bytes(row.bytes16(0)?),
        channel: ChannelId::from_bytes(row.bytes16(1)?),
        kind: read_kind(row, 2)?,
        side: if row.cell(3)? { Side::Visitor } else { Side::Owner },
        conversation: row.conversation_id(4)?,
        external: row.digest(5)?,
        sender: row.cell(6)?,
        reason: row.cell(7)?,
        body: row.cell(8)?,
        at: row.at(9)?,
        pictures: Vec::new(),
    })
}

pub(super) async fn count_held(db: &impl GenericClient, shop: &ShopId) -> Result<u32> {
    let found = first(db, "SELECT count(*) FROM held WHERE shop = $1", &[&shop.as_str()]).await?;
    found.map_or(Ok(0), |row| row.number(0))
}

/// False when the shop holds no such answer. Its pictures go with it.
pub(super) async fn drop_held(db: &impl GenericClient, shop: &ShopId, held: HeldId) -> Result<bool> {
    let sql = "DELETE FROM held WHERE id = $1 AND shop = $2";
    Ok(execute(db, sql, &[&held.key(), &shop.as_str()]).await? == 1)
}

/// False when there is no such shop.
pub(super) async fn add_link_code(
    db: &Transaction<'_>,
    shop: &ShopId,
    code: Digest,
    until: UnixMillis,
) -> Result<bool> {
    if !lock_shop(db, shop).await? {
        return Ok(false);
    }
    let sql = "INSERT INTO link_codes (code, shop, until) VALUES ($1, $2, $3)
               ON CONFLICT (code) DO UPDATE SET shop = excluded.shop, until = excluded.until";
    execute(db, sql, &[&&code.0[..], &shop.as_str(), &millis(until)]).await?;
    execute(
        db,
        "DELETE FROM link_codes WHERE shop = $1 AND code IN
             (SELECT code FROM link_codes WHERE shop = $1 ORDER BY until DESC, code OFFSET $2)",
        &[&shop.as_str(), &i64::from(limits::LINK_CODES_PER_SHOP)],
    )
    .await?;
    Ok(true)
}

/// Of two who use a code at once only one deletes it. One that is over is used up too.
pub(super) async fn use_link_code(
    db: &impl GenericClient,
    code: Digest,
    at: UnixMillis,
) -> Result<Option<ShopId>> {
    let sql = "DELETE FROM link_codes WHERE code = $1 RETURNING shop, until > $2";
    let Some(row) = first(db, sql, &[&&code.0[..], &millis(at)]).await? else { return Ok(None) };
    if row.cell(1)? { row.shop_id(0).map(Some) } else { Ok(None) }
}

/// False when the shop has no such conversation.
pub(super) async fn set_link_secret(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    secret: Option<Digest>,
) -> Result<bool> {
    let secret = secret.as_ref().map(|secret| &secret.0[..]);
    let sql = "UPDATE conversations SET link_secret = $3 WHERE id = $1 AND shop = $2";
    Ok(execute(db, sql, &[&id.key(), &shop.as_str(), &secret]).await? == 1)
}

/// Forgets what ended before a time, some at once. What another relay forgets just now is
/// passed over.
pub(super) async fn forget(db: &impl GenericClient, before: UnixMillis) -> Result<()> {
    // By where the rows lie: by their keys the whole table would be read for so many.
    let some = [
        "DELETE FROM deliveries WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM deliveries WHERE state > 2 AND ended_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM far_references WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM far_references WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM heard WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM heard WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
    ];
    for sql in some {
        execute(db, sql, &[&millis(before), &i64::from(limits::FORGET_ROWS)]).await?;
    }
    Ok(())
}
