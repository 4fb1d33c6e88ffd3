//! The inbox's list: its order, its pages, and the search.

use rusqlite::{Connection, OptionalExtension, Result, params};
use shopbell_protocol::{ConversationId, ListFilter, ShopId, Side, Summary, limits, text};

use super::columns::{Columns, side_code};
use super::readers::Reader;
use super::search::conversation_holds;
use crate::cursor::{Cursor, Stretch};
use crate::fold::fold;
use crate::{ConversationList, ListQuery};

/// Where a search looks, in this order: what is open, then what is closed.
const EVERYWHERE: &[Stretch] = &[Stretch::Waiting, Stretch::Answered, Stretch::Closed];

/// As much of a message as its preview is made from.
const PREVIEW_FROM_CHARS: i64 = 2 * limits::PREVIEW_CHARS as i64;

/// A page of the list.
pub(super) fn list(reader: &Reader, shop: &ShopId, query: &ListQuery) -> Result<ConversationList> {
    let db = &reader.db;
    let Some(shop) = shop_row(db, shop)? else {
        return Ok(ConversationList::default());
    };
    let words = query.search.as_deref().map(str::trim).filter(|words| !words.is_empty()).map(fold);
    let stretches = match (&words, query.filter) {
        (Some(_), _) => EVERYWHERE,
        (None, ListFilter::Open) => &EVERYWHERE[..2],
        (None, ListFilter::Closed) => &EVERYWHERE[2..],
    };
    let begin = query.cursor.as_deref().and_then(|cursor| Cursor::parse(cursor, stretches));
    let limit = query.limit.clamp(1, limits::LIST_CONVERSATIONS);
    reader.allowance.renew();
    let mut page = Page { found: Vec::new(), seen: begin, is_untouched: true, limit };
    let first = begin.map_or(0, |cursor| cursor.place_in(stretches));
    for &stretch in &stretches[first..] {
        let begin = begin.filter(|cursor| cursor.stretch == stretch);
        if page.fill(reader, shop, stretch, begin, words.as_deref())? {
            return page.finish(db, true);
        }
    }
    page.finish(db, false)
}

struct Page {
    found: Vec<i64>,
    /// The last conversation that was looked at, on this page or before it.
    seen: Option<Cursor>,
    /// Whether nothing has been looked at.
    is_untouched: bool,
    limit: usize,
}

impl Page {
    /// Takes what belongs on the page from one stretch. True when the page ends
    /// here although something may follow.
    fn fill(
        &mut self,
        reader: &Reader,
        shop: i64,
        stretch: Stretch,
        begin: Option<Cursor>,
        words: Option<&str>,
    ) -> Result<bool> {
        let begin = begin.unwrap_or_else(|| Cursor::before_all(stretch));
        let mut select = reader.db.prepare_cached(select(stretch))?;
        let mut rows = select.query(params![shop, begin.at, begin.id])?;
        while let Some(row) = rows.next()? {
            if self.found.len() == self.limit {
                return Ok(true);
            }
            let conversation = row.get(0)?;
            let here = Some(Cursor { stretch, at: row.get(1)?, id: row.get(2)? });
            let belongs = match words {
                None => Some(true),
                Some(words) => {
                    let name: Option<String> = row.get(3)?;
                    conversation_holds(&reader.db, &reader.allowance, conversation, name.as_deref(), words)?
                }
            };
            match belongs {
                Some(true) => self.found.push(conversation),
                Some(false) => {}
                None => {
                    // The next page looks at it again, with an allowance of its own. When
                    // not even a whole one was enough, the search must go on behind it.
                    if self.is_untouched {
                        self.seen = here;
                    }
                    tracing::info!("a search has used up its allowance; it goes on with the next page");
                    return Ok(true);
                }
            }
            self.seen = here;
            self.is_untouched = false;
        }
        Ok(false)
    }

    fn finish(self, db: &Connection, more: bool) -> Result<ConversationList> {
        let conversations =
            self.found.iter().map(|&conversation| summary_of(db, conversation)).collect::<Result<_>>()?;
        let next = self.seen.filter(|_| more).map(|cursor| cursor.to_string());
        Ok(ConversationList { conversations, next })
    }
}

