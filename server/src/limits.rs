//! Every limit of the relay that is not a setting, by name. Those of the wire
//! stand in `shopbell_protocol::limits`, those that a shop may want to change in
//! the configuration's `[limits]`.

use shopbell_protocol::limits;
use std::time::Duration;

/// Frames that may wait for a device; a slower reader is cut off and resynchronises.
pub(crate) const QUEUE_FRAMES: usize = 256;
/// The same in bytes. One slice never waits there, so this is far above any frame.
pub(crate) const QUEUE_BYTES: usize = 512 * 1024;
/// A connection takes nothing for so long: its reader is gone.
pub(crate) const WRITE_WITHIN: Duration = Duration::from_secs(20);
/// From the handshake to an acceptable `hello`.
pub(crate) const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// For the far side to answer a WebSocket close.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// Frames that could not be understood, before the connection is closed.
pub(crate) const NONSENSE_FRAMES: u8 = 20;
/// How long somebody counts as there after the last connection went, so that a
/// reload does not flicker. Above [`limits::POLL_EVERY_MS`], for those who ask over HTTP.
pub(crate) const PRESENCE_GRACE_MS: u64 = 2 * limits::POLL_EVERY_MS + 2_000;
/// How often those who went are looked through.
pub(crate) const PRESENCE_EVERY: Duration = Duration::from_millis(500);
/// Owners are told who came and went at most this often.
pub(crate) const PRESENCE_TOLD_EVERY: Duration = Duration::from_millis(100);
/// Owners are told what is known of a visitor at most this often.
pub(crate) const DETAILS_TOLD_EVERY: Duration = Duration::from_millis(250);
/// Pages that are noted for one connection of a visitor's.
pub(crate) const VISITS_PER_MINUTE: u32 = 30;
/// "Typing" is passed on at most this often from one device.
pub(crate) const TYPING_GAP_MS: u64 = limits::TYPING_EVERY_MS / 4;

/// How often one device may begin to type.
pub(crate) const TYPING_PER_MINUTE: u32 = 60;

/// What a WebSocket reads at once: this is held for every idle connection.
pub(crate) const SOCKET_READ_BYTES: usize = 1024;
/// What a WebSocket gathers before it writes.
pub(crate) const SOCKET_WRITE_BYTES: usize = 4 * 1024;
/// The most that a WebSocket's write buffer grows to: one slice of the longest messages.
pub(crate) const SOCKET_WRITE_MOST_BYTES: usize = 2 * 1024 * 1024;

/// For the first byte of an HTTP request to arrive, and then for all of its head, which is also
/// how long an idle connection is kept.
pub(crate) const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// For a whole HTTP request to be answered.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The head of an HTTP request.
pub(crate) const HEAD_BYTES: usize = 16 * 1024;
/// A posted form: the longest message with every character escaped, and the fields beside it.
pub(crate) const FORM_BYTES: usize = 64 * 1024;
/// A sign-in.
pub(crate) const SIGN_IN_BYTES: usize = 1024;
/// A plain HTTP exchange: as many of the longest messages as a talker says at once,
/// and the frames beside them.
pub(crate) const EXCHANGE_BYTES: usize = 2 * limits::SENDS_AT_ONCE * limits::FRAME_BYTES;
/// An exchange whose answer is longer than this is over.
pub(crate) const EXCHANGE_ANSWER_BYTES: usize = 1024 * 1024;
/// How much of a body that is too big is still read, so that its sender hears why.
pub(crate) const DRAIN_BYTES: usize = 16 * 1024 * 1024;
/// For the sends of an exchange or a form to be kept.
pub(crate) const KEEP_WITHIN: Duration = Duration::from_secs(10);
/// What a sender is told to wait when the store's queue is full.
pub(crate) const BUSY_RETRY_MS: u32 = 1_000;

