//! What is remembered of channels and deliveries: the second half of the store's trait.

use crate::{Digest, PictureFile, StoreError};
use async_trait::async_trait;
use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ChannelRule, ConversationId, HeldId, MessageId, Picture,
    PictureId, Receipt, Seq, ShopId, Side, Undelivered, UnixMillis,
};

/// A channel to be added.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Its id. One that the same shop has already is changed.
    pub id: ChannelId,
    /// Whose shop.
    pub shop: ShopId,
    /// Of the visitor in this conversation; of the owner without one.
    pub conversation: Option<ConversationId>,
    /// Its kind.
    pub kind: ChannelKind,
    /// What a person knows it by.
    pub label: String,
    /// Where it leads, for the channel alone to read.
    pub target: Target,
    /// Which far side is asked: channels of one have it in common, like a push service.
    pub far: String,
    /// When it is used.
    pub rule: ChannelRule,
    /// When it was added.
    pub at: UnixMillis,
}

/// Where a channel leads, as the channel itself wrote it. `Debug` redacts it, for some
/// of it lets whoever has it send.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(pub String);

impl core::fmt::Debug for Target {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Target(redacted)")
    }
}

/// What became of adding a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelAdded {
    /// It is there now.
    Done,
    /// There are [`shopbell_protocol::limits::CHANNELS`] already.
    TooMany,
    /// The id is of somebody else's channel, or there is no such shop or conversation.
    NotYours,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Whose shop.
    pub shop: ShopId,
    /// Of the visitor in this conversation; of the owner without one.
    pub conversation: Option<ConversationId>,
    /// Its kind.
    pub kind: ChannelKind,
    /// What a person knows it by.
    pub label: String,
    /// Where it leads.
    pub target: Target,
    /// Which far side is asked.
    pub far: String,
    /// When it is used.
    pub rule: ChannelRule,
    /// How it does.
    pub health: ChannelHealth,
    /// Tries in a row that failed.
    pub failures: u32,
    /// Since when they have failed.
    pub failing_since: Option<UnixMillis>,
    /// The sickness of which the owner was told by another channel, by its beginning.
    pub told_since: Option<UnixMillis>,
    /// Messages that wait.
    pub waiting: u32,
    /// Messages that are stuck.
    pub stuck: u32,
}

impl Channel {
    /// Who is at its far side.
    pub fn side(&self) -> Side {
        if self.conversation.is_some() { Side::Visitor } else { Side::Owner }
    }
}

/// Channels that have to wait though there is something to do for them, because others
/// that are at it take up all the room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Except {
    /// Those of these kinds.
    pub kinds: Vec<ChannelKind>,
    /// Those of these kinds whose last try failed.
    pub failing: Vec<ChannelKind>,
    /// Those of these far sides.
    pub fars: Vec<String>,
}

/// What a try has shown of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelState {
    /// How it does now.
    pub health: ChannelHealth,
    /// Tries in a row that failed.
    pub failures: u32,
    /// Since when they have failed.
    pub failing_since: Option<UnixMillis>,
    /// The sickness of which the owner was told by another channel.
    pub told_since: Option<UnixMillis>,
}

/// What waits in one conversation to be handed over by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The messages, by rising place; at least one of them is due.
    pub waiting: Vec<Waiting>,
    /// What the channel remembers of this conversation.
    pub memo: Option<String>,
    /// When it last handed something over of it.
    pub handed_at: Option<UnixMillis>,
}

/// A message that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Which one.
    pub seq: Seq,
    /// Since when.
    pub since: UnixMillis,
    /// How often it was tried.
    pub tries: u32,
    /// A try was begun of which nobody knows how it ended, or that may have been taken.
    pub doubtful: bool,
}

