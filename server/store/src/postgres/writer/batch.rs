//! One batch in one transaction: locks, reads, works out, writes, commits. What need not wait
//! for an answer is sent behind what was sent before, so that most batches take two round trips.

use deadpool_postgres::{Client, GenericClient};
use shopbell_protocol::{ConversationId, Receipt, Seq, ShopId, Side};
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

use super::super::{
    deliveries,
    rows::{Columns, Fault, Key, Result, first, place, rows, side_code},
    standings,
};
use super::{
    Change, Changed, Job, Stopped, What, insert,
    plan::{Known, KnownMessages, Plan},
};
use crate::{Append, AppendError, Appended, Wake};

/// What became of a batch.
#[derive(Default)]
pub(super) struct Kept {
    /// Of its appends, in order.
    pub(super) appended: Vec<std::result::Result<Appended, AppendError>>,
    /// Of its changes, in order.
    pub(super) changed: Vec<Changed>,
    /// What other relays hear of it, and under which number it was written down.
    pub(super) wakes: Vec<Wake>,
    pub(super) told: Option<i64>,
}

/// Has a fresh connection know the statement that writes a batch, so that it does not wait to be
/// prepared while what is sent behind it goes ahead.
pub(super) async fn get_ready(db: &Client) -> Result<()> {
    db.prepare_cached(&insert::BATCH).await?;
    Ok(())
}

