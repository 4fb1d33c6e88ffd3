//! A line between those who call and a server, which does to connections what networks do.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

const CHUNK_BYTES: usize = 16 * 1024;
/// A slow reader takes so much,
const SIP_BYTES: usize = 256;
/// and then nothing for so long.
const SIP_EVERY: Duration = Duration::from_millis(20);

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// As it should be.
    Fair,
    /// Nothing comes through, and nobody is told.
    Frozen,
    /// What people say arrives, what the relay says does not.
    Deaf,
    /// People read very slowly.
    Slow,
}

struct Inner {
    servers: Vec<SocketAddr>,
    /// Where the next one is put through to.
    turn: AtomicUsize,
    weather: watch::Sender<Weather>,
    /// Connections of before are dead; those of their relay's ends that are kept know nothing of it.
    cut: watch::Sender<u64>,
    ghosts: Mutex<Vec<(OwnedReadHalf, OwnedWriteHalf)>>,
    keeps_ghosts: AtomicBool,
    swallowed: AtomicU64,
}

/// The line.
pub(super) struct Wire {
    address: SocketAddr,
    inner: Arc<Inner>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// A line to whichever of these servers takes a call, in turn.
    ///
    /// # Errors
    /// When there is no free port.
    pub(super) async fn to(servers: Vec<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            servers,
            turn: AtomicUsize::new(0),
            weather: watch::Sender::new(Weather::Fair),
            cut: watch::Sender::new(0),
            ghosts: Mutex::default(),
            keeps_ghosts: AtomicBool::new(false),
            swallowed: AtomicU64::new(0),
        });
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&inner);
        tasks.spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        if let Ok((person, _)) = accepted {
                            lines.spawn(carry(person, Arc::clone(&shared)));
                        }
                    }
                    Some(_) = lines.join_next() => {}
                }
            }
        });
        Ok(Self { address, inner, _tasks: tasks })
    }

    /// What callers connect to.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same for people, as an origin.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes of the relay's that people never heard.
    pub(super) fn swallowed(&self) -> u64 {
        self.inner.swallowed.load(Ordering::Relaxed)
    }

    /// Changes how the line is.
    pub(super) fn set(&self, weather: Weather) {
        self.inner.weather.send_replace(weather);
    }

    /// Cuts every connection at both ends.
    pub(super) fn cut(&self) {
        self.end(false);
    }

    /// Cuts every connection at the people's ends; the relay's stay open, and silent.
    pub(super) fn vanish(&self) {
        self.end(true);
    }

    /// The relay's open ends of those who vanished are closed.
    pub(super) fn lay_ghosts(&self) {
        self.inner.ghosts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn end(&self, keeps: bool) {
        self.inner.keeps_ghosts.store(keeps, Ordering::SeqCst);
        self.inner.cut.send_modify(|cut| *cut += 1);
    }
}

impl Inner {
    /// The next server that takes a call.
    async fn call(&self) -> Option<TcpStream> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for place in 0..self.servers.len() {
            if let Ok(server) = TcpStream::connect(self.servers[(turn + place) % self.servers.len()]).await {
                return Some(server);
            }
        }
        None
    }
}

async fn carry(person: TcpStream, inner: Arc<Inner>) {
    let mut cut = inner.cut.subscribe();
    let mut weather = inner.weather.subscribe();
    // Whoever calls into a frozen line hears nothing, not even that it is closed.
    tokio::select! {
        thawed = weather.wait_for(|weather| *weather != Weather::Frozen) => if thawed.is_err() { return },
        _ = cut.changed() => return,
    }
    let Some(relay) = inner.call().await else { return };
    drop(person.set_nodelay(true));
    drop(relay.set_nodelay(true));
    let ((mut from_person, mut to_person), (mut from_relay, mut to_relay)) =
        (person.into_split(), relay.into_split());
    tokio::select! {
        _ = pump(&mut from_person, &mut to_relay, &inner, false) => {}
        _ = pump(&mut from_relay, &mut to_person, &inner, true) => {}
        _ = cut.changed() => {
            if inner.keeps_ghosts.load(Ordering::SeqCst) {
                inner.ghosts.lock().unwrap_or_else(PoisonError::into_inner).push((from_relay, to_relay));
            }
        }
    }
}

/// Carries one direction until it ends.
async fn pump(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    inner: &Inner,
    of_relay: bool,
) -> io::Result<()> {
    let mut weather = inner.weather.subscribe();
    let mut bytes = vec![0; CHUNK_BYTES];
    // What was swallowed leaves a hole: nothing may follow it.
    let mut has_hole = false;
    loop {
        let is = *weather.borrow_and_update();
        if is == Weather::Frozen {
            weather.changed().await.map_err(io::Error::other)?;
            continue;
        }
        let is_slow = of_relay && is == Weather::Slow;
        let most = if is_slow { SIP_BYTES } else { CHUNK_BYTES };
        let read = tokio::select! {
            read = from.read(&mut bytes[..most]) => read?,
            _ = weather.changed() => continue,
        };
        if read == 0 {
            return Ok(());
        }
        let now = *weather.borrow();
        if now == Weather::Frozen {
            weather.wait_for(|weather| *weather != Weather::Frozen).await.map_err(io::Error::other)?;
        }
        has_hole |= of_relay && now == Weather::Deaf;
        if has_hole {
            inner.swallowed.fetch_add(read as u64, Ordering::Relaxed);
        } else {
            to.write_all(&bytes[..read]).await?;
        }
        if is_slow {
            tokio::time::sleep(SIP_EVERY).await;
        }
    }
}
