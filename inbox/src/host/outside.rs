//! The owner's channels, and this device's own notifications.

use super::{Host, keep};
use crate::bridge::{chance, clock, push};
use shopbell_client::OwnerEvent;
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelLine, ChannelRule, ConversationId, NewChannel, OwnerFrame,
};

impl Host {
    pub(super) fn refresh_outside(self) {
        self.outside.set(self.talker(|talker| talker.outside().cloned()));
    }

    /// One of the owner's channels, which is followed.
    pub(crate) fn channel(self, id: ChannelId) -> Option<ChannelLine> {
        self.outside.with(|known| known.as_ref()?.channels.iter().find(|line| line.channel == id).cloned())
    }

    /// How many there are of a kind.
    pub(crate) fn count_channels(self, kind: ChannelKind) -> usize {
        self.outside.with_untracked(|known| {
            known.as_ref().map_or(0, |known| known.channels.iter().filter(|line| line.kind == kind).count())
        })
    }

    /// Something is to be done or shown.
    pub(crate) fn ask_outside(self, frame: OwnerFrame) {
        self.tell(OwnerEvent::Outside(frame));
    }

    /// Adds a channel; gives its id.
    pub(crate) fn add_channel(self, target: NewChannel, rule: ChannelRule) -> ChannelId {
        let mut random = [0; shopbell_protocol::RANDOM_BYTES];
        random[..8].copy_from_slice(&chance::seed().to_be_bytes());
        let channel = ChannelId::new(clock::now().0, random);
        self.ask_outside(OwnerFrame::AddChannel { channel, target, rule });
        channel
    }

    /// Moves a channel one place forward in the order in which they stand in for each other.
    pub(crate) fn raise_channel(self, id: ChannelId) {
        let mut order = self.outside.with_untracked(|known| {
            let channels = known.as_ref().map(|known| known.channels.as_slice()).unwrap_or_default();
            channels.iter().map(|line| line.channel).collect::<Vec<_>>()
        });
        if let Some(place) = order.iter().position(|known| *known == id).filter(|place| *place > 0) {
            order.swap(place, place - 1);
            self.ask_outside(OwnerFrame::OrderChannels { channels: order });
        }
    }

    /// The channel by which this very device is notified, while it is one of the owner's.
    pub(crate) fn own_push_channel(self) -> Option<ChannelId> {
        let own = keep::push_channel()?;
        self.channel(own).filter(|line| !line.health.gone).map(|line| line.channel)
    }

    /// Asks the browser for notifications, and the relay to send them here.
    pub(crate) fn subscribe(self, key: String, hide_words: bool, done: impl FnOnce() + 'static) {
        wasm_bindgen_futures::spawn_local(async move {
            match push::subscribe(&key).await {
                Ok(push::Subscription { endpoint, p256dh, auth }) => {
                    super::set(self.push_missing, None);
                    let target = NewChannel::Push { endpoint, p256dh, auth, hide_words };
                    let rule = ChannelRule { only_outside: true, ..ChannelRule::default() };
                    // The same device again takes the place of what it was before.
                    let channel = match keep::push_channel().filter(|own| self.channel(*own).is_some()) {
                        Some(channel) => {
                            self.ask_outside(OwnerFrame::AddChannel { channel, target, rule });
                            channel
                        }
                        None => self.add_channel(target, rule),
                    };
                    keep::set_push_channel(channel);
                }
                Err(missing) => super::set(self.push_missing, Some(missing)),
            }
            done();
        });
    }

    /// What was shown of a conversation on this device's screen can go: it is open here.
    pub(crate) fn close_notices(self, conversation: ConversationId) {
        push::close_notices(&conversation.to_string());
    }
}
