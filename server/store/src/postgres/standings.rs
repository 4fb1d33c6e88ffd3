//! How conversations stand: read under their locks, and written back.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{ConversationId, ShopId, Side};
use std::{collections::HashMap, sync::LazyLock};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::{Columns, Key, Result, execute, millis, place, rows, side_code};
use crate::{Digest, standing::Standing};

/// A conversation whose row this transaction has locked.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    pub(super) shop: ShopId,
    pub(super) secret: Digest,
    pub(super) link_secret: Option<Digest>,
    pub(super) standing: Standing,
}

/// Locks conversations until the transaction ends, in the order of their ids; those that
/// there are none of are missing from the answer.
pub(super) async fn lock(
    db: &impl GenericClient,
    ids: impl Iterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, Locked>> {
    let ids: Vec<Uuid> = ids.map(|id| id.key()).collect();
    let found = rows(
        db,
        "SELECT id, shop, secret, link_secret, last_seq, last_at, last_side, waiting_since, closed, unread,
             visitor_handed, visitor_opened, owner_handed, owner_opened
         FROM conversations WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        &[&ids],
    )
    .await?;
    found
        .iter()
        .map(|row| {
            let standing = Standing {
                last: row.seq(4)?,
                last_at: row.at(5)?,
                last_from: row.side(6)?,
                waiting_since: row.maybe_at(7)?,
                closed: row.cell(8)?,
                unread: row.number(9)?,
                visitor: row.receipt(10)?,
                owner: row.receipt(12)?,
            };
            let (secret, link_secret) = (row.digest(2)?, row.maybe_digest(3)?);
            Ok((row.conversation_id(0)?, Locked { shop: row.shop_id(1)?, secret, link_secret, standing }))
        })
        .collect()
}

/// Locks one conversation; none when this shop has no such one.
pub(super) async fn lock_one(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
) -> Result<Option<Locked>> {
    let found = lock(db, std::iter::once(id)).await?.remove(&id);
    Ok(found.filter(|locked| locked.shop == *shop))
}

/// How many columns a [`Sheet`] has.
pub(super) const COLUMNS: usize = 11;

/// The statement that writes how conversations stand, with a [`Sheet`]'s columns from the
/// parameter of this number on.
pub(super) fn update(first: usize) -> String {
    let kinds = [
        "uuid", "bigint", "bigint", "smallint", "bigint", "boolean", "bigint", "bigint", "bigint", "bigint",
        "bigint",
    ];
    let columns: [String; COLUMNS] = std::array::from_fn(|n| format!("${}::{}[]", first + n, kinds[n]));
    format!(
        "UPDATE conversations c SET last_seq = n.last_seq, last_at = n.last_at, last_side = n.last_side,
             waiting_since = n.waiting_since, closed = n.closed, unread = n.unread,
             visitor_handed = n.visitor_handed, visitor_opened = n.visitor_opened,
             owner_handed = n.owner_handed, owner_opened = n.owner_opened
         FROM unnest({})
             AS n (id, last_seq, last_at, last_side, waiting_since, closed, unread,
                   visitor_handed, visitor_opened, owner_handed, owner_opened)
         WHERE c.id = n.id",
        columns.join(", "),
    )
}

/// Columns of many conversations, side by side, for one statement.
#[derive(Default)]
pub(super) struct Sheet {
    ids: Vec<Uuid>,
    last_seq: Vec<i64>,
    last_at: Vec<i64>,
    last_side: Vec<i16>,
    waiting_since: Vec<Option<i64>>,
    closed: Vec<bool>,
    unread: Vec<i64>,
    receipts: [Vec<i64>; 4],
}

impl Sheet {
    pub(super) fn of(standings: impl Iterator<Item = (ConversationId, Standing)>) -> Self {
        let mut sheet = Self::default();
        for (id, standing) in standings {
            sheet.ids.push(id.key());
            sheet.last_seq.push(place(standing.last));
            sheet.last_at.push(millis(standing.last_at));
            sheet.last_side.push(side_code(standing.last_from));
            sheet.waiting_since.push(standing.waiting_since.map(millis));
            sheet.closed.push(standing.closed);
            sheet.unread.push(standing.unread.into());
            let [visitor, owner] = [standing.receipt(Side::Visitor), standing.receipt(Side::Owner)];
            let places = [visitor.handed, visitor.opened, owner.handed, owner.opened];
            for (column, seq) in sheet.receipts.iter_mut().zip(places) {
                column.push(place(seq));
            }
        }
        sheet
    }

    /// What [`update`] is given.
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); COLUMNS] {
        let [visitor_handed, visitor_opened, owner_handed, owner_opened] = &self.receipts;
        [
            &self.ids,
            &self.last_seq,
            &self.last_at,
            &self.last_side,
            &self.waiting_since,
            &self.closed,
            &self.unread,
            visitor_handed,
            visitor_opened,
            owner_handed,
            owner_opened,
        ]
    }
}

static ALONE: LazyLock<String> = LazyLock::new(|| update(1));

/// Writes back how a locked conversation stands now.
pub(super) async fn write(db: &impl GenericClient, id: ConversationId, standing: Standing) -> Result<()> {
    execute(db, &ALONE, &Sheet::of(std::iter::once((id, standing))).params()).await?;
    Ok(())
}
