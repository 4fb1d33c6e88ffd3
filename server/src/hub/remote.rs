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

    /// Tells the other relays who is here.
    pub(crate) fn spread_all(&self) {
        for room in self.all_rooms() {
            let shop = room.shop().clone();
            let inner = room.lock();
            let known = inner.conversations.iter().filter(|(_, talk)| talk.known).map(|(id, _)| Some(*id));
            let people: Vec<_> = known.chain(inner.own_owner_here.then_some(None)).collect();
            drop(inner);
            for conversation in people {
                self.spread(Wake::Presence { shop: shop.clone(), conversation, here: true });
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
        match conversation {
            None => people.owner = here,
            Some(id) if here => drop(people.visitors.insert(id)),
            Some(id) => drop(people.visitors.remove(&id)),
        }
        if !people.owner && people.visitors.is_empty() {
            inner.elsewhere.remove(&relay);
        }
        drop(inner);
        match conversation {
            None => self.tell_owner_presence(room),
            Some(id) => self.mark_moved(room, id),
        }
    }

    /// Nobody is at another relay any more.
    pub(crate) fn relay_gone(&self, relay: u64) {
        for room in self.all_rooms() {
            let Some(people) = room.lock().elsewhere.remove(&relay) else { continue };
            if people.owner {
                self.tell_owner_presence(&room);
            }
            for conversation in people.visitors {
                self.mark_moved(&room, conversation);
            }
        }
    }

    /// A visitor has come to this relay or gone from it: owners hear of it at every relay.
    pub(super) fn visitor_moved(&self, room: &Arc<ShopRoom>, conversation: ConversationId, here: bool) {
        self.mark_moved(room, conversation);
        let (shop, conversation) = (room.shop().clone(), Some(conversation));
        self.spread(Wake::Presence { shop, conversation, here });
    }

    /// The owner likewise, of whom visitors hear.
    pub(super) fn owner_moved(&self, room: &ShopRoom, here: bool) {
        self.tell_owner_presence(room);
        self.spread(Wake::Presence { shop: room.shop().clone(), conversation: None, here });
    }

    /// A conversation is in the store, and these keys open it: whoever is here with others goes.
    pub(crate) fn prove(&self, room: &Arc<ShopRoom>, conversation: ConversationId, keys: Keys) {
        let came = room.lock().prove(conversation, keys);
        if came {
            self.visitor_moved(room, conversation, true);
        }
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
