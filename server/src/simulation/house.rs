//! A relay that runs: the shipped hub, talks and store, on a simulated disk, clock and network.

use super::{
    disk::{Disk, Life},
    event::{Event, LineId},
    net::Net,
    socket::Socket,
    time::{Drawn, RelayClock, Time},
};
use crate::{
    clock::Clock,
    config::Config,
    http::OwnAddress,
    hub::Hub,
    limits,
    metrics::Metrics,
    outside::{Outside, RelayKey},
    relay::{Parts, Relay},
    secrets::Token,
    serve,
    talk::{self, OwnerTalk, Talk, VisitorTalk},
};
use fastrand::Rng;
use shopbell_store::{CommitListener, Memory, SqliteStore, Store, StoreError};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::AtomicI64},
};
use tokio::{task::JoinSet, time::timeout};

const ORIGIN: &str = "https://relay.example";

/// Who calls, by what the handshake shows.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) address: IpAddr,
    /// The cookie of an owner's device; none of a visitor's.
    pub(super) owner: Option<Token>,
}

/// What relays stand on, one after the other.
pub(super) struct Ground {
    pub(super) time: Time,
    pub(super) net: Arc<Net>,
    pub(super) disk: Arc<Disk>,
    pub(super) config: Config,
    pub(super) clock_off_by_ms: Arc<AtomicI64>,
}

/// A relay that runs.
pub(super) struct House {
    pub(super) number: u64,
    pub(super) life: Life,
    pub(super) relay: Arc<Relay>,
    net: Arc<Net>,
    tasks: JoinSet<()>,
    goes_down: bool,
}

impl House {
    /// Starts on what is remembered.
    pub(super) fn start(ground: &Ground, memory: &Memory, dice: Rng, number: u64) -> Self {
        let Ground { time, net, disk, config, clock_off_by_ms } = ground;
        let clock: Arc<dyn Clock> = Arc::new(RelayClock::new(*time, Arc::clone(clock_off_by_ms)));
        let (life, metrics) = (Life::new(disk), Metrics::new());
        let hub = Hub::new(Arc::clone(&clock), metrics.clone());
        let commits = Arc::clone(&hub) as Arc<dyn CommitListener>;
        let (store, writing) =
            SqliteStore::inline(memory, commits, Arc::new(life.clone())).expect("the memory can be read");
        let store: Arc<dyn Store> = store;
        let relay = Relay::new(Parts {
            store: Arc::clone(&store),
            hub: Arc::clone(&hub),
            outside: Outside::new([], BTreeMap::new(), RelayKey::of([7; 32])),
            own: OwnAddress { public: None, listen: SocketAddr::from(([127, 0, 0, 1], 0)) },
            config: config.clone(),
            clock,
            entropy: Arc::new(Drawn::new(dice)),
            metrics,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(writing);
        tasks.spawn(hub.tell_changes(store));
        tasks.spawn(serve::chores(Arc::clone(&relay)));
        Self { number, life, relay, net: Arc::clone(net), tasks, goes_down: false }
    }

    /// Whether it takes calls.
    pub(super) fn is_open(&self) -> bool {
        !self.goes_down && !self.life.is_over()
    }

    /// Somebody calls for a socket.
    pub(super) fn called(&mut self, line: LineId, caller: Caller) {
        let (relay, net, life) = (Arc::clone(&self.relay), Arc::clone(&self.net), self.life.clone());
        self.tasks.spawn(async move {
            match open(&relay, &caller).await {
                Ok(talk) if !life.is_over() => {
                    talk::serve(Socket::accept(&net, line, life), talk).await;
                }
                _ => net.turn_away(line),
            }
        });
    }

    /// Somebody asks by plain HTTP.
    pub(super) fn asked(&mut self, line: LineId, caller: Caller, frames: Vec<String>) {
        let (relay, net, life) = (Arc::clone(&self.relay), Arc::clone(&self.net), self.life.clone());
        self.tasks.spawn(async move {
            let answer = match open(&relay, &caller).await {
                Ok(talk) => {
                    let said: Vec<_> = frames.iter().map(String::as_str).collect();
                    let exchanged = talk::exchange(talk, &said).await;
                    let frames = exchanged.frames.iter().map(|frame| frame.to_string()).collect();
                    exchanged.complete.then_some(frames)
                }
                Err(_) => None,
            };
            net.reply(line, answer.filter(|_| !life.is_over()));
        });
    }

    /// It goes down in good order, as on a signal to stop.
    pub(super) fn go_down(&mut self) {
        if std::mem::replace(&mut self.goes_down, true) {
            return;
        }
        let (relay, net, number) = (Arc::clone(&self.relay), Arc::clone(&self.net), self.number);
        relay.hub.close();
        tokio::spawn(async move {
            // Who is still there then is not waited for.
            drop(timeout(limits::SHUTDOWN_WITHIN / 2, relay.hub.emptied()).await);
            relay.store.close().await;
            net.after(0, Event::WentDown(number));
        });
    }

    /// It is gone with everything that it did. Gives what has broken off by itself before.
    pub(super) fn end(mut self) -> Vec<String> {
        self.life.end();
        let mut broken = Vec::new();
        while let Some(ended) = self.tasks.try_join_next() {
            if let Err(error) = ended
                && error.is_panic()
            {
                broken.push(format!("a task of the relay's broke off: {error}"));
            }
        }
        broken
    }
}

/// What the handshake leads to.
async fn open(relay: &Arc<Relay>, caller: &Caller) -> Result<Talk, StoreError> {
    let Some(token) = &caller.owner else {
        return Ok(Talk::Visitor(VisitorTalk::new(relay, caller.address)));
    };
    let session = relay.store.session(token.digest(), relay.clock.now()).await?;
    let session = session.map(|session| (token.clone(), session));
    Ok(Talk::Owner(OwnerTalk::new(relay, caller.address, session, ORIGIN.into())))
}
