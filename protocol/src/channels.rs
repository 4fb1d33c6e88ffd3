//! The ways on which the outside is told: what kinds there are, when each is used,
//! and how it does.

use crate::{ChannelId, ConversationId, HeldId, Picture, UnixMillis, limits};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// A kind of way to a person who is not looking at Shopbell at this moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ChannelKind { $($(#[$doc])* $variant,)* }

        impl ChannelKind {
            /// All of them.
            pub const ALL: &'static [ChannelKind] = &[$(ChannelKind::$variant,)*];

            /// The word for it on the wire, in the store, in settings, logs and metrics.
            pub fn as_str(self) -> &'static str {
                match self { $(ChannelKind::$variant => $word,)* }
            }

            /// Reads the word; `None` for any other.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(ChannelKind::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A mailbox, both ways.
    Email = "email";
    /// A notification of a browser or an installed app (RFC 8030, RFC 8291).
    Push = "push";
    /// A chat with the relay's Telegram bot, both ways.
    Telegram = "telegram";
    /// A topic of an ntfy server.
    Ntfy = "ntfy";
    /// The shop's own system, signed by Standard Webhooks, both ways.
    Webhook = "webhook";
    /// A text message to a phone.
    Sms = "sms";
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When a channel is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRule {
    /// How long after a message was kept.
    pub when: When,
    /// Not while the owner is at the inbox.
    pub only_outside: bool,
    /// Not at these hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
}

/// How long after a message was kept a channel is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At once.
    #[default]
    AtOnce,
    /// When nobody has answered for so long.
    Unanswered {
        /// 1 to [`limits::UNANSWERED_MINUTES`].
        minutes: u16,
    },
    /// Only when a channel before it does not work.
    Standby,
}

/// Hours at which a channel is still; what comes then is told at their end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The minute of the day at which they begin, 0 to 1,439.
    pub from: u16,
    /// The one at which they end; before `from` when they go over midnight.
    pub to: u16,
    /// In which time zone (IANA).
    pub time_zone: String,
}

impl ChannelRule {
    /// Whether its numbers are within their ranges.
    pub fn is_well_formed(&self) -> bool {
        let when = match self.when {
            When::AtOnce | When::Standby => true,
            When::Unanswered { minutes } => (1..=limits::UNANSWERED_MINUTES).contains(&minutes),
        };
        let quiet = self.quiet.as_ref().is_none_or(|quiet| {
            quiet.from < DAY_MINUTES
                && quiet.to < DAY_MINUTES
                && quiet.from != quiet.to
                && (1..=limits::TAG_BYTES).contains(&quiet.time_zone.len())
        });
        when && quiet
    }
}

const DAY_MINUTES: u16 = 24 * 60;

/// Where a new channel is to lead, as the owner's device says it. What needs no more
/// than a press of a button there (a chat that is linked) is not among them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewChannel {
    /// A mailbox.
    Email {
        /// Its address.
        address: String,
    },
    /// This browser, or the app installed from it.
    Push {
        /// Where its pushes are sent to.
        endpoint: String,
        /// Its public key: base64url.
        p256dh: String,
        /// Its authentication secret: base64url.
        auth: String,
        /// Leave the words out of the notification.
        hide_words: bool,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The server and the topic.
        url: String,
        /// An access token, if it asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// The shop's own system.
    Webhook {
        /// Where it listens.
        url: String,
    },
    /// A phone.
    Sms {
        /// Its number (ITU-T E.164).
        number: String,
    },
}

impl fmt::Debug for NewChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NewChannel::Email { .. } => "Email(redacted)",
            NewChannel::Push { .. } => "Push(redacted)",
            NewChannel::Ntfy { .. } => "Ntfy(redacted)",
            NewChannel::Webhook { .. } => "Webhook(redacted)",
            NewChannel::Sms { .. } => "Sms(redacted)",
        })
    }
}

/// What the shop's system and the relay sign with: `whsec_` and base64, as Standard
/// Webhooks write it. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret(pub String);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(redacted)")
    }
}

/// One of the owner's channels, as their settings show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelLine {
    /// Which one.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// What the owner knows it by: an address, a device.
    pub label: String,
    /// When it is used.
    pub rule: ChannelRule,
    /// How it does.
    pub health: ChannelHealth,
    /// Messages that wait to be handed over by it.
    pub waiting: u32,
    /// Messages that could not be.
    pub stuck: u32,
}

/// How a channel does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelHealth {
    /// When its far side last took something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_at: Option<UnixMillis>,
    /// Since when it has failed again and again, so that another takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sick_since: Option<UnixMillis>,
    /// Its far side is no more: it has to be set up anew.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub gone: bool,
    /// Why its last try failed: a sentence for the owner. None when it went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ChannelHealth {
    /// Whether it can be counted on.
    pub fn is_well(&self) -> bool {
        self.sick_since.is_none() && !self.gone
    }
}

/// A kind of channel that this relay can reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelOffer {
    /// Which kind.
    pub kind: ChannelKind,
    /// What a device needs to know before: for push the relay's public key
    /// (RFC 8292, clause 3.2), for Telegram the bot's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// An answer that came from outside and waits for the owner's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldReply {
    /// Which one.
    pub held: HeldId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// By which kind of channel it came.
    pub kind: ChannelKind,
    /// Who it says it is from.
    pub from: String,
    /// Why it waits: a sentence.
    pub reason: String,
    /// What would be sent.
    pub body: String,
    /// Whether it would speak as the owner; else it is the visitor's.
    pub as_owner: bool,
    /// When it came.
    pub at: UnixMillis,
    /// The pictures that would be sent with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_word_everywhere() {
        for &kind in ChannelKind::ALL {
            assert_eq!(ChannelKind::parse(kind.as_str()), Some(kind));
            let json = serde_json::to_string(&kind).expect("a word");
            assert_eq!(json, format!("\"{kind}\""));
        }
        assert_eq!(ChannelKind::parse("pigeon"), None);
    }
}
