//! Who is there: told both ways, never stored, and held for a moment after
//! somebody went so that a reload does not flicker.

use super::{Hub, ShopRoom, encode, room::Inner};
use crate::limits;
use shopbell_protocol::{ConversationId, RelayFrame};
use std::{
    collections::VecDeque,
    sync::{Arc, MutexGuard},
};

/// Those who went, by the time at which they count as gone. At most one entry
/// for each connection that was closed within the grace time.
pub(super) type Leaving = VecDeque<Gone>;

pub(super) struct Gone {
    due_ms: u64,
    room: Arc<ShopRoom>,
    /// The visitor's conversation; none for the owner.
    conversation: Option<ConversationId>,
}

impl Hub {
    /// Somebody's last device went: they count as gone at the time that is given
    /// back, unless they come again.
    pub(super) fn gone_at_ms(&self) -> u64 {
        self.clock.uptime_ms() + limits::PRESENCE_GRACE_MS
    }

    pub(super) fn left(&self, due_ms: u64, room: &Arc<ShopRoom>, conversation: Option<ConversationId>) {
        self.leaving().push_back(Gone { due_ms, room: Arc::clone(room), conversation });
    }

    /// Tells of those who went and have not come back by now.
    pub(crate) fn lapse(&self) {
        let now_ms = self.clock.uptime_ms();
        loop {
            // All wait equally long, so the first is always due first.
            let gone = self.leaving().pop_front_if(|gone| gone.due_ms <= now_ms);
            match gone {
                Some(Gone { room, conversation: Some(conversation), .. }) => {
                    self.visitor_lapsed(&room, conversation, now_ms);
                }
                Some(Gone { room, conversation: None, .. }) => self.owner_lapsed(&room, now_ms),
                None => return,
            }
        }
    }

    fn visitor_lapsed(&self, room: &Arc<ShopRoom>, conversation: ConversationId, now_ms: u64) {
        let mut inner = room.lock();
        // Whoever came and went again meanwhile has a later time of their own.
        let talk = inner.conversations.get(&conversation);
        let empty = talk.is_some_and(|talk| talk.visitors.is_empty() && talk.gone_at_ms <= now_ms);
        let talk = if empty { inner.conversations.remove(&conversation) } else { None };
        let went = talk.is_some_and(|talk| talk.known);
        if went {
            self.moved(room, inner, Some(conversation), false);
        }
    }

    fn owner_lapsed(&self, room: &Arc<ShopRoom>, now_ms: u64) {
        let mut inner = room.lock();
        let gone = inner.owners.is_empty() && inner.owner_gone_at_ms <= now_ms;
        let went = gone && std::mem::replace(&mut inner.own_owner_here, false);
        if went {
            self.moved(room, inner, None, false);
        }
    }

    /// Somebody has come to this relay, or has gone from it. The other relays are told while the room
    /// is held, for what is told last has to be what is so.
    pub(super) fn moved(
        &self,
        room: &Arc<ShopRoom>,
        held: MutexGuard<'_, Inner>,
        conversation: Option<ConversationId>,
        here: bool,
    ) {
        self.spread_presence(&held, room.shop(), conversation, here);
        drop(held);
        self.tell_moved(room, conversation);
    }

    /// Tells the people here that somebody has come or gone: a visitor, or the owner.
    pub(super) fn tell_moved(&self, room: &Arc<ShopRoom>, conversation: Option<ConversationId>) {
        match conversation {
            None => self.tell_owner_presence(room),
            Some(conversation) => self.mark_moved(room, conversation),
        }
    }

    /// Tells every visitor of the shop about the owner.
    pub(crate) fn tell_owner_presence(&self, room: &ShopRoom) {
        let inner = room.lock();
        let (here, unreachable) = (inner.owner_here(), inner.owner_unreachable());
        let frame = encode(&RelayFrame::OwnerPresence { here, unreachable });
        for visitor in inner.conversations.values().flat_map(|talk| &talk.visitors) {
            visitor.device.push(frame.clone());
        }
    }
}
