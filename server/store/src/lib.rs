//! What the relay remembers: one trait, [`Store`], with SQLite or PostgreSQL behind it.
//!
//! Two invariants hold for every backend and are tested by one suite:
//!
//! * an append is reported as kept only after its commit is durable;
//! * outcomes of appends are reported in commit order, so that whoever passes
//!   them on never shows a conversation out of order.
//!
//! Look-ups give `Option`: not finding is no error. Every look-up of a
//! conversation names the shop too, so that no caller can reach into another's.

#[cfg(feature = "bench")]
pub mod ceiling;
mod channels;
mod cursor;
mod fold;
pub mod limits;
mod model;
mod moving;
mod postgres;
mod sqlite;
mod standing;
mod store;
mod synchronous;
pub mod wake;
mod ways;

pub use channels::{
    Burst, Channel, ChannelAdded, ChannelState, ChannelStore, Ending, Except, Held, NewChannel, Target,
    Waiting,
};
pub use model::{
    Append, AppendError, Appended, Arrival, Conversation, ConversationList, Copied, Digest, ListQuery,
    NewSession, NewShop, Outcome, OwnerSession, PictureFile, PictureKind, Resumed, Shop, ShopEdit, SignedIn,
};
pub use moving::{Batches, Moved, MovedTable, Moving, migrate};
pub use postgres::{PostgresOptions, PostgresStore, note_put_back};
#[cfg(feature = "simulation")]
pub use sqlite::inline::{Memory, Steps, Turn};
pub use sqlite::{FILE_NAME as DATABASE_FILE_NAME, SqliteOptions, SqliteStore, back_up, put_back};
pub use store::{CommitListener, QueueFull, Store, StoreError};
pub use synchronous::Synchronous;
pub use wake::{InCommon, Told, Wake, WakeCursor};

/// Whether something seen before is to be noted again. A clock that was set
/// back does not note anything.
pub(crate) fn is_long_ago(seen_at: shopbell_protocol::UnixMillis, at: shopbell_protocol::UnixMillis) -> bool {
    at.0.saturating_sub(seen_at.0) >= limits::SEEN_EVERY_MS
}
