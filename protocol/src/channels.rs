//! The ways on which the outside is told: what kinds there are.

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
