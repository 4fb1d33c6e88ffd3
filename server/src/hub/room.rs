//! A shop's room: its owner's devices, and its visitors by conversation.

use super::{Device, Hub, encode, remote::Elsewhere};
use crate::secrets::Keys;
use axum::extract::ws::Utf8Bytes;
use shopbell_protocol::{CloseCode, ConversationId, RelayFrame, SessionId, ShopId, Side};
use shopbell_store::Digest;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One shop's room. Nothing in it can reach another shop's.
pub(crate) struct ShopRoom {
    shop: ShopId,
    inner: Mutex<Inner>,
}

/// What is told of one after the other stands in an order, so that the same events are told in
/// the same way again.
#[derive(Default)]
pub(super) struct Inner {
    /// Every device with a seat, by the mark that its appends carry.
    pub(super) devices: BTreeMap<u64, Arc<Device>>,
    pub(super) owners: Vec<Owner>,
    pub(super) conversations: BTreeMap<ConversationId, Talk>,
    /// Whether the owner is at this relay, or was a moment ago.
    pub(super) own_owner_here: bool,
    /// Who is at other relays.
    pub(super) elsewhere: BTreeMap<u64, Elsewhere>,
    /// When the owner counts as gone, once no device of theirs is left.
    pub(super) owner_gone_at_ms: u64,
    /// No channel to the owner works, as far as was found.
    pub(super) channels_down: bool,
    /// Conversations whose line in the inbox is to be told anew.
    pub(super) changed: BTreeSet<ConversationId>,
    /// Conversations of whose visitor more is known, which is to be told.
    pub(super) learned: BTreeSet<ConversationId>,
    /// Conversations whose visitor has come or gone, which is to be told.
    pub(super) moved: BTreeSet<ConversationId>,
}

/// An owner's device.
pub(super) struct Owner {
    pub(super) device: Arc<Device>,
    /// Whether its session holds. Until then it is told nothing.
    pub(super) proven: bool,
    pub(super) watching: Option<ConversationId>,
}

/// A conversation that has a visitor here, or had one a moment ago.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) visitors: Vec<Visitor>,
    /// Whether it exists in the store, so that the owner may hear of it.
    pub(super) known: bool,
    /// When the visitor counts as gone, once no device of theirs is left.
    pub(super) gone_at_ms: u64,
}

/// A visitor's device.
pub(super) struct Visitor {
    pub(super) device: Arc<Device>,
    pub(super) secret: Digest,
    /// Whether the secret is the conversation's own. Until then it is told nothing
    /// of what is said there.
    pub(super) proven: bool,
}

impl ShopRoom {
    pub(super) fn new(shop: ShopId) -> Self {
        Self { shop, inner: Mutex::default() }
    }