/// Reads a stretch of the shop `?1` from behind the time `?2` and the id `?3`:
/// the row, the time it is ordered by, the id and the name.
pub(super) fn select(stretch: Stretch) -> &'static str {
    match stretch {
        Stretch::Waiting => {
            "SELECT conversation, waiting_since, id, name FROM conversations
             WHERE shop = ?1 AND closed = 0 AND waiting_since IS NOT NULL
                 AND waiting_since >= ?2 AND (waiting_since > ?2 OR id > ?3)
             ORDER BY waiting_since, id"
        }
        Stretch::Answered => {
            "SELECT conversation, last_at, id, name FROM conversations
             WHERE shop = ?1 AND closed = 0 AND waiting_since IS NULL
                 AND last_at <= ?2 AND (last_at < ?2 OR id > ?3)
             ORDER BY last_at DESC, id"
        }
        Stretch::Closed => {
            "SELECT conversation, last_at, id, name FROM conversations
             WHERE shop = ?1 AND closed = 1
                 AND last_at <= ?2 AND (last_at < ?2 OR id > ?3)
             ORDER BY last_at DESC, id"
        }
    }
}

/// One line of the list.
pub(super) fn summary(db: &Connection, shop: &ShopId, id: ConversationId) -> Result<Option<Summary>> {
    let row = super::reads::conversation_row(db, shop, id)?;
    row.map(|row| summary_of(db, row)).transpose()
}

/// Those that nobody has taken notice of all wait for an answer, so the index of
/// those that wait is looked through.
pub(super) fn unheard(db: &Connection, shop: &ShopId, limit: usize) -> Result<Vec<Summary>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db
        .prepare_cached(
            "SELECT conversation FROM conversations
             WHERE shop = (SELECT shop FROM shops WHERE id = ?1) AND closed = 0 AND waiting_since IS NOT NULL
                 AND last_side = ?2 AND owner_handed < last_seq
             ORDER BY last_at DESC, id DESC LIMIT ?3",
        )?
        .query_map(params![shop.as_str(), side_code(Side::Visitor), limit], |row| row.get(0))?
        .collect::<Result<Vec<i64>>>()?;
    rows.into_iter().map(|conversation| summary_of(db, conversation)).collect()
}

/// How many open conversations wait for an answer.
pub(super) fn waiting(db: &Connection, shop: &ShopId) -> Result<u32> {
    db.prepare_cached(
        "SELECT count(*) FROM conversations
         WHERE shop = (SELECT shop FROM shops WHERE id = ?1) AND closed = 0 AND waiting_since IS NOT NULL",
    )?
    .query_row([shop.as_str()], |row| row.get(0))
}

fn shop_row(db: &Connection, shop: &ShopId) -> Result<Option<i64>> {
    db.prepare_cached("SELECT shop FROM shops WHERE id = ?1")?
        .query_row([shop.as_str()], |row| row.get(0))
        .optional()
}

fn summary_of(db: &Connection, conversation: i64) -> Result<Summary> {
    db.prepare_cached(
        "SELECT id, name, waiting_since, last_seq, last_at, last_side, unread, closed, page_url, page_title,
                (SELECT substr(body, 1, ?2) FROM messages
                 WHERE messages.conversation = conversations.conversation AND seq = last_seq),
                (SELECT system FROM messages
                 WHERE messages.conversation = conversations.conversation AND seq = last_seq),
                (SELECT count(*) FROM pictures
                 WHERE pictures.conversation = conversations.conversation AND seq = last_seq)
         FROM conversations WHERE conversation = ?1",
    )?
    .query_row(params![conversation, PREVIEW_FROM_CHARS], |row| {
        let closed: bool = row.get(7)?;
        let begins: Option<String> = row.get(10)?;
        Ok(Summary {
            conversation: row.conversation_id(0)?,
            name: row.get(1)?,
            // Who has nothing more to expect does not wait.
            waiting_since: row.maybe_at(2)?.filter(|_| !closed),
            last_seq: row.seq(3)?,
            last_at: row.at(4)?,
            last_from: row.side(5)?,
            preview: text::preview(&begins.unwrap_or_default(), limits::PREVIEW_CHARS),
            last_by_system: row.get::<_, Option<bool>>(11)?.unwrap_or(false),
            last_pictures: row.get(12)?,
            unread: row.get(6)?,
            closed,
            visitor_here: false,
            page: row.maybe_page(8)?,
        })
    })
}
