//! Lines of the inbox's list that have changed: each is read once and told to
//! every device of the owner's, however often it changed meanwhile.

use super::{Hub, ShopRoom, encode};
use shopbell_protocol::{ConversationId, RelayFrame};
use shopbell_store::Store;
use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// The rooms with changed lines; at most one entry for each room.
#[derive(Default)]
pub(super) struct Changed {
    rooms: Mutex<Vec<Arc<ShopRoom>>>,
    some: Notify,
}

impl Hub {
    /// A conversation's line has changed.
    pub(crate) fn changed(&self, room: &Arc<ShopRoom>, conversation: ConversationId) {
        let mut inner = room.lock();
        if inner.owners.is_empty() {
            return;
        }
        let first = inner.changed.is_empty();
        inner.changed.insert(conversation);
        drop(inner);
        if first {
            self.changed.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(room));
            self.changed.some.notify_one();
        }
    }

    /// Tells changed lines for as long as the relay runs.
    pub(crate) async fn tell_changes(self: Arc<Self>, store: Arc<dyn Store>) {
        loop {
            self.changed.some.notified().await;
            let began_ms = self.clock.uptime_ms();
            self.tell_changes_once(&*store).await;
            // As long a rest as the work took: however busy the shops are, lines
            // of lists never take more than half of the reads.
            let took_ms = self.clock.uptime_ms().saturating_sub(began_ms);
            tokio::time::sleep(Duration::from_millis(took_ms)).await;
        }
    }

    /// Tells what has changed up to now.
    pub(crate) async fn tell_changes_once(&self, store: &dyn Store) {
        let rooms = mem::take(&mut *self.changed.rooms.lock().unwrap_or_else(PoisonError::into_inner));
        for room in rooms {
            let conversations = mem::take(&mut room.lock().changed);
            for conversation in conversations {
                match store.summary(room.shop(), conversation).await {
                    Ok(Some(mut summary)) => {
                        summary.visitor_here = room.visitor_here(conversation);
                        room.tell_owners(|| encode(&RelayFrame::Changed { summary }));
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%error, "a changed conversation could not be read"),
                }
            }
        }
    }
}