    /// Whose it is.
    pub(crate) fn shop(&self) -> &ShopId {
        &self.shop
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the owner is at the inbox now.
    pub(crate) fn owner_here(&self) -> bool {
        self.lock().owner_here()
    }

    /// Whether no way to the owner works: neither the inbox nor any channel.
    pub(crate) fn owner_unreachable(&self) -> bool {
        self.lock().owner_unreachable()
    }

    /// Notes whether all channels to the owner are down; true when that is news.
    pub(crate) fn note_channels(&self, down: bool) -> bool {
        std::mem::replace(&mut self.lock().channels_down, down) != down
    }

    /// Whether any device of the owner's is connected, who could be told something.
    pub(crate) fn has_owners(&self) -> bool {
        !self.lock().owners.is_empty()
    }

    /// Whether this visitor has the panel open now.
    pub(crate) fn visitor_here(&self, conversation: ConversationId) -> bool {
        self.lock().visitor_here(conversation)
    }

    /// Whether anybody here has this conversation before them.
    pub(crate) fn concerns(&self, conversation: ConversationId) -> bool {
        let inner = self.lock();
        inner.conversations.contains_key(&conversation)
            || inner.owners.iter().any(|owner| owner.watching == Some(conversation))
    }

    /// Whether a visitor is here of whom is not known whether the conversation is theirs.
    pub(crate) fn has_unproven(&self, conversation: ConversationId) -> bool {
        let inner = self.lock();
        let talk = inner.conversations.get(&conversation);
        talk.is_some_and(|talk| talk.visitors.iter().any(|visitor| !visitor.proven))
    }

    /// Whether any device of the owner's watches this conversation.
    pub(crate) fn is_watched(&self, conversation: ConversationId) -> bool {
        self.lock().owners.iter().any(|owner| owner.watching == Some(conversation))
    }

    /// Tells every device of the owner's.
    pub(super) fn tell_owners(&self, frame: impl FnOnce() -> Utf8Bytes) {
        let inner = self.lock();
        if inner.owners.is_empty() {
            return;
        }
        let frame = frame();
        for owner in inner.owners.iter().filter(|owner| owner.proven) {
            owner.device.push(frame.clone());
        }
    }

    /// Tells those of one side who have this conversation before them, but for
    /// the device that it comes from.
    pub(crate) fn tell(&self, conversation: ConversationId, side: Side, but: u64, frame: &RelayFrame) {
        let inner = self.lock();
        let mut to = inner.audience(conversation, side, but).peekable();
        if to.peek().is_some() {
            let frame = encode(frame);
            to.for_each(|device| device.push(frame.clone()));
        }
    }

    pub(super) fn cut_session(&self, session: SessionId) {
        for owner in &self.lock().owners {
            if owner.device.session() == Some(session) {
                owner.device.cut(CloseCode::SignedOut);
            }
        }
    }

    pub(super) fn cut_all(&self, code: CloseCode) {
        for device in self.lock().devices.values() {
            device.cut(code);
        }
    }
}

impl Inner {
    pub(super) fn owner_unreachable(&self) -> bool {
        self.channels_down && !self.owner_here()
    }

    /// The devices of a side that have the conversation before them, and a right to it.
    pub(super) fn audience(
        &self,
        conversation: ConversationId,
        side: Side,
        but: u64,
    ) -> impl Iterator<Item = &Arc<Device>> {
        let visitors = (side == Side::Visitor).then(|| self.conversations.get(&conversation)).flatten();
        let owners = if side == Side::Owner { self.owners.as_slice() } else { &[] };
        let visitors = visitors.into_iter().flat_map(|talk| &talk.visitors);
        let visitors = visitors.filter(|visitor| visitor.proven).map(|visitor| &visitor.device);
        let owners = owners.iter().filter(move |owner| owner.proven && owner.watching == Some(conversation));
        visitors.chain(owners.map(|owner| &owner.device)).filter(move |device| device.id() != but)
    }
}

/// A visitor's place in a room, left when it is dropped.
pub(crate) struct VisitorSeat {
    hub: Arc<Hub>,
    room: Arc<ShopRoom>,
    device: Arc<Device>,
    conversation: ConversationId,
}

impl VisitorSeat {
    /// Takes a seat. From [`Self::prove`] on everything that is committed in the
    /// conversation waits in the device's queue, so that nothing falls between a
    /// look into the store after that and the first live message.
    pub(crate) fn take(
        hub: &Arc<Hub>,
        room: &Arc<ShopRoom>,
        device: &Arc<Device>,
        conversation: ConversationId,
        secret: Digest,
    ) -> Self {
        let mut inner = room.lock();
        inner.devices.insert(device.id(), Arc::clone(device));
        let talk = inner.conversations.entry(conversation).or_default();
        talk.visitors.push(Visitor { device: Arc::clone(device), secret, proven: false });
        drop(inner);
        hub.seat_taken(device);
        Self { hub: Arc::clone(hub), room: Arc::clone(room), device: Arc::clone(device), conversation }
    }

