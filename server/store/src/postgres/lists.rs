//! The inbox's list: its order, its pages, and the search.

use deadpool_postgres::{GenericClient, Transaction};
use shopbell_protocol::{ConversationId, ListFilter, ShopId, Side, Summary, limits, text};
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::{Columns, Key, Result, count, first, rows, side_code};
use super::search::{Found, Search};
use crate::cursor::{Cursor, Stretch};
use crate::fold::fold;
use crate::{ConversationList, ListQuery};

/// Where a search looks, in this order: what is open, then what is closed.
const EVERYWHERE: &[Stretch] = &[Stretch::Waiting, Stretch::Answered, Stretch::Closed];

/// Conversations that are looked at together.
const AT_ONCE: usize = 64;

/// As much of a message as its preview is made from.
const PREVIEW_FROM_CHARS: i32 = 2 * limits::PREVIEW_CHARS as i32;

/// A page of the list, read in one snapshot.
pub(super) async fn list(db: &Transaction<'_>, shop: &ShopId, query: &ListQuery) -> Result<ConversationList> {
    let words = query.search.as_deref().map(str::trim).filter(|words| !words.is_empty()).map(fold);
    let stretches = match (&words, query.filter) {
        (Some(_), _) => EVERYWHERE,
        (None, ListFilter::Open) => &EVERYWHERE[..2],
        (None, ListFilter::Closed) => &EVERYWHERE[2..],
    };
    let begin = query.cursor.as_deref().and_then(|cursor| Cursor::parse(cursor, stretches));
    let limit = query.limit.clamp(1, limits::LIST_CONVERSATIONS);
    let mut page = Page { found: Vec::new(), seen: begin, limit };
    let mut search = words.as_deref().map(Search::new);
    let place = begin.map_or(0, |cursor| cursor.place_in(stretches));
    for &stretch in &stretches[place..] {
        let begin = begin.filter(|cursor| cursor.stretch == stretch);
        if page.fill(db, shop, stretch, begin, search.as_mut()).await? {
            return page.finish(db, true).await;
        }
    }
    page.finish(db, false).await
}

struct Page {
    found: Vec<Uuid>,
    /// The last conversation that was looked at, on this page or before it.
    seen: Option<Cursor>,
    limit: usize,
}

impl Page {
    /// Takes what belongs on the page from one stretch. True when the page ends here although
    /// something may follow.
    async fn fill(
        &mut self,
        db: &Transaction<'_>,
        shop: &ShopId,
        stretch: Stretch,
        begin: Option<Cursor>,
        mut search: Option<&mut Search<'_>>,
    ) -> Result<bool> {
        let mut from = begin.unwrap_or_else(|| Cursor::before_all(stretch));
        loop {
            let id = Uuid::from_bytes(from.id);
            let some = rows(db, select(stretch), &[&shop.as_str(), &from.at, &id, &count(AT_ONCE)]).await?;
            let belongs = match &mut search {
                Some(search) => search.among(db, &some).await?,
                None => vec![Found::Yes; some.len()],
            };
            for (row, belongs) in some.iter().zip(&belongs) {
                if self.found.len() == self.limit {
                    return Ok(true);
                }
                from = Cursor { stretch, at: row.cell(1)?, id: row.bytes16(0)? };
                match belongs {
                    Found::Yes => self.found.push(row.cell(0)?),
                    Found::No => {}
                    // The next page looks at it again, with an allowance of its own.
                    Found::Unknown => return Ok(true),
                    // When not even a whole one was enough, the search goes on behind it.
                    Found::TooMuch => {
                        self.seen = Some(from);
                        return Ok(true);
                    }
                }
                self.seen = Some(from);
            }
            if some.len() < AT_ONCE {
                return Ok(false);
            }
        }
    }

    async fn finish(self, db: &Transaction<'_>, more: bool) -> Result<ConversationList> {
        let conversations = summaries(db, &self.found).await?;
        let next = self.seen.filter(|_| more).map(|cursor| cursor.to_string());
        Ok(ConversationList { conversations, next })
    }
}

