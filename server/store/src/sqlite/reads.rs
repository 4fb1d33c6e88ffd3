//! Reading conversations, messages, visits, shops and sessions.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use shopbell_protocol::{
    ConversationId, Message, Page, Seq, Session, ShopId, SiteSeen, Slice, UnixMillis, Visit, limits,
};

use super::channels;
use super::columns::{Columns, millis};
use crate::{Arrival, Conversation, Digest, OwnerSession, Resumed, Shop, limits as own_limits};

/// The row of a conversation of this shop.
pub(super) fn conversation_row(db: &Connection, shop: &ShopId, id: ConversationId) -> Result<Option<i64>> {
    Ok(place(db, shop, id)?.map(|(row, _)| row))
}

/// The row of a conversation of this shop, and its last message's place.
fn place(db: &Connection, shop: &ShopId, id: ConversationId) -> Result<Option<(i64, Seq)>> {
    db.prepare_cached(
        "SELECT conversation, last_seq FROM conversations
         WHERE id = ?1 AND shop = (SELECT shop FROM shops WHERE id = ?2)",
    )?
    .query_row(params![id.as_bytes(), shop.as_str()], |row| Ok((row.get(0)?, row.seq(1)?)))
    .optional()
}

pub(super) fn conversation(
    db: &Connection,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    let Some(row) = conversation_row(db, shop, id)? else { return Ok(None) };
    db.prepare_cached(
        "SELECT secret, last_seq, visitor_handed, visitor_opened, owner_handed, owner_opened,
                began_at, locale, time_zone, link_secret
         FROM conversations WHERE conversation = ?1",
    )?
    .query_row([row], |row| {
        Ok(Conversation {
            secret: row.digest(0)?,
            link_secret: row.get::<_, Option<[u8; 32]>>(9)?.map(Digest),
            last: row.seq(1)?,
            visitor_receipt: row.receipt(2)?,
            owner_receipt: row.receipt(4)?,
            began_at: row.at(6)?,
            locale: row.get(7)?,
            time_zone: row.get(8)?,
        })
    })
    .optional()
}

