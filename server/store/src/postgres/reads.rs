//! Reading conversations, messages, visits, shops and sessions, and what is written beside
//! them without the writer.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{
    ConversationId, Cut, Message, Page, Seq, Session, ShopId, SiteSeen, Slice, UnixMillis, Visit, limits,
};
use std::collections::HashMap;
use tokio_postgres::Row;

use super::{
    channels, pictures,
    rows::{Columns, Key, Params, Result, count, execute, first, maybe_text, millis, rows, text},
};
use crate::{Arrival, Conversation, Digest, OwnerSession, Resumed, Shop, limits as own_limits};

/// A conversation's last place, when the shop has it.
pub(super) async fn last_place(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Seq>> {
    let sql = "SELECT last_seq FROM conversations WHERE id = $1 AND shop = $2";
    first(db, sql, &[&id.key(), &shop.as_str()]).await?.map(|row| row.seq(0)).transpose()
}

pub(super) async fn conversation(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    let row = first(
        db,
        "SELECT secret, last_seq, visitor_handed, visitor_opened, owner_handed, owner_opened,
                began_at, locale, time_zone, link_secret
         FROM conversations WHERE id = $1 AND shop = $2",
        &[&id.key(), &shop.as_str()],
    )
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Conversation {
        secret: row.digest(0)?,
        link_secret: row.maybe_digest(9)?,
        last: row.seq(1)?,
        visitor_receipt: row.receipt(2)?,
        owner_receipt: row.receipt(4)?,
        began_at: row.at(6)?,
        locale: row.cell(7)?,
        time_zone: row.cell(8)?,
    }))
}

