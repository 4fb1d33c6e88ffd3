//! What stands behind the plus of a reply's address: nobody else can make one, and it is
//! over some day.
//!
//! Two bytes say the day that it is over, twelve prove it (HMAC-SHA256, RFC 2104, cut to 96
//! bits by its clause 5). Channel and conversation are too long to stand in a local part
//! that holds 64 octets, so they are looked up by the token, and the proof is over them: a
//! look-up that leads elsewhere is noticed. A letter without a conversation has nothing that
//! could be looked up; its token names the channel, with ten bytes of proof.

use crate::Known;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use shopbell_protocol::{ChannelId, ConversationId, Side, UnixMillis};
use std::fmt;
use subtle::ConstantTimeEq;

use super::limits::{TOKEN_DAYS, TOKEN_STABLE_DAYS};

/// How long a token is, in ASCII letters and digits.
pub(super) const TOKEN_CHARS: usize = 23;
/// How long one is that names its channel.
pub(super) const CHANNEL_TOKEN_CHARS: usize = 45;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const PROOF_BYTES: usize = 12;
/// The proof of a token that names its channel: 80 bits.
const SHORT_PROOF_BYTES: usize = 10;
/// RFC 4648, clause 6, in lower case: a local part may have been through hands that know no
/// other.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes and checks tokens.
#[derive(Clone)]
pub(super) struct Tokens {
    key: [u8; 32],
}

/// What a token turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verified {
    /// Ours, and good.
    Good,
    /// Ours, and over.
    Over,
    /// Not ours, or another conversation's.
    Wrong,
}

impl Tokens {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// A conversation's token: the same for some weeks, so that an address that went into
    /// somebody's address book goes on working; good for half a year at least.
    pub(super) fn issue(
        &self,
        channel: ChannelId,
        conversation: Option<ConversationId>,
        side: Side,
        now: UnixMillis,
    ) -> String {
        let over = over(now);
        let mut bytes = over.to_be_bytes().to_vec();
        bytes.extend(self.proof(channel, conversation, side, over));
        base32(&bytes)
    }

    /// A token for what comes back of a letter that belongs to no conversation.
    pub(super) fn issue_for_channel(&self, channel: ChannelId, side: Side, now: UnixMillis) -> String {
        let over = over(now);
        let mut bytes = over.to_be_bytes().to_vec();
        bytes.extend(channel.as_bytes());
        bytes.extend(&self.proof(channel, None, side, over)[..SHORT_PROOF_BYTES]);
        base32(&bytes)
    }

    /// Whether a token is one for the channel and conversation that it led to.
    pub(super) fn verify(&self, token: &str, known: &Known, now: UnixMillis) -> Verified {
        let whole = read::<{ 2 + PROOF_BYTES }>(token).map(|bytes| bytes.to_vec());
        let naming = || read::<{ 2 + 16 + SHORT_PROOF_BYTES }>(token).map(|bytes| bytes.to_vec());
        let Some(bytes) = whole.or_else(naming) else { return Verified::Wrong };
        let over = u16::from_be_bytes([bytes[0], bytes[1]]);
        let given = if token.len() == TOKEN_CHARS { &bytes[2..] } else { &bytes[2 + 16..] };
        let proof = self.proof(known.channel, known.conversation, known.side, over);
        if !bool::from(proof[..given.len()].ct_eq(given)) {
            return Verified::Wrong;
        }
        if now.0 / DAY_MS < u64::from(over) { Verified::Good } else { Verified::Over }
    }

    /// The left side of a letter's Message-ID: the same for the same parcel, so that a letter
    /// that is sent again is known to be the same, and not to be guessed.
    pub(super) fn letter_id(&self, parcel: &str) -> String {
        let mut mac = self.mac(b"letter");
        mac.update(parcel.as_bytes());
        base32(&mac.finalize().into_bytes()[..20])
    }

    /// A number that differs from relay to relay, to spread out what would come all at once.
    pub(super) fn share(&self, number: u32) -> u8 {
        let mut mac = self.mac(b"share");
        mac.update(&number.to_be_bytes());
        mac.finalize().into_bytes()[0]
    }