/// From the signal to stop until the relay is gone at the latest.
pub(crate) const SHUTDOWN_WITHIN: Duration = Duration::from_secs(10);
/// How long a readiness check's answer is given again.
pub(crate) const READY_CACHED_MS: u64 = 1_000;
/// A site's bell is noted as seen at most this often.
pub(crate) const BELL_SEEN_EVERY_MS: u64 = 60_000;
/// Origins remembered for that.
pub(crate) const BELL_ORIGINS: usize = 10_000;
/// Loaders held ready, one for each set of owners' names.
pub(crate) const LOADERS: usize = 200;
/// Visitors, shops and addresses remembered for rate limits; more are forgotten.
pub(crate) const GUARD_KEYS: usize = 200_000;
/// How often those that have recovered are forgotten.
pub(crate) const GUARD_PRUNE_EVERY: Duration = Duration::from_secs(5);

/// An owner who speaks has their session looked at again this often.
pub(crate) const SESSION_LOOKED_EVERY_MS: u64 = 60_000;
/// A sign-in link is good for so long.
pub(crate) const LINK_GOOD_MS: u64 = 15 * 60 * 1000;
/// Cookies live as long as browsers let them.
pub(crate) const COOKIE_DAYS: u32 = 400;
/// What a device is called, in characters.
pub(crate) const DEVICE_CHARS: usize = 60;
/// A list's cursor, in bytes.
pub(crate) const CURSOR_BYTES: usize = 200;

/// Channels that are worked off at once, of one kind: so far sides that hang hold up their
/// own kind only so far, and no other.
pub(crate) const CHANNELS_AT_ONCE: usize = 64;
/// The same of one far side: one that hangs leaves room for others of its kind.
pub(crate) const CHANNELS_AT_ONCE_OF_FAR: usize = 16;
/// The same of those of one kind whose last try failed: they can hang for a long time, and
/// leave room for those that work.
pub(crate) const CHANNELS_AT_ONCE_FAILING: usize = 16;
/// Channels that are looked up at once.
pub(crate) const CHANNELS_DUE: usize = 64;
/// Sick channels of which their owners are told in one round,
pub(crate) const ALARMS_DUE: usize = 256;
/// and so many of them at once.
pub(crate) const ALARMS_AT_ONCE: usize = 16;
/// Conversations that one turn of a channel hands over.
pub(crate) const BURSTS_AT_ONCE: usize = 16;
/// Conversations that a push names as opened elsewhere, so that their notifications go,
pub(crate) const GONE_AT_ONCE: usize = 16;
/// among those that it told of since: nobody leaves a notification standing for longer.
pub(crate) const SHOWN_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Something that waits for somebody to leave the inbox is looked at again so often.
pub(crate) const LOOK_AGAIN_MS: u64 = 5_000;
/// The dispatcher looks for what is due at least so often, whatever it was told: another relay
/// may have left it.
pub(crate) const DISPATCH_EVERY: Duration = Duration::from_secs(5);
/// For a channel to hand something over.
pub(crate) const HAND_WITHIN: Duration = Duration::from_secs(60);
/// The first rest after a failure; each next one is twice as long,
pub(crate) const RETRY_FIRST_MS: u64 = 1_000;
/// up to this,
pub(crate) const RETRY_MOST_MS: u64 = 10 * 60 * 1_000;
/// unless the far side asks for more, up to this.
pub(crate) const RETRY_ASKED_MOST_MS: u64 = 24 * 60 * 60 * 1_000;
/// So many failures in a row, and another channel takes over.
pub(crate) const SICK_AFTER_FAILURES: u32 = 3;
/// What ended or was referred to before this is forgotten. Above the time for which a
/// reply address is good, so that an answer to an old letter is held and not turned away.
pub(crate) const REMEMBERED_MS: u64 = 220 * 24 * 60 * 60 * 1_000;
/// How often.
pub(crate) const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);
/// A code that links a chat is good for so long.
pub(crate) const LINK_CODE_GOOD_MS: u32 = 15 * 60 * 1_000;
/// Tries by the test button, of one signed-in device.
pub(crate) const TESTS_PER_MINUTE: u32 = 10;
/// Answers that come by one channel.
pub(crate) const ANSWERS_PER_MINUTE: u32 = 120;
/// Letters to one mailbox that visitors have named, from all conversations and shops together:
/// nobody has asked whoever reads it. What is over it waits, and goes in one letter.
pub(crate) const LETTERS_PER_HOUR: u32 = 20;
/// Addresses that one visitor leaves.
pub(crate) const ADDRESSES_PER_MINUTE: u32 = 6;
/// Stuck deliveries that an inbox is shown of one conversation.
pub(crate) const UNDELIVERED_SHOWN: usize = 20;
/// The dispatcher rests at least so long between two looks by itself.
pub(crate) const DISPATCH_REST: Duration = Duration::from_millis(20);
/// What the store failed is tried again after so long.
pub(crate) const STORE_REST: Duration = Duration::from_secs(1);
/// How often owners of sick channels are told, until they have been.
pub(crate) const ALARM_EVERY: Duration = Duration::from_secs(2);
/// For Telegram to say what the bot is called, when the relay starts.
pub(crate) const BOT_NAME_WITHIN: Duration = Duration::from_secs(5);

