//! Every limit of the wire, by name. The relay enforces them; the widget and the
//! inbox keep to them, so that a person hears of one before a send, not after.

/// A message's text, in Unicode scalar values.
pub const BODY_CHARS: usize = 4_000;
/// A frame from a client, in bytes. A body of the longest allowed text fits even
/// when every character is written as a JSON escape.
pub const FRAME_BYTES: usize = 32 * 1024;
/// Pictures of one message.
pub const PICTURES: usize = 10;
/// The longer edge of a picture as it is kept, in pixels; larger ones are made smaller.
pub const PICTURE_EDGE_PX: u32 = 2_048;
/// The box that a picture is shown in beside the text, in CSS pixels: its width
pub const PICTURE_SHOWN_WIDTH_PX: u32 = 240;
/// and its height.
pub const PICTURE_SHOWN_HEIGHT_PX: u32 = 320;
/// Messages in one [`crate::Slice`].
pub const SLICE_MESSAGES: usize = 50;
/// Conversations in one answer to [`crate::OwnerFrame::List`].
pub const LIST_CONVERSATIONS: usize = 50;
/// Visitors who came or went, in one frame.
pub const PRESENCE_VISITORS: usize = 500;
/// A name that an owner gives a visitor, in characters.
pub const NAME_CHARS: usize = 80;
/// What the inbox searches for, in characters.
pub const SEARCH_CHARS: usize = 200;
/// The beginning of the last message that a list shows, in characters.
pub const PREVIEW_CHARS: usize = 140;
/// A page's address, in characters.
pub const PAGE_URL_CHARS: usize = 2_000;
/// A page's title, in characters.
pub const PAGE_TITLE_CHARS: usize = 200;
/// A language tag (BCP 47) or a time zone's name (IANA), in bytes.
pub const TAG_BYTES: usize = 64;
/// How many pages are remembered for a conversation; older ones are forgotten.
pub const VISITS_KEPT: usize = 20;

/// Messages that wait on a device for the relay. The box stays full beyond it.
pub const OUTBOX_MESSAGES: usize = 200;
/// A client says `ping` after this long without having heard anything.
pub const PING_AFTER_MS: u64 = 25_000;
/// Who has not answered by then is taken for gone, by either side.
pub const ANSWER_WITHIN_MS: u64 = 10_000;
/// The relay closes a connection on which nothing came for so long.
pub const SILENT_AFTER_MS: u64 = 60_000;
/// "Typing" is said again at most this often,
pub const TYPING_EVERY_MS: u64 = 3_000;
/// and holds this long when nothing more is said.
pub const TYPING_LAPSES_MS: u64 = 6_000;
/// The first wait before connecting again; each next one is twice as long,
pub const RECONNECT_FIRST_MS: u64 = 500;
/// up to this, and each is drawn evenly from the upper half of its range.
pub const RECONNECT_MOST_MS: u64 = 30_000;
/// How often a client without WebSocket asks over plain HTTP, in the foreground.
pub const POLL_EVERY_MS: u64 = 3_000;
/// Messages, of different conversations, that a talker sends at once.
pub const SENDS_AT_ONCE: usize = 8;
/// Frames in one plain HTTP exchange.
pub const EXCHANGE_FRAMES: usize = 64;

/// An owner's channels.
pub const CHANNELS: usize = 20;
/// The longest that a channel waits for an answer, in minutes: a day.
pub const UNANSWERED_MINUTES: u16 = 24 * 60;
/// An address that a channel leads to, in bytes.
pub const TARGET_BYTES: usize = 2_000;
/// Answers from outside that wait for the owner's word; more are turned away.
pub const HELD_REPLIES: usize = 200;
/// Browsers that show one visitor the answers in one conversation; the oldest gives way.
pub const VISITOR_BROWSERS: usize = 5;
/// An e-mail address, in bytes (RFC 5321, clause 4.5.3.1.3).
pub const EMAIL_BYTES: usize = 254;
