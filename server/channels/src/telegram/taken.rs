//! Which updates were taken, so that each is taken once.

use super::{bounded::Bounded, limits};
use crate::{Away, Ears};
use shopbell_protocol::ChannelKind;

/// The name of the note in which the ids of a webhook's updates are kept.
const NOTE: &str = "taken";

/// The ids of the updates that were taken last. They say more than the highest one would: a webhook
/// tries again later what could not be kept, and after a quiet week the ids begin anew anywhere.
#[derive(Debug)]
pub(super) struct Taken {
    ids: Bounded<i64, ()>,
}

impl Taken {
    pub(super) fn none() -> Self {
        Self { ids: Bounded::new(limits::RECENT_UPDATES) }
    }

    /// As they were remembered.
    pub(super) async fn recall(ears: &dyn Ears) -> Result<Self, Away> {
        let note = ears.recall(ChannelKind::Telegram, NOTE).await?.unwrap_or_default();
        let mut taken = Self::none();
        for id in note.split(' ').filter_map(|id| id.parse().ok()) {
            taken.add(id);
        }
        Ok(taken)
    }

    /// Remembers them: at most 128 ids of 11 bytes.
    pub(super) async fn remember(&self, ears: &dyn Ears) -> Result<(), Away> {
        let ids: Vec<_> = self.ids.keys().map(i64::to_string).collect();
        ears.remember(ChannelKind::Telegram, NOTE, &ids.join(" ")).await
    }

    pub(super) fn has(&self, id: i64) -> bool {
        self.ids.get(&id).is_some()
    }

    pub(super) fn add(&mut self, id: i64) {
        self.ids.set(id, ());
    }
}
