//! A push service of ours (RFC 8030) and the browsers that subscribe to it: as strict as
//! the RFCs are with what an application server sends, and with faults on demand. A real
//! Firefox can subscribe to it too: `push-service` is this as a program of its own.
//!
//! ```text
//! let service = PushService::start().await;
//! let browser = service.browser(&key.public_key());
//! // … hand something to browser.subscription() …
//! assert_eq!(browser.wake()[0].json()["title"], "A visitor");
//! ```

mod autopush;
mod browser;
mod demand;
mod server;
mod token;

pub use browser::{Browser, Shown};
pub use demand::Taken;
pub use server::Fault;

use crate::clock::fresh;
use demand::No;
use shopbell_channels::{Outbound, OutboundConfig};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// A push service. It ends when it is dropped.
pub struct PushService {
    inner: Arc<Inner>,
    _tasks: JoinSet<()>,
}

/// What the server and the browsers share.
struct Inner {
    origin: String,
    state: Mutex<State>,
    /// Pushes that have come, for the lines of browsers to look.
    came: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// By the last part of the endpoint.
    subscriptions: HashMap<String, Held>,
    /// What was wrong with requests.
    complaints: Vec<String>,
    /// What goes wrong next, in order.
    faults: Vec<Fault>,
    /// Requests whose body has come whole.
    heard: usize,
    /// Real browsers that have been here, by their `uaid`.
    browsers: HashSet<String>,
    /// How what was passed on to real browsers fared there: 100 is well.
    acks: Vec<u64>,
    /// At what their pages' workers failed.
    nacks: Vec<u64>,
}

/// A subscription, as the push service holds it.
struct Held {
    /// The one application server that may send (RFC 8292, clause 4).
    key: String,
    /// Pushes that no browser has fetched yet.
    waiting: Vec<Waiting>,
    /// The browser has unsubscribed.
    over: bool,
    /// The real browser whose it is.
    browser: Option<String>,
    /// What that one calls it.
    channel: Option<String>,
}

/// A push that no browser has fetched yet.
struct Waiting {
    version: String,
    taken: Taken,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a push for its subscription, or says why not.
    fn take(&mut self, id: &str, demand: Result<Taken, No>) -> Result<u64, No> {
        let held = match self.subscriptions.get_mut(id) {
            None => return Err(No::new(404, "there is no such subscription")),
            Some(held) if held.over => return Err(No::new(410, "the subscription is over")),
            Some(held) => held,
        };
        let taken = demand?;
        if taken.key != held.key {
            return Err(No::new(403, "the subscription is for another key"));
        }
        let ttl_s = taken.ttl_s;
        // A later push of the same topic takes the place of one that waits (RFC 8030, clause 5.4).
        held.waiting.retain(|waiting| waiting.taken.topic.is_none() || waiting.taken.topic != taken.topic);
        held.waiting.push(Waiting { version: format!("push-{}", fresh()), taken });
        Ok(ttl_s)
    }
}

impl PushService {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("its own address"));
        let inner = Arc::new(Inner { origin, state: Mutex::default(), came: watch::Sender::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, Arc::clone(&inner)));
        Self { inner, _tasks: tasks }
    }

    /// A browser that has subscribed for this application server (base64url of its key).
    pub fn browser(&self, application_server_key: &str) -> Browser {
        Browser::subscribe(Arc::clone(&self.inner), application_server_key)
    }

    /// The next requests go wrong, one for each fault.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inner.state().faults.extend(faults);
    }

    /// What was wrong with the requests that came.
    pub fn complaints(&self) -> Vec<String> {
        self.inner.state().complaints.clone()
    }

    /// Where it is: for requests by `http`, for browsers by `ws`.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// How what was passed on to real browsers fared there, in their codes: first what they
    /// took (100 is well), then what their pages' workers failed at.
    pub fn fared(&self) -> (Vec<u64>, Vec<u64>) {
        let state = self.inner.state();
        (state.acks.clone(), state.nacks.clone())
    }

    /// How many requests have come whole.
    pub fn heard(&self) -> usize {
        self.inner.state().heard
    }

    /// Requests that may go to this machine.
    ///
    /// # Panics
    /// Never: the network is one.
    pub fn outbound() -> Outbound {
        let here = "127.0.0.0/8".parse().expect("a network");
        Outbound::new(&OutboundConfig { allow_networks: vec![here], ..OutboundConfig::default() })
    }
}
