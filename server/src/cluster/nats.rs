//! The way over NATS: one subject on which every relay speaks and listens. Nothing is lost
//! with what it loses.

use async_nats::{Client, ConnectOptions, Event, Subscriber, connection::State};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shopbell_store::{Told, wake};
use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, Notify},
    time::timeout,
};

/// How long a server may take to answer, and how long it may be silent.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long it may take nothing, before what is said is left out and writing goes on.
const SAY_WITHIN: Duration = Duration::from_secs(1);
/// The longest rest between two tries to come back to a server.
const RETRY_WITHIN: Duration = Duration::from_secs(2);

/// NATS, and this relay's place there.
pub(super) struct Bus {
    client: Client,
    subject: String,
    /// The memory's name, by which relays of another one are told from the others of this.
    memory: String,
    heard: Mutex<Subscriber>,
    /// It has come or gone.
    changed: Arc<Notify>,
    /// Whether strangers were heard, which is said once.
    strangers: AtomicBool,
}

/// What goes over it. Whatever is added later is passed over by older relays.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    /// None from relays that are older than this.
    #[serde(default)]
    memory: Option<String>,
    relay: u64,
    /// Rises by one with each envelope of a relay: whoever misses one notices.
    number: u64,
    told: Vec<Part>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    id: Option<i64>,
    /// As [`wake::encode`] writes it.
    wakes: String,
}

/// What another relay has said at once.
pub(super) struct Heard {
    pub(super) relay: u64,
    pub(super) number: u64,
    pub(super) told: Vec<Told>,
}

impl Bus {
    /// Joins; where no server is there yet, it is looked for on and on.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(super) async fn join(address: &str, subject: &str, memory: &str) -> Result<Self, String> {
        let changed = Arc::new(Notify::new());
        let change = Arc::clone(&changed);
        let options = ConnectOptions::new()
            .name("shopbell")
            .retry_on_initial_connect()
            .connection_timeout(CONNECT_WITHIN)
            .ping_interval(PING_EVERY)
            .event_callback(move |event| {
                match event {
                    Event::Connected => {
                        tracing::info!("NATS carries what the relays tell each other");
                        change.notify_one();
                    }
                    Event::Disconnected => {
                        tracing::warn!("NATS is away; relays read from the database what is new");
                        change.notify_one();
                    }
                    event => tracing::debug!(%event, "NATS"),
                }
                ready(())
            })
            .reconnect_delay_callback(|tries| {
                RETRY_WITHIN
                    .min(Duration::from_millis(100).saturating_mul(u32::try_from(tries).unwrap_or(u32::MAX)))
            });
        let wrong = |error: &dyn core::fmt::Display| {
            format!("[cluster] nats cannot be used ({error}). Write it like nats://user:password@host:4222.")
        };
        let client = options.connect(address).await.map_err(|error| wrong(&error))?;
        let heard = client.subscribe(subject.to_owned()).await.map_err(|error| wrong(&error))?;
        let (subject, memory) = (subject.to_owned(), memory.to_owned());
        let (heard, strangers) = (Mutex::new(heard), AtomicBool::new(false));
        Ok(Self { client, subject, memory, heard, changed, strangers })
    }

    /// Whether what is said now is likely to be heard.
    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits until it has come or gone.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Says something to all others. What is said while no server is there is not said later.
    pub(super) async fn say(&self, relay: u64, number: u64, told: &[Told]) {
        let part = |told: &Told| Part { id: told.id, wakes: wake::encode(&told.wakes) };
        let memory = Some(self.memory.clone());
        let envelope = Envelope { memory, relay, number, told: told.iter().map(part).collect() };
        let Ok(text) = serde_json::to_vec(&envelope) else { return };
        let said = timeout(SAY_WITHIN, self.client.publish(self.subject.clone(), Bytes::from(text))).await;
        let error = match said {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            // Its client takes no more while it looks for a server.
            Err(_) => "it takes nothing".into(),
        };
        tracing::warn!(error, "the other relays could not be told over NATS");
    }

    /// The next thing that a relay of this memory has said, this one included.
    pub(super) async fn hear(&self) -> Option<Heard> {
        use futures_util::StreamExt as _;
        loop {
            let message = self.heard.lock().await.next().await?;
            if let Some(heard) = understand(&message.payload, &self.memory) {
                return Some(heard);
            }
            if !self.strangers.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    subject = self.subject,
                    "relays of another database, or others, speak on this subject of NATS, and are passed over; \
                     give each database's relays a [cluster] subject of their own"
                );
            }
        }
    }
}

/// What a relay of this memory has said; none when it is somebody else's.
fn understand(payload: &[u8], memory: &str) -> Option<Heard> {
    let envelope: Envelope = serde_json::from_slice(payload).ok()?;
    let Envelope { memory: said_of, relay, number, told } = envelope;
    if said_of.is_some_and(|said_of| said_of != memory) {
        return None;
    }
    let told = told.into_iter().map(|Part { id, wakes }| Told { id, relay, wakes: wake::decode(&wakes) });
    Some(Heard { relay, number, told: told.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_another_memory_is_passed_over_and_who_is_older_is_heard() {
        let said = |memory: &str| {
            let text = format!(
                r#"{{{memory}"relay":7,"number":3,"told":[{{"id":5,"wakes":"[{{\"bye\":{{}}}}]"}}]}}"#
            );
            understand(text.as_bytes(), "1.2").map(|heard| (heard.relay, heard.number, heard.told.len()))
        };
        assert_eq!(said(r#""memory":"1.2","#), Some((7, 3, 1)));
        assert_eq!(said(""), Some((7, 3, 1)));
        assert_eq!(said(r#""memory":"1.3","#), None);
        assert!(understand(b"hello", "1.2").is_none());
    }
}
