//! On which ways a batch's messages are told, and the rows that come of it.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{ConversationId, Seq, ShopId, Side, UnixMillis};
use std::collections::HashMap;
use uuid::Uuid;

use super::super::rows::{Columns, Key, Result, execute, millis, place, rows};
use crate::ways::Way;

/// On which ways messages are told, as it stood when a batch began.
#[derive(Default)]
pub(in crate::postgres) struct Ways {
    owners: HashMap<ShopId, Vec<Way<Uuid>>>,
    visitors: HashMap<ConversationId, Vec<Way<Uuid>>>,
}

impl Ways {
    /// Those to the other side of whoever writes, in order.
    pub(in crate::postgres) fn of(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        from: Side,
    ) -> &[Way<Uuid>] {
        let ways = match from {
            Side::Visitor => self.owners.get(shop),
            Side::Owner => self.visitors.get(&conversation),
        };
        ways.map_or(&[], Vec::as_slice)
    }
}

/// The owners' channels of these shops, and the visitors' of these conversations. What is gone
/// is no way any more.
pub(in crate::postgres) async fn ways(
    db: &impl GenericClient,
    shops: &[ShopId],
    conversations: &[ConversationId],
) -> Result<Ways> {
    let shops: Vec<&str> = shops.iter().map(ShopId::as_str).collect();
    let talks: Vec<Uuid> = conversations.iter().map(Key::key).collect();
    let found = rows(
        db,
        "SELECT id, shop, conversation, wait_minutes, sick_since IS NULL, place FROM channels
         WHERE shop = ANY($1) AND conversation IS NULL AND NOT gone
         UNION ALL
         SELECT id, shop, conversation, wait_minutes, sick_since IS NULL, place FROM channels
         WHERE conversation = ANY($2) AND conversation IS NOT NULL AND NOT gone
         ORDER BY place, id",
        &[&shops, &talks],
    )
    .await?;
    let mut ways = Ways::default();
    for row in &found {
        let way = Way { row: row.cell(0)?, wait_minutes: row.cell(3)?, well: row.cell(4)? };
        match row.cell::<Option<Uuid>>(2)? {
            None => ways.owners.entry(row.shop_id(1)?).or_default().push(way),
            Some(_) => ways.visitors.entry(row.conversation_id(2)?).or_default().push(way),
        }
    }
    Ok(ways)
}

/// A message to be told on one way.
#[derive(Debug, Clone, Copy)]
pub(in crate::postgres) struct NewDelivery {
    pub(in crate::postgres) conversation: ConversationId,
    pub(in crate::postgres) seq: Seq,
    pub(in crate::postgres) channel: Uuid,
    pub(in crate::postgres) since: UnixMillis,
    /// None while it waits for another way to fail.
    pub(in crate::postgres) due: Option<i64>,
}

/// Writes what messages came to; the rows of one message stand together, in the order of its
/// ways. Locks the channels until the transaction ends, so that one which another relay finds
/// sick, or lets rest, just now misses nothing.
pub(in crate::postgres) async fn put(db: &impl GenericClient, planned: &[NewDelivery]) -> Result<()> {
    if planned.is_empty() {
        return Ok(());
    }
    let mut channels: Vec<Uuid> = planned.iter().map(|row| row.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    let sql = "SELECT id, sick_since IS NULL FROM channels WHERE id = ANY($1) AND NOT gone
               ORDER BY id FOR NO KEY UPDATE";
    let found = rows(db, sql, &[&channels]).await?;
    let well = found.iter().map(|row| Ok((row.cell(0)?, row.cell(1)?))).collect::<Result<HashMap<_, _>>>()?;
    insert(db, &as_it_stands(planned, &well)).await
}

/// Plans anew where a channel was removed since the ways were read, or has become sick: the
/// first that is well stands in for it.
fn as_it_stands(planned: &[NewDelivery], well: &HashMap<Uuid, bool>) -> Vec<NewDelivery> {
    let mut all = Vec::with_capacity(planned.len());
    for message in
        planned.chunk_by(|one, other| (one.conversation, one.seq) == (other.conversation, other.seq))
    {
        let begin = all.len();
        all.extend(message.iter().filter(|row| well.contains_key(&row.channel)));
        let rows: &mut [NewDelivery] = &mut all[begin..];
        let first_well = rows.iter().position(|row| well.get(&row.channel) == Some(&true));
        if let Some(stands_in) = first_well.filter(|place| *place > 0) {
            rows[stands_in].due = Some(millis(rows[stands_in].since));
        }
    }
    all
}

/// Writes rows of channels that this transaction has locked, and has them looked at in time.
async fn insert(db: &impl GenericClient, new: &[NewDelivery]) -> Result<()> {
    let conversations: Vec<Uuid> = new.iter().map(|row| row.conversation.key()).collect();
    let seqs: Vec<i64> = new.iter().map(|row| place(row.seq)).collect();
    let channels: Vec<Uuid> = new.iter().map(|row| row.channel).collect();
    let sinces: Vec<i64> = new.iter().map(|row| millis(row.since)).collect();
    let dues: Vec<Option<i64>> = new.iter().map(|row| row.due).collect();
    execute(
        db,
        "WITH n AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[])
                 AS n (conversation, seq, channel, since, due_at)),
         put AS (
             INSERT INTO deliveries (conversation, seq, channel, state, since, due_at)
             SELECT conversation, seq, channel, 1, since, due_at FROM n)
         UPDATE channels h SET next_at = greatest(f.due_at, h.not_before)
         FROM (SELECT channel, min(due_at) AS due_at FROM n WHERE due_at IS NOT NULL GROUP BY channel) f
         WHERE h.id = f.channel AND (h.next_at IS NULL OR h.next_at > greatest(f.due_at, h.not_before))",
        &[&conversations, &seqs, &channels, &sinces, &dues],
    )
    .await?;
    Ok(())
}