pub(super) fn arrival(db: &Connection, shop: &ShopId, id: ConversationId) -> Result<Option<Arrival>> {
    let names = db
        .prepare_cached("SELECT name, owner FROM shops WHERE id = ?1")?
        .query_row([shop.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((name, owner)) = names else { return Ok(None) };
    Ok(Some(Arrival { shop: name, owner, conversation: conversation(db, shop, id)? }))
}

pub(super) fn resumed(db: &Connection, shop: &ShopId, id: ConversationId, seq: Seq) -> Result<Resumed> {
    Ok(Resumed {
        owners_channels: channels::of_owner(db, channels::CHANNEL_ALONE, shop)?,
        conversation: conversation(db, shop, id)?,
        channels: channels::of_visitor(db, channels::CHANNEL_ALONE, shop, id)?,
        slice: slice(db, shop, id, Stand::Resume(seq))?,
    })
}

/// Which stretch of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stand {
    /// Everything after a place, or the latest slice of it.
    Resume(Seq),
    /// The first slice after a place.
    After(Seq),
    /// The last slice before a place.
    Before(Seq),
}

pub(super) fn slice(db: &Connection, shop: &ShopId, id: ConversationId, stand: Stand) -> Result<Slice> {
    let Some((row, last)) = place(db, shop, id)? else {
        return Ok(Slice::default());
    };
    // Places have no gaps, so a stretch is known by its bounds alone.
    let most = u32::try_from(limits::SLICE_MESSAGES).unwrap_or(u32::MAX);
    let (above, upto) = match stand {
        Stand::Resume(seq) => (seq.0.max(last.0.saturating_sub(most)), last.0),
        Stand::After(seq) => (seq.0, seq.0.saturating_add(most)),
        Stand::Before(seq) => {
            let upto = seq.previous().min(last).0;
            (upto.saturating_sub(most), upto)
        }
    };
    let mut messages: Vec<_> = db
        .prepare_cached(
            "SELECT id, seq, side, at, body, system FROM messages
             WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq",
        )?
        .query_map(params![row, above, upto], |row| {
            Ok(Message {
                id: row.message_id(0)?,
                seq: row.seq(1)?,
                from: row.side(2)?,
                at: row.at(3)?,
                body: row.get(4)?,
                system: row.get(5)?,
                pictures: Vec::new(),
            })
        })?
        .collect::<Result<_>>()?;
    super::pictures::add_to(db, row, &mut messages)?;
    Ok(Slice { messages, last })
}

pub(super) fn visits(db: &Connection, shop: &ShopId, id: ConversationId) -> Result<Vec<Visit>> {
    let Some(row) = conversation_row(db, shop, id)? else {
        return Ok(Vec::new());
    };
    db.prepare_cached("SELECT url, title, at FROM visits WHERE conversation = ?1 ORDER BY at DESC, url")?
        .query_map([row], |row| {
            Ok(Visit { page: Page { url: row.get(0)?, title: row.get(1)? }, at: row.at(2)? })
        })?
        .collect()
}

/// All shops by id, or the one with this id.
pub(super) fn shops(db: &Connection, only: Option<&ShopId>) -> Result<Vec<Shop>> {
    let mut sites = db.prepare_cached("SELECT origin, seen_at FROM sites WHERE shop = ?1 ORDER BY place")?;
    let mut select =
        db.prepare_cached("SELECT shop, id, name, owner FROM shops WHERE ?1 IS NULL OR id = ?1 ORDER BY id")?;
    let mut rows = select.query([only.map(ShopId::as_str)])?;
    let mut shops = Vec::new();
    while let Some(row) = rows.next()? {
        let sites = sites.query_map([row.get::<_, i64>(0)?], |site| {
            Ok(SiteSeen { origin: site.get(0)?, seen_at: site.maybe_at(1)? })
        })?;
        shops.push(Shop {
            id: shop_id(row, 1)?,
            name: row.get(2)?,
            owner: row.get(3)?,
            sites: sites.collect::<Result<_>>()?,
        });
    }
    Ok(shops)
}

/// The owners of the shops with this site, or of the only shop there is.
pub(super) fn owners(db: &Connection, site: Option<&str>) -> Result<Vec<(ShopId, String)>> {
    let owner = |row: &Row<'_>| Ok((shop_id(row, 0)?, row.get(1)?));
    let Some(site) = site else {
        let mut first = db.prepare_cached("SELECT id, owner FROM shops LIMIT 2")?;
        let first = first.query_map([], owner)?.collect::<Result<Vec<_>>>()?;
        return Ok(if first.len() == 1 { first } else { Vec::new() });
    };
    db.prepare_cached(
        "SELECT shops.id, shops.owner FROM sites JOIN shops USING (shop) WHERE sites.origin = ?1
         ORDER BY shops.id LIMIT ?2",
    )?
    .query_map(params![site, own_limits::OWNERS_OF_SITE], owner)?
    .collect()
}

/// The shops with this site, and when the bell was last seen there.
pub(super) fn shops_with_site(db: &Connection, origin: &str) -> Result<Vec<(ShopId, Option<UnixMillis>)>> {
    db.prepare_cached(
        "SELECT shops.id, sites.seen_at FROM sites JOIN shops USING (shop) WHERE sites.origin = ?1
         ORDER BY shops.id",
    )?
    .query_map([origin], |row| Ok((shop_id(row, 0)?, row.maybe_at(1)?)))?
    .collect()
}

/// Whose a link is that is good at this time.
pub(super) fn link(db: &Connection, code: Digest, at: UnixMillis) -> Result<Option<ShopId>> {
    db.prepare_cached(
        "SELECT shops.id FROM links JOIN shops USING (shop) WHERE links.code = ?1 AND links.until > ?2",
    )?
    .query_row(params![code.0, millis(at)], |row| shop_id(row, 0))
    .optional()
}

pub(super) fn session(db: &Connection, token: Digest) -> Result<Option<OwnerSession>> {
    db.prepare_cached(
        "SELECT sessions.id, device, began_at, seen_at, shops.id
         FROM sessions JOIN shops USING (shop) WHERE token = ?1",
    )?
    .query_row([token.0], |row| Ok(OwnerSession { shop: shop_id(row, 4)?, session: session_of(row)? }))
    .optional()
}

pub(super) fn sessions(db: &Connection, shop: &ShopId) -> Result<Vec<Session>> {
    db.prepare_cached(
        "SELECT id, device, began_at, seen_at FROM sessions
         WHERE shop = (SELECT shop FROM shops WHERE id = ?1) ORDER BY seen_at DESC, id DESC",
    )?
    .query_map([shop.as_str()], session_of)?
    .collect()
}

fn session_of(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        session: row.session_id(0)?,
        device: row.get(1)?,
        began_at: row.at(2)?,
        seen_at: row.at(3)?,
        this_one: false,
    })
}

fn shop_id(row: &Row<'_>, column: usize) -> Result<ShopId> {
    ShopId::parse(&row.get::<_, String>(column)?).map_err(|_| {
        rusqlite::Error::InvalidColumnType(column, "shop id".into(), rusqlite::types::Type::Text)
    })
}
