//! A batch's rows: those that every one has in one statement, each of the others in its own.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{ConversationId, Side};
use std::{borrow::Cow, sync::LazyLock};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::{
    pictures, reads,
    rows::{Columns, Fault, Key, Result, execute, first, maybe_text, millis, place, side_code, text},
    standings::{self, Sheet},
    wakes,
};
use super::{
    Stopped,
    plan::{NewMessage, Plan},
};
use crate::{standing::Standing, wake};

/// The conversations that the batch found and has changed.
fn old_talks(plan: &Plan<'_>) -> impl Iterator<Item = (ConversationId, Standing)> {
    let old = plan.talks.iter().filter(|(_, talk)| talk.changed && talk.began.is_none());
    old.map(|(id, talk)| (*id, talk.standing))
}

/// Those that it begins, as they stand after it.
pub(super) async fn conversations(
    db: &impl GenericClient,
    plan: &Plan<'_>,
) -> std::result::Result<(), Stopped> {
    let mut new: Vec<_> =
        plan.talks.iter().filter_map(|(id, talk)| talk.began.map(|append| (*id, talk, append))).collect();
    // In the order of locks, for another relay may begin the same ones.
    new.sort_unstable_by_key(|(id, ..)| id.key());
    for (id, talk, append) in &new {
        let (standing, page) = (&talk.standing, append.page.as_ref());
        let (visitor, owner) = (standing.receipt(Side::Visitor), standing.receipt(Side::Owner));
        let begun = execute(
            db,
            "INSERT INTO conversations (id, shop, secret, began_at, last_seq, last_at, last_side, waiting_since,
                 closed, unread, visitor_handed, visitor_opened, owner_handed, owner_opened,
                 locale, time_zone, page_url, page_title)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT (id) DO NOTHING",
            &[
                &id.key(),
                &talk.shop.as_str(),
                &&talk.secret().0[..],
                &millis(append.at),
                &place(standing.last),
                &millis(standing.last_at),
                &side_code(standing.last_from),
                &standing.waiting_since.map(millis),
                &standing.closed,
                &i64::from(standing.unread),
                &place(visitor.handed),
                &place(visitor.opened),
                &place(owner.handed),
                &place(owner.opened),
                &maybe_text(append.locale.as_deref()),
                &maybe_text(append.time_zone.as_deref()),
                &maybe_text(page.map(|page| page.url.as_str())),
                &maybe_text(page.map(|page| page.title.as_str())),
            ],
        )
        .await?;
        if begun == 0 {
            return Err(Stopped::Known);
        }
    }
    Ok(())
}

/// What a batch writes last, in one statement, for each one costs the server an answer of its own:
/// its messages, how the conversations that it found stand now, and what the other relays hear of
/// it. Inserting is the look-up too, because nearly every message is new: one that is known stops
/// the whole transaction.
pub(super) static BATCH: LazyLock<String> = LazyLock::new(|| {
    let first = 1 + MESSAGE_COLUMNS;
    format!(
        "WITH kept AS ({MESSAGES}), stood AS ({}) {}",
        standings::update(first),
        wakes::insert(first + standings::COLUMNS),
    )
});

const MESSAGES: &str = "
    INSERT INTO messages (conversation, id, seq, at, side, system, body)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::smallint[], $6::boolean[],
                         $7::text[])";
const MESSAGE_COLUMNS: usize = 7;

/// Columns of a batch's messages, side by side.
struct Sheaf<'a> {
    talks: Vec<Uuid>,
    ids: Vec<Uuid>,
    seqs: Vec<i64>,
    ats: Vec<i64>,
    sides: Vec<i16>,
    systems: Vec<bool>,
    bodies: Vec<Cow<'a, str>>,
}

impl<'a> Sheaf<'a> {
    fn of(all: &[NewMessage<'a>]) -> Self {
        Self {
            talks: all.iter().map(|message| message.append.conversation.key()).collect(),
            ids: all.iter().map(|message| message.append.id.key()).collect(),
            seqs: all.iter().map(|message| place(message.seq)).collect(),
            ats: all.iter().map(|message| millis(message.append.at)).collect(),
            sides: all.iter().map(|message| side_code(message.append.from)).collect(),
            systems: all.iter().map(|message| message.append.system).collect(),
            bodies: all.iter().map(|message| text(&message.append.body)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); MESSAGE_COLUMNS] {
        [&self.talks, &self.ids, &self.seqs, &self.ats, &self.sides, &self.systems, &self.bodies]
    }
}

/// The messages alone, when more is written that hangs on them.
pub(super) async fn messages(db: &impl GenericClient, plan: &Plan<'_>) -> std::result::Result<(), Stopped> {
    execute(db, MESSAGES, &Sheaf::of(&plan.messages).params()).await.map_err(stopped)?;
    Ok(())
}

/// The end of a batch, with these of its messages; gives the number under which the other relays
/// hear of it. Whoever waits between that number and the commit keeps the others from it.
pub(super) async fn batch(
    db: &impl GenericClient,
    relay: u64,
    plan: &Plan<'_>,
    messages: &[NewMessage<'_>],
) -> std::result::Result<Option<i64>, Stopped> {
    let (sheaf, sheet) = (Sheaf::of(messages), Sheet::of(old_talks(plan)));
    let (relay, told) = (wakes::relay_code(relay), wake::encode(&plan.wakes));
    let mut params = sheaf.params().to_vec();
    params.extend(sheet.params());
    params.extend([&relay as &(dyn ToSql + Sync), &told]);
    let row = first(db, &BATCH, &params).await.map_err(stopped)?;
    Ok(row.map(|row| row.cell(0)).transpose()?)
}

fn stopped(fault: Fault) -> Stopped {
    if fault.is_known_already() { Stopped::Known } else { fault.into() }
}

/// Whether it begins conversations, or any message has pictures.
pub(super) fn has_more(plan: &Plan<'_>) -> bool {
    plan.talks.values().any(|talk| talk.began.is_some())
        || plan.messages.iter().any(|message| !message.append.pictures.is_empty())
}

/// What only few messages have: pictures, and the page that a conversation begins on.
pub(super) async fn extras(db: &impl GenericClient, plan: &Plan<'_>) -> Result<()> {
    let mut files = Vec::new();
    for message in &plan.messages {
        let (talk, seq) = (message.append.conversation, message.seq);
        let pictures = message.append.pictures.iter().enumerate();
        files.extend(pictures.map(|(number, file)| (talk, seq, number, file)));
    }
    if !files.is_empty() {
        pictures::put(db, &files).await?;
    }
    for (id, talk) in &plan.talks {
        if let Some(append) = talk.began
            && let Some(page) = &append.page
        {
            reads::put_visit(db, *id, page, append.at).await?;
        }
    }
    Ok(())
}
