//! Who is connected, and how what happens reaches them: the way from a commit
//! to every device that is concerned.
//!
//! No lock is held across an `await`, a frame is written as JSON once for all who
//! get it, and a device that reads too slowly is cut off and never waited for.

mod changed;
mod device;
mod presence;
mod publish;
mod remote;
mod room;
mod waiters;

pub(crate) use device::Device;
pub(crate) use room::{OwnerSeat, ShopRoom, VisitorSeat};

use crate::{clock::Clock, cluster::Mouth, metrics::Metrics};
use axum::extract::ws::Utf8Bytes;
use changed::Marked;
use presence::Leaving;
use shopbell_protocol::{CloseCode, RelayFrame, SessionId, ShopId};
use shopbell_store::Wake;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;
use waiters::Waiters;

/// No device is left out: none has this mark.
pub(crate) const NOBODY: u64 = 0;

/// All shops' rooms.
pub(crate) struct Hub {
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    rooms: RwLock<BTreeMap<ShopId, Arc<ShopRoom>>>,
    last_id: AtomicU64,
    changed: Marked,
    moved: Marked,
    learned: Marked,
    leaving: Mutex<Leaving>,
    waiters: Waiters,
    /// Where other relays are told of what happens here, if there are any.
    mouth: OnceLock<Mouth>,
    /// Something was kept that is to be told outside.
    outside: Notify,
    closing: AtomicBool,
    devices: AtomicU64,
    empty: Notify,
}

impl Hub {
    /// With nobody in it.
    pub(crate) fn new(clock: Arc<dyn Clock>, metrics: Metrics) -> Arc<Self> {
        Arc::new(Self {
            clock,
            metrics,
            rooms: RwLock::default(),
            last_id: AtomicU64::new(0),
            changed: Marked::default(),
            moved: Marked::default(),
            learned: Marked::default(),
            leaving: Mutex::default(),
            waiters: Waiters::default(),
            mouth: OnceLock::new(),
            outside: Notify::new(),
            closing: AtomicBool::new(false),
            devices: AtomicU64::new(0),
            empty: Notify::new(),
        })
    }

    /// A shop's room; it is made when somebody comes for the first time. Only for
    /// shops that exist, or the rooms would have no bound.
    pub(crate) fn room(&self, shop: &ShopId) -> Arc<ShopRoom> {
        if let Some(room) = self.find_room(shop) {
            return room;
        }
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(shop.clone()).or_insert_with(|| Arc::new(ShopRoom::new(shop.clone()))))
    }

    /// A shop's room, if anybody has come since the relay began.
    pub(crate) fn find_room(&self, shop: &ShopId) -> Option<Arc<ShopRoom>> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(shop).cloned()
    }

    fn all_rooms(&self) -> Vec<Arc<ShopRoom>> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A device that has come; it hears nothing until it takes a seat in a room.
    pub(crate) fn device(&self, session: Option<SessionId>) -> Arc<Device> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(Device::new(id, session, self.metrics.overflows.clone()))
    }

    /// Waits until something was kept that is to be told outside.
    pub(crate) async fn outside(&self) {
        self.outside.notified().await;
    }

    /// There may be something to do outside.
    pub(crate) fn wake_outside(&self) {
        self.outside.notify_one();
    }

    /// Tells every device of the shop's owner.
    pub(crate) fn tell_owners(&self, shop: &ShopId, frame: &RelayFrame) {
        if let Some(room) = self.find_room(shop) {
            room.tell_owners(|| encode(frame));
        }
    }

    /// Closes the connections of a session that was ended, at every relay.
    pub(crate) fn end_session(&self, shop: &ShopId, session: SessionId) {
        self.cut_session(shop, session);
        self.spread(Wake::SessionEnded { shop: shop.clone(), session });
    }

    /// The same for those at this one.
    pub(crate) fn cut_session(&self, shop: &ShopId, session: SessionId) {
        if let Some(room) = self.find_room(shop) {
            room.cut_session(session);
        }
    }

    /// Whether the relay is going down.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Tells every device that the relay goes down; each answers first what it has taken.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.cut_all(CloseCode::GoingAway);
    }

    /// Cuts every device off.
    pub(crate) fn cut_all(&self, code: CloseCode) {
        for room in self.all_rooms() {
            room.cut_all(code);
        }
    }

    /// Waits until no device has a seat any more.
    pub(crate) async fn emptied(&self) {
        loop {
            let notified = self.empty.notified();
            if self.devices.load(Ordering::SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }

    fn seat_taken(&self, device: &Device) {
        self.devices.fetch_add(1, Ordering::SeqCst);
        // Whoever sat down while the rooms were being told would not hear it otherwise.
        if self.is_closing() {
            device.cut(CloseCode::GoingAway);
        }
    }

    fn seat_left(&self) {
        if self.devices.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.empty.notify_waiters();
        }
    }

    fn leaving(&self) -> MutexGuard<'_, Leaving> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame as it goes over the wire. A relay's frame is plain data that can
/// always be written; were it not so, the empty text is ignored by every client.
pub(crate) fn encode(frame: &RelayFrame) -> Utf8Bytes {
    Utf8Bytes::from(serde_json::to_string(frame).unwrap_or_default())
}

#[cfg(test)]
mod tests;