/// Reads a stretch of the shop `$1` from behind the time `$2` and the id `$3`, at most `$4`:
/// the id, the time it is ordered by, and the name.
fn select(stretch: Stretch) -> &'static str {
    match stretch {
        Stretch::Waiting => {
            "SELECT id, waiting_since, name FROM conversations
             WHERE shop = $1 AND NOT closed AND waiting_since IS NOT NULL
                 AND (waiting_since, id) > ($2, $3)
             ORDER BY waiting_since, id LIMIT $4"
        }
        Stretch::Answered => {
            "SELECT id, listed_at, name FROM conversations
             WHERE shop = $1 AND NOT closed AND waiting_since IS NULL
                 AND listed_at <= $2 AND (listed_at < $2 OR id > $3)
             ORDER BY listed_at DESC, id LIMIT $4"
        }
        Stretch::Closed => {
            "SELECT id, listed_at, name FROM conversations
             WHERE shop = $1 AND closed
                 AND listed_at <= $2 AND (listed_at < $2 OR id > $3)
             ORDER BY listed_at DESC, id LIMIT $4"
        }
    }
}

/// One line of the list.
pub(super) async fn summary(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Summary>> {
    if super::reads::last_place(db, shop, id).await?.is_none() {
        return Ok(None);
    }
    Ok(summaries(db, &[id.key()]).await?.pop())
}

/// Those that nobody has taken notice of all wait for an answer, so the index of those that
/// wait is looked through.
pub(super) async fn unheard(db: &impl GenericClient, shop: &ShopId, limit: usize) -> Result<Vec<Summary>> {
    let found = rows(
        db,
        "SELECT id FROM conversations
         WHERE shop = $1 AND NOT closed AND waiting_since IS NOT NULL
             AND last_side = $2 AND owner_handed < last_seq
         ORDER BY last_at DESC, id DESC LIMIT $3",
        &[&shop.as_str(), &side_code(Side::Visitor), &count(limit)],
    )
    .await?;
    let ids = found.iter().map(|row| row.cell(0)).collect::<Result<Vec<Uuid>>>()?;
    summaries(db, &ids).await
}

/// How many open conversations wait for an answer.
pub(super) async fn waiting(db: &impl GenericClient, shop: &ShopId) -> Result<u32> {
    let found = first(
        db,
        "SELECT count(*) FROM conversations WHERE shop = $1 AND NOT closed AND waiting_since IS NOT NULL",
        &[&shop.as_str()],
    )
    .await?;
    found.map_or(Ok(0), |row| row.number(0))
}

/// Lines in the order of the ids.
async fn summaries(db: &impl GenericClient, ids: &[Uuid]) -> Result<Vec<Summary>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = rows(
        db,
        "SELECT c.id, c.name, c.waiting_since, c.last_seq, c.last_at, c.last_side, c.unread, c.closed,
                c.page_url, c.page_title, left(m.body, $2), m.system,
                (SELECT count(*) FROM pictures p WHERE p.conversation = c.id AND p.seq = c.last_seq)
         FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, number)
             JOIN conversations c ON c.id = n.id
             LEFT JOIN messages m ON m.conversation = c.id AND m.seq = c.last_seq
         ORDER BY n.number",
        &[&ids, &PREVIEW_FROM_CHARS],
    )
    .await?;
    found.iter().map(summary_of).collect()
}

fn summary_of(row: &Row) -> Result<Summary> {
    let closed: bool = row.cell(7)?;
    let begins: Option<String> = row.cell(10)?;
    Ok(Summary {
        conversation: row.conversation_id(0)?,
        name: row.cell(1)?,
        // Who has nothing more to expect does not wait.
        waiting_since: row.maybe_at(2)?.filter(|_| !closed),
        last_seq: row.seq(3)?,
        last_at: row.at(4)?,
        last_from: row.side(5)?,
        preview: text::preview(&begins.unwrap_or_default(), limits::PREVIEW_CHARS),
        last_by_system: row.cell::<Option<bool>>(11)?.unwrap_or(false),
        last_pictures: row.cell::<i64>(12)?.try_into().unwrap_or_default(),
        unread: row.number(6)?,
        closed,
        visitor_here: false,
        page: row.maybe_page(8)?,
    })
}
