//! Writing shops, sign-in links and sessions.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{SessionId, ShopId, UnixMillis};
use std::collections::BTreeSet;

use super::channels::lock_shop;
use super::rows::{Columns, Key, Result, execute, first, maybe_text, millis, rows, text};
use crate::{Digest, NewSession, NewShop, ShopEdit, SignedIn, limits};

/// What became of a change of a shop.
pub(super) enum Edited {
    Done,
    NoSuchShop,
    /// Nothing was changed.
    TooManySites,
}

/// False when the id is taken.
pub(super) async fn add_shop(db: &Transaction<'_>, shop: &NewShop) -> Result<bool> {
    let added = execute(
        db,
        "INSERT INTO shops (id, name, owner, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        &[&shop.id.as_str(), &text(&shop.name), &text(&shop.owner), &millis(shop.at)],
    )
    .await?;
    if added == 0 {
        return Ok(false);
    }
    add_sites(db, &shop.id, &shop.sites).await?;
    Ok(true)
}

/// In the order given, after those that are there.
async fn add_sites(db: &impl GenericClient, shop: &ShopId, sites: &[String]) -> Result<()> {
    for origin in sites {
        execute(
            db,
            "INSERT INTO sites (shop, origin, place)
             VALUES ($1, $2, (SELECT coalesce(max(place), -1) + 1 FROM sites WHERE shop = $1))
             ON CONFLICT DO NOTHING",
            &[&shop.as_str(), &text(origin)],
        )
        .await?;
    }
    Ok(())
}

/// Two who edit one shop take turns by its row's lock.
pub(super) async fn edit_shop(db: &Transaction<'_>, shop: &ShopId, edit: &ShopEdit) -> Result<Edited> {
    if !lock_shop(db, shop).await? {
        return Ok(Edited::NoSuchShop);
    }
    let found = rows(db, "SELECT origin FROM sites WHERE shop = $1", &[&shop.as_str()]).await?;
    let held = found.iter().map(|row| row.cell(0)).collect::<Result<BTreeSet<String>>>()?;
    let added = edit.add_sites.iter().cloned();
    let after = held.into_iter().filter(|site| !edit.remove_sites.contains(site)).chain(added);
    if after.collect::<BTreeSet<_>>().len() > limits::SITES_PER_SHOP {
        return Ok(Edited::TooManySites);
    }
    execute(
        db,
        "UPDATE shops SET name = coalesce($2, name), owner = coalesce($3, owner) WHERE id = $1",
        &[&shop.as_str(), &maybe_text(edit.name.as_deref()), &maybe_text(edit.owner.as_deref())],
    )
    .await?;
    let sql = "DELETE FROM sites WHERE shop = $1 AND origin = ANY($2)";
    execute(db, sql, &[&shop.as_str(), &edit.remove_sites]).await?;
    add_sites(db, shop, &edit.add_sites).await?;
    Ok(Edited::Done)
}

pub(super) async fn bell_seen(db: &impl GenericClient, origin: &str, at: UnixMillis) -> Result<()> {
    let sql = "UPDATE sites SET seen_at = greatest(coalesce(seen_at, 0), $2) WHERE origin = $1";
    execute(db, sql, &[&origin, &millis(at)]).await?;
    Ok(())
}

/// False when there is no such shop.
pub(super) async fn add_link(
    db: &Transaction<'_>,
    shop: &ShopId,
    code: Digest,
    until: UnixMillis,
) -> Result<bool> {
    if !lock_shop(db, shop).await? {
        return Ok(false);
    }
    let code = &code.0[..];
    let sql = "INSERT INTO links (code, shop, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(db, sql, &[&code, &shop.as_str(), &millis(until)]).await?;
    execute(
        db,
        "DELETE FROM links WHERE shop = $1 AND code <> $2 AND code IN
             (SELECT code FROM links WHERE shop = $1 AND code <> $2 ORDER BY until DESC OFFSET $3)",
        &[&shop.as_str(), &code, &i64::from(limits::LINKS_PER_SHOP - 1)],
    )
    .await?;
    Ok(true)
}

/// Uses a link up and begins the session. Links are found by the digest of a random code, so
/// how long the look-up takes tells nothing of the code.
pub(super) async fn sign_in(
    db: &Transaction<'_>,
    code: Digest,
    session: &NewSession,
) -> Result<Option<SignedIn>> {
    let now = millis(session.at);
    let sql = "DELETE FROM links WHERE code = $1 AND until > $2 RETURNING shop";
    let Some(row) = first(db, sql, &[&&code.0[..], &now]).await? else { return Ok(None) };
    let shop = row.shop_id(0)?;
    lock_shop(db, &shop).await?;
    let begun = execute(
        db,
        "INSERT INTO sessions (id, token, shop, device, began_at, seen_at)
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        &[&session.id.key(), &&session.token.0[..], &shop.as_str(), &text(&session.device), &now],
    )
    .await?;
    if begun == 0 {
        // Whoever draws a session's id or token twice must not get into the first one.
        return Ok(None);
    }
    let ended = rows(
        db,
        "DELETE FROM sessions WHERE id IN
             (SELECT id FROM sessions WHERE shop = $1 AND id <> $2 ORDER BY seen_at DESC, id DESC OFFSET $3)
         RETURNING id",
        &[&shop.as_str(), &session.id.key(), &i64::from(limits::SESSIONS_PER_SHOP - 1)],
    )
    .await?;
    let ended = ended.iter().map(|row| row.session_id(0)).collect::<Result<_>>()?;
    Ok(Some(SignedIn { shop, ended }))
}

pub(super) async fn session_seen(db: &impl GenericClient, session: SessionId, at: UnixMillis) -> Result<()> {
    let sql = "UPDATE sessions SET seen_at = greatest(seen_at, $2) WHERE id = $1";
    execute(db, sql, &[&session.key(), &millis(at)]).await?;
    Ok(())
}

/// False when the shop has no such session.
pub(super) async fn end_session(db: &impl GenericClient, shop: &ShopId, session: SessionId) -> Result<bool> {
    let sql = "DELETE FROM sessions WHERE id = $1 AND shop = $2";
    Ok(execute(db, sql, &[&session.key(), &shop.as_str()]).await? == 1)
}

/// The smallest write that still is one.
pub(super) async fn check(db: &impl GenericClient) -> Result<()> {
    execute(db, "UPDATE checks SET count = count + 1", &[]).await?;
    Ok(())
}