/// How a try ended, for all that waits in a conversation up to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The far side took it.
    Handed {
        /// What is to be remembered; none leaves what was.
        memo: Option<String>,
        /// What an answer can refer to: the far side's name, and the last message in it.
        references: Vec<(String, Seq)>,
    },
    /// The person has opened or answered it already.
    Unneeded,
    /// It never will be handed over.
    Stuck {
        /// Why: a sentence.
        reason: String,
    },
    /// It waits on.
    Later {
        /// Until then.
        until: UnixMillis,
        /// Nobody knows whether it was taken.
        doubtful: bool,
        /// What is to be remembered; none leaves what was.
        memo: Option<String>,
    },
}

/// An answer from outside that waits for the owner's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: HeldId,
    /// By which channel it came.
    pub channel: ChannelId,
    /// The channel's kind.
    pub kind: ChannelKind,
    /// Whom it would speak as.
    pub side: Side,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The digest of the far side's own name for it.
    pub external: Digest,
    /// Who it says it is from.
    pub sender: String,
    /// Why it waits.
    pub reason: String,
    /// What would be sent.
    pub body: String,
    /// When it came.
    pub at: UnixMillis,
    /// The pictures that would be sent with it.
    pub pictures: Vec<Picture>,
}

/// Channels, what is on its way, and what came from outside.
#[async_trait]
pub trait ChannelStore: Send + Sync + 'static {
    /// Adds a channel behind the others, or changes where one leads and when it is used;
    /// then it counts as well again.
    async fn add_channel(&self, channel: NewChannel) -> Result<ChannelAdded, StoreError>;
    /// Changes when an owner's channel is used. False when the shop has none such.
    async fn set_rule(
        &self,
        shop: &ShopId,
        channel: ChannelId,
        rule: ChannelRule,
    ) -> Result<bool, StoreError>;
    /// Puts the shop's channels into this order; others come after.
    async fn order_channels(&self, shop: &ShopId, order: Vec<ChannelId>) -> Result<(), StoreError>;
    /// Removes a channel and what waits for it. False when the shop has none such.
    async fn remove_channel(&self, shop: &ShopId, channel: ChannelId) -> Result<bool, StoreError>;
    /// The owner's channels of a shop, in order.
    async fn channels(&self, shop: &ShopId) -> Result<Vec<Channel>, StoreError>;
    /// The channels of the visitor in a conversation.
    async fn channels_of(&self, shop: &ShopId, id: ConversationId) -> Result<Vec<Channel>, StoreError>;
    /// One channel.
    async fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, StoreError>;

    /// Channels for which there is something to do by now, the longest due first, but for
    /// those who have to wait. What waits for them and is stuck is not counted. Of several
    /// relays only one is given a channel, until it [`Self::rest`]s or that relay is silent
    /// for [`crate::limits::LEASE`].
    async fn due_channels(
        &self,
        at: UnixMillis,
        except: Except,
        limit: usize,
    ) -> Result<Vec<Channel>, StoreError>;
    /// When there is something to do next, after a time.
    async fn next_due(&self, after: UnixMillis) -> Result<Option<UnixMillis>, StoreError>;
    /// What is due for a channel, with all that waits beside it; at most `limit` conversations
    /// of the longest due.
    async fn bursts(
        &self,
        channel: ChannelId,
        at: UnixMillis,
        limit: usize,
    ) -> Result<Vec<Burst>, StoreError>;
    /// A try begins; false when another relay works this channel meanwhile, and nothing was
    /// changed. Should the relay die now, the next one knows that it may have been taken.
    /// An answer to what the far side has before this knows that it has it finds by
    /// `references` what it is to.
    async fn begin_try(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        references: Vec<(String, Seq)>,
        at: UnixMillis,
    ) -> Result<bool, StoreError>;
    /// A try takes long: the channel stays this relay's.
    async fn still_trying(&self, channel: ChannelId) -> Result<(), StoreError>;
    /// A try has ended. Gives the new receipt of the side that is told, when it has moved:
    /// up to the first message that no channel has handed over and no device has heard of.
    async fn end_try(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        ending: Ending,
        at: UnixMillis,
    ) -> Result<Option<Receipt>, StoreError>;
    /// What a try has shown of a channel.
    async fn set_state(&self, channel: ChannelId, state: ChannelState) -> Result<(), StoreError>;
    /// All is done that was due; it is looked at again when something is, but not before a time.
    async fn rest(&self, channel: ChannelId, not_before: UnixMillis) -> Result<(), StoreError>;
    /// What waits for or is stuck at one channel becomes due for another of the same shop.
    async fn take_over(&self, from: ChannelId, to: ChannelId, at: UnixMillis) -> Result<(), StoreError>;
    /// Owners' channels that are sick or gone, of which their owner was not told and can be,
    /// by one that is well; the longest sick first.
    async fn untold(&self, limit: usize) -> Result<Vec<Channel>, StoreError>;
    /// What is stuck in a conversation, the latest first; at most `limit`.
    async fn undelivered(
        &self,
        shop: &ShopId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Vec<Undelivered>, StoreError>;

    /// Conversations of which a channel has handed something over since a time, and of which
    /// the owner has opened everything; the latest first, at most `limit`.
    async fn told_and_opened(
        &self,
        channel: ChannelId,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<ConversationId>, StoreError>;
    /// What a channel remembers of a conversation; none when it never handed anything over of it.
    async fn memo(&self, channel: ChannelId, id: ConversationId) -> Result<Option<String>, StoreError>;
    /// What a far side's name for something refers to, and the last message that was told with
    /// it; none of what the person there said themselves.
    async fn reference(
        &self,
        kind: ChannelKind,
        key: &str,
    ) -> Result<Option<(Channel, ConversationId, Seq)>, StoreError>;
    /// The person at a channel has said a message there, and the far side's name for it.
    async fn note_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        said: (String, Seq),
        at: UnixMillis,
    ) -> Result<(), StoreError>;
    /// The far side's name for what was said last at a channel in a conversation, up to a place.
    async fn last_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
    ) -> Result<Option<String>, StoreError>;
    /// What a kind of channel remembers.
    async fn note(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, StoreError>;
    /// Remembers it.
    async fn set_note(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), StoreError>;
    /// Takes something from outside for this message, unless it was taken before; gives
    /// what it was taken for.
    async fn hear(
        &self,
        external: Digest,
        id: ConversationId,
        message: MessageId,
        at: UnixMillis,
    ) -> Result<(ConversationId, MessageId), StoreError>;
    /// Holds an answer, with the files of its pictures; once. False when there are
    /// [`shopbell_protocol::limits::HELD_REPLIES`] already, or no such conversation. Visitors
    /// take up half of the room at most, and each of them
    /// [`crate::limits::HELD_PER_VISITOR`], so that there is room for what is the owner's.
    async fn hold(&self, shop: &ShopId, held: Held, files: Vec<PictureFile>) -> Result<bool, StoreError>;
    /// The files of a held answer's pictures, in their order; or only one of them.
    async fn held_pictures(
        &self,
        shop: &ShopId,
        held: HeldId,
        only: Option<PictureId>,
    ) -> Result<Vec<PictureFile>, StoreError>;
    /// Those that wait, the latest first.
    async fn held(&self, shop: &ShopId) -> Result<Vec<Held>, StoreError>;
    /// How many wait.
    async fn count_held(&self, shop: &ShopId) -> Result<u32, StoreError>;
    /// One of them is done with. False when the shop has none such.
    async fn drop_held(&self, shop: &ShopId, held: HeldId) -> Result<bool, StoreError>;
    /// Keeps a code that links a chat. A shop has so many at most; the soonest to end goes.
    async fn add_link_code(&self, shop: &ShopId, code: Digest, until: UnixMillis)
    -> Result<bool, StoreError>;
    /// Uses it up. Gives the shop; none when it is unknown, used or over.
    async fn use_link_code(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError>;
    /// A second secret that opens a conversation; none takes it away. False when there is
    /// no such conversation.
    async fn set_link_secret(
        &self,
        shop: &ShopId,
        id: ConversationId,
        secret: Option<Digest>,
    ) -> Result<bool, StoreError>;
    /// Forgets what ended, and what was referred to, before a time.
    async fn forget(&self, before: UnixMillis) -> Result<(), StoreError>;
}
