//! Runs a talker as a browser would: over a real WebSocket or real exchanges,
//! with a timer, and with a storage that outlives it.

use crate::clock::now_ms;
use crate::line::{self, Order};
use crate::speaker::{Common, Speaker};
use crate::wait::PATIENCE;
use shopbell_client::{Draft, Effect, Millis, Status, Timeline};
use shopbell_protocol::{ConversationId, Message, MessageId, Receipt, RelayFrame, Seq, Summary};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// A device's storage: it is there again when the tab is opened again.
pub type Storage = Arc<Mutex<BTreeMap<MessageId, Draft>>>;

/// Where a talker connects to, and as whom.
#[derive(Clone)]
pub struct Door {
    /// The relay's origin, which is also the page's own.
    pub origin: String,
    /// The `Cookie` header, for an owner.
    pub cookie: Option<String>,
}

/// What a host has seen go by.
#[derive(Default, Clone)]
pub struct Record {
    /// Messages that the relay has acknowledged, with their places, as they came.
    pub kept: Vec<(MessageId, Seq)>,
    /// When the latest of them was acknowledged.
    pub kept_at_ms: Millis,
    /// Messages that were announced, to a visitor.
    pub arrived: Vec<Message>,
    /// Conversations that rang, to an owner.
    pub rang: Vec<Summary>,
    /// Close codes of connections that ended with one.
    pub closed: Vec<u16>,
    /// Connections that were opened.
    pub connected: u32,
}

pub(crate) struct Shared<T: Speaker> {
    pub(crate) talker: Mutex<T>,
    pub(crate) record: Mutex<Record>,
    pub(crate) door: Door,
    pub(crate) sockets_blocked: AtomicBool,
    /// Connections that the talker has given up, and that are not closed yet.
    giving_up: AtomicU32,
    storage: Storage,
    orders: mpsc::UnboundedSender<Order<T::Frame>>,
    changes: watch::Sender<u64>,
    witness: OnceLock<Box<dyn Witness>>,
}

/// Sees what a device says and hears, as it does.
pub trait Witness: Send + Sync + 'static {
    /// The relay has said this.
    fn heard(&self, frame: &RelayFrame);
    /// The device is about to say that it has come so far: in a conversation, or in its only one.
    fn says(&self, conversation: Option<ConversationId>, receipt: Receipt);
}

/// A talker that runs. Dropping it is closing the tab.
pub struct Host<T: Speaker> {
    pub(crate) shared: Arc<Shared<T>>,
    driver: JoinHandle<()>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Speaker> Host<T> {
    /// Opens a tab with this talker, takes in what the storage holds, and starts.
    pub fn open(talker: T, door: Door, storage: Storage) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            talker: Mutex::new(talker),
            record: Mutex::default(),
            door,
            sockets_blocked: AtomicBool::new(false),
            giving_up: AtomicU32::new(0),
            storage,
            orders,
            changes: watch::Sender::new(0),
            witness: OnceLock::new(),
        });
        let driver = tokio::spawn(line::drive(Arc::clone(&shared), inbox));
        let host = Self { shared, driver };
        let drafts: Vec<_> = lock(&host.shared.storage).values().cloned().collect();
        for draft in drafts {
            host.shared.happen(T::event(Common::Adopt(draft)));
        }
        host
    }

    /// Lets somebody watch; the first one who is let stays.
    pub fn watch(&self, witness: impl Witness) {
        drop(self.shared.witness.set(Box::new(witness)));
    }

    /// Lets it connect.
    pub fn start(&self) {
        self.shared.happen(T::event(Common::Start));
    }

    /// Lets something happen to the talker.
    pub fn happen(&self, event: T::Event) {
        self.shared.happen(event);
    }

    /// From the next connection on, sockets fail as behind a proxy that blocks them.
    pub fn block_sockets(&self, blocked: bool) {
        self.shared.sockets_blocked.store(blocked, Ordering::Relaxed);
    }

    /// Drops the connection as a tunnel does: without a word to either end.
    pub fn cut(&self) {
        drop(self.shared.orders.send(Order::Cut));
    }

    /// Looks at the talker.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&lock(&self.shared.talker))
    }

    /// What went by so far.
    pub fn record(&self) -> Record {
        lock(&self.shared.record).clone()
    }

    /// What the storage holds.
    pub fn stored(&self) -> Vec<Draft> {
        lock(&self.shared.storage).values().cloned().collect()
    }

    /// Waits until the talker is as wanted, and gives what was found.
    ///
    /// # Panics
    /// With what was waited for, when it does not come.
    pub async fn until<R>(&self, what: &str, mut look: impl FnMut(&T, &Record) -> Option<R>) -> R {
        let mut changes = self.shared.changes.subscribe();
        let found = async {
            loop {
                changes.borrow_and_update();
                let found = look(&lock(&self.shared.talker), &lock(&self.shared.record));
                if let Some(found) = found {
                    return found;
                }
                changes.changed().await.expect("the host is alive");
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(found) => found,
            Err(_) => panic!(
                "waited {PATIENCE:?} for {what}; the line is {}, the {}th; it shows {}; the storage holds {:?}, \
                 and the talker {:?}",
                self.look(|talker| format!("{:?}", talker.status())),
                self.record().connected,
                self.look(|talker| talker.timeline().map_or_else(|| "nothing".into(), extent)),
                self.stored(),
                self.look(|talker| talker.drafts().to_vec()),
            ),
        }
    }

    /// Waits until it is connected and welcomed.
    pub async fn until_live(&self) {
        self.until("a live line", |talker, _| (talker.status() == Status::Live).then_some(())).await;
    }
}

