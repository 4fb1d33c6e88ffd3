//! Every limit of e-mail, by name.

use std::time::Duration;

/// A mail that is taken, in octets: a reply has text in it, and perhaps a picture.
pub const MAIL_BYTES: usize = 10 * 1024 * 1024;
/// The local part of an address (RFC 5321, clause 4.5.3.1.1), in octets.
pub const LOCAL_PART_BYTES: usize = 64;
/// A subject, in characters: what a phone shows of one is far less.
pub const SUBJECT_CHARS: usize = 120;
/// A name in `From`, in characters.
pub const NAME_CHARS: usize = 70;
/// What a list of mails shows under the subject, in characters.
pub const PREVIEW_CHARS: usize = 140;
/// Letters of a conversation that the next one refers to: the first one and the last ones.
pub const REFERENCES: usize = 10;
/// What one message of those said before is cut to, in characters.
pub const BEFORE_CHARS: usize = 600;

/// How many days an address can be answered to, at least.
pub const TOKEN_DAYS: u64 = 180;
/// How many days a conversation's address stays the same.
pub const TOKEN_STABLE_DAYS: u64 = 30;

/// Open lines to the mail server that are kept for the next letter.
pub const POOL: usize = 4;
/// How long an open line is kept without a letter; servers close them after 5 minutes
/// (RFC 5321, clause 4.5.3.2.7).
pub const POOL_IDLE: Duration = Duration::from_secs(60);
/// To reach a mail server, TLS and the greeting counted in.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// For a mail server to answer a command.
pub const COMMAND_WITHIN: Duration = Duration::from_secs(30);
/// For a mail server to answer the letter itself: it may be looking for viruses.
pub const TAKEN_WITHIN: Duration = Duration::from_secs(120);

/// Header fields that are looked at; a mail with more is not one of a person's.
pub const HEADERS: usize = 500;
/// A picture that stands in the text and is not more than this is taken for a part of
/// the signature.
pub const SIGNATURE_PICTURE_BYTES: usize = 48 * 1024;
/// Signatures (RFC 6376) that are checked.
pub const DKIM_SIGNATURES: usize = 8;
/// What is shown of who wrote it, in characters.
pub const FROM_CHARS: usize = 200;
/// What is held of a mail's text, in characters.
pub const HELD_CHARS: usize = 20_000;
/// For all questions to the DNS about one mail.
pub const PROOF_WITHIN: Duration = Duration::from_secs(20);

/// Lines to the listener at a time.
pub const SESSIONS: usize = 16;
/// Lines to the listener from one address, when anybody may come.
pub const SESSIONS_EACH: usize = 4;
/// Commands on one line.
pub const SESSION_COMMANDS: usize = 1_000;
/// Commands that are not understood or are refused, before the line is closed.
pub const SESSION_FAULTS: usize = 10;
/// A command with its line end, in octets (RFC 5321, clause 4.5.3.1.4, and the parameters
/// of extensions).
pub const COMMAND_BYTES: usize = 2_048;
/// Recipients of one mail (RFC 5321, clause 4.5.3.1.8).
pub const RECIPIENTS: usize = 100;
/// For the next command to come (RFC 5321, clause 4.5.3.2.7).
pub const COMMAND_IDLE: Duration = Duration::from_secs(5 * 60);
/// For a mail to come whole.
pub const MAIL_WITHIN: Duration = Duration::from_secs(10 * 60);
/// For a whole session.
pub const SESSION_WITHIN: Duration = Duration::from_secs(30 * 60);
/// For an answer to be taken by who asked.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Before the listener's port is tried again.
pub const BIND_AGAIN: Duration = Duration::from_secs(30);

/// Before the next line is taken when one could not be, as when there are no more files.
pub const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// How long IDLE is left alone; servers may end it after 30 minutes (RFC 2177).
pub const IDLE_RENEWAL: Duration = Duration::from_secs(25 * 60);
/// How often a mailbox is looked at whose server has no IDLE.
pub const POLL_EVERY: Duration = Duration::from_secs(60);
/// Before a mailbox is asked again that could not be, at first.
pub const RECONNECT_LEAST: Duration = Duration::from_secs(2);
/// Before a mailbox is asked again that could not be, at most.
pub const RECONNECT_MOST: Duration = Duration::from_secs(5 * 60);
/// Before a mail is looked at again that the relay could not keep.
pub const AWAY_AGAIN: Duration = Duration::from_secs(5);
/// How often a mail is looked at whose proof can't be had, before it is held.
pub const PROOF_TRIES: u32 = 4;
/// Mails that are fetched in one look at a mailbox; the next look takes the rest.
pub const MAILS_AT_ONCE: usize = 200;
