//! What visitors and owners say: one tagged enum for each speaker.

use crate::{
    ChannelId, ChannelRule, ConversationId, HeldId, MessageId, NewChannel, Page, Secret, Seq, SessionId,
    ShopId,
};
use serde::{Deserialize, Serialize};

/// What a visitor's device says. The conversation is the one of its `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorFrame {
    /// The first frame of a connection, once. Answered by [`crate::RelayFrame::VisitorWelcome`].
    Hello(VisitorHello),
    /// Keep this message. Answered by [`crate::RelayFrame::Kept`] or [`crate::RelayFrame::Refused`].
    /// The conversation comes into being with its first message.
    Send {
        /// Made by the sender; sending the same id and body again gives the same answer.
        id: MessageId,
        /// The text.
        body: String,
    },
    /// The device has taken everything up to here.
    Received {
        /// The last one.
        upto: Seq,
    },
    /// The visitor has had everything up to here before their eyes.
    Opened {
        /// The last one.
        upto: Seq,
    },
    /// The visitor is writing, or has stopped. Not stored.
    Typing {
        /// Whether they are.
        active: bool,
    },
    /// Give me what stands before this place. Answered by [`crate::RelayFrame::History`].
    Before {
        /// The first message already held.
        seq: Seq,
    },
    /// Give me what stands after this place: a gap was noticed. Answered by
    /// [`crate::RelayFrame::History`].
    After {
        /// The last message held without a gap before it.
        seq: Seq,
    },
    /// The visitor's panel is open on this page.
    Visit {
        /// Which page.
        page: Page,
    },
    /// Answers that are not seen may come to this address by mail. An empty one takes
    /// it away again. Answered by [`crate::RelayFrame::Address`].
    Address {
        /// At most [`crate::limits::EMAIL_BYTES`] bytes.
        email: String,
    },
    /// Answers that are not seen may be shown by this browser; without its keys not any
    /// more. Answered by [`crate::RelayFrame::Notified`].
    Notify(Browser),
    /// Is anybody there? Answered by [`crate::RelayFrame::Pong`].
    Ping {},
}

/// A browser that shows notifications, as it describes itself when a page subscribes
/// (`PushSubscription.toJSON()`). `Debug` redacts it, for whoever has it can send there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// Where its pushes are sent to: at most [`crate::limits::TARGET_BYTES`] bytes.
    pub endpoint: String,
    /// What they are sealed with; none when they are not wanted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<BrowserKeys>,
}

/// What pushes for a browser are sealed with (RFC 8291), in base64url.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserKeys {
    /// Its public key.
    pub p256dh: String,
    /// Its authentication secret.
    pub auth: String,
}

impl core::fmt::Debug for Browser {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.keys.is_some() { "Browser(redacted)" } else { "Browser(redacted, no more)" })
    }
}

/// What names a visitor's conversation and proves that it is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The proof.
    pub secret: Secret,
}

/// The first words of a visitor's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorHello {
    /// Whose bell was rung.
    pub shop: ShopId,
    /// Which conversation, and the proof. One that does not exist yet is not an
    /// error: it comes into being with the first send.
    pub credential: Credential,
    /// The last message held without a gap before it.
    #[serde(default)]
    pub after: Seq,
    /// The epoch of the last welcome, or 0: places of another one mean nothing.
    #[serde(default, skip_serializing_if = "is_first")]
    pub epoch: u32,
    /// The visitor's language (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The visitor's time zone (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The shop's page that the panel stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

