//! The writer's desk: its connection, and what it keeps at hand of conversations.

use std::sync::Arc;

use hashlink::LruCache;
use rusqlite::{Connection, OptionalExtension, Result, ToSql};
use shopbell_protocol::{ConversationId, ShopId};

use super::columns::{Columns, millis, side_code};
use crate::standing::Standing;
use crate::ways::Way;
use crate::{Digest, limits};

/// A conversation at hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hot {
    pub(super) row: i64,
    pub(super) shop: i64,
    pub(super) secret: Digest,
    /// The one of the visitor's private links, if they asked for any.
    pub(super) link_secret: Option<Digest>,
    pub(super) standing: Standing,
    change: Change,
}

/// What the transaction under way has yet to write of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    None,
    /// Not the columns that decide in which stretch of the list it stands.
    Few,
    All,
}

/// The only connection that writes. A conversation that several messages of one
/// batch go to is read once and written once.
pub(super) struct Desk {
    pub(super) db: Connection,
    shops: LruCache<ShopId, i64>,
    hot: LruCache<ConversationId, Hot>,
    /// The owner's channels, by the shop's row. Emptied whenever any of them changes.
    pub(super) ways: LruCache<i64, Arc<Vec<Way<i64>>>>,
    changed: Vec<ConversationId>,
    data_version: i64,
}

impl Desk {
    pub(super) fn new(db: Connection) -> Self {
        Self {
            db,
            shops: LruCache::new(limits::HOT_SHOPS),
            hot: LruCache::new(limits::HOT_CONVERSATIONS),
            ways: LruCache::new(limits::HOT_WAYS),
            changed: Vec::new(),
            data_version: 0,
        }
    }

    /// Begins a transaction that is sure to be able to write.
    pub(super) fn begin(&mut self) -> Result<()> {
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        // It changes when another process has written: what is at hand may be old.
        let version = self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.forget();
            self.data_version = version;
        }
        Ok(())
    }

    /// Writes what has changed and commits; then it is durable.
    pub(super) fn commit(&mut self) -> Result<()> {
        for id in self.changed.drain(..) {
            if let Some(hot) = self.hot.peek_mut(&id) {
                write_standing(&self.db, hot)?;
                hot.change = Change::None;
            }
        }
        self.db.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Leaves the transaction, whatever became of it.
    pub(super) fn roll_back(&mut self) {
        self.forget();
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "could not roll back");
        }
    }

    /// Moves what is in the write-ahead log into the database file.
    pub(super) fn checkpoint(&self) {
        if let Err(error) = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "could not empty the write-ahead log; it is read at the next start");
        }
    }

    /// The row of a shop.
    pub(super) fn shop(&mut self, shop: &ShopId) -> Result<Option<i64>> {
        if let Some(row) = self.shops.get(shop) {
            return Ok(Some(*row));
        }
        let row = self
            .db
            .prepare_cached("SELECT shop FROM shops WHERE id = ?1")?
            .query_row([shop.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(row) = row {
            self.shops.insert(shop.clone(), row);
        }
        Ok(row)
    }

    /// A conversation, whosever it is.
    pub(super) fn any_conversation(&mut self, id: ConversationId) -> Result<Option<Hot>> {
        if let Some(hot) = self.hot.get(&id) {
            return Ok(Some(*hot));
        }
        let hot = read_hot(&self.db, id)?;
        if let Some(hot) = hot {
            self.hot.insert(id, hot);
        }
        Ok(hot)
    }

    /// A conversation of this shop.
    pub(super) fn conversation(&mut self, shop: &ShopId, id: ConversationId) -> Result<Option<Hot>> {
        let Some(shop) = self.shop(shop)? else { return Ok(None) };
        Ok(self.any_conversation(id)?.filter(|hot| hot.shop == shop))
    }

    /// Takes a conversation to hand that was just inserted as it stands.
    pub(super) fn add(&mut self, id: ConversationId, shop: i64, secret: Digest, standing: Standing) -> Hot {
        let row = self.db.last_insert_rowid();
        let hot = Hot { row, shop, secret, link_secret: None, standing, change: Change::None };
        self.hot.insert(id, hot);
        hot
    }

    /// Remembers how a conversation stands now; written before the commit.
    pub(super) fn stand(&mut self, id: ConversationId, mut hot: Hot, standing: Standing) {
        let change = if standing.stands_elsewhere(&hot.standing) { Change::All } else { Change::Few };
        if hot.change == Change::None {
            self.changed.push(id);
        }
        hot.change = hot.change.max(change);
        hot.standing = standing;
        self.hot.insert(id, hot);
    }

    /// The secret of a conversation's private links is another one now.
    pub(super) fn relink(&mut self, id: ConversationId, secret: Option<Digest>) {
        if let Some(hot) = self.hot.get_mut(&id) {
            hot.link_secret = secret;
        }
    }

    fn forget(&mut self) {
        self.shops.clear();
        self.hot.clear();
        self.ways.clear();
        self.changed.clear();
    }
}

fn read_hot(db: &Connection, id: ConversationId) -> Result<Option<Hot>> {
    db.prepare_cached(
        "SELECT conversation, shop, secret, last_seq, last_at, last_side, waiting_since, closed, unread,
                visitor_handed, visitor_opened, owner_handed, owner_opened, link_secret
         FROM conversations WHERE id = ?1",
    )?
    .query_row([id.as_bytes()], |row| {
        Ok(Hot {
            row: row.get(0)?,
            shop: row.get(1)?,
            secret: row.digest(2)?,
            link_secret: row.get::<_, Option<[u8; 32]>>(13)?.map(Digest),
            standing: Standing {
                last: row.seq(3)?,
                last_at: row.at(4)?,
                last_from: row.side(5)?,
                waiting_since: row.maybe_at(6)?,
                closed: row.get(7)?,
                unread: row.get(8)?,
                visitor: row.receipt(9)?,
                owner: row.receipt(11)?,
            },
            change: Change::None,
        })
    })
    .optional()
}

fn write_standing(db: &Connection, hot: &Hot) -> Result<()> {
    const FEW: &str = "UPDATE conversations SET last_seq = ?2, last_at = ?3, last_side = ?4, unread = ?5,
            visitor_handed = ?6, visitor_opened = ?7, owner_handed = ?8, owner_opened = ?9
        WHERE conversation = ?1";
    const ALL: &str = "UPDATE conversations SET last_seq = ?2, last_at = ?3, last_side = ?4, unread = ?5,
            visitor_handed = ?6, visitor_opened = ?7, owner_handed = ?8, owner_opened = ?9,
            waiting_since = ?10, closed = ?11
        WHERE conversation = ?1";
    let Hot { row, standing, .. } = hot;
    let (at, side) = (millis(standing.last_at), side_code(standing.last_from));
    let waiting_since = standing.waiting_since.map(millis);
    let values: [&dyn ToSql; 11] = [
        row,
        &standing.last.0,
        &at,
        &side,
        &standing.unread,
        &standing.visitor.handed.0,
        &standing.visitor.opened.0,
        &standing.owner.handed.0,
        &standing.owner.opened.0,
        &waiting_since,
        &standing.closed,
    ];
    // SQLite looks up every index that has a column which is set, changed or not.
    match hot.change {
        Change::All => db.prepare_cached(ALL)?.execute(values.as_slice())?,
        Change::Few | Change::None => db.prepare_cached(FEW)?.execute(&values[..9])?,
    };
    Ok(())
}
