//! Ids and secrets, each its own type so that one can't be taken for another.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many random bytes an id is made from.
pub const RANDOM_BYTES: usize = 10;

/// The hyphenated form's length.
const TEXT_BYTES: usize = 36;
/// Where its hyphens stand (RFC 9562, clause 4).
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A UUIDv7 (RFC 9562, clause 5.7) from milliseconds since the Unix
            /// epoch and random bytes that the caller draws.
            pub fn new(unix_ms: u64, random: [u8; RANDOM_BYTES]) -> Self {
                Self(version_7(unix_ms, random))
            }

            /// Reads the hyphenated form; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                read(text).map(Self)
            }

            /// The 16 bytes, as the store keeps them.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Back from the 16 bytes of [`Self::as_bytes`].
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(as_text(&write(&self.0)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(as_text(&write(&self.0)))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Read).map(Self)
            }
        }
    };
}

// Written here, not taken from a library: a visitor downloads it, and these few
// lines are a tenth of one.

fn version_7(unix_ms: u64, random: [u8; RANDOM_BYTES]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

fn write(bytes: &[u8; 16]) -> [u8; TEXT_BYTES] {
    let mut text = [b'-'; TEXT_BYTES];
    let mut digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (place, slot) in text.iter_mut().enumerate() {
        if !HYPHENS.contains(&place) {
            *slot = DIGITS[usize::from(digits.next().unwrap_or(0))];
        }
    }
    text
}

/// What [`write`] has written is ASCII.
fn as_text(text: &[u8; TEXT_BYTES]) -> &str {
    core::str::from_utf8(text).unwrap_or_default()
}

fn read(text: &str) -> Option<[u8; 16]> {
    if text.len() != TEXT_BYTES {
        return None;
    }
    let mut bytes = [0; 16];
    let mut count = 0;
    for (place, c) in text.bytes().enumerate() {
        if HYPHENS.contains(&place) {
            if c != b'-' {
                return None;
            }
            continue;
        }
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            b'A'..=b'F' => c - b'A' + 10,
            _ => return None,
        };
        bytes[count / 2] = bytes[count / 2] << 4 | digit;
        count += 1;
    }
    Some(bytes)
}

/// Reads an id for serde.
struct Read;

impl de::Visitor<'_> for Read {
    type Value = [u8; 16];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID with hyphens")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        read(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
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
id! {
    /// One way to an owner, or to a visitor who is away: a mailbox, a phone, a chat.
    ChannelId
}
id! {
    /// One picture. It names the picture and opens nothing.
    PictureId
}
id! {
    /// One answer that came from outside and waits for the owner's own word.
    HeldId
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
                digits.push(char::from(DIGITS[usize::from(half)]));
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
    fn only_the_hyphenated_form_is_an_id() {
        let text = "018BCFE5-6800-7707-8707-07070707abcd";
        let id = MessageId::parse(text).expect("capital digits are read too");
        assert_eq!(id.to_string(), text.to_lowercase());
        for bad in ["", "018bcfe5680077078707070707070707", "018bcfe5-6800-7707-8707-07070707070g"] {
            assert_eq!(MessageId::parse(bad), None, "{bad}");
        }
        assert_eq!(MessageId::parse("018bcfe5-6800-7707-8707_070707070707"), None);
        assert_eq!(MessageId::parse("018bcfe5-6800-7707-8707-0707070707é"), None);
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
