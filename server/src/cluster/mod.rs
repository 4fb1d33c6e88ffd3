//! Other relays of the same memory: what they are told of what happens here, and what is made
//! of what they tell.
//!
//! NATS carries it at once. What must not be missed stands in the memory besides, written with
//! what it tells of: a relay that missed something reads it there, and where NATS is away it
//! reads there all the time. So losing NATS costs time and nothing else.

mod book;
mod hear;
mod live;
mod messages;
mod nats;
mod others;
mod speak;
mod who;

pub(crate) use speak::{Mouth, Outgoing};

use crate::{outside, relay::Relay};
use messages::Messages;
use nats::Bus;
use others::Others;
use shopbell_store::{Digest, InCommon, Wake, WakeCursor};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
use who::Who;

/// A relay among others.
pub(crate) struct Cluster {
    relay: Arc<Relay>,
    /// This relay's own number.
    number: u64,
    bus: Option<Bus>,
    /// How far was read what relays wrote down.
    cursor: Arc<Mutex<WakeCursor>>,
    others: Mutex<Others>,
    messages: Messages,
    who: Who,
    /// Something was missed that stands in the memory.
    missed: Notify,
}

impl Cluster {
    /// Finds the others, and lets the hub speak to them; none when the memory is this relay's alone.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) async fn find(relay: &Arc<Relay>, mouth: Mouth) -> Result<Option<Self>, String> {
        let settings = &relay.config.cluster;
        let now_ms = relay.clock.uptime_ms();
        let in_common = relay.store.in_common(now_ms).await.map_err(|error| error.to_string())?;
        let bus = match (&in_common, &settings.nats) {
            (Some(InCommon { memory, .. }), Some(address)) => {
                Some(Bus::join(&address.0, &settings.subject, memory).await?)
            }
            (_, None) => None,
            (None, Some(_)) => {
                return Err(
                    "[cluster] nats is of use where relays share a PostgreSQL database: set [store] \
                            postgres too, or take it out."
                        .into(),
                );
            }
        };
        let Some(InCommon { begin, .. }) = in_common else { return Ok(None) };
        let key = Digest(relay.outside.key.derive("agreement", &[]));
        if !relay.store.agree_on_key(key).await.map_err(|error| error.to_string())? {
            return Err(format!(
                "The other relays of this database have another key. Copy {} from the data folder of one of \
                 them into this one's, so that links and addresses that one has made hold at all of them.",
                outside::KEY_FILE_NAME
            ));
        }
        let cluster = Self {
            relay: Arc::clone(relay),
            number: mouth.number(),
            bus,
            cursor: mouth.cursor(),
            others: Mutex::default(),
            messages: Messages::default(),
            who: Who::default(),
            missed: Notify::new(),
        };
        *cluster.cursor() = begin;
        relay.hub.join(mouth);
        Ok(Some(cluster))
    }

    /// Speaks and listens for as long as it is polled.
    pub(crate) async fn run(self, outgoing: Outgoing) {
        // Who is at the others is told by them, and who is here to them.
        self.relay.hub.spread(Wake::Hello { of: BTreeSet::new() });
        tokio::join!(
            self.speak(outgoing),
            self.listen(),
            self.read(),
            self.carry(),
            self.live(),
            self.forget(),
            self.ask_who(),
            self.tell_who()
        );
    }

    fn cursor(&self) -> MutexGuard<'_, WakeCursor> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