/// Keeps a batch. When it stops, the transaction is still open.
pub(super) async fn keep(
    db: &Client,
    batch: &[Job],
    relay: u64,
    careful: bool,
) -> std::result::Result<Kept, Stopped> {
    let appends: Vec<&Append> = batch.iter().filter_map(append_of).collect();
    let talks = concerned(batch);
    if talks.is_empty() {
        return Ok(Kept::default());
    }
    let shops: Vec<ShopId> =
        appends.iter().map(|append| append.shop.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let ((), locked, ways, known) = tokio::try_join!(
        biased;
        async { Ok(db.batch_execute("BEGIN").await?) },
        standings::lock(db, talks.iter().copied()),
        deliveries::ways(db, &shops, &talks),
        known(db, if careful { &appends } else { &[] }),
    )?;
    let mut shops_found: HashSet<ShopId> = locked.values().map(|locked| locked.shop.clone()).collect();
    let others: Vec<ShopId> = shops.into_iter().filter(|shop| !shops_found.contains(shop)).collect();
    if !others.is_empty() {
        shops_found.extend(existing(db, &others).await?);
    }
    let mut plan = Plan::new(shops_found, locked, known);
    let mut kept = Kept::default();
    for job in batch {
        match job {
            Job::Append(append) => {
                let appended = plan.append(append, kept.appended.len());
                kept.appended.push(appended);
            }
            Job::Change(change) => kept.changed.push(apply(db, &mut plan, change).await?),
            Job::Fence(_) | Job::Close => {}
        }
    }
    let deliveries = plan_deliveries(&plan, &ways, &mut kept);
    if !plan.talks.values().any(|talk| talk.changed) {
        roll_back(db).await?;
        return Ok(kept);
    }
    let rare = !deliveries.is_empty() || insert::has_more(&plan);
    if rare {
        insert::conversations(db, &plan).await?;
        insert::messages(db, &plan).await?;
        deliveries::put(db, &deliveries).await?;
        insert::extras(db, &plan).await?;
    }
    let messages = if rare { &[] } else { &plan.messages[..] };
    // When the first of these fails, the commit does nothing.
    let (told, ()) = tokio::try_join!(
        biased;
        insert::batch(db, relay, &plan, messages),
        async { Ok(db.batch_execute("COMMIT").await?) },
    )
    .map_err(at_commit)?;
    kept.told = told;
    kept.wakes = plan.wakes;
    Ok(kept)
}

/// What the server itself refused is not kept; of all else that happens beside the commit nobody
/// knows.
fn at_commit(stopped: Stopped) -> Stopped {
    match stopped {
        Stopped::Before(Fault::Sql(error)) if error.as_db_error().is_none() => {
            Stopped::AtCommit(Fault::Sql(error))
        }
        stopped => stopped,
    }
}

/// Gives up what a batch has done so far.
pub(super) async fn roll_back(db: &Client) -> Result<()> {
    Ok(db.batch_execute("ROLLBACK").await?)
}

fn append_of(job: &Job) -> Option<&Append> {
    match job {
        Job::Append(append) => Some(append),
        _ => None,
    }
}

/// The conversations of a batch, each once.
fn concerned(batch: &[Job]) -> Vec<ConversationId> {
    let of = |job: &Job| match job {
        Job::Append(append) => Some(append.conversation),
        Job::Change(change) => Some(change.conversation),
        Job::Fence(_) | Job::Close => None,
    };
    batch.iter().filter_map(of).collect::<HashSet<_>>().into_iter().collect()
}

/// Those of the shops that there are.
async fn existing(db: &impl GenericClient, shops: &[ShopId]) -> Result<HashSet<ShopId>> {
    let names: Vec<&str> = shops.iter().map(ShopId::as_str).collect();
    let found = rows(db, "SELECT id FROM shops WHERE id = ANY($1)", &[&names]).await?;
    found.iter().map(|row| row.shop_id(0)).collect()
}

/// Those of the messages that were kept before.
async fn known(db: &impl GenericClient, appends: &[&Append]) -> Result<KnownMessages> {
    if appends.is_empty() {
        return Ok(KnownMessages::new());
    }
    let ids: Vec<Uuid> = appends.iter().map(|append| append.id.key()).collect();
    let talks: Vec<Uuid> = appends.iter().map(|append| append.conversation.key()).collect();
    let found = rows(
        db,
        "SELECT m.conversation, m.id, m.seq, m.at, m.side, m.body
         FROM unnest($1::uuid[], $2::uuid[]) AS n (id, conversation)
             JOIN messages m ON m.id = n.id AND m.conversation = n.conversation",
        &[&ids, &talks],
    )
    .await?;
    found
        .iter()
        .map(|row| {
            let seq = row.seq(2)?;
            let appended =
                Appended { seq, at: row.at(3)?, fresh: false, began: seq == Seq(1), deliveries: 0 };
            let known = Known { appended, from: row.side(4)?, body: row.cell(5)? };
            Ok(((row.conversation_id(0)?, row.message_id(1)?), known))
        })
        .collect()
}

/// Works out a change. Only an owner who has not opened everything makes it look into the
/// messages.
async fn apply(db: &impl GenericClient, plan: &mut Plan<'_>, change: &Change) -> Result<Changed> {
    let id = change.conversation;
    let Some(talk) = plan.talk(&change.shop, id) else { return Ok(Changed::None) };
    let (side, to) = match change.what {
        What::Close(closed) => {
            talk.changed |= talk.standing.closed != closed;
            talk.standing.closed = closed;
            return Ok(Changed::Nothing);
        }
        What::Advance(side, to) => (side, to),
    };
    let old = talk.standing.receipt(side);
    let receipt = talk.standing.advanced(side, to);
    if receipt == old {
        return Ok(Changed::Nothing);
    }
    let last = talk.standing.last;
    if side == Side::Owner && receipt.opened != old.opened {
        let unread = match receipt.opened {
            opened if opened == last => 0,
            opened => count_unread(db, id, opened).await? + plan.unread_here(id, opened),
        };
        if let Some(talk) = plan.talk(&change.shop, id) {
            talk.standing.unread = unread;
        }
    }
    let Some(talk) = plan.talk(&change.shop, id) else { return Ok(Changed::None) };
    put_receipt(&mut talk.standing, side, receipt);
    talk.changed = true;
    plan.wakes.push(Wake::Receipt { shop: change.shop.clone(), conversation: id, side, receipt });
    Ok(Changed::Receipt(receipt))
}

fn put_receipt(standing: &mut crate::standing::Standing, side: Side, receipt: Receipt) {
    match side {
        Side::Visitor => standing.visitor = receipt,
        Side::Owner => standing.owner = receipt,
    }
}

async fn count_unread(db: &impl GenericClient, id: ConversationId, opened: Seq) -> Result<u32> {
    let sql = "SELECT count(*) FROM messages WHERE conversation = $1 AND seq > $2 AND side = $3";
    let found = first(db, sql, &[&id.key(), &place(opened), &side_code(Side::Visitor)]).await?;
    found.map_or(Ok(0), |row| row.number(0))
}

/// On which ways each new message is told.
fn plan_deliveries(
    plan: &Plan<'_>,
    ways: &deliveries::Ways,
    kept: &mut Kept,
) -> Vec<deliveries::NewDelivery> {
    let mut rows = Vec::new();
    for message in &plan.messages {
        let append = message.append;
        let ways = ways.of(&append.shop, append.conversation, append.from);
        for (channel, due) in crate::ways::plan(ways, super::super::rows::millis(append.at)) {
            let (conversation, seq) = (append.conversation, message.seq);
            rows.push(deliveries::NewDelivery { conversation, seq, channel, since: append.at, due });
        }
        if let Some(Ok(appended)) = kept.appended.get_mut(message.number) {
            appended.deliveries = u32::try_from(ways.len()).unwrap_or(u32::MAX);
        }
    }
    rows
}
