//! What came from outside: what it refers to, what is held, and codes that link.

use rusqlite::{Connection, OptionalExtension, Result, params};
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, HeldId, MessageId, Seq, ShopId, Side, UnixMillis, limits as wire,
};

use super::channels::by_row;
use super::columns::{Columns, millis};
use super::deliveries::Reference;
use super::desk::Desk;
use super::pictures;
use crate::{Channel, Digest, Held, PictureFile, limits};

pub(super) fn reference(
    db: &Connection,
    kind: ChannelKind,
    key: &str,
) -> Result<Option<(Channel, ConversationId, Seq)>> {
    let found = db
        .prepare_cached(
            "SELECT r.channel, c.id, iif(r.said, 0, r.seq) FROM far_references r JOIN conversations c USING (conversation)
             WHERE r.kind = ?1 AND r.key = ?2",
        )?
        .query_row(params![kind.as_str(), key], |row| Ok((row.get(0)?, row.conversation_id(1)?, row.seq(2)?)))
        .optional()?;
    let Some((row, conversation, seq)) = found else { return Ok(None) };
    Ok(by_row(db, row)?.map(|channel| (channel, conversation, seq)))
}

pub(super) fn last_said(
    db: &Connection,
    channel: ChannelId,
    id: ConversationId,
    upto: Seq,
) -> Result<Option<String>> {
    db.prepare_cached(
        "SELECT key FROM far_references
         WHERE channel = (SELECT channel FROM channels WHERE id = ?1)
             AND conversation = (SELECT conversation FROM conversations WHERE id = ?2)
             AND said = 1 AND seq <= ?3
         ORDER BY seq DESC LIMIT 1",
    )?
    .query_row(params![channel.as_bytes(), id.as_bytes(), upto.0], |row| row.get(0))
    .optional()
}

pub(super) fn note(db: &Connection, kind: ChannelKind, name: &str) -> Result<Option<String>> {
    db.prepare_cached("SELECT note FROM notes WHERE kind = ?1 AND name = ?2")?
        .query_row(params![kind.as_str(), name], |row| row.get(0))
        .optional()
}

pub(super) fn held(db: &Connection, shop: &ShopId) -> Result<Vec<Held>> {
    db.prepare_cached(
        "SELECT e.id, h.id, h.kind, h.conversation IS NOT NULL, c.id, e.external, e.sender, e.reason, e.body, e.at
         FROM held e JOIN channels h ON h.channel = e.channel JOIN conversations c ON c.conversation = e.conversation
         WHERE e.shop = (SELECT shop FROM shops WHERE id = ?1) ORDER BY e.at DESC LIMIT ?2",
    )?
    .query_map(params![shop.as_str(), wire::HELD_REPLIES as i64], |row| {
        let kind: String = row.get(2)?;
        let of_visitor: bool = row.get(3)?;
        let id = HeldId::from_bytes(row.get(0)?);
        Ok(Held {
            id,
            channel: ChannelId::from_bytes(row.get(1)?),
            kind: ChannelKind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
            side: if of_visitor { Side::Visitor } else { Side::Owner },
            conversation: row.conversation_id(4)?,
            external: row.digest(5)?,
            sender: row.get(6)?,
            reason: row.get(7)?,
            body: row.get(8)?,
            at: row.at(9)?,
            pictures: pictures::of_held(db, id)?,
        })
    })?
    .collect()
}

pub(super) fn count_held(db: &Connection, shop: &ShopId) -> Result<u32> {
    db.prepare_cached("SELECT count(*) FROM held WHERE shop = (SELECT shop FROM shops WHERE id = ?1)")?
        .query_row([shop.as_str()], |row| row.get(0))
}

