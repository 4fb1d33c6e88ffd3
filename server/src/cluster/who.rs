//! Who is at the other relays, asked when something of it may have been missed, and who is here,
//! told to those that ask. Neither is done again at once, however many ask.

use super::Cluster;
use crate::limits;
use shopbell_store::Wake;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Notify, time::sleep};

/// What is to be asked and told.
#[derive(Default)]
pub(super) struct Who {
    /// Relays of which is not known for sure who is there.
    doubted: Mutex<BTreeSet<u64>>,
    ask: Notify,
    tell: Notify,
}

impl Who {
    /// Those of which it is to be found out.
    fn doubted(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that this relay has said was missed.
    pub(super) fn doubt(&self, relay: u64) {
        self.doubted().insert(relay);
        self.ask.notify_one();
    }

    /// Another relay has asked.
    pub(super) fn asked(&self) {
        self.tell.notify_one();
    }

    /// Lets those be asked again of which no answer came.
    pub(super) fn remind(&self) {
        if !self.doubted().is_empty() {
            self.ask.notify_one();
        }
    }

    /// It is known who is at a relay, or that nobody is; true when that was to be found out.
    fn settled(&self, relay: u64) -> bool {
        self.doubted().remove(&relay)
    }
}

impl Cluster {
    /// Asks for as long as it is polled.
    pub(super) async fn ask_who(&self) {
        loop {
            self.who.ask.notified().await;
            // What was written down before is older than the answer, and must not be read after it.
            if let Err(error) = self.read_on(self.relay.clock.uptime_ms()).await {
                tracing::warn!(%error, "what the other relays wrote down could not be read");
                self.who.ask.notify_one();
                sleep(limits::STORE_REST).await;
                continue;
            }
            let of = self.who.doubted().clone();
            if !of.is_empty() {
                self.relay.hub.spread(Wake::Hello { of });
                sleep(limits::WHO_ASKED_EVERY).await;
            }
        }
    }

    /// Nobody is at a relay any more.
    pub(super) fn gone(&self, relay: u64) {
        self.who.settled(relay);
        self.relay.hub.relay_gone(relay);
    }

    /// Who is at a relay is told anew: whoever has gone there unheard is not there any more.
    pub(super) fn told_anew(&self, relay: u64) {
        if self.who.settled(relay) {
            self.relay.hub.relay_gone(relay);
        }
    }

    /// Tells for as long as it is polled.
    pub(super) async fn tell_who(&self) {
        loop {
            self.who.tell.notified().await;
            if self.relay.hub.is_closing() {
                return;
            }
            self.relay.hub.spread(Wake::Anew {});
            self.relay.hub.spread_all();
            sleep(limits::WHO_TOLD_EVERY).await;
        }
    }
}
