//! Other relays: what they are told, and who is there.

use super::{Hub, NOBODY, ShopRoom, room::Inner};
use crate::{cluster::Mouth, secrets::Keys};
use shopbell_protocol::{ConversationId, Receipt, RelayFrame, ShopId, Side};
use shopbell_store::Wake;
use std::{collections::BTreeSet, sync::Arc};

/// Who of a shop is at another relay.
#[derive(Default)]
pub(super) struct Elsewhere {
    owner: bool,
    visitors: BTreeSet<ConversationId>,
}

impl Inner {
    /// Whether the owner is at any relay: what visitors are told.
    pub(super) fn owner_here(&self) -> bool {
        self.own_owner_here || self.elsewhere.values().any(|people| people.owner)
    }

    /// Whether this visitor has the panel open at any relay.
    pub(super) fn visitor_here(&self, conversation: ConversationId) -> bool {
        self.conversations.contains_key(&conversation) || self.visitor_elsewhere(conversation)
    }

    /// The same, of those whom the owner may hear of.
    pub(super) fn known_visitor_here(&self, conversation: ConversationId) -> bool {
        self.conversations.get(&conversation).is_some_and(|talk| talk.known)
            || self.visitor_elsewhere(conversation)
    }

    fn visitor_elsewhere(&self, conversation: ConversationId) -> bool {
        self.elsewhere.values().any(|people| people.visitors.contains(&conversation))
    }
}

impl Hub {
    /// Other relays are told from now on.
    pub(crate) fn join(&self, mouth: Mouth) {
        // A relay joins once, when it starts.
        let _ = self.mouth.set(mouth);
    }

    /// Tells the other relays something that is nowhere written down.
    pub(crate) fn spread(&self, wake: Wake) {
        if let Some(mouth) = self.mouth.get() {
            mouth.say(wake);
        }
    }

    /// Tells the other relays that somebody has come or gone. Told while the room is held, for what
    /// is told last has to be what is so.
    pub(super) fn spread_presence(
        &self,
        _held: &Inner,
        shop: &ShopId,
        conversation: Option<ConversationId>,
        here: bool,
    ) {
        self.spread(Wake::Presence { shop: shop.clone(), conversation, here });
    }

    /// Tells the other relays who is here.
    pub(crate) fn spread_all(&self) {
        for room in self.all_rooms() {
            let shop = room.shop().clone();
            let inner = room.lock();
            let known = inner.conversations.iter().filter(|(_, talk)| talk.known).map(|(id, _)| Some(*id));
            for conversation in known.chain(inner.own_owner_here.then_some(None)) {
                self.spread_presence(&inner, &shop, conversation, true);
            }
        }
    }

    /// Somebody has come to another relay, or has gone from it.
    pub(crate) fn elsewhere(
        &self,
        relay: u64,
        room: &Arc<ShopRoom>,
        conversation: Option<ConversationId>,
        here: bool,
    ) {
        let mut inner = room.lock();
        let people = inner.elsewhere.entry(relay).or_default();
        let is_news = match conversation {
            None => std::mem::replace(&mut people.owner, here) != here,
            Some(id) if here => people.visitors.insert(id),
            Some(id) => people.visitors.remove(&id),
        };
        if !people.owner && people.visitors.is_empty() {
            inner.elsewhere.remove(&relay);
        }
        drop(inner);
        if is_news {
            self.tell_moved(room, conversation);
        }
    }

    /// Nobody is at another relay any more.
    pub(crate) fn relay_gone(&self, relay: u64) {
        for room in self.all_rooms() {
            let Some(people) = room.lock().elsewhere.remove(&relay) else { continue };
            let visitors = people.visitors.into_iter().map(Some);
            for conversation in visitors.chain(people.owner.then_some(None)) {
                self.tell_moved(&room, conversation);
            }
        }
    }

    /// A conversation is in the store, and these keys open it: whoever is here with others goes.
    pub(crate) fn prove(&self, room: &Arc<ShopRoom>, conversation: ConversationId, keys: Keys) {
        let mut inner = room.lock();
        let came = self.prove_in(&mut inner, room.shop(), conversation, keys);
        drop(inner);
        if came {
            self.mark_moved(room, conversation);
        }
    }

    /// The same in a room that is held; true when the visitor counts as here from now on, which
    /// owners at this relay are still to hear.
    pub(super) fn prove_in(
        &self,
        inner: &mut Inner,
        shop: &ShopId,
        conversation: ConversationId,
        keys: Keys,
    ) -> bool {
        let came = inner.prove(conversation, keys);
        if came {
            self.spread_presence(inner, shop, Some(conversation), true);
        }
        came
    }

    /// Tells both sides how far one of them has come.
    pub(crate) fn tell_receipt(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    ) {
        let Some(room) = self.find_room(shop) else { return };
        let frame = RelayFrame::Receipt { conversation, side, receipt };
        room.tell(conversation, Side::Visitor, NOBODY, &frame);
        room.tell(conversation, Side::Owner, NOBODY, &frame);
        if side == Side::Owner {
            // What the owner has opened is no longer unread.
            self.mark_changed(&room, conversation);
        }
    }
}
