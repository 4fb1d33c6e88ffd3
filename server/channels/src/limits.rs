//! Every limit of the channels, by name.

use std::time::Duration;

/// What was said before, for a person to find their way back in.
pub const LINES_BEFORE: usize = 6;
/// A far side's own name for something.
pub const REFERENCE_BYTES: usize = 512;
/// What a channel remembers across restarts, under one name.
pub const NOTE_BYTES: usize = 4 * 1024;
/// The body of a request to a hook.
pub const HOOK_BYTES: usize = 256 * 1024;

/// A picture as it comes in. It is what Telegram gives a bot at most (`getFile`).
pub const PICTURE_BYTES: usize = 20_000_000;
/// A picture as it comes in, in pixels: what the camera of a good phone takes. While it is
/// looked at, each needs up to 8 bytes of memory.
pub const PICTURE_PIXELS: u64 = 50_000_000;

/// To reach a far side.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// For a far side to answer a request whole.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// A connection that nobody uses is kept open so long, and so many of them to each far side.
pub const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// See [`IDLE_CONNECTION`].
pub const IDLE_CONNECTIONS: usize = 2;
/// What is read of an answer.
pub const ANSWER_BYTES: usize = 256 * 1024;
/// Redirects that are followed, each looked at like the first address.
pub const REDIRECTS: usize = 3;
/// The longest wait that a far side can ask for.
pub const RETRY_AFTER_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// An event that is sent to a shop's system. Standard Webhooks wants them small; a burst of
/// long messages is more than its 20 KB.
pub const WEBHOOK_BYTES: usize = 64 * 1024;
