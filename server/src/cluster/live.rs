//! Being there for the others, and noticing whether they are.

use super::{Cluster, nats::Bus};
use crate::limits;
use shopbell_store::Wake;
use std::{future::pending, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

impl Cluster {
    /// Lets the others know that this relay is there, and notices those that are not any more.
    pub(super) async fn live(&self) {
        let mut beat = interval(limits::RELAY_BEATS_EVERY);
        if self.bus.is_some() {
            // Begins when that is there, a moment from now, so as not to count as deaf.
            beat.reset();
        }
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                _ = beat.tick() => self.beat(),
                () = self.bus_changed() => self.beat(),
            }
        }
    }

    /// Notices who is not there any more, and who is and is not heard; says how it is here.
    fn beat(&self) {
        if self.relay.hub.is_closing() {
            return;
        }
        let gone = self.others().gone(self.relay.clock.uptime_ms());
        for (relay, had_said_so) in gone {
            if !had_said_so {
                tracing::warn!(relay, "another relay is silent; whoever was there counts as gone");
            }
            self.gone(relay);
        }
        let changed = self.others().listen();
        self.relay.hub.spread(Wake::Here { deaf: self.is_deaf() });
        // Without NATS nothing is only said, and what is read is in order.
        for relay in changed.into_iter().filter(|_| self.bus.is_some()) {
            if self.others().is_unheard(relay) {
                tracing::warn!(relay, "another relay is not heard over NATS; what it writes down is read");
            }
            // Asked after the others know that they have to write the answer down.
            self.who.doubt(relay);
        }
        self.who.remind();
    }

    /// Whether what is said now is likely to be heard.
    pub(super) fn bus_is_up(&self) -> bool {
        self.bus.as_ref().is_some_and(Bus::is_up)
    }

    /// Whether somebody may not be heard over NATS.
    fn is_deaf(&self) -> bool {
        !self.bus_is_up() || self.others().are_unheard()
    }

    async fn bus_changed(&self) {
        match &self.bus {
            Some(bus) => bus.changed().await,
            None => pending().await,
        }
    }

    /// How long until what others wrote down is read again.
    pub(super) fn read_every(&self) -> Duration {
        if !self.is_deaf() {
            return limits::WAKES_READ_EVERY;
        }
        let every_ms = self.relay.config.cluster.poll_every_ms;
        Duration::from_millis(every_ms.clamp(limits::POLL_LEAST_MS, limits::POLL_MOST_MS))
    }

    /// Forgets what was written down long ago.
    pub(super) async fn forget(&self) {
        let mut forget = interval(limits::WAKES_FORGOTTEN_EVERY);
        loop {
            forget.tick().await;
            if let Err(error) = self.relay.store.forget_wakes().await {
                tracing::warn!(%error, "what relays told each other long ago could not be forgotten");
            }
        }
    }
}
