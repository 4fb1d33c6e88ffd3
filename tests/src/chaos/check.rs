//! Whether everything that was promised is true, once all is quiet.

use super::{
    ledger::Kept,
    memory::{Memory, Stored},
    people::Written,
    world::World,
};
use crate::{Relay, Visitor, host::Storage};
use anyhow::Result;
use shopbell_protocol::{ConversationId, MessageId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Promises that were broken, at most so many are told.
const TOLD: usize = 20;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Looks at the store, the log of what was acknowledged and what everybody sees. Gives what is
/// wrong, in sentences.
pub(super) async fn all(world: &World) -> Result<Vec<String>> {
    let conversations: Vec<_> = world.people.visitors.iter().map(|visitor| visitor.conversation()).collect();
    let relay = &world.relays[0];
    let mut wrong: Vec<_> = world.memory.damage(relay)?.into_iter().collect();
    let stored = world.memory.messages(relay, &conversations).await?;
    wrong.extend(in_store(&stored));
    wrong.extend(acknowledged(&world.ledger.close()?, &stored));
    for written in world.people.written() {
        wrong.extend(in_order(&written, &stored));
    }
    wrong.extend(world.ledger.lies());
    wrong.extend(void(world).await?);
    if wrong.is_empty() {
        shown(world, &stored).await;
    }
    wrong.truncate(TOLD);
    Ok(wrong)
}

/// Only what was acknowledged and is not there.
pub(super) async fn lost(world: &World) -> Result<usize> {
    let kept = world.ledger.close()?;
    let conversations: HashSet<_> = kept.iter().map(|kept| kept.conversation).collect();
    let conversations: Vec<_> = conversations.into_iter().collect();
    let stored = world.memory.messages(&world.relays[0], &conversations).await?;
    Ok(acknowledged(&kept, &stored).len())
}

/// What was to go wrong and did not: then the round shows nothing.
async fn void(world: &World) -> Result<Vec<String>> {
    let span = world.memory.span_ms(&world.relays[0]).await?;
    let mut felt = vec![
        ("no relay's clock ever stepped by a day", span >= DAY_MS),
        ("no answer of a relay's was ever swallowed", world.wire.swallowed() > 0),
        ("not every older relay was replaced", !world.relays.iter().any(Relay::is_older)),
    ];
    match &world.memory {
        Memory::Disk(disk) => felt.extend([
            ("the disk never refused anything", disk.refused() > 0),
            ("nothing was ever synced", disk.syncs() > 0),
        ]),
        Memory::Shared(shared) => {
            let said: String = world.relays.iter().map(Relay::log).collect();
            felt.extend([
                ("no relay ever missed the database", said.contains("could not commit")),
                ("no relay ever missed NATS", said.contains("NATS is away")),
                ("no answer of the database's was swallowed", shared.to_postgres.swallowed() > 0),
                ("nothing of NATS's was swallowed", shared.to_nats.iter().any(|wire| wire.swallowed() > 0)),
            ]);
        }
    }
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
        // With so many, not all are on the list's first page.
        owner.open_by_link(visitor.conversation()).await;
        owner.load_all(bodies.len()).await;
        owner.until_bodies(&bodies).await;
    }
}
