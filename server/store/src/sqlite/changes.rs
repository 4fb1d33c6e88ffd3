//! Changes of a conversation that are not messages.

use rusqlite::{Result, params};
use shopbell_protocol::{ConversationId, Page, Receipt, ShopId, Side, UnixMillis, limits};

use super::columns::{millis, side_code};
use super::desk::{Desk, Hot};

/// As SQLite counts.
const VISITS_KEPT: i64 = limits::VISITS_KEPT as i64;

impl Desk {
    /// Moves a receipt; gives the new one when it has changed.
    pub(super) fn advance(
        &mut self,
        shop: &ShopId,
        id: ConversationId,
        side: Side,
        receipt: Receipt,
    ) -> Result<Option<Receipt>> {
        let Some(hot) = self.conversation(shop, id)? else { return Ok(None) };
        let receipt = hot.standing.advanced(side, receipt);
        if receipt == hot.standing.receipt(side) {
            return Ok(None);
        }
        let mut standing = hot.standing;
        match side {
            Side::Visitor => standing.visitor = receipt,
            Side::Owner => {
                if receipt.opened != standing.owner.opened {
                    standing.unread = self.count_unread(&hot, receipt)?;
                }
                standing.owner = receipt;
            }
        }
        self.stand(id, hot, standing);
        Ok(Some(receipt))
    }

    fn count_unread(&self, hot: &Hot, owner: Receipt) -> Result<u32> {
        if owner.opened == hot.standing.last {
            return Ok(0);
        }
        self.db
            .prepare_cached(
                "SELECT count(*) FROM messages WHERE conversation = ?1 AND seq > ?2 AND side = ?3",
            )?
            .query_row(params![hot.row, owner.opened.0, side_code(Side::Visitor)], |row| row.get(0))
    }

    /// False when the shop has no such conversation.
    pub(super) fn set_closed(&mut self, shop: &ShopId, id: ConversationId, closed: bool) -> Result<bool> {
        let Some(hot) = self.conversation(shop, id)? else { return Ok(false) };
        if hot.standing.closed != closed {
            let mut standing = hot.standing;
            standing.closed = closed;
            self.stand(id, hot, standing);
        }
        Ok(true)
    }

    /// False when the shop has no such conversation.
    pub(super) fn name(&mut self, shop: &ShopId, id: ConversationId, name: Option<&str>) -> Result<bool> {
        let Some(hot) = self.conversation(shop, id)? else { return Ok(false) };
        self.db
            .prepare_cached("UPDATE conversations SET name = ?2 WHERE conversation = ?1")?
            .execute(params![hot.row, name])?;
        Ok(true)
    }

    /// Notes a page, when the shop has the conversation.
    pub(super) fn visit(
        &mut self,
        shop: &ShopId,
        id: ConversationId,
        page: &Page,
        at: UnixMillis,
    ) -> Result<()> {
        match self.conversation(shop, id)? {
            Some(hot) => self.put_visit(hot.row, page, at),
            None => Ok(()),
        }
    }

    pub(super) fn put_visit(&self, row: i64, page: &Page, at: UnixMillis) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO visits (conversation, url, title, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (conversation, url) DO UPDATE
                 SET title = excluded.title, at = max(at, excluded.at)",
            )?
            .execute(params![row, page.url, page.title, millis(at)])?;
        self.db
            .prepare_cached(
                "DELETE FROM visits WHERE conversation = ?1 AND url IN
                     (SELECT url FROM visits WHERE conversation = ?1 ORDER BY at DESC, url LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![row, VISITS_KEPT])?;
        Ok(())
    }
}
