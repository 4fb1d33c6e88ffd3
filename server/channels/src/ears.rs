//! What is heard from outside goes here; the relay implements it.

use crate::{Failure, RawPicture, Target, Unfit};
use async_trait::async_trait;
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, ErrorCode, Message, MessageId, Seq, ShopId, Side, UnixMillis,
};
use std::sync::Arc;

/// The relay can't look or keep now; ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relay cannot keep anything at this moment")]
pub struct Away;

/// The relay, as a channel sees it.
#[async_trait]
pub trait Ears: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> UnixMillis;

    /// A channel and where it leads; none when it was removed.
    async fn channel(&self, channel: ChannelId) -> Result<Option<Known>, Away>;

    /// What a [`crate::Reference`] or a name of [`Said`] refers to, if a channel of this kind gave
    /// it, and the last message that was told with it: [`Seq::NONE`] of what was said there.
    async fn reference(&self, kind: ChannelKind, key: &str) -> Result<Option<(Known, Seq)>, Away>;

    /// Takes the answer of the person at a channel into a conversation. Only for who has
    /// proven to be that person. Comes back when it is on the disk.
    async fn say(&self, said: Said) -> Result<Verdict, Away>;

    /// Takes into a conversation what the shop's own system says: it is shown as the
    /// system's words, and never as the owner's. Comes back when it is on the disk.
    async fn system(&self, said: Said) -> Result<Verdict, Away>;

    /// What was said last in a conversation, the latest last: whoever cuts quotes off looks
    /// whether any of it is left. At most one [`shopbell_protocol::Slice`].
    async fn lately(&self, channel: ChannelId, conversation: ConversationId) -> Result<Vec<Message>, Away>;

    /// Keeps an answer whose writer is not proven, or whose text is not sure, for the
    /// owner to look at in the inbox. It goes nowhere before they say so. False when too
    /// many wait already: then it was not kept.
    async fn hold(&self, held: Held) -> Result<bool, Away>;

    /// Uses up a code that the owner got in the inbox, and makes this target theirs.
    /// Gives the shop's name; none when the code is unknown, used or over.
    async fn link(&self, code: &str, target: Target) -> Result<Option<String>, Away>;

    /// The far side said by itself that a channel does not work: a bounce, a bot that was
    /// thrown out.
    async fn trouble(&self, channel: ChannelId, failure: Failure) -> Result<(), Away>;

    /// The person at a channel has read what was handed over, up to here.
    async fn opened(&self, channel: ChannelId, conversation: ConversationId, upto: Seq) -> Result<(), Away>;

    /// What a channel wanted to remember across restarts, by name: at most
    /// [`crate::limits::NOTE_BYTES`].
    async fn recall(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, Away>;

    /// Remembers it.
    async fn remember(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), Away>;

    /// Waits until this relay may do a job that of several relays only one does at a time.
    async fn alone(&self, _job: &str) {}

    /// Waits until it may do it no longer.
    async fn no_longer(&self, _job: &str) {
        std::future::pending().await
    }
}

/// Does a job that of several relays only one does at a time, whenever it is this one's turn.
pub(crate) async fn as_the_only_one<W: Future<Output = ()>>(
    ears: &Arc<dyn Ears>,
    job: &str,
    work: impl Fn() -> W,
) {
    loop {
        ears.alone(job).await;
        tokio::select! {
            biased;
            () = ears.no_longer(job) => tracing::warn!(job, "another relay does this from now on"),
            () = work() => return,
        }
    }
}

/// A channel, and the conversation that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Which channel.
    pub channel: ChannelId,
    /// Whose shop.
    pub shop: ShopId,
    /// Who is at its far side.
    pub side: Side,
    /// Where it leads.
    pub target: Target,
    /// The conversation: of a reference, or a visitor's channel's own.
    pub conversation: Option<ConversationId>,
}

/// Something that the person at a channel, or the system there, said.
#[derive(Debug, Clone)]
pub struct Said {
    /// On which channel.
    pub channel: ChannelId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The far side's own name for it, like a Message-ID: it is taken once.
    pub external: String,
    /// What [`crate::Channel::seen`] knows it by, and a reply to it: one of a kind, at most
    /// [`crate::limits::REFERENCE_BYTES`]. None where the far side can't show that it was seen.
    pub name: Option<String>,
    /// The text. The relay cleans it by [`shopbell_protocol::text::clean_body`]; it may be
    /// empty beside pictures.
    pub body: String,
    /// What is shown with it: all of it or nothing is taken.
    pub pictures: Vec<RawPicture>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept, now or from an earlier try.
    Kept(MessageId),
    /// It was taken before, as something else.
    TakenBefore,
    /// It can't be kept, and why: too long, empty, no such conversation.
    Refused(ErrorCode),
    /// It can't be kept for one of its pictures.
    Unfit(Unfit),
}

/// An answer that waits for the owner's own word.
#[derive(Debug, Clone)]
pub struct Held {
    /// By which channel it would have come.
    pub channel: ChannelId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The far side's own name for it: it is held once.
    pub external: String,
    /// Who it says it is from, for people.
    pub from: String,
    /// Why it is held: a sentence for the owner.
    pub reason: String,
    /// What would be sent, as far as can be told.
    pub body: String,
    /// The pictures that would be sent. Those that can't be taken are left out, and the
    /// relay puts a sentence about it to the reason.
    pub pictures: Vec<RawPicture>,
}

/// Whoever answers something has read it: tells that it was opened, by the far side's own
/// name for it.
pub(crate) async fn answered(
    ears: &dyn Ears,
    kind: ChannelKind,
    key: &str,
    by: ChannelId,
    conversation: ConversationId,
) -> Result<(), Away> {
    match ears.reference(kind, key).await? {
        Some((known, upto))
            if upto > Seq::NONE && known.channel == by && known.conversation == Some(conversation) =>
        {
            ears.opened(by, conversation, upto).await
        }
        _ => Ok(()),
    }
}