impl Desk {
    pub(super) fn set_note(&mut self, kind: ChannelKind, name: &str, note: &str) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO notes (kind, name, note) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET note = excluded.note",
            )?
            .execute(params![kind.as_str(), name, note])?;
        Ok(())
    }

    pub(super) fn note_said(
        &mut self,
        channel: ChannelId,
        id: ConversationId,
        (key, seq): &(String, Seq),
        at: UnixMillis,
    ) -> Result<()> {
        let Some(channel) = self.channel_row(channel)? else { return Ok(()) };
        let Some(hot) = self.any_conversation(id)? else { return Ok(()) };
        self.put_reference(channel, hot.row, Reference { key, seq: *seq, said: true }, at)
    }

    /// What something from outside is taken for: this, unless it was taken before.
    pub(super) fn hear(
        &mut self,
        external: Digest,
        id: ConversationId,
        message: MessageId,
        at: UnixMillis,
    ) -> Result<(ConversationId, MessageId)> {
        self.db
            .prepare_cached(
                "INSERT INTO heard (external, conversation, message, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (external) DO NOTHING",
            )?
            .execute(params![external.0, id.as_bytes(), message.as_bytes(), millis(at)])?;
        self.db
            .prepare_cached("SELECT conversation, message FROM heard WHERE external = ?1")?
            .query_row([external.0], |row| Ok((row.conversation_id(0)?, row.message_id(1)?)))
    }

    pub(super) fn hold(&mut self, shop: &ShopId, held: &Held, files: &[PictureFile]) -> Result<bool> {
        let Some(hot) = self.conversation(shop, held.conversation)? else { return Ok(false) };
        let Some(channel) = self.channel_row(held.channel)? else { return Ok(false) };
        if !self.has_room_to_hold(hot.shop, channel, held.external)? {
            return Ok(false);
        }
        let rows = self
            .db
            .prepare_cached(
                "INSERT INTO held (id, channel, shop, conversation, external, sender, reason, body, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (external) DO NOTHING",
            )?
            .execute(params![
                held.id.as_bytes(),
                channel,
                hot.shop,
                hot.row,
                held.external.0,
                held.sender,
                held.reason,
                held.body,
                millis(held.at),
            ])?;
        if rows == 1 {
            self.put_held_pictures(held.id, files)?;
        }
        Ok(true)
    }

    /// Whether one more can wait, or it waits already.
    fn has_room_to_hold(&self, shop: i64, channel: i64, external: Digest) -> Result<bool> {
        let (waits, all, visitors, own, of_visitor): (bool, i64, i64, i64, bool) = self
            .db
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE e.external = ?3) > 0, count(*),
                     count(*) FILTER (WHERE h.conversation IS NOT NULL), count(*) FILTER (WHERE e.channel = ?2),
                     (SELECT conversation IS NOT NULL FROM channels WHERE channel = ?2)
                 FROM held e JOIN channels h ON h.channel = e.channel WHERE e.shop = ?1",
            )?
            .query_row(params![shop, channel, external.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
        let most = wire::HELD_REPLIES as i64;
        let fits = !of_visitor || (visitors < most / 2 && own < limits::HELD_PER_VISITOR);
        Ok(waits || (all < most && fits))
    }

    pub(super) fn drop_held(&mut self, shop: &ShopId, held: HeldId) -> Result<bool> {
        let Some(shop) = self.shop(shop)? else { return Ok(false) };
        let dropped = self
            .db
            .prepare_cached("DELETE FROM held WHERE id = ?1 AND shop = ?2")?
            .execute(params![held.as_bytes(), shop])?;
        Ok(dropped == 1)
    }

    pub(super) fn add_link_code(&mut self, shop: &ShopId, code: Digest, until: UnixMillis) -> Result<bool> {
        let Some(shop) = self.shop(shop)? else { return Ok(false) };
        self.db
            .prepare_cached("INSERT OR REPLACE INTO link_codes (code, shop, until) VALUES (?1, ?2, ?3)")?
            .execute(params![code.0, shop, millis(until)])?;
        self.db
            .prepare_cached(
                "DELETE FROM link_codes WHERE shop = ?1 AND code IN
                     (SELECT code FROM link_codes WHERE shop = ?1 ORDER BY until DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![shop, limits::LINK_CODES_PER_SHOP])?;
        Ok(true)
    }

    pub(super) fn use_link_code(&mut self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>> {
        let shop: Option<String> = self
            .db
            .prepare_cached(
                "SELECT s.id FROM link_codes l JOIN shops s USING (shop) WHERE l.code = ?1 AND l.until > ?2",
            )?
            .query_row(params![code.0, millis(at)], |row| row.get(0))
            .optional()?;
        self.db.prepare_cached("DELETE FROM link_codes WHERE code = ?1")?.execute([code.0])?;
        Ok(shop.and_then(|shop| ShopId::parse(&shop).ok()))
    }

    pub(super) fn set_link_secret(
        &mut self,
        shop: &ShopId,
        id: ConversationId,
        secret: Option<Digest>,
    ) -> Result<bool> {
        let Some(hot) = self.conversation(shop, id)? else { return Ok(false) };
        self.db
            .prepare_cached("UPDATE conversations SET link_secret = ?2 WHERE conversation = ?1")?
            .execute(params![hot.row, secret.map(|secret| secret.0)])?;
        self.relink(id, secret);
        Ok(true)
    }
}
