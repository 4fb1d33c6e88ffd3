//! Writing shops, sign-in links and sessions.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Result, params};
use shopbell_protocol::{SessionId, ShopId, UnixMillis};

use super::columns::{Columns, millis};
use super::desk::Desk;
use crate::{Digest, NewSession, NewShop, ShopEdit, SignedIn, limits};

/// What became of a change of a shop.
pub(super) enum Edited {
    Done,
    NoSuchShop,
    /// Nothing was changed.
    TooManySites,
}

impl Desk {
    /// False when the id is taken.
    pub(super) fn add_shop(&mut self, shop: &NewShop) -> Result<bool> {
        let rows = self.db.execute(
            "INSERT INTO shops (id, name, owner, added_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
            params![shop.id.as_str(), shop.name, shop.owner, millis(shop.at)],
        )?;
        if rows == 0 {
            return Ok(false);
        }
        self.add_sites(self.db.last_insert_rowid(), &shop.sites)?;
        Ok(true)
    }

    /// In the order given, after those that are there.
    fn add_sites(&self, shop: i64, sites: &[String]) -> Result<()> {
        for origin in sites {
            self.db.execute(
                "INSERT INTO sites (shop, origin, place)
                 VALUES (?1, ?2, (SELECT coalesce(max(place), -1) + 1 FROM sites WHERE shop = ?1))
                 ON CONFLICT DO NOTHING",
                params![shop, origin],
            )?;
        }
        Ok(())
    }

    pub(super) fn edit_shop(&mut self, shop: &ShopId, edit: &ShopEdit) -> Result<Edited> {
        let Some(row) = self.shop(shop)? else { return Ok(Edited::NoSuchShop) };
        let held = self
            .db
            .prepare("SELECT origin FROM sites WHERE shop = ?1")?
            .query_map([row], |row| row.get(0))?
            .collect::<Result<BTreeSet<String>>>()?;
        let added = edit.add_sites.iter().cloned();
        let after = held.into_iter().filter(|site| !edit.remove_sites.contains(site)).chain(added);
        if after.collect::<BTreeSet<_>>().len() > limits::SITES_PER_SHOP {
            return Ok(Edited::TooManySites);
        }
        self.db.execute(
            "UPDATE shops SET name = coalesce(?2, name), owner = coalesce(?3, owner) WHERE shop = ?1",
            params![row, edit.name, edit.owner],
        )?;
        for origin in &edit.remove_sites {
            self.db.execute("DELETE FROM sites WHERE shop = ?1 AND origin = ?2", params![row, origin])?;
        }
        self.add_sites(row, &edit.add_sites)?;
        Ok(Edited::Done)
    }

    pub(super) fn bell_seen(&mut self, origin: &str, at: UnixMillis) -> Result<()> {
        self.db
            .prepare_cached("UPDATE sites SET seen_at = max(coalesce(seen_at, 0), ?2) WHERE origin = ?1")?
            .execute(params![origin, millis(at)])?;
        Ok(())
    }

    /// False when there is no such shop.
    pub(super) fn add_link(&mut self, shop: &ShopId, code: Digest, until: UnixMillis) -> Result<bool> {
        let Some(shop) = self.shop(shop)? else { return Ok(false) };
        self.db.execute(
            "INSERT INTO links (code, shop, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![code.0, shop, millis(until)],
        )?;
        self.db.execute(
            "DELETE FROM links WHERE shop = ?1 AND code <> ?2 AND code IN
                 (SELECT code FROM links WHERE shop = ?1 AND code <> ?2 ORDER BY until DESC LIMIT -1 OFFSET ?3)",
            params![shop, code.0, limits::LINKS_PER_SHOP - 1],
        )?;
        Ok(true)
    }

    /// Uses a link up and begins the session. Links are found by the digest of a
    /// random code, so how long the look-up takes tells nothing of the code.
    pub(super) fn sign_in(&mut self, code: Digest, session: &NewSession) -> Result<Option<SignedIn>> {
        let now = millis(session.at);
        let link: Option<(i64, String)> = self
            .db
            .query_row(
                "DELETE FROM links WHERE code = ?1 AND until > ?2
                 RETURNING shop, (SELECT id FROM shops WHERE shops.shop = links.shop)",
                params![code.0, now],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((row, shop)) = link else { return Ok(None) };
        let Ok(shop) = ShopId::parse(&shop) else { return Ok(None) };
        let rows = self.db.execute(
            "INSERT INTO sessions (id, token, shop, device, began_at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING",
            params![session.id.as_bytes(), session.token.0, row, session.device, now],
        )?;
        if rows == 0 {
            // Whoever draws a session's id or token twice must not get into the first one.
            return Ok(None);
        }
        let ended = self
            .db
            .prepare(
                "DELETE FROM sessions WHERE id IN
                     (SELECT id FROM sessions WHERE shop = ?1 AND id <> ?2 ORDER BY seen_at DESC, id DESC
                      LIMIT -1 OFFSET ?3)
                 RETURNING id",
            )?
            .query_map(params![row, session.id.as_bytes(), limits::SESSIONS_PER_SHOP - 1], |row| {
                row.session_id(0)
            })?
            .collect::<Result<_>>()?;
        Ok(Some(SignedIn { shop, ended }))
    }

    pub(super) fn session_seen(&mut self, session: SessionId, at: UnixMillis) -> Result<()> {
        self.db
            .prepare_cached("UPDATE sessions SET seen_at = max(seen_at, ?2) WHERE id = ?1")?
            .execute(params![session.as_bytes(), millis(at)])?;
        Ok(())
    }

    /// False when the shop has no such session.
    pub(super) fn end_session(&mut self, shop: &ShopId, session: SessionId) -> Result<bool> {
        let Some(shop) = self.shop(shop)? else { return Ok(false) };
        let rows = self
            .db
            .execute("DELETE FROM sessions WHERE id = ?1 AND shop = ?2", params![session.as_bytes(), shop])?;
        Ok(rows == 1)
    }

    /// The smallest write that still is one.
    pub(super) fn check(&mut self) -> Result<()> {
        self.db.prepare_cached("UPDATE checks SET count = count + 1")?.execute([])?;
        Ok(())
    }
}
