//! Ids and secrets, each its own type so that one can't be taken for another.

use core::fmt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many random bytes an id is made from.
pub const RANDOM_BYTES: usize = 10;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A UUIDv7 (RFC 9562, clause 5.7) from milliseconds since the Unix
            /// epoch and random bytes that the caller draws.
            pub fn new(unix_ms: u64, random: [u8; RANDOM_BYTES]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// Reads the hyphenated form; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }

            /// The 16 bytes, as the store keeps them.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Back from the 16 bytes of [`Self::as_bytes`].
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// One conversation; made by the visitor's device before the first send.
    ConversationId
}
id! {
    /// One message; made by its sender, so that sending it again is harmless.
    MessageId
}
id! {
    /// One signed-in device of an owner. Not a secret: it only names the session.
    SessionId
}

/// What proves that a visitor's conversation is theirs: 32 random bytes as 64
/// lower-case hexadecimal digits, drawn by the visitor's device. The relay keeps
/// only its hash. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The digits of a secret.
    pub const DIGITS: usize = 64;

    /// From 32 random bytes that the caller draws.
    pub fn new(random: &[u8; 32]) -> Self {
        let mut digits = String::with_capacity(Self::DIGITS);
        for byte in random {
            for half in [byte >> 4, byte & 15] {
                digits.push(char::from(b"0123456789abcdef"[usize::from(half)]));
            }
        }
        Self(digits)
    }

    /// Reads the digits; `None` for anything that is not a secret.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = Self(text.into());
        secret.is_well_formed().then_some(secret)
    }

    /// Whether it has the shape of a secret. What came over the wire may not.
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == Self::DIGITS && self.0.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// The digits themselves: to be hashed, stored on the visitor's own device,
    /// or sent to the relay, and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_version_7_uuid_and_reads_back() {
        let id = MessageId::new(1_700_000_000_000, [7; RANDOM_BYTES]);
        let text = id.to_string();
        assert_eq!(text, "018bcfe5-6800-7707-8707-070707070707");
        assert_eq!(MessageId::parse(&text), Some(id));
        assert_eq!(MessageId::from_bytes(*id.as_bytes()), id);
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = MessageId::new(1, [255; RANDOM_BYTES]);
        let late = MessageId::new(2, [0; RANDOM_BYTES]);
        assert!(early < late);
    }

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let secret = Secret::new(&[0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
        assert_eq!(Secret::parse(secret.reveal()), Some(secret));
    }

    #[test]
    fn what_is_not_a_secret_is_refused() {
        assert_eq!(Secret::parse("abc"), None);
        assert_eq!(Secret::parse(&"G".repeat(64)), None);
        assert_eq!(Secret::parse(&"A".repeat(64)), None);
    }
}