/// What a timeline has, for whoever waits for more.
fn extent(timeline: &Timeline) -> String {
    let (held, last) = (timeline.messages().len(), timeline.last());
    let older = if timeline.is_loading_older() { "waits for older ones" } else { "waits for none" };
    format!("{held} messages up to {last} and {older}")
}

impl<T: Speaker> Drop for Host<T> {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl<T: Speaker> Shared<T> {
    /// Handles an event; orders go to the driver in the order they were given.
    pub(crate) fn happen(&self, event: T::Event) {
        self.act(|talker, now| ((), talker.handle(event, now)));
    }

    /// Does something with the talker and carries out what it asks for.
    pub(crate) fn act<R>(&self, act: impl FnOnce(&mut T, Millis) -> (R, Vec<Effect<T::Frame>>)) -> R {
        let mut talker = lock(&self.talker);
        let (result, effects) = act(&mut talker, now_ms());
        for effect in effects {
            if let Some(order) = self.carry_out(effect) {
                // The driver lives as long as the host; a closed tab wants nothing.
                drop(self.orders.send(order));
            }
        }
        drop(talker);
        self.changed();
        result
    }

    /// Begins an exchange: what is said at once goes along with it.
    pub(crate) fn begin_exchange(&self) -> Vec<T::Frame> {
        let mut said = Vec::new();
        self.act(|talker, now| {
            let mut rest = Vec::new();
            for effect in talker.handle(T::event(Common::Connected), now) {
                match effect {
                    Effect::Transmit(frame) => {
                        self.says(&frame);
                        said.push(frame);
                    }
                    effect => rest.push(effect),
                }
            }
            ((), rest)
        });
        said
    }

    fn carry_out(&self, effect: Effect<T::Frame>) -> Option<Order<T::Frame>> {
        match effect {
            Effect::Connect(transport) => return Some(Order::Connect(transport)),
            Effect::Disconnect => {
                self.giving_up.fetch_add(1, Ordering::SeqCst);
                return Some(Order::Disconnect);
            }
            Effect::Transmit(frame) => {
                self.says(&frame);
                return Some(Order::Say(frame));
            }
            Effect::Keep(draft) => drop(lock(&self.storage).insert(draft.id, draft)),
            Effect::Forget(id) => drop(lock(&self.storage).remove(&id)),
            Effect::Changed(_) => {}
            Effect::Arrived { message, .. } => lock(&self.record).arrived.push(message),
            Effect::Rang(summary) => lock(&self.record).rang.push(*summary),
        }
        None
    }

    fn says(&self, frame: &T::Frame) {
        if let Some(witness) = self.witness.get() {
            for (conversation, receipt) in T::claims(frame) {
                witness.says(conversation, receipt);
            }
        }
    }

    /// Whether the talker has given its connection up, and does not know of what still happens on it.
    pub(crate) fn has_given_up(&self) -> bool {
        self.giving_up.load(Ordering::SeqCst) > 0
    }

    /// A connection that was given up is closed.
    pub(crate) fn is_given_up(&self) {
        self.giving_up.fetch_sub(1, Ordering::SeqCst);
    }

    /// The relay has said something.
    pub(crate) fn hears(&self, frame: &RelayFrame) {
        if let Some(witness) = self.witness.get() {
            witness.heard(frame);
        }
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }
}
