//! The way out and back in: what is to be told on channels is handed over, tried again,
//! and got round when a channel fails; what comes back becomes part of a conversation.
//!
//! Channels know how to reach their far sides; everything that is decided about them is
//! decided here, once for all kinds.

mod address;
mod browser;
pub(crate) mod channels;
mod dispatch;
mod ears;
mod health;
mod held;
mod key;
mod links;
mod opened;
mod rules;
mod setup;
mod tell;
mod watchdog;
mod words;
mod work;

pub(crate) use address::{address_among, address_of, leave_address};
pub(crate) use browser::notify;
pub(crate) use dispatch::run;
pub(crate) use ears::RelayEars;
pub(crate) use key::{FILE_NAME as KEY_FILE_NAME, RelayKey};
pub(crate) use links::stopped_channel;
pub(crate) use opened::opened;
pub(crate) use setup::{Asker, ChannelFrame, act, renew_push};
pub(crate) use tell::{changed_elsewhere, reach, reach_by, shown};
pub(crate) use words::title;

use crate::relay::Relay;
use shopbell_channels::{Channel, Ears};
use shopbell_protocol::ChannelKind;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;

/// The channels that this relay can use, and what they need of it.
pub(crate) struct Outside {
    /// One for each kind that is set up.
    pub(crate) kinds: BTreeMap<ChannelKind, Arc<dyn Channel>>,
    /// What a device needs to know to add one: for push the public key, for Telegram the bot's name.
    pub(crate) keys: BTreeMap<ChannelKind, String>,
    /// What signs tokens.
    pub(crate) key: RelayKey,
}

impl Outside {
    /// With these channels.
    pub(crate) fn new(
        channels: impl IntoIterator<Item = Arc<dyn Channel>>,
        keys: BTreeMap<ChannelKind, String>,
        key: RelayKey,
    ) -> Self {
        let kinds = channels.into_iter().map(|channel| (channel.kind(), channel)).collect();
        Self { kinds, keys, key }
    }

    /// Whether visitors can be written to.
    pub(crate) fn can_mail(&self) -> bool {
        self.kinds.contains_key(&ChannelKind::Email)
    }

    /// What browsers subscribe for, visitors' too; none where this relay sends no pushes.
    pub(crate) fn push_key(&self) -> Option<&str> {
        self.keys
            .get(&ChannelKind::Push)
            .filter(|_| self.kinds.contains_key(&ChannelKind::Push))
            .map(String::as_str)
    }
}

/// Lets every channel listen, until what is given back is dropped.
pub(crate) fn listen(relay: &Arc<Relay>) -> JoinSet<()> {
    let mut listening = JoinSet::new();
    for channel in relay.outside.kinds.values() {
        let channel = Arc::clone(channel);
        let ears: Arc<dyn Ears> = Arc::new(RelayEars(Arc::clone(relay)));
        listening.spawn(async move { channel.listen(ears).await });
    }
    listening
}

#[cfg(test)]
mod tests;
