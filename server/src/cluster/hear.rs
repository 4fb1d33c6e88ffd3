//! What other relays tell, and what is made of it here.

use super::Cluster;
use crate::{limits, outside};
use shopbell_protocol::{CloseCode, RelayFrame};
use shopbell_store::{Told, Wake, WakeCursor};
use std::future::pending;
use tokio::time::{sleep, timeout};

impl Cluster {
    /// Hears what is said over NATS.
    pub(super) async fn listen(&self) {
        let Some(bus) = &self.bus else { return pending().await };
        while let Some(heard) = bus.hear().await {
            if heard.relay == self.number {
                continue;
            }
            let now_ms = self.relay.clock.uptime_ms();
            let is_gap = self.others().spoke(heard.relay, heard.number, now_ms);
            if is_gap {
                self.missed.notify_one();
                self.who.doubt(heard.relay);
            }
            for told in heard.told {
                self.take(told, WakeCursor::hear).await;
            }
        }
        tracing::error!("NATS has ended the subscription; what the other relays say is read from the memory");
        pending().await
    }

    /// Reads what was written down, now and then and when something was missed.
    pub(super) async fn read(&self) {
        let mut read_ms = self.relay.clock.uptime_ms();
        loop {
            // Either way it is time.
            let _ = timeout(self.read_every(), self.missed.notified()).await;
            let now_ms = self.relay.clock.uptime_ms();
            match self.read_on(now_ms).await {
                Ok(()) => {
                    if now_ms.saturating_sub(read_ms) > limits::WAKES_READ_WITHIN_MS {
                        // Some of it may be forgotten by now: everybody looks for themselves.
                        tracing::warn!(
                            "nothing was heard of the other relays for long; all devices come anew"
                        );
                        self.relay.hub.cut_all(CloseCode::Resync);
                    }
                    read_ms = now_ms;
                }
                Err(error) => {
                    tracing::warn!(%error, "what the other relays wrote down could not be read");
                    sleep(limits::STORE_REST).await;
                }
            }
        }
    }

    pub(super) async fn read_on(&self, now_ms: u64) -> Result<(), shopbell_store::StoreError> {
        loop {
            let cursor = self.cursor().clone();
            let told = self.relay.store.wakes(&cursor).await?;
            let is_all = told.len() < shopbell_store::limits::WAKES_AT_ONCE as usize;
            for told in told {
                self.take(told, WakeCursor::see).await;
            }
            if is_all {
                // Only after a look at the end of their time: this relay may have slept until now.
                self.cursor().give_up(now_ms);
                return Ok(());
            }
        }
    }

    /// Takes what was told, once, by how the cursor notes it.
    async fn take(&self, told: Told, note: fn(&mut WakeCursor, i64, u64) -> bool) {
        let now_ms = self.relay.clock.uptime_ms();
        if let Some(id) = told.id {
            let mut cursor = self.cursor();
            if !note(&mut cursor, id, now_ms) {
                if id > cursor.last() {
                    self.missed.notify_one();
                }
                return;
            }
        }
        if told.relay != self.number && self.others().heard(told.relay, now_ms) {
            self.who.doubt(told.relay);
        }
        for wake in told.wakes {
            self.make(told.relay, wake).await;
        }
    }

    /// Makes of it what the people here should see.
    async fn make(&self, from: u64, wake: Wake) {
        let hub = &self.relay.hub;
        match wake {
            // Nobody is there any more, whoever it still had when it said that it goes.
            Wake::Anew {} | Wake::Presence { .. } if self.others().is_leaving(from) => {}
            Wake::Kept { shop, conversation, seq } => {
                // This relay may have its owner's channel at work, which the one that kept it may not.
                hub.wake_outside();
                let Some(room) = hub.find_room(&shop) else { return };
                hub.mark_changed(&room, conversation);
                if room.concerns(conversation) {
                    self.messages.fetch(shop, conversation, seq);
                }
            }
            Wake::Receipt { shop, conversation, side, receipt } => {
                hub.tell_receipt(&shop, conversation, side, receipt);
            }
            Wake::Typing { shop, conversation, side, active } => {
                if let Some(room) = hub.find_room(&shop) {
                    let frame = RelayFrame::Typing { conversation, side, active };
                    room.tell(conversation, side.other(), crate::hub::NOBODY, &frame);
                }
            }
            Wake::Line { shop, conversation } => {
                if let Some(room) = hub.find_room(&shop) {
                    hub.mark_changed(&room, conversation);
                }
            }
            Wake::Learned { shop, conversation } => {
                if let Some(room) = hub.find_room(&shop) {
                    hub.mark_learned(&room, conversation);
                }
            }
            Wake::Anew {} => self.told_anew(from),
            Wake::Presence { shop, conversation, here } => {
                if from != self.number {
                    hub.elsewhere(from, &hub.room(&shop), conversation, here);
                }
            }
            Wake::Channels { shop } => {
                if let Err(error) = outside::changed_elsewhere(&self.relay, &shop).await {
                    tracing::warn!(%error, "channels that changed could not be read");
                }
            }
            Wake::SessionEnded { shop, session } => hub.cut_session(&shop, session),
            Wake::Hello { of } => {
                if from != self.number && (of.is_empty() || of.contains(&self.number)) {
                    self.who.asked();
                }
            }
            Wake::Here { deaf } => {
                if deaf && from != self.number {
                    self.others().says_deaf(self.relay.clock.uptime_ms());
                }
            }
            Wake::Bye {} => {
                self.others().leaves(from);
                self.gone(from);
            }
        }
    }
}
