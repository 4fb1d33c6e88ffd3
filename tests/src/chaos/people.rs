//! Those who write to each other while all goes wrong around them.

use super::ledger::{Eye, Ledger};
use crate::{Owner, Relay, Visitor, host::Storage, people::credential, web};
use fastrand::Rng;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ConversationId, MessageId};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// Nobody writes on who has so much unsent.
const UNSENT: usize = 24;
/// Between two messages of one writer, at most.
const PAUSE_MS: u64 = 24;

/// What was written on one device, in order: where, as which message, which words.
pub(super) type Written = Vec<(ConversationId, MessageId, String)>;

/// All who write.
pub(super) struct People {
    pub(super) visitors: Vec<Arc<Visitor>>,
    pub(super) owners: Vec<Arc<Owner>>,
    written: Vec<Arc<Mutex<Written>>>,
    goes: watch::Sender<bool>,
    writing: JoinSet<()>,
}

impl People {
    /// They come, and each visitor has begun a conversation.
    pub(super) async fn come(relay: &Relay, origin: &str, ledger: &Arc<Ledger>, visitors: usize) -> Self {
        let mut owners = Vec::new();
        for _ in 0..2 {
            let cookie = web::sign_in_at(origin, &relay.sign_in_code("oak")).await;
            let owner = Owner::with_session(origin.into(), cookie, Storage::default());
            owner.watch(Eye::on_owner(ledger));
            owner.start();
            owners.push(Arc::new(owner));
        }
        let mut written = Vec::new();
        let mut guests = Vec::new();
        for number in 0..visitors {
            let visitor = Visitor::waiting(origin.into(), "oak", credential(), Storage::default());
            visitor.watch(Eye::on_visitor(ledger, visitor.conversation()));
            visitor.start();
            let body = format!("Is anybody there, for number {number}?");
            let id = visitor.write(&body);
            visitor.until_all_kept().await;
            written.push(Arc::new(Mutex::new(vec![(visitor.conversation(), id, body)])));
            guests.push(Arc::new(visitor));
        }
        written.extend(owners.iter().map(|_| Arc::default()));
        Self { visitors: guests, owners, written, goes: watch::Sender::new(false), writing: JoinSet::new() }
    }

    /// They write, and go on until they are to stop.
    pub(super) fn write(&mut self, dice: &mut Rng) {
        self.goes.send_replace(true);
        let conversations: Vec<_> = self.visitors.iter().map(|visitor| visitor.conversation()).collect();
        let mut written = self.written.iter().map(Arc::clone);
        for (visitor, written) in self.visitors.iter().zip(&mut written) {
            self.writing.spawn(visitor_writes(
                Arc::clone(visitor),
                written,
                self.goes.subscribe(),
                dice.fork(),
            ));
        }
        for (owner, written) in self.owners.iter().zip(&mut written) {
            let (owner, goes) = (Arc::clone(owner), self.goes.subscribe());
            self.writing.spawn(owner_writes(owner, conversations.clone(), written, goes, dice.fork()));
        }
    }

    /// They stop, and wait until all that they wrote is kept.
    pub(super) async fn finish(&mut self) {
        self.goes.send_replace(false);
        while self.writing.join_next().await.is_some() {}
        self.nudge();
        for visitor in &self.visitors {
            visitor.until("an empty outbox", |_, _| visitor.stored().is_empty().then_some(())).await;
        }
        for owner in &self.owners {
            owner.until("an empty outbox", |_, _| owner.stored().is_empty().then_some(())).await;
        }
    }

    /// What was written, by device.
    pub(super) fn written(&self) -> Vec<Written> {
        self.written.iter().map(|written| lock(written).clone()).collect()
    }

    /// Their devices hear that the network is back.
    pub(super) fn nudge(&self) {
        self.visitors.iter().for_each(|visitor| visitor.start());
        self.owners.iter().for_each(|owner| owner.start());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn visitor_writes(
    visitor: Arc<Visitor>,
    written: Arc<Mutex<Written>>,
    goes: watch::Receiver<bool>,
    mut dice: Rng,
) {
    let mut number = 0;
    while *goes.borrow() {
        if visitor.stored().len() < UNSENT {
            number += 1;
            let body = format!("visitor {number}");
            let id = visitor.write(&body);
            lock(&written).push((visitor.conversation(), id, body));
        }
        if dice.u8(..) < 32 {
            visitor.see();
        }
        pause(&mut dice).await;
    }
}

async fn owner_writes(
    owner: Arc<Owner>,
    conversations: Vec<ConversationId>,
    written: Arc<Mutex<Written>>,
    goes: watch::Receiver<bool>,
    mut dice: Rng,
) {
    let mut number = 0;
    while *goes.borrow() {
        let place = dice.usize(..conversations.len());
        let conversation = conversations[place];
        if dice.u8(..) < 32 {
            owner.happen(OwnerEvent::Open(conversation));
        }
        if dice.u8(..) < 64 {
            owner.see();
        }
        if owner.stored().len() < UNSENT {
            number += 1;
            let body = format!("owner {number}");
            let id = owner.write(conversation, &body);
            lock(&written).push((conversation, id, body));
        }
        pause(&mut dice).await;
    }
}

/// People take their time.
async fn pause(dice: &mut Rng) {
    tokio::time::sleep(Duration::from_millis(dice.u64(1..=PAUSE_MS))).await;
}
