//! The trait, and what goes in and comes out of it.

use crate::{Ears, HookAnswer, HookRequest, Notice, Target};
use async_trait::async_trait;
use shopbell_protocol::{ChannelId, ChannelKind, ConversationId, Seq, ShopId, UnixMillis};
use std::{sync::Arc, time::Duration};

/// One kind of way to a person; there is one of each kind in a relay.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// Which kind.
    fn kind(&self) -> ChannelKind;

    /// Hands something to the far side. It has been handed over when the far side has
    /// said so, and not before. Called once at a time for each target.
    ///
    /// # Errors
    /// [`Failure`], by what the relay does next.
    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure>;

    /// What an answer can refer to as soon as the far side has this parcel, as far as it is
    /// known before: the answer may be here sooner than what [`Channel::hand`] gives is noted,
    /// or the relay may die in between.
    fn promised(&self, _parcel: &Parcel<'_>) -> Vec<Reference> {
        Vec::new()
    }

    /// A conversation was opened elsewhere: what is shown of it here can go, or be
    /// marked. Best effort: it is not tried again.
    ///
    /// # Errors
    /// [`Failure`], for the log.
    async fn opened(&self, _opened: Opened<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether it can show that what was said there was opened by whom it is for.
    fn shows_seen(&self) -> bool {
        false
    }

    /// What the person at this channel said was opened. Best effort: it is not tried again.
    ///
    /// # Errors
    /// [`Failure`], for the log.
    async fn seen(&self, _seen: Seen<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// Listens for what the far side says for as long as it is polled; comes back at
    /// once when there is nothing to listen to. Tries again by itself when the line
    /// breaks.
    async fn listen(&self, _ears: Arc<dyn Ears>) {}

    /// A request that came to the relay's `/hook/{kind}/{rest}`, already read and bounded.
    async fn hook(&self, _request: HookRequest<'_>, _ears: &dyn Ears) -> HookAnswer {
        HookAnswer::not_found()
    }

    /// Tries the relay's own end of it for real: signs in, asks who it is.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    async fn examine(&self) -> Result<String, String>;
}

/// Something to be handed over.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// Whose way it is.
    pub channel: ChannelId,
    /// Where it leads.
    pub target: &'a Target,
    /// Names this parcel among all others, and is the same when it is tried again: for
    /// far sides that can tell by it that they have it already. ASCII letters, digits
    /// and hyphens.
    pub key: &'a str,
    /// What is told.
    pub notice: &'a Notice,
    /// What the channel wanted to remember of this conversation the last time.
    pub memo: Option<&'a str>,
    /// The time of day.
    pub now: UnixMillis,
}

/// What was handed over, and what is to be remembered of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handed {
    /// For the next parcel of this conversation; none leaves what was remembered.
    pub memo: Option<String>,
    /// What an answer from the far side can refer to.
    pub references: Vec<Reference>,
}

/// What an answer from the far side can refer to, like a chat's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The far side's own name for it, at most [`crate::limits::REFERENCE_BYTES`];
    /// one of a kind.
    pub key: String,
    /// The last message in it.
    pub upto: Seq,
}

/// A conversation that was opened.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// Whose way it is.
    pub channel: ChannelId,
    /// Where it leads.
    pub target: &'a Target,
    /// Whose shop.
    pub shop: &'a ShopId,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Up to which message.
    pub upto: Seq,
    /// What the channel wanted to remember of this conversation.
    pub memo: Option<&'a str>,
    /// The time of day.
    pub now: UnixMillis,
}

/// Something that was said at a channel and has been opened.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Where the channel leads.
    pub target: &'a Target,
    /// The last of it, by the name that [`crate::Said`] gave it.
    pub name: &'a str,
}

/// Why something could not be handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What the relay does next.
    pub fate: Fate,
    /// A sentence for the owner: what is wrong and what to do. No secrets, no addresses
    /// of machines that the owner did not name.
    pub reason: String,
    /// When the far side wants to be asked again.
    pub retry_after: Option<Duration>,
    /// The request had gone out whole and no answer came: it may have been taken.
    pub maybe_taken: bool,
    /// What is to be remembered all the same, as when a part of it was handed over.
    pub memo: Option<String>,
}

/// What becomes of what could not be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It may work again by itself: the channel is tried again later.
    Later,
    /// This very parcel will never be taken, but another may.
    Refused,
    /// The target is no more, or no longer wants anything: it has to be set up anew.
    Gone,
}

impl Failure {
    /// It may work again.
    pub fn later(reason: impl Into<String>) -> Self {
        Self::new(Fate::Later, reason)
    }

    /// This parcel will never be taken.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new(Fate::Refused, reason)
    }

    /// The target is no more.
    pub fn gone(reason: impl Into<String>) -> Self {
        Self::new(Fate::Gone, reason)
    }

    /// The far side said when.
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// It may have been taken, for all that is known.
    pub fn maybe_taken(mut self) -> Self {
        self.maybe_taken = true;
        self
    }

    fn new(fate: Fate, reason: impl Into<String>) -> Self {
        Self { fate, reason: reason.into(), retry_after: None, maybe_taken: false, memo: None }
    }
}
