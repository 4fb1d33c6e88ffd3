//! An HTTP far side on this machine, over TLS, that records what it hears and does wrong
//! on demand: it refuses, says nothing, cuts off, answers with faults, shows a bad
//! certificate.
//!
//! ```text
//! let far = FarHttp::start(|heard| Reply::status(200)).await;
//! let channel = Webhook::new(far.outbound());
//! // … hand something to far.url("/hook") …
//! assert_eq!(far.heard()[0].path, "/hook");
//! far.fault(Fault::Cut).await;
//! ```

mod authority;
mod connection;
mod names;
mod reply;

pub use authority::Certificate;
pub use names::Names;
pub use reply::{Heard, Reply};

use authority::Authority;
use shopbell_channels::{Outbound, OutboundConfig};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use url::Url;

/// What it is called in the names of [`FarHttp::outbound`].
pub const NAME: &str = "far.example";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens.
    Refuse,
    /// Takes the request and never answers.
    Silent,
    /// Takes the request and cuts the connection before the answer.
    Cut,
    /// Takes the request, begins to answer with 200 and cuts the connection in the body.
    CutInBody,
    /// Takes the request, begins to answer with 200 and never ends.
    StallInBody,
    /// Answers with 200 and a body without end, as fast as it is read.
    Endless,
    /// Answers with this, whatever was asked.
    Answer(Reply),
}

/// A far side. It ends when it is dropped.
pub struct FarHttp {
    address: SocketAddr,
    state: Arc<State>,
    names: Arc<Names>,
    authority: Authority,
    listens: watch::Receiver<bool>,
    server: JoinHandle<()>,
}

struct State {
    handler: Box<dyn Fn(&Heard) -> Reply + Send + Sync>,
    all: Mutex<All>,
    may_listen: watch::Sender<bool>,
}

#[derive(Default)]
struct All {
    heard: Vec<Heard>,
    /// What goes wrong, and how many times still; none for always.
    fault: Option<(Fault, Option<usize>)>,
    certificate: Certificate,
    connections: usize,
    sent_bytes: usize,
}

impl FarHttp {
    /// Listens on a free port and answers as the handler says.
    ///
    /// # Panics
    /// When this machine has no port to give.
    pub async fn start(handler: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((HERE, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (may_listen, wanted) = watch::channel(true);
        let (says, listens) = watch::channel(true);
        let state = Arc::new(State { handler: Box::new(handler), all: Mutex::default(), may_listen });
        let authority = Authority::new(NAME);
        let server = tokio::spawn(serve(listener, state.clone(), authority.clone(), wanted, says));
        let names = Arc::new(Names::of(NAME, HERE));
        Self { address, state, names, authority, listens, server }
    }

    /// A client that knows it by name, trusts its certificates, and may call it.
    pub fn outbound(&self) -> Outbound {
        Outbound::with_lookup(&self.config(), self.names.clone())
    }

    /// The configuration of [`Self::outbound`].
    pub fn config(&self) -> OutboundConfig {
        OutboundConfig { allow_networks: vec![HERE.into()], extra_roots: vec![self.authority.file()] }
    }

    /// The names that [`Self::outbound`] looks up.
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// An address of it, by https.
    pub fn url(&self, path: &str) -> String {
        format!("https://{NAME}:{}{path}", self.address.port())
    }

    /// The same, parsed.
    ///
    /// # Panics
    /// When it is none.
    pub fn parsed(&self, path: &str) -> Url {
        Url::parse(&self.url(path)).expect("an address")
    }

    /// On which port it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests that were heard whole, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.state.all().heard.clone()
    }

    /// Forgets what was heard.
    pub fn forget(&self) {
        self.state.all().heard.clear();
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.state.all().connections
    }

    /// Bytes of bodies without end that were given out.
    pub fn sent_bytes(&self) -> usize {
        self.state.all().sent_bytes
    }

    /// Does this wrong from now on; comes back when it does.
    pub async fn fault(&self, fault: Fault) {
        let listens = fault != Fault::Refuse;
        self.state.all().fault = Some((fault, None));
        self.listens(listens).await;
    }

    /// Does this wrong for the next requests, and then no more. Not for [`Fault::Refuse`].
    pub async fn fault_times(&self, fault: Fault, times: usize) {
        assert_ne!(fault, Fault::Refuse, "nobody counts what was refused");
        self.listens(true).await;
        self.state.all().fault = Some((fault, Some(times)));
    }

    /// All is well again, the certificate too.
    pub async fn heal(&self) {
        {
            let mut all = self.state.all();
            all.fault = None;
            all.certificate = Certificate::Good;
        }
        self.listens(true).await;
    }

    /// Shows this certificate to connections that are made from now on.
    pub fn show(&self, certificate: Certificate) {
        self.state.all().certificate = certificate;
    }

    async fn listens(&self, wanted: bool) {
        self.state.may_listen.send_replace(wanted);
        let mut listens = self.listens.clone();
        listens.wait_for(|&listens| listens == wanted).await.expect("the far side runs");
    }
}

impl Drop for FarHttp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this request, if anything.
    fn next_fault(&self) -> Option<Fault> {
        let mut all = self.all();
        let (fault, times) = all.fault.as_mut()?;
        if let Some(times) = times {
            *times = times.checked_sub(1)?;
        }
        Some(fault.clone())
    }
}

/// Listens while it may; connections end with it.
async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    authority: Authority,
    mut wanted: watch::Receiver<bool>,
    says: watch::Sender<bool>,
) {
    let address = listener.local_addr().expect("a listener has an address");
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        if let Some(open) = &listener {
            tokio::select! {
                biased;
                () = until(&mut wanted, false) => {
                    listener = None;
                    connections.shutdown().await;
                    says.send_replace(false);
                }
                accepted = open.accept() => if let Ok((stream, _)) = accepted {
                    connections.spawn(connection::serve(stream, state.clone(), authority.clone()));
                }
            }
        } else {
            until(&mut wanted, true).await;
            // Nobody else was given the port in between, but for rare luck, which is red.
            listener = Some(TcpListener::bind(address).await.expect("its own port"));
            says.send_replace(true);
        }
    }
}

async fn until(wanted: &mut watch::Receiver<bool>, state: bool) {
    // Nobody is left to want anything when the far side is dropped, and this with it.
    let _ = wanted.wait_for(|&wanted| wanted == state).await.is_ok();
}