    fn proof(
        &self,
        channel: ChannelId,
        conversation: Option<ConversationId>,
        side: Side,
        over: u16,
    ) -> [u8; PROOF_BYTES] {
        let mut mac = self.mac(b"reply");
        mac.update(channel.as_bytes());
        let none: &[u8; 16] = &[0; 16];
        mac.update(conversation.as_ref().map_or(none, ConversationId::as_bytes).as_slice());
        mac.update(&[match side {
            Side::Owner => b'o',
            Side::Visitor => b'v',
        }]);
        mac.update(&over.to_be_bytes());
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|place| whole[place])
    }

    fn mac(&self, purpose: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.key).expect("a key of any length will do");
        mac.update(b"shopbell e-mail 1 ");
        mac.update(purpose);
        mac.update(&[0]);
        mac
    }
}

/// Whether something has the shape of a conversation's token.
pub(super) fn is_token(text: &str) -> bool {
    read::<{ 2 + PROOF_BYTES }>(text).is_some()
}

/// The channel that a token names, if it has the shape of one that does. Proven is nothing yet.
pub(super) fn named_channel(text: &str) -> Option<ChannelId> {
    let bytes = read::<{ 2 + 16 + SHORT_PROOF_BYTES }>(text)?;
    Some(ChannelId::from_bytes(std::array::from_fn(|place| bytes[2 + place])))
}

/// The day, counted from the epoch, that a token given out now is over.
fn over(now: UnixMillis) -> u16 {
    let day = now.0 / DAY_MS;
    let over = (day / TOKEN_STABLE_DAYS + 1) * TOKEN_STABLE_DAYS + TOKEN_DAYS;
    u16::try_from(over).unwrap_or(u16::MAX)
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(digit(bits >> count));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(digit(bits << (5 - count)));
    }
    text
}

fn digit(bits: u32) -> char {
    char::from(BASE32[(bits & 31) as usize])
}

