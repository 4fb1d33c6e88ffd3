//! What this device keeps: messages that have not reached the relay, text that
//! was not sent, and for which shop.

use super::Host;
use crate::bridge::storage;
use crate::codec;
use leptos::prelude::*;
use shopbell_client::{Draft, OwnerEvent};
use shopbell_protocol::{ChannelId, ConversationId, MessageId};

const SHOP: &str = "shopbell.inbox.shop";
const PUSH_CHANNEL: &str = "shopbell.inbox.push";

/// The channel by which this device was last asked to be notified.
pub(super) fn push_channel() -> Option<ChannelId> {
    ChannelId::parse(&storage::get(PUSH_CHANNEL)?)
}

/// Remembers it.
pub(super) fn set_push_channel(channel: ChannelId) {
    storage::set(PUSH_CHANNEL, &channel.to_string());
}

/// The shop that was signed in last.
pub(super) fn shop() -> Option<String> {
    storage::get(SHOP)
}

fn drafts_of(shop: &str) -> String {
    format!("shopbell.inbox.{shop}.draft.")
}

impl Host {
    /// The shop whose things are kept; none before anybody was signed in.
    fn shop(self) -> Option<String> {
        self.inner.with_value(|inner| inner.shop.clone())
    }

    /// Whether what is written now can be kept.
    pub(crate) fn can_write(self) -> bool {
        self.inner.with_value(|inner| inner.shop.is_some())
    }

    /// Takes note of the shop that is signed in. Whether it is another one than
    /// before: what is shown then belongs to somebody else.
    pub(super) fn is_another_shop(self, shop: &str) -> bool {
        let before = self.inner.write_value().shop.replace(shop.into());
        if before.as_deref() != Some(shop) {
            storage::set(SHOP, shop);
        }
        before.is_some_and(|before| before != shop)
    }

    pub(super) fn keep(self, draft: &Draft) {
        if let Some(shop) = self.shop() {
            storage::set(&format!("{}{}", drafts_of(&shop), draft.id), &codec::write(draft));
        }
    }

    pub(super) fn forget(self, id: MessageId) {
        if let Some(shop) = self.shop() {
            storage::remove(&format!("{}{id}", drafts_of(&shop)));
        }
    }

    /// Takes up what an earlier visit has left, and what other tabs write and send.
    pub(super) fn adopt_drafts(self) {
        let Some(shop) = self.shop() else { return };
        let prefix = drafts_of(&shop);
        for key in storage::keys(&prefix) {
            if let Some(draft) = storage::get(&key).and_then(|text| codec::read(&text)) {
                self.tell(OwnerEvent::Adopt(draft));
            }
        }
        storage::on_change(move |key, value| {
            let Some(id) = key.strip_prefix(&prefix).and_then(MessageId::parse) else { return };
            match value {
                Some(text) => {
                    if let Some(draft) = codec::read(&text) {
                        self.tell(OwnerEvent::Adopt(draft));
                    }
                }
                None => self.tell(OwnerEvent::Gone(id)),
            }
        });
    }

    fn text_key(self, conversation: ConversationId) -> Option<String> {
        Some(format!("shopbell.inbox.{}.text.{conversation}", self.shop()?))
    }

    /// The text that stands in a conversation's box and was not sent.
    pub(crate) fn unsent_text(self, conversation: ConversationId) -> String {
        self.text_key(conversation).and_then(|key| storage::get(&key)).unwrap_or_default()
    }

    /// Keeps the text of a conversation's box.
    pub(crate) fn keep_text(self, conversation: ConversationId, text: &str) {
        let Some(key) = self.text_key(conversation) else { return };
        if text.trim().is_empty() {
            storage::remove(&key);
        } else {
            storage::set(&key, text);
        }
    }
}
