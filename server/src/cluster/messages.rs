//! Messages that were kept by other relays, read and told to those who have them before them.

use super::Cluster;
use crate::{hub::NOBODY, limits, secrets::Keys};
use shopbell_protocol::{ConversationId, RelayFrame, Seq, ShopId, Side};
use shopbell_store::StoreError;
use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};
use tokio::{sync::Notify, time::sleep};

/// Which messages are to be read: of each conversation from a place on.
#[derive(Default)]
pub(super) struct Messages {
    from: Mutex<HashMap<(ShopId, ConversationId), Seq>>,
    some: Notify,
}

impl Messages {
    /// A message at this place, and what follows it, is to be told here.
    pub(super) fn fetch(&self, shop: ShopId, conversation: ConversationId, seq: Seq) {
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        from.entry((shop, conversation)).and_modify(|first| *first = seq.min(*first)).or_insert(seq);
        drop(from);
        self.some.notify_one();
    }

    fn take(&self) -> HashMap<(ShopId, ConversationId), Seq> {
        mem::take(&mut *self.from.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cluster {
    /// Carries messages of other relays to the people here.
    pub(super) async fn carry(&self) {
        loop {
            self.messages.some.notified().await;
            for ((shop, conversation), from) in self.messages.take() {
                if let Err(error) = self.carry_one(&shop, conversation, from).await {
                    tracing::warn!(%error, "a message of another relay's could not be read; it is tried again");
                    self.messages.fetch(shop, conversation, from);
                    sleep(limits::STORE_REST).await;
                }
            }
        }
    }

    async fn carry_one(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<(), StoreError> {
        let relay = &self.relay;
        let Some(room) = relay.hub.find_room(shop) else { return Ok(()) };
        if room.has_unproven(conversation)
            && let Some(kept) = relay.store.conversation(shop, conversation).await?
        {
            // Begun at another relay, by another page of the same visitor's, or by a stranger.
            relay.hub.prove(&room, conversation, Keys::of(&kept));
        }
        let mut told = from.previous();
        loop {
            let slice = relay.store.after(shop, conversation, told).await?;
            let Some(last) = slice.messages.last().map(|message| message.seq) else { return Ok(()) };
            for message in slice.messages {
                let frame = RelayFrame::Message { conversation, message };
                for side in [Side::Visitor, Side::Owner] {
                    room.tell(conversation, side, NOBODY, &frame);
                }
            }
            if last >= slice.last {
                return Ok(());
            }
            told = last;
        }
    }
}
