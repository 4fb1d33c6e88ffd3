//! How conversations stand: read under their locks, and written back.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{ConversationId, ShopId, Side};
use std::collections::HashMap;
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

/// How many conversations stand.
pub(super) const WRITE: &str = "
    UPDATE conversations c SET last_seq = n.last_seq, last_at = n.last_at, last_side = n.last_side,
         waiting_since = n.waiting_since, closed = n.closed, unread = n.unread,
         visitor_handed = n.visitor_handed, visitor_opened = n.visitor_opened,
         owner_handed = n.owner_handed, owner_opened = n.owner_opened
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::boolean[],
              $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
         AS n (id, last_seq, last_at, last_side, waiting_since, closed, unread,
               visitor_handed, visitor_opened, owner_handed, owner_opened)
     WHERE c.id = n.id";

/// Columns of many conversations, side by side, for one statement.
#[derive(Default)]
struct Sheet {
    ids: Vec<Uuid>,
    last_seq: Vec<i64>,
    last_at: Vec<i64>,
    last_side: Vec<i16>,
    waiting_since: Vec<Option<i64>>,
    closed: Vec<bool>,
    unread: Vec<i64>,
    receipts: [Vec<i64>; 4],
}

/// Writes back how locked conversations stand now.
pub(super) async fn write(
    db: &impl GenericClient,
    standings: impl Iterator<Item = (ConversationId, Standing)>,
) -> Result<()> {
    let mut sheet = Sheet::default();
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
    if sheet.ids.is_empty() {
        return Ok(());
    }
    let [visitor_handed, visitor_opened, owner_handed, owner_opened] = &sheet.receipts;
    execute(
        db,
        WRITE,
        &[
            &sheet.ids,
            &sheet.last_seq,
            &sheet.last_at,
            &sheet.last_side,
            &sheet.waiting_since,
            &sheet.closed,
            &sheet.unread,
            visitor_handed,
            visitor_opened,
            owner_handed,
            owner_opened,
        ],
    )
    .await?;
    Ok(())
}
