//! Every limit of the push channel, by name.

use std::time::Duration;

/// What stands before the ciphertext: salt, record size, key length, key (RFC 8291, clause 4).
pub(super) const HEADER_BYTES: usize = 86;
/// What AES-128-GCM adds.
pub(super) const TAG_BYTES: usize = 16;
/// The record size that is named in the header; the one record is never longer.
pub(super) const RECORD_BYTES: u32 = 4096;
/// The longest plaintext: every push service takes a body of 4,096 bytes (RFC 8030, clause
/// 7.2), and the header, the tag and one delimiter come out of it.
pub(super) const PLAINTEXT_BYTES: usize = 4096 - HEADER_BYTES - TAG_BYTES - 1;
/// A plaintext is filled up to the next of these, so that a push's length says little of
/// the words in it. The last is [`PLAINTEXT_BYTES`].
pub(super) const SIZE_CLASSES: [usize; 3] = [1000, 2000, PLAINTEXT_BYTES];
/// A title, in bytes as JSON.
pub(super) const TITLE_BYTES: usize = 400;

/// The longest endpoint that is taken.
pub(super) const ENDPOINT_BYTES: usize = 2 * 1024;

/// How long a push service keeps words for a device that is off: a long weekend.
pub(super) const WORDS_TTL: Duration = Duration::from_secs(72 * 60 * 60);
/// The same for an alarm: a later one would be said anew.
pub(super) const ALARM_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// The same for a test: whoever pressed the button waits for it.
pub(super) const TEST_TTL: Duration = Duration::from_secs(10 * 60);

/// How long a signed token holds; a push service takes at most 24 hours (RFC 8292, clause 2).
pub(super) const TOKEN_HOLDS_MS: u64 = 12 * 60 * 60 * 1000;
/// A token that ends sooner than this is made anew, also for clocks that differ.
pub(super) const TOKEN_LEFT_MS: u64 = 60 * 60 * 1000;
/// Origins whose tokens are kept. There are few push services; more are made by somebody
/// who plays.
pub(super) const TOKENS: usize = 64;
/// How often an ephemeral key is drawn before the randomness is given up: one draw in 2³² fails.
pub(super) const DRAWS: usize = 4;