fn read<const BYTES: usize>(token: &str) -> Option<[u8; BYTES]> {
    if token.len() != (BYTES * 8).div_ceil(5) {
        return None;
    }
    let mut bytes = [0; BYTES];
    let (mut bits, mut count, mut place) = (0_u32, 0, 0);
    for c in token.bytes() {
        let value = BASE32.iter().position(|digit| *digit == c.to_ascii_lowercase())?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 && place < bytes.len() {
            count -= 8;
            bytes[place] = u8::try_from(bits >> count & 255).ok()?;
            place += 1;
        }
        bits &= (1 << count) - 1;
    }
    // What is left over has to be nothing: there is one way to write a token.
    (bits == 0).then_some(bytes)
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Target, email::Mailbox};
    use shopbell_protocol::{RANDOM_BYTES, ShopId};

    const NOW: UnixMillis = UnixMillis(1_760_000_000_000);

    fn known(channel: u64, conversation: u64) -> Known {
        Known {
            channel: ChannelId::new(channel, [1; RANDOM_BYTES]),
            shop: ShopId::parse("oak-and-ash").expect("well formed"),
            side: Side::Owner,
            target: Target::Email(Mailbox { address: "ana@oak.example".into() }),
            conversation: Some(ConversationId::new(conversation, [2; RANDOM_BYTES])),
        }
    }

    fn issue(tokens: &Tokens, known: &Known, now: UnixMillis) -> String {
        tokens.issue(known.channel, known.conversation, known.side, now)
    }

    fn days(count: u64) -> UnixMillis {
        UnixMillis(NOW.0 + count * DAY_MS)
    }

    #[test]
    fn a_token_is_short_lower_case_and_survives_capitals() {
        let tokens = Tokens::new([7; 32]);
        let token = issue(&tokens, &known(1, 1), NOW);
        assert_eq!(token.len(), TOKEN_CHARS);
        assert!(token.bytes().all(|c| BASE32.contains(&c)), "{token}");
        assert_eq!(tokens.verify(&token, &known(1, 1), NOW), Verified::Good);
        assert_eq!(tokens.verify(&token.to_uppercase(), &known(1, 1), NOW), Verified::Good);
    }

    #[test]
    fn it_is_good_for_its_own_conversation_channel_side_and_key_only() {
        let tokens = Tokens::new([7; 32]);
        let token = issue(&tokens, &known(1, 1), NOW);
        let mut visitor = known(1, 1);
        visitor.side = Side::Visitor;
        for (what, other) in [("channel", known(2, 1)), ("conversation", known(1, 2)), ("side", visitor)] {
            assert_eq!(tokens.verify(&token, &other, NOW), Verified::Wrong, "{what}");
        }
        assert_eq!(Tokens::new([8; 32]).verify(&token, &known(1, 1), NOW), Verified::Wrong);
    }

    #[test]
    fn no_letter_of_it_can_be_changed() {
        let tokens = Tokens::new([7; 32]);
        let token = issue(&tokens, &known(1, 1), NOW);
        for place in 0..token.len() {
            for digit in BASE32 {
                let mut other = token.clone().into_bytes();
                other[place] = *digit;
                let other = String::from_utf8(other).expect("ASCII");
                let is_same = other == token;
                assert_eq!(tokens.verify(&other, &known(1, 1), NOW) == Verified::Good, is_same, "{other}");
            }
        }
        for bad in ["", "a", &token[1..], &format!("{token}a"), &"é".repeat(12), &"1".repeat(23)] {
            assert_eq!(tokens.verify(bad, &known(1, 1), NOW), Verified::Wrong, "{bad}");
        }
    }

    #[test]
    fn one_without_a_conversation_names_its_channel_and_no_other() {
        let tokens = Tokens::new([7; 32]);
        let mut letter = known(1, 1);
        letter.conversation = None;
        let token = tokens.issue_for_channel(letter.channel, letter.side, NOW);
        assert_eq!(token.len(), CHANNEL_TOKEN_CHARS);
        assert_eq!(named_channel(&token.to_uppercase()), Some(letter.channel));
        assert_eq!(tokens.verify(&token, &letter, NOW), Verified::Good);
        assert_eq!(tokens.verify(&token, &letter, days(300)), Verified::Over);
        for (what, other) in [
            ("conversation", known(1, 1)),
            ("channel", Known { channel: known(2, 1).channel, ..letter.clone() }),
        ] {
            assert_eq!(tokens.verify(&token, &other, NOW), Verified::Wrong, "{what}");
        }
        assert_eq!(Tokens::new([8; 32]).verify(&token, &letter, NOW), Verified::Wrong);
        assert_eq!(named_channel(&issue(&tokens, &known(1, 1), NOW)), None);
        assert!(!is_token(&token));
    }

    #[test]
    fn it_stays_the_same_for_a_while_and_is_over_some_day() {
        let tokens = Tokens::new([7; 32]);
        let begin = UnixMillis(NOW.0 / DAY_MS / TOKEN_STABLE_DAYS * TOKEN_STABLE_DAYS * DAY_MS);
        let token = issue(&tokens, &known(1, 1), begin);
        let late = UnixMillis(begin.0 + TOKEN_STABLE_DAYS * DAY_MS - 1);
        assert_eq!(issue(&tokens, &known(1, 1), late), token);
        assert_ne!(issue(&tokens, &known(1, 1), UnixMillis(late.0 + 1)), token);
        let verify = |now| tokens.verify(&token, &known(1, 1), now);
        assert_eq!(verify(UnixMillis(late.0 + TOKEN_DAYS * DAY_MS)), Verified::Good);
        assert_eq!(verify(UnixMillis(late.0 + TOKEN_DAYS * DAY_MS + 1)), Verified::Over);
        assert_eq!(
            tokens.verify(&issue(&tokens, &known(1, 1), NOW), &known(1, 1), days(300)),
            Verified::Over
        );
    }

    #[test]
    fn a_letter_sent_again_has_the_same_name() {
        let tokens = Tokens::new([7; 32]);
        assert_eq!(tokens.letter_id("parcel-1"), tokens.letter_id("parcel-1"));
        assert_ne!(tokens.letter_id("parcel-1"), tokens.letter_id("parcel-2"));
    }

    #[test]
    fn base32_is_that_of_the_document() {
        // RFC 4648, clause 10, without padding.
        for (plain, text) in [("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foobar", "mzxw6ytboi")] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        assert_eq!(format!("{:?}", Tokens::new([7; 32])), "Tokens(redacted)");
    }
}
