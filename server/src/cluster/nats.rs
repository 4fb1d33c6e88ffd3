//! The way over NATS: one subject on which every relay speaks and listens. Nothing is lost
//! with what it loses.

use async_nats::{Client, ConnectOptions, Event, Subscriber, connection::State};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shopbell_store::{Told, wake};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a server may take to answer, and how long it may be silent.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const PING_EVERY: Duration = Duration::from_secs(5);
/// The longest rest between two tries to come back to a server.
const RETRY_WITHIN: Duration = Duration::from_secs(2);

/// NATS, and this relay's place there.
pub(super) struct Bus {
    client: Client,
    subject: String,
    heard: Mutex<Subscriber>,
}

/// What goes over it. Whatever is added later is passed over by older relays.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
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
    pub(super) async fn join(address: &str, subject: &str) -> Result<Self, String> {
        let options = ConnectOptions::new()
            .name("shopbell")
            .retry_on_initial_connect()
            .connection_timeout(CONNECT_WITHIN)
            .ping_interval(PING_EVERY)
            .event_callback(async |event| match event {
                Event::Connected => tracing::info!("NATS carries what the relays tell each other"),
                Event::Disconnected => {
                    tracing::warn!("NATS is away; relays read from the database what is new")
                }
                event => tracing::debug!(%event, "NATS"),
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
        Ok(Self { client, subject: subject.to_owned(), heard: Mutex::new(heard) })
    }

    /// Whether what is said now is likely to be heard.
    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Says something to all others. What is said while no server is there is not said later.
    pub(super) async fn say(&self, relay: u64, number: u64, told: &[Told]) {
        let part = |told: &Told| Part { id: told.id, wakes: wake::encode(&told.wakes) };
        let envelope = Envelope { relay, number, told: told.iter().map(part).collect() };
        let Ok(text) = serde_json::to_vec(&envelope) else { return };
        if let Err(error) = self.client.publish(self.subject.clone(), Bytes::from(text)).await {
            tracing::warn!(%error, "the other relays could not be told over NATS");
        }
    }

    /// The next thing that anybody has said, this relay included; what is no envelope is
    /// passed over.
    pub(super) async fn hear(&self) -> Option<Heard> {
        use futures_util::StreamExt as _;
        let message = self.heard.lock().await.next().await?;
        let Ok(Envelope { relay, number, told }) = serde_json::from_slice(&message.payload) else {
            tracing::warn!("something on the relays' subject of NATS is no relay's");
            return Some(Heard { relay: 0, number: 0, told: Vec::new() });
        };
        let told = told.into_iter().map(|Part { id, wakes }| Told { id, relay, wakes: wake::decode(&wakes) });
        Some(Heard { relay, number, told: told.collect() })
    }
}