    /// The conversation is in the store and this visitor's own: the owner may
    /// hear that they are here, and devices with another secret must go.
    pub(crate) fn prove(&self, keys: Keys) {
        self.hub.prove(&self.room, self.conversation, keys);
    }

    /// The room.
    pub(crate) fn room(&self) -> &Arc<ShopRoom> {
        &self.room
    }
}

impl Inner {
    /// Fixes a conversation's secret. True when it was not known before.
    pub(super) fn prove(&mut self, conversation: ConversationId, keys: Keys) -> bool {
        let Some(talk) = self.conversations.get_mut(&conversation) else {
            return false;
        };
        let stranger = |visitor: &Visitor| !keys.open(visitor.secret);
        for visitor in talk.visitors.iter().filter(|visitor| stranger(visitor)) {
            visitor.device.cut(CloseCode::Refused);
        }
        talk.visitors.retain(|visitor| !stranger(visitor));
        talk.visitors.iter_mut().for_each(|visitor| visitor.proven = true);
        !std::mem::replace(&mut talk.known, true)
    }
}

impl Drop for VisitorSeat {
    fn drop(&mut self) {
        let gone_at_ms = self.hub.gone_at_ms();
        let mut inner = self.room.lock();
        inner.devices.remove(&self.device.id());
        let empty = inner.conversations.get_mut(&self.conversation).is_some_and(|talk| {
            talk.visitors.retain(|visitor| visitor.device.id() != self.device.id());
            talk.gone_at_ms = gone_at_ms;
            talk.visitors.is_empty()
        });
        drop(inner);
        if empty {
            self.hub.left(gone_at_ms, &self.room, Some(self.conversation));
        }
        self.hub.seat_left();
    }
}

/// An owner's place in a room, left when it is dropped.
pub(crate) struct OwnerSeat {
    hub: Arc<Hub>,
    room: Arc<ShopRoom>,
    device: Arc<Device>,
}

impl OwnerSeat {
    /// Takes a seat. From [`Self::prove`] on every change of the shop's
    /// conversations waits in the device's queue.
    pub(crate) fn take(hub: &Arc<Hub>, room: &Arc<ShopRoom>, device: &Arc<Device>) -> Self {
        let mut inner = room.lock();
        inner.devices.insert(device.id(), Arc::clone(device));
        inner.owners.push(Owner { device: Arc::clone(device), proven: false, watching: None });
        drop(inner);
        hub.seat_taken(device);
        Self { hub: Arc::clone(hub), room: Arc::clone(room), device: Arc::clone(device) }
    }

    /// The session holds: visitors may hear that the owner is here.
    pub(crate) fn prove(&self) {
        let mut inner = self.room.lock();
        if let Some(owner) = inner.owners.iter_mut().find(|owner| owner.device.id() == self.device.id()) {
            owner.proven = true;
        }
        let came = !std::mem::replace(&mut inner.own_owner_here, true);
        if came {
            self.hub.moved(&self.room, inner, None, true);
        }
    }

    /// This conversation's messages and typing come to this device from now on.
    pub(crate) fn watch(&self, conversation: Option<ConversationId>) {
        let mut inner = self.room.lock();
        let own = inner.owners.iter_mut().find(|owner| owner.device.id() == self.device.id());
        if let Some(owner) = own {
            owner.watching = conversation;
        }
    }

    /// The room.
    pub(crate) fn room(&self) -> &Arc<ShopRoom> {
        &self.room
    }
}

impl Drop for OwnerSeat {
    fn drop(&mut self) {
        let gone_at_ms = self.hub.gone_at_ms();
        let mut inner = self.room.lock();
        inner.devices.remove(&self.device.id());
        inner.owners.retain(|owner| owner.device.id() != self.device.id());
        inner.owner_gone_at_ms = gone_at_ms;
        let empty = inner.owners.is_empty();
        drop(inner);
        if empty {
            self.hub.left(gone_at_ms, &self.room, None);
        }
        self.hub.seat_left();
    }
}