pub(super) async fn arrival(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Arrival>> {
    let key: Params<'_> = &[&shop.as_str()];
    let (names, conversation) = tokio::try_join!(
        first(db, "SELECT name, owner FROM shops WHERE id = $1", key),
        conversation(db, shop, id),
    )?;
    let Some(names) = names else { return Ok(None) };
    Ok(Some(Arrival { shop: names.cell(0)?, owner: names.cell(1)?, conversation }))
}

/// Not of one moment: receipts and places only grow, and what they have grown by meanwhile is
/// told to who listens.
pub(super) async fn resumed(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    seq: Seq,
) -> Result<Resumed> {
    let (owners_channels, conversation, channels, slice) = tokio::try_join!(
        biased;
        channels::of_owner(db, channels::CHANNEL_ALONE, shop),
        conversation(db, shop, id),
        channels::of_visitor(db, channels::CHANNEL_ALONE, shop, id),
        slice(db, shop, id, Stand::Resume(seq)),
    )?;
    Ok(Resumed { owners_channels, conversation, channels, slice })
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

/// Messages are only ever added behind the last place, so two looks need no snapshot.
pub(super) async fn slice(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    stand: Stand,
) -> Result<Slice> {
    let Some(last) = last_place(db, shop, id).await? else { return Ok(Slice::default()) };
    // Places have no gaps, so a stretch is known by its bounds alone.
    let most = u32::try_from(limits::SLICE_MESSAGES).unwrap_or(u32::MAX);
    let (above, upto) = match stand {
        Stand::Resume(seq) => (seq.0.max(last.0.saturating_sub(most)), last.0),
        Stand::After(seq) => (seq.0, seq.0.saturating_add(most).min(last.0)),
        Stand::Before(seq) => {
            let upto = seq.previous().min(last).0;
            (upto.saturating_sub(most), upto)
        }
    };
    let found = rows(
        db,
        "SELECT id, seq, side, at, body, system FROM messages
         WHERE conversation = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
        &[&id.key(), &i64::from(above), &i64::from(upto)],
    )
    .await?;
    let mut messages = found.iter().map(message).collect::<Result<Vec<_>>>()?;
    pictures::add_to(db, id, &mut messages).await?;
    Ok(Slice { messages, last })
}

fn message(row: &Row) -> Result<Message> {
    Ok(Message {
        id: row.message_id(0)?,
        seq: row.seq(1)?,
        from: row.side(2)?,
        at: row.at(3)?,
        body: row.cell(4)?,
        system: row.cell(5)?,
        pictures: Vec::new(),
    })
}

pub(super) async fn visits(db: &impl GenericClient, shop: &ShopId, id: ConversationId) -> Result<Vec<Visit>> {
    let found = rows(
        db,
        "SELECT v.url, v.title, v.at FROM visits v JOIN conversations c ON c.id = v.conversation
         WHERE c.id = $1 AND c.shop = $2 ORDER BY v.at DESC, v.url",
        &[&id.key(), &shop.as_str()],
    )
    .await?;
    let visit = |row: &Row| {
        let page = Page { url: row.cell(0)?, title: row.cell(1)? };
        Ok(Visit { page, at: row.at(2)? })
    };
    found.iter().map(visit).collect()
}

/// Notes a page. Of two that are noted at once both are kept.
pub(super) async fn put_visit(
    db: &impl GenericClient,
    id: ConversationId,
    page: &Page,
    at: UnixMillis,
) -> Result<()> {
    execute(
        db,
        "INSERT INTO visits AS v (conversation, url, title, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation, url) DO UPDATE
         SET title = excluded.title, at = greatest(v.at, excluded.at)",
        &[&id.key(), &text(&page.url), &text(&page.title), &millis(at)],
    )
    .await?;
    execute(
        db,
        "DELETE FROM visits WHERE conversation = $1 AND url IN
             (SELECT url FROM visits WHERE conversation = $1 ORDER BY at DESC, url OFFSET $2)",
        &[&id.key(), &count(limits::VISITS_KEPT)],
    )
    .await?;
    Ok(())
}

/// Names the visitor; false when the shop has no such conversation.
pub(super) async fn name(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    name: Option<&str>,
) -> Result<bool> {
    let sql = "UPDATE conversations SET name = $3 WHERE id = $1 AND shop = $2";
    let named = execute(db, sql, &[&id.key(), &shop.as_str(), &maybe_text(name)]).await?;
    Ok(named == 1)
}

/// All shops by id, or the one with this id.
pub(super) async fn shops(db: &impl GenericClient, only: Option<&ShopId>) -> Result<Vec<Shop>> {
    let only = only.map(ShopId::as_str);
    let only: Params<'_> = &[&only];
    let (shops, sites) = tokio::try_join!(
        rows(db, "SELECT id, name, owner FROM shops WHERE $1::text IS NULL OR id = $1 ORDER BY id", only),
        rows(
            db,
            "SELECT shop, origin, seen_at FROM sites WHERE $1::text IS NULL OR shop = $1 ORDER BY shop, place",
            only,
        ),
    )?;
    let mut seen: HashMap<ShopId, Vec<SiteSeen>> = HashMap::new();
    for row in &sites {
        let site = SiteSeen { origin: row.cell(1)?, seen_at: row.maybe_at(2)? };
        seen.entry(row.shop_id(0)?).or_default().push(site);
    }
    let shop = |row: &Row| {
        let id = row.shop_id(0)?;
        let sites = seen.remove(&id).unwrap_or_default();
        Ok(Shop { id, name: row.cell(1)?, owner: row.cell(2)?, sites })
    };
    shops.iter().map(shop).collect()
}

/// The owners of the shops with this site, or of the only shop there is.
pub(super) async fn owners(db: &impl GenericClient, site: Option<&str>) -> Result<Vec<(ShopId, String)>> {
    let owner = |row: &Row| Ok((row.shop_id(0)?, row.cell(1)?));
    let Some(site) = site else {
        let found = rows(db, "SELECT id, owner FROM shops LIMIT 2", &[]).await?;
        return if found.len() == 1 { found.iter().map(owner).collect() } else { Ok(Vec::new()) };
    };
    let found = rows(
        db,
        "SELECT shops.id, shops.owner FROM sites JOIN shops ON shops.id = sites.shop WHERE sites.origin = $1
         ORDER BY shops.id LIMIT $2",
        &[&site, &i64::from(own_limits::OWNERS_OF_SITE)],
    )
    .await?;
    found.iter().map(owner).collect()
}

/// The shops with this site, and when the bell was last seen there.
pub(super) async fn shops_with_site(
    db: &impl GenericClient,
    origin: &str,
) -> Result<Vec<(ShopId, Option<UnixMillis>)>> {
    let found =
        rows(db, "SELECT shop, seen_at FROM sites WHERE origin = $1 ORDER BY shop", &[&origin]).await?;
    found.iter().map(|row| Ok((row.shop_id(0)?, row.maybe_at(1)?))).collect()
}

/// Whose a link is that is good at this time.
pub(super) async fn link(db: &impl GenericClient, code: Digest, at: UnixMillis) -> Result<Option<ShopId>> {
    let sql = "SELECT shop FROM links WHERE code = $1 AND until > $2";
    first(db, sql, &[&&code.0[..], &millis(at)]).await?.map(|row| row.shop_id(0)).transpose()
}

pub(super) async fn session(db: &impl GenericClient, token: Digest) -> Result<Option<OwnerSession>> {
    let sql = "SELECT id, device, began_at, seen_at, shop FROM sessions WHERE token = $1";
    let Some(row) = first(db, sql, &[&&token.0[..]]).await? else { return Ok(None) };
    Ok(Some(OwnerSession { shop: row.shop_id(4)?, session: session_of(&row)? }))
}

pub(super) async fn sessions(db: &impl GenericClient, shop: &ShopId) -> Result<Vec<Session>> {
    let sql =
        "SELECT id, device, began_at, seen_at FROM sessions WHERE shop = $1 ORDER BY seen_at DESC, id DESC";
    rows(db, sql, &[&shop.as_str()]).await?.iter().map(session_of).collect()
}

fn session_of(row: &Row) -> Result<Session> {
    Ok(Session {
        session: row.session_id(0)?,
        device: row.cell(1)?,
        began_at: row.at(2)?,
        seen_at: row.at(3)?,
        this_one: false,
    })
}

/// The last time that the database was put back to an earlier state.
pub(super) async fn last_cut(db: &impl GenericClient) -> Result<Option<Cut>> {
    let sql = "SELECT epoch, copied_at, restored_at FROM restores ORDER BY restored_at DESC, epoch LIMIT 1";
    let Some(row) = first(db, sql, &[]).await? else { return Ok(None) };
    Ok(Some(Cut { epoch: row.number(0)?, from: row.at(1)?, until: row.at(2)? }))
}
