//! What the store is kept on: slow or full for a while, and gone in the middle of a commit.

use super::{event::Event, net::Net, time::Time};
use fastrand::Rng;
use shopbell_store::{Steps, Turn};
use std::{
    future::pending,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    task::yield_now,
    time::{Duration, sleep},
};

/// A step of a disk that is well takes so long at most,
const STEP_MS: u64 = 4;
/// and of a slow one.
const SLOW_STEP_MS: u64 = 3_000;

/// The disk, which outlives relays.
pub(super) struct Disk {
    time: Time,
    net: Arc<Net>,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    dice: Rng,
    pub(super) slow_until: u64,
    pub(super) full_until: u64,
    /// The relay dies right after so many commits more, before anybody hears of the last.
    pub(super) dies_in: Option<u32>,
    pub(super) commits: u64,
    pub(super) refused: u64,
    pub(super) died: u64,
}

impl Disk {
    pub(super) fn new(time: Time, net: Arc<Net>, dice: Rng) -> Arc<Self> {
        let inner =
            Inner { dice, slow_until: 0, full_until: 0, dies_in: None, commits: 0, refused: 0, died: 0 };
        Arc::new(Self { time, net, inner: Mutex::new(inner) })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of one relay: whether it is still alive, and its way to the disk. A dead one does nothing
/// more that anybody could notice.
#[derive(Clone)]
pub(super) struct Life {
    dead: Arc<AtomicBool>,
    disk: Arc<Disk>,
}

impl Life {
    pub(super) fn new(disk: &Arc<Disk>) -> Self {
        Self { dead: Arc::default(), disk: Arc::clone(disk) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// It is over, in the middle of whatever is done.
    pub(super) fn end(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }
}

impl Steps for Life {
    fn turn(&self) -> Turn {
        let now = self.disk.time.ms();
        let mut disk = self.disk.lock();
        let most = if now < disk.slow_until { SLOW_STEP_MS } else { STEP_MS };
        // Most steps are so fast that nothing comes between.
        let span = match disk.dice.u8(..4) {
            0 => Some(disk.dice.u64(1..=most)),
            1 => Some(0),
            _ => None,
        };
        drop(disk);
        let life = self.clone();
        Box::pin(async move {
            match span {
                None => {}
                Some(0) => yield_now().await,
                Some(span) => sleep(Duration::from_millis(span)).await,
            }
            if life.is_over() {
                pending::<()>().await;
            }
        })
    }

    fn refuses(&self) -> bool {
        let mut disk = self.disk.lock();
        let refuses = self.disk.time.ms() < disk.full_until;
        disk.refused += u64::from(refuses);
        refuses || self.is_over()
    }

    fn committed(&self) {
        let mut disk = self.disk.lock();
        disk.commits += 1;
        let left = disk.dies_in.map(|left| left.saturating_sub(1));
        let dies = left == Some(0);
        disk.dies_in = left.filter(|_| !dies);
        disk.died += u64::from(dies);
        drop(disk);
        if dies {
            self.end();
            self.disk.net.after(0, Event::Died);
        }
    }
}
