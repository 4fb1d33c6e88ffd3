//! Groups that became supergroups: their id is another one then, for good.

use super::{bounded::Bounded, limits};
use crate::{Away, Ears};
use shopbell_protocol::ChannelKind;
use std::sync::{Arc, Mutex, PoisonError};

/// Ids of groups are above this; those of supergroups, which never move, are below.
const GROUPS_ABOVE: i64 = -1_000_000_000_000;

/// Where groups went. The relay remembers it under `moved:ID` for each.
#[derive(Default)]
pub(super) struct Moved {
    known: Mutex<Option<Bounded<i64, i64>>>,
    ears: Mutex<Option<Arc<dyn Ears>>>,
}

impl Moved {
    /// From now on the relay can be asked, and is told what it could not be told before.
    pub(super) async fn hear(&self, ears: &Arc<dyn Ears>) -> Result<(), Away> {
        *self.ears.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(ears));
        let known: Vec<_> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let all = known.iter().flat_map(|map| map.keys().map(|from| (*from, map.get(from).copied())));
            all.collect()
        };
        for (from, to) in known {
            if let Some(to) = to {
                ears.remember(ChannelKind::Telegram, &name(from), &to.to_string()).await?;
            }
        }
        Ok(())
    }

    /// Where a chat is now.
    pub(super) async fn now_at(&self, chat: i64) -> i64 {
        if chat >= 0 || chat <= GROUPS_ABOVE {
            return chat;
        }
        if let Some(to) = self.known(chat) {
            return to;
        }
        let ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(ears) = ears else { return chat };
        // When the relay is away the old id is good enough: Telegram says the new one again.
        let note = ears.recall(ChannelKind::Telegram, &name(chat)).await.ok().flatten();
        let Some(to) = note.and_then(|note| note.parse().ok()) else { return chat };
        self.know(chat, to);
        to
    }

    /// A group has become a supergroup.
    ///
    /// # Errors
    /// When the relay can't remember it now; then it is not known here either, so that it is told again.
    pub(super) async fn moves(&self, from: i64, to: i64) -> Result<(), Away> {
        if self.known(from) == Some(to) {
            return Ok(());
        }
        let ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(ears) = ears {
            ears.remember(ChannelKind::Telegram, &name(from), &to.to_string()).await?;
        }
        tracing::info!("a Telegram group has become a supergroup; what is for it goes there from now on");
        self.know(from, to);
        Ok(())
    }

    /// Whether it is known to have moved.
    pub(super) fn has_moved(&self, chat: i64) -> bool {
        self.known(chat).is_some()
    }

    fn known(&self, chat: i64) -> Option<i64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref()?.get(&chat).copied()
    }

    fn know(&self, from: i64, to: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| Bounded::new(limits::CHATS)).set(from, to);
    }
}

fn name(chat: i64) -> String {
    format!("moved:{chat}")
}
