//! Every limit of the Telegram channel, by name; those of the Bot API are from its documentation.

use std::time::Duration;

/// A message's text, in UTF-16 code units (`sendMessage`, `text`).
pub(super) const TEXT_UNITS: usize = 4096;
/// Messages that a parcel is sent in at once, each after a second. What is left waits for the next try, so that
/// the relay's own patience is not tried.
pub(super) const PIECES_AT_ONCE: usize = 15;
/// How long until then.
pub(super) const NEXT_PIECES_AFTER: Duration = Duration::from_secs(1);
/// A topic's name, in characters (`createForumTopic`, `name`).
pub(super) const TOPIC_NAME_CHARS: usize = 128;
/// A code that links a chat, in bytes; as much as a deep link's `start` can carry.
pub(super) const CODE_BYTES: usize = 64;
/// What the far side said of an error, as far as it is repeated to a person, in characters.
pub(super) const SAID_CHARS: usize = 160;

/// How long Telegram holds a question for updates open, in seconds; more than this it does not.
pub(super) const POLL_FOR_S: u64 = 50;
/// Updates in one answer. The longest, a text of escaped characters in reply to another one, has about 60 KB,
/// so [`crate::limits::ANSWER_BYTES`] holds so many of the usual ones. When it does not, fewer are asked for.
pub(super) const POLL_UPDATES: u32 = 16;
/// An empty answer that comes sooner is not followed by the next question before.
pub(super) const POLL_AT_LEAST: Duration = Duration::from_secs(1);
/// After a failure: the first wait, which doubles,
pub(super) const AGAIN_FIRST: Duration = Duration::from_secs(1);
/// up to this one.
pub(super) const AGAIN_MOST: Duration = Duration::from_secs(60);
/// When the relay could not keep something.
pub(super) const AWAY_AGAIN: Duration = Duration::from_secs(2);
/// Update ids that are known to be taken.
pub(super) const RECENT_UPDATES: usize = 128;

/// Chats of which something is known in memory: their pace, what they were told.
pub(super) const CHATS: usize = 10_000;
/// Answers whose text is known, to tell an edit from a change that is none.
pub(super) const TEXTS: usize = 1_000;
/// Albums that were answered, so that each is answered once.
pub(super) const ALBUMS: usize = 100;
/// A stranger's chat is told how to link at most this often, in milliseconds.
pub(super) const HINT_EVERY_MS: u64 = 60 * 60 * 1000;
/// Codes that one chat can try in [`HINT_EVERY_MS`].
pub(super) const LINK_TRIES: u32 = 5;

/// One message a second for each chat ("My bot is hitting limits", Bot FAQ),
pub(super) const CHAT_EVERY_MS: u64 = 1_000;
/// and in a group so many
pub(super) const GROUP_MESSAGES: usize = 20;
/// in so long.
pub(super) const GROUP_WINDOW_MS: u64 = 60_000;
/// A longer wait for its turn is the relay's, not the channel's.
pub(super) const TURN_WITHIN: Duration = Duration::from_secs(5);
/// A short sentence to a person is tried once more when Telegram asks for at most this.
pub(super) const TELL_AGAIN_WITHIN: Duration = Duration::from_secs(5);
/// Sent messages that a half-done parcel remembers, for answers to refer to.
pub(super) const PART_MESSAGES: usize = 50;
/// The characters of a line that was said before.
pub(super) const BEFORE_CHARS: usize = 140;
/// For a picture to come whole.
pub(super) const PICTURE_WITHIN: Duration = Duration::from_secs(60);
/// How often a picture is tried to be fetched, for all others wait meanwhile.
pub(super) const PICTURE_TRIES: u32 = 3;
/// Before it is tried again, unless Telegram asks for more,
pub(super) const PICTURE_AGAIN: Duration = Duration::from_secs(1);
/// up to this.
pub(super) const PICTURE_AGAIN_MOST: Duration = Duration::from_secs(5);