/// What an owner's device says. Its session is a cookie of the WebSocket
/// handshake, never a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerFrame {
    /// The first frame of a connection, once. Answered by [`crate::RelayFrame::OwnerWelcome`].
    Hello {},
    /// Give me a page of conversations. Answered by [`crate::RelayFrame::Conversations`].
    List {
        /// Which ones.
        filter: ListFilter,
        /// Only those with these words in the visitor's name or in a message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search: Option<String>,
        /// `next` of the answer before; none for the first page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// I have this conversation open: give me its details, what stands after
    /// `after`, and from now on its messages and typing as they come. Answered by
    /// [`crate::RelayFrame::Details`] and [`crate::RelayFrame::History`]. Replaces the one
    /// watched before.
    Watch {
        /// Which conversation.
        conversation: ConversationId,
        /// The last message held without a gap before it.
        #[serde(default)]
        after: Seq,
    },
    /// No conversation is open any more.
    Unwatch {},
    /// Keep this answer. Answered by [`crate::RelayFrame::Kept`] or [`crate::RelayFrame::Refused`].
    Send {
        /// In which conversation.
        conversation: ConversationId,
        /// Made by the sender; sending the same id and body again gives the same answer.
        id: MessageId,
        /// The text.
        body: String,
    },
    /// The device has taken notice of so much. Answered by [`crate::RelayFrame::Received`].
    Received {
        /// At most [`crate::limits::LIST_CONVERSATIONS`].
        places: Vec<Place>,
    },
    /// The owner has had everything up to here before their eyes.
    Opened {
        /// In which conversation.
        conversation: ConversationId,
        /// The last one.
        upto: Seq,
    },
    /// The owner is writing, or has stopped. Not stored.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether they are.
        active: bool,
    },
    /// Give me what stands before this place. Answered by [`crate::RelayFrame::History`].
    Before {
        /// In which conversation.
        conversation: ConversationId,
        /// The first message already held.
        seq: Seq,
    },
    /// Give me what stands after this place. Answered by [`crate::RelayFrame::History`].
    After {
        /// In which conversation.
        conversation: ConversationId,
        /// The last message held without a gap before it.
        seq: Seq,
    },
    /// Call the visitor by this name; an empty one takes it away again.
    Name {
        /// In which conversation.
        conversation: ConversationId,
        /// At most [`crate::limits::NAME_CHARS`] characters.
        name: String,
    },
    /// Nothing more is to be done in this conversation, or there is again. A
    /// visitor's next message reopens it by itself.
    Close {
        /// Which conversation.
        conversation: ConversationId,
        /// Closed, or open again.
        closed: bool,
    },
    /// Which devices are signed in? Answered by [`crate::RelayFrame::Sessions`].
    Sessions {},
    /// Sign this device out; its connections close within a second.
    EndSession {
        /// Which one.
        session: SessionId,
    },
    /// On which channels am I told? Answered by [`crate::RelayFrame::Channels`], and from
    /// then on told whenever it changes.
    Channels {},
    /// Tell me there too. The same id again changes where it leads. Answered by
    /// [`crate::RelayFrame::Channels`], or [`crate::RelayFrame::ChannelTried`] with what is wrong.
    AddChannel {
        /// Made by the device.
        channel: ChannelId,
        /// Where it leads.
        target: NewChannel,
        /// When it is used.
        rule: ChannelRule,
    },
    /// Use a channel by this rule from now on.
    EditChannel {
        /// Which one.
        channel: ChannelId,
        /// When it is used.
        rule: ChannelRule,
    },
    /// The order in which channels stand in for each other.
    OrderChannels {
        /// The first first; those that are not named come after.
        channels: Vec<ChannelId>,
    },
    /// Tell me there no more. What waited for it is not handed over by it.
    RemoveChannel {
        /// Which one.
        channel: ChannelId,
    },
    /// Send something there now. Answered by [`crate::RelayFrame::ChannelTried`].
    TestChannel {
        /// Which one.
        channel: ChannelId,
    },
    /// Where and by what secret does my own system speak here? Answered by
    /// [`crate::RelayFrame::Signing`].
    Signing {
        /// A channel of the kind [`crate::ChannelKind::Webhook`].
        channel: ChannelId,
    },
    /// Give me a code with which a chat can be linked. Answered by [`crate::RelayFrame::LinkCode`].
    LinkCode {},
    /// Which answers from outside wait for my word? Answered by [`crate::RelayFrame::Held`].
    Held {},
    /// This one is right: let it stand in the conversation.
    Release {
        /// Which one.
        held: HeldId,
    },
    /// This one is not to be sent.
    Discard {
        /// Which one.
        held: HeldId,
    },
    /// Is anybody there? Answered by [`crate::RelayFrame::Pong`].
    Ping {},
}

/// A place in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last message up to it.
    pub upto: Seq,
}

/// Which conversations a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFilter {
    /// Those not closed: the waiting first, longest first, then the rest by time.
    #[default]
    Open,
    /// Those that were closed, the latest first.
    Closed,
}

/// Whether an epoch need not be said.
fn is_first(epoch: &u32) -> bool {
    *epoch == 0
}
