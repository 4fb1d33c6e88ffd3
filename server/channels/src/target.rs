//! Where a channel leads.

use crate::{email, ntfy, push, sms, telegram, webhook};
use serde::{Deserialize, Serialize};
use shopbell_protocol::ChannelKind;

/// Where a channel leads. The store keeps it as JSON; it is never shown to anybody as
/// a whole, for some of it lets whoever has it send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A mailbox.
    Email(email::Mailbox),
    /// A browser's subscription.
    Push(push::Subscription),
    /// A chat.
    Telegram(telegram::Chat),
    /// A topic.
    Ntfy(ntfy::Topic),
    /// The shop's own system.
    Webhook(webhook::Endpoint),
    /// A phone.
    Sms(sms::Phone),
}

/// A target is not well formed; a sentence for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTarget(pub String);

impl Target {
    /// Which kind.
    pub fn kind(&self) -> ChannelKind {
        match self {
            Target::Email(_) => ChannelKind::Email,
            Target::Push(_) => ChannelKind::Push,
            Target::Telegram(_) => ChannelKind::Telegram,
            Target::Ntfy(_) => ChannelKind::Ntfy,
            Target::Webhook(_) => ChannelKind::Webhook,
            Target::Sms(_) => ChannelKind::Sms,
        }
    }

    /// Which far side is asked; what it does, it does to all targets that have it in common.
    /// For kinds that the relay has one far side of, the kind's own word.
    pub fn far(&self) -> String {
        let origin = |url: &str| url::Url::parse(url).map(|url| url.origin().ascii_serialization());
        let origin = match self {
            Target::Push(subscription) => origin(&subscription.endpoint),
            Target::Ntfy(topic) => origin(&topic.url),
            Target::Webhook(endpoint) => origin(&endpoint.url),
            Target::Email(_) | Target::Telegram(_) | Target::Sms(_) => Ok(self.kind().as_str().into()),
        };
        origin.unwrap_or_else(|_| self.kind().as_str().into())
    }

    /// Looks whether it can be one, without asking anybody.
    ///
    /// # Errors
    /// [`BadTarget`], with what to correct.
    pub fn check(&self) -> Result<(), BadTarget> {
        match self {
            Target::Email(mailbox) => mailbox.check(),
            Target::Push(subscription) => subscription.check(),
            Target::Telegram(_) => Ok(()),
            Target::Ntfy(topic) => topic.check(),
            Target::Webhook(endpoint) => endpoint.check(),
            Target::Sms(phone) => phone.check(),
        }
    }

    /// What the owner knows it by, without anything secret: "ana@oak.example".
    pub fn label(&self) -> String {
        match self {
            Target::Email(mailbox) => mailbox.address.clone(),
            Target::Push(subscription) => subscription.device.clone(),
            Target::Telegram(chat) => chat.name.clone(),
            Target::Ntfy(topic) => topic.label(),
            Target::Webhook(endpoint) => endpoint.label(),
            Target::Sms(phone) => phone.number.clone(),
        }
    }
}
