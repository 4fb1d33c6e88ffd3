//! What has changed for the inbox's list: each line, and who is there, is told to
//! every device of the owner's as it is when its turn has come, however often it
//! changed meanwhile.

use super::{Hub, NOBODY, ShopRoom, encode, room::Inner};
use crate::limits;
use shopbell_protocol::{ChannelKind, ConversationId, Details, Presence, RelayFrame, Side, limits as wire};
use shopbell_store::{Store, StoreError, Wake};
use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// The rooms with something to tell; each stands there once.
#[derive(Default)]
pub(super) struct Marked {
    rooms: Mutex<Vec<Arc<ShopRoom>>>,
    some: Notify,
}

impl Marked {
    /// Marks a conversation in a room's set.
    fn mark(
        &self,
        room: &Arc<ShopRoom>,
        conversation: ConversationId,
        set: impl FnOnce(&mut Inner) -> &mut BTreeSet<ConversationId>,
    ) {
        let mut inner = room.lock();
        if inner.owners.is_empty() {
            return;
        }
        let set = set(&mut inner);
        let first = set.is_empty();
        set.insert(conversation);
        drop(inner);
        if first {
            self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(room));
            self.some.notify_one();
        }
    }

    fn take(&self) -> Vec<Arc<ShopRoom>> {
        mem::take(&mut *self.rooms.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ShopRoom {
    /// What is known of a visitor; none when the shop has no such conversation.
    pub(crate) async fn details(
        &self,
        store: &dyn Store,
        conversation: ConversationId,
    ) -> Result<Option<Details>, StoreError> {
        let shop = self.shop();
        let Some(kept) = store.conversation(shop, conversation).await? else { return Ok(None) };
        let Some(mut summary) = store.summary(shop, conversation).await? else { return Ok(None) };
        summary.visitor_here = self.visitor_here(conversation);
        let ways = store.channels_of(shop, conversation).await?;
        let has = |kind| ways.iter().any(|channel| channel.kind == kind && channel.health.is_well());
        Ok(Some(Details {
            summary,
            began_at: kept.began_at,
            locale: kept.locale,
            time_zone: kept.time_zone,
            visits: store.visits(shop, conversation).await?,
            owner_receipt: kept.owner_receipt,
            visitor_receipt: kept.visitor_receipt,
            undelivered: store.undelivered(shop, conversation, limits::UNDELIVERED_SHOWN).await?,
            by_mail: has(ChannelKind::Email),
            by_push: has(ChannelKind::Push),
        }))
    }
}

impl Hub {
    /// A conversation's line has changed, which other relays hear by what was kept.
    pub(crate) fn mark_changed(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        self.changed.mark(room, conversation, |inner| &mut inner.changed);
    }

    /// A conversation's line has changed.
    pub(crate) fn changed(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        self.mark_changed(room, conversation);
        self.spread(Wake::Line { shop: room.shop().clone(), conversation });
    }

    /// A visitor has come or gone, here or elsewhere.
    pub(super) fn mark_moved(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        self.moved.mark(room, conversation, |inner| &mut inner.moved);
    }

    /// More is known of a visitor than before.
    pub(crate) fn learned(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        self.mark_learned(room, conversation);
        self.spread(Wake::Learned { shop: room.shop().clone(), conversation });
    }

    /// The same for those who watch at this relay.
    pub(crate) fn mark_learned(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        if room.is_watched(conversation) {
            self.learned.mark(room, conversation, |inner| &mut inner.learned);
        }
    }

    /// Tells what has changed for as long as the relay runs.
    pub(crate) async fn tell_changes(self: Arc<Self>, store: Arc<dyn Store>) {
        tokio::join!(self.tell_lines(&*store), self.tell_presence(), self.tell_details(&*store));
    }

    async fn tell_lines(&self, store: &dyn Store) {
        loop {
            self.changed.some.notified().await;
            let began_ms = self.clock.uptime_ms();
            if !self.tell_lines_once(store).await {
                sleep(limits::STORE_REST).await;
                continue;
            }
            // As long a rest as the work took: however busy the shops are, lines
            // of lists never take more than half of the reads.
            let took_ms = self.clock.uptime_ms().saturating_sub(began_ms);
            sleep(Duration::from_millis(took_ms)).await;
        }
    }

    async fn tell_presence(&self) {
        loop {
            self.moved.some.notified().await;
            self.tell_presence_once();
            // A crowd that comes or goes at once is told in a few frames.
            sleep(limits::PRESENCE_TOLD_EVERY).await;
        }
    }

    async fn tell_details(&self, store: &dyn Store) {
        loop {
            self.learned.some.notified().await;
            self.tell_details_once(store).await;
            sleep(limits::DETAILS_TOLD_EVERY).await;
        }
    }

    async fn tell_details_once(&self, store: &dyn Store) {
        for room in self.learned.take() {
            let conversations = mem::take(&mut room.lock().learned);
            for conversation in conversations {
                match room.details(store, conversation).await {
                    Ok(Some(details)) => {
                        room.tell(conversation, Side::Owner, NOBODY, &RelayFrame::Details(details));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(%error, "what is known of a visitor could not be read; it is tried again");
                        self.learned.mark(&room, conversation, |inner| &mut inner.learned);
                        sleep(limits::STORE_REST).await;
                    }
                }
            }
        }
    }

    /// Tells the lines that have changed up to now.
    /// False when some of it could not be read: it is still to be told.
    pub(super) async fn tell_lines_once(&self, store: &dyn Store) -> bool {
        let mut failed = false;
        for room in self.changed.take() {
            let conversations = mem::take(&mut room.lock().changed);
            for conversation in conversations {
                if failed {
                    self.mark_changed(&room, conversation);
                    continue;
                }
                match store.summary(room.shop(), conversation).await {
                    Ok(Some(mut summary)) => {
                        summary.visitor_here = room.visitor_here(conversation);
                        room.tell_owners(|| encode(&RelayFrame::Changed { summary }));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a changed conversation could not be read; it is tried again");
                        self.mark_changed(&room, conversation);
                        failed = true;
                    }
                }
            }
        }
        !failed
    }

    /// Tells who has come or gone up to now.
    pub(super) fn tell_presence_once(&self) {
        for room in self.moved.take() {
            let mut inner = room.lock();
            let moved = mem::take(&mut inner.moved);
            let here = |conversation| inner.known_visitor_here(conversation);
            let visitors: Vec<_> = moved
                .into_iter()
                .map(|conversation| Presence { conversation, here: here(conversation) })
                .collect();
            drop(inner);
            for visitors in visitors.chunks(wire::PRESENCE_VISITORS) {
                room.tell_owners(|| encode(&RelayFrame::VisitorPresence { visitors: visitors.to_vec() }));
            }
        }
    }
}
