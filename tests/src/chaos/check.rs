//! Whether everything that was promised is true, once all is quiet.

use super::{ledger::Kept, people::Written, world::World};
use crate::{
    Visitor,
    host::Storage,
    stored::{self, StoredMessage},
};
use anyhow::Result;
use shopbell_protocol::{ConversationId, MessageId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Promises that were broken, at most so many are told.
const TOLD: usize = 20;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What was found in a conversation in the store.
type Stored = HashMap<ConversationId, Vec<StoredMessage>>;

/// Looks at the store, the log of what was acknowledged and what everybody sees. Gives what is
/// wrong, in sentences.
pub(super) async fn all(world: &World) -> Result<Vec<String>> {
    let conversations: Vec<_> = world.people.visitors.iter().map(|visitor| visitor.conversation()).collect();
    let db = stored::open(&world.relay);
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let mut wrong = Vec::new();
    if whole != "ok" {
        wrong.push(format!("the database is damaged: {whole}"));
    }
    let stored: Stored = conversations.iter().map(|id| (*id, stored::messages(&db, *id))).collect();
    wrong.extend(in_store(&stored));
    wrong.extend(acknowledged(&world.ledger.close()?, &stored));
    for written in world.people.written() {
        wrong.extend(in_order(&written, &stored));
    }
    wrong.extend(world.ledger.lies());
    wrong.extend(void(world, &db)?);
    if wrong.is_empty() {
        shown(world, &stored).await;
    }
    wrong.truncate(TOLD);
    Ok(wrong)
}

/// Only what was acknowledged and is not there.
pub(super) fn lost(kept: &[Kept], db: &rusqlite::Connection) -> usize {
    let conversations: HashSet<_> = kept.iter().map(|kept| kept.conversation).collect();
    let stored = conversations.into_iter().map(|id| (id, stored::messages(db, id))).collect();
    acknowledged(kept, &stored).len()
}

/// What was to go wrong and did not: then the round shows nothing.
fn void(world: &World, db: &rusqlite::Connection) -> Result<Vec<String>> {
    let span: u64 = db
        .query_row("SELECT max(at) - min(at) FROM messages", [], |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    let felt = [
        ("the relay's clock never stepped by a day", span >= DAY_MS),
        ("the disk never refused anything", world.disk.refused() > 0),
        ("no answer of the relay's was ever swallowed", world.wire.swallowed() > 0),
        ("nothing was ever synced", world.disk.syncs() > 0),
    ];
    Ok(felt.into_iter().filter(|(_, is_felt)| !is_felt).map(|(void, _)| format!("void: {void}")).collect())
}

fn in_store(stored: &Stored) -> Vec<String> {
    let mut wrong = Vec::new();
    for (conversation, messages) in stored {
        let ids: HashSet<_> = messages.iter().map(|message| message.id).collect();
        if ids.len() < messages.len() {
            wrong.push(format!("{conversation}: {} are doubled", messages.len() - ids.len()));
        }
        if let Some(place) = messages.iter().zip(1..).position(|(message, place)| message.seq != place) {
            wrong.push(format!("{conversation}: there is a gap at place {}", place + 1));
        }
    }
    wrong
}

fn acknowledged(kept: &[Kept], stored: &Stored) -> Vec<String> {
    let places: HashMap<(ConversationId, MessageId), u32> = stored
        .iter()
        .flat_map(|(id, messages)| messages.iter().map(move |message| ((*id, message.id), message.seq)))
        .collect();
    let look = |kept: &Kept| match places.get(&(kept.conversation, kept.id)) {
        None => Some(format!("{} was acknowledged at {} and is lost", kept.id, kept.at_ms)),
        Some(place) if *place != kept.seq.0 => {
            Some(format!("{} was acknowledged as {} and is {place}", kept.id, kept.seq))
        }
        Some(_) => None,
    };
    kept.iter().filter_map(look).collect()
}

/// All that was written on a device is there, in the order in which it was written, word for word.
fn in_order(written: &Written, stored: &Stored) -> Vec<String> {
    let mut by_conversation = BTreeMap::<_, Vec<_>>::new();
    for (conversation, id, body) in written {
        by_conversation.entry(*conversation).or_default().push((*id, body.as_str()));
    }
    let mut wrong = Vec::new();
    for (conversation, written) in by_conversation {
        let ids: HashSet<_> = written.iter().map(|(id, _)| *id).collect();
        let messages = stored.get(&conversation).map(Vec::as_slice).unwrap_or_default();
        let own = messages.iter().filter(|message| ids.contains(&message.id));
        if !own.map(|message| (message.id, message.body.as_str())).eq(written) {
            wrong.push(format!("{conversation}: what a device wrote there is not there in its order"));
        }
    }
    wrong
}

/// Who was there all along, who comes anew, and the owner see what the store has.
async fn shown(world: &World, stored: &Stored) {
    let origin = world.wire.origin();
    for visitor in &world.people.visitors {
        let bodies: Vec<_> =
            stored[&visitor.conversation()].iter().map(|message| message.body.as_str()).collect();
        visitor.load_all(bodies.len()).await;
        visitor.until_bodies(&bodies).await;
        let again = Visitor::waiting(origin.clone(), "oak", visitor.credential.clone(), Storage::default());
        again.start();
        again.load_all(bodies.len()).await;
        again.until_bodies(&bodies).await;
        let owner = &world.people.owners[0];
        owner.open(visitor.conversation()).await;
        owner.load_all(bodies.len()).await;
        owner.until_bodies(&bodies).await;
    }
}
