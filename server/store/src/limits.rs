//! Every limit of the store, by name. Those of the wire are in the protocol.

use std::time::Duration;

/// Appends and other writes that wait for the writer. Beyond it an append is
/// refused, so that a slow disk is told to the senders and not to the memory.
pub const QUEUE_WRITES: usize = 8_192;
/// Writes in one transaction. What has gathered beyond it waits for the next.
pub const BATCH_WRITES: usize = 512;
/// Conversations whose standing the writer keeps at hand.
pub const HOT_CONVERSATIONS: usize = 10_000;
/// Shops whose row the writer keeps at hand.
pub const HOT_SHOPS: usize = 1_000;

/// Connections that read side by side.
pub const READERS: usize = 4;
/// Of these, so many may be in searches.
pub const LONG_READERS: usize = 2;
/// Reads that wait for a connection. Enough for every visitor of a busy relay to
/// come back at once after a restart.
pub const READS_WAITING: usize = 65_536;

/// How long a write waits for another process that is writing to the same file.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often opening tries again while another process makes the same file,
pub const OPEN_TRIES: u32 = 200;
/// and how long it waits in between.
pub const OPEN_RETRY_DELAY: Duration = Duration::from_millis(25);
/// Pages that gather in the write-ahead log before they go into the database file.
pub const CHECKPOINT_PAGES: u32 = 8_000;
/// The write-ahead log is cut back to this many bytes after a checkpoint.
pub const LOG_BYTES: u32 = 64 * 1024 * 1024;
/// Memory for pages of the connection that writes, in KiB.
pub const WRITER_CACHE_KIB: u32 = 32 * 1024;
/// Memory for pages of each connection that reads, in KiB.
pub const READER_CACHE_KIB: u32 = 4 * 1024;
/// Prepared statements that a connection keeps.
pub const STATEMENTS: usize = 64;

/// Connections of one relay to PostgreSQL, besides the one that the writer has for itself.
pub const POSTGRES_CONNECTIONS: usize = 12;
/// How long a connection to PostgreSQL may take, and waiting for a free one.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// After so long without a word a connection is tried.
pub const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);
/// A server that leaves what it was sent without an acknowledgement for so long is gone.
pub const UNANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// PostgreSQL breaks a statement off that takes longer, in milliseconds.
pub const STATEMENT_MS: u32 = 20_000;
/// How often a batch is tried anew because other transactions were in its way.
pub const BATCH_TRIES: u32 = 8;
/// After a message came again, so many batches look first which of theirs are known.
pub const CAREFUL_BATCHES: u32 = 16;
/// A channel, or another job of one relay's, passes on to another relay after so long
/// without a word of the one that had it.
pub const LEASE: Duration = Duration::from_secs(20);
/// What relays told each other is kept so long for those that missed it.
pub const WAKES_KEPT: Duration = Duration::from_secs(600);
/// Rows of it that are read at once.
pub const WAKES_AT_ONCE: i64 = 2_000;
/// Numbers of it that are waited for because they were given and not seen yet.
pub const WAKES_MISSING: i64 = 1_000;
/// So many are waited for, of several such stretches.
pub const WAKES_WAITED_FOR: i64 = 2 * WAKES_MISSING;
/// How long they are waited for: longer than a batch may take, in milliseconds.
pub const WAKE_COMES_WITHIN_MS: u64 = 60_000;
/// Messages that a search asks PostgreSQL for at once.
pub const SEARCH_ROWS: i32 = 256;

/// Rows that a move into PostgreSQL takes over in one transaction,
pub const MOVE_ROWS: usize = 5_000;
/// or fewer, when they have so many bytes together; a picture goes over whole.
pub const MOVE_BYTES: usize = 8 * 1024 * 1024;

/// Sites of one shop. All of them stand in the header that lets its frame open.
pub const SITES_PER_SHOP: usize = 50;
/// Owners' names that the loader of one site is given.
pub const OWNERS_OF_SITE: u32 = 50;

/// Sign-in links of one shop that have not been used. The soonest to end goes first.
pub const LINKS_PER_SHOP: u32 = 20;
/// Sessions of one shop. The one not seen for longest goes first.
pub const SESSIONS_PER_SHOP: u32 = 50;
/// That a session or the bell was seen is written down at most this often, in milliseconds.
pub const SEEN_EVERY_MS: u64 = 60_000;

/// Codes of one shop that link a chat and have not been used.
pub const LINK_CODES_PER_SHOP: u32 = 10;
/// Answers of one visitor that wait for the owner's word.
pub const HELD_PER_VISITOR: i64 = 10;
/// Shops whose channels the writer keeps at hand.
pub const HOT_WAYS: usize = 1_000;
/// Messages of one conversation that go into one parcel; the others come after.
pub const BURST_MESSAGES: u32 = 50;
/// Rows of one channel that one look for what is due goes through. What is due beyond it
/// comes with the next look.
pub const DUE_ROWS: u32 = 1_000;
/// Rows that are forgotten in one transaction.
pub const FORGET_ROWS: u32 = 2_000;

/// The work that one search may do, in bytes of text looked at. What was found
/// until then is given, with a cursor to search on from.
pub const SEARCH_WORK: u64 = 64 * 1024 * 1024;
/// What one message or one conversation costs a search besides its bytes.
pub const SEARCH_STEP: u64 = 256;

// The writer must be able to hold every conversation that one batch has changed.
const _: () = assert!(HOT_CONVERSATIONS >= 2 * BATCH_WRITES);