/// Pictures that are made anew at once: a large one takes all of
/// [`PICTURE_MEMORY_BYTES`], and a core for a second.
pub(crate) const PICTURES_AT_ONCE: usize = 1;
/// A picture while it is looked at. It is room for the largest that is taken, in colours
/// of the usual depth.
pub(crate) const PICTURE_MEMORY_BYTES: u64 = 4 * shopbell_channels::limits::PICTURE_PIXELS;
/// A picture that is kept like a drawing; a larger one is kept like a photograph.
pub(crate) const DRAWING_BYTES: usize = 1024 * 1024;
/// Pictures of all answers that wait for one owner's word, beyond which more are left out:
/// they come from people who are not proven to be anybody.
pub(crate) const HELD_PICTURES: usize = 200;

/// What waits to be told to other relays. More than this is left out: what must not be missed
/// stands in the store.
pub(crate) const WAKES_WAITING: usize = 65_536;
/// Of these, so many go at once,
pub(crate) const WAKES_SAID_AT_ONCE: usize = 256;
/// and so many of what they tell in one envelope, far below the mebibyte that NATS takes.
pub(crate) const WAKES_IN_ENVELOPE: usize = 2_000;
/// What waits to be written down for them, at most; of the moment it is only for who is cut off.
pub(crate) const WAKES_UNWRITTEN: usize = 20_000;
/// How often what other relays wrote down is read although NATS carries it.
pub(crate) const WAKES_READ_EVERY: Duration = Duration::from_secs(2);
/// A relay that could not read it for so long cannot know what it missed. Well below
/// [`shopbell_store::limits::WAKES_KEPT`].
pub(crate) const WAKES_READ_WITHIN_MS: u64 = 5 * 60 * 1_000;
/// How often what was written down long ago is forgotten.
pub(crate) const WAKES_FORGOTTEN_EVERY: Duration = Duration::from_secs(60);
/// How often a relay says that it is there,
pub(crate) const RELAY_BEATS_EVERY: Duration = Duration::from_secs(2);
/// and after how long a silent one counts as gone, with whoever was there.
pub(crate) const RELAY_SILENT_MS: u64 = 10_000;
/// One that is there, but was not heard over NATS for so long, is read. Above two of its beats, and
/// so far below the silence that who is there is told in writing before anybody counts as gone.
pub(crate) const RELAY_UNHEARD_MS: u64 = 5_000;
/// For so long after one has last said that it does not hear everybody, all is written down: well
/// above the silence, so that it is also when that one itself was silent for a while.
pub(crate) const RELAY_DEAF_MS: u64 = 30_000;
/// How often a relay asks the others who is there, when it has missed some of it,
pub(crate) const WHO_ASKED_EVERY: Duration = Duration::from_secs(10);
/// and how often it tells when it is asked.
pub(crate) const WHO_TOLD_EVERY: Duration = Duration::from_secs(2);
/// How often a relay asks for a job that only one does.
pub(crate) const JOB_ASKED_EVERY: Duration = Duration::from_secs(5);
/// What `[cluster] poll_every_ms` can be, at least
pub(crate) const POLL_LEAST_MS: u64 = 50;
/// and at most.
pub(crate) const POLL_MOST_MS: u64 = 10_000;
