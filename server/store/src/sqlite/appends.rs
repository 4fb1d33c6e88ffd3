//! Keeping one message: who may, what it makes or changes, and sending it again.

use rusqlite::{OptionalExtension, Result, params};
use shopbell_protocol::{Seq, Side};
use subtle::ConstantTimeEq;

use super::columns::{Columns, millis, side_code};
use super::desk::{Desk, Hot};
use crate::standing::Standing;
use crate::{Append, AppendError, Appended, Digest};

impl Desk {
    /// Keeps a message in the transaction under way. The inner error is the
    /// sender's and leaves the transaction as it was.
    pub(super) fn append(&mut self, append: &Append) -> Result<Result<Appended, AppendError>> {
        let Some(shop) = self.shop(&append.shop)? else {
            return Ok(Err(AppendError::NoSuchShop));
        };
        let known = self.any_conversation(append.conversation)?;
        let began = known.is_none();
        let hot = match (append.from, known, append.secret) {
            (Side::Visitor, Some(hot), Some(secret)) if hot.shop == shop && opens(&hot, &secret) => hot,
            (Side::Visitor, None, Some(secret)) => self.begin_conversation(append, shop, secret)?,
            (Side::Visitor, ..) => return Ok(Err(AppendError::NotYours)),
            (Side::Owner, Some(hot), _) if hot.shop == shop => hot,
            (Side::Owner, ..) => return Ok(Err(AppendError::NoSuchConversation)),
        };
        if hot.standing.last == Seq(u32::MAX) {
            return Ok(Err(AppendError::NotKept));
        }
        let standing = hot.standing.with_message(append.from, append.at, append.system);
        if !self.insert_message(append, &hot, standing.last)? {
            return self.kept_before(append, &hot);
        }
        self.put_pictures(hot.row, standing.last, &append.pictures)?;
        self.stand(append.conversation, hot, standing);
        let deliveries = self.put_deliveries(&hot, append.from, standing.last, append.at)?;
        Ok(Ok(Appended { seq: standing.last, at: append.at, fresh: true, began, deliveries }))
    }

    fn begin_conversation(&mut self, append: &Append, shop: i64, secret: Digest) -> Result<Hot> {
        let standing = Standing::new(append.at);
        let page = append.page.as_ref();
        self.db
            .prepare_cached(
                "INSERT INTO conversations (id, shop, secret, began_at, last_at, last_side, waiting_since,
                     locale, time_zone, page_url, page_title,
                     last_seq, closed, unread, visitor_handed, visitor_opened, owner_handed, owner_opened)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?4, ?6, ?7, ?8, ?9, 0, 0, 0, 0, 0, 0, 0)",
            )?
            .execute(params![
                append.conversation.as_bytes(),
                shop,
                secret.0,
                millis(append.at),
                side_code(standing.last_from),
                append.locale,
                append.time_zone,
                page.map(|page| &page.url),
                page.map(|page| &page.title),
            ])?;
        let hot = self.add(append.conversation, shop, secret, standing);
        if let Some(page) = page {
            self.put_visit(hot.row, page, append.at)?;
        }
        Ok(hot)
    }

    /// False when the conversation has a message with this id. Inserting is the
    /// look-up too, because nearly every message is new.
    fn insert_message(&self, append: &Append, hot: &Hot, seq: Seq) -> Result<bool> {
        let rows = self
            .db
            .prepare_cached(
                "INSERT INTO messages (conversation, seq, id, side, at, body, system)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id, conversation) DO NOTHING",
            )?
            .execute(params![
                hot.row,
                seq.0,
                append.id.as_bytes(),
                side_code(append.from),
                millis(append.at),
                append.body,
                append.system,
            ])?;
        Ok(rows == 1)
    }

    fn kept_before(&self, append: &Append, hot: &Hot) -> Result<Result<Appended, AppendError>> {
        let appended = self
            .db
            .prepare_cached(
                "SELECT seq, at FROM messages WHERE id = ?1 AND conversation = ?2 AND side = ?3 AND body = ?4",
            )?
            .query_row(
                params![append.id.as_bytes(), hot.row, side_code(append.from), append.body],
                |row| {
                    Ok(Appended {
                        seq: row.seq(0)?,
                        at: row.at(1)?,
                        fresh: false,
                        began: row.seq(0)? == Seq(1),
                        deliveries: 0,
                    })
                },
            )
            .optional()?;
        Ok(appended.ok_or(AppendError::IdReused))
    }
}

/// Whether a secret is the conversation's own or the one of its private links.
fn opens(hot: &Hot, secret: &Digest) -> bool {
    same(&hot.secret, secret) | hot.link_secret.is_some_and(|link| same(&link, secret))
}

fn same(one: &Digest, other: &Digest) -> bool {
    one.0.ct_eq(&other.0).into()
}
