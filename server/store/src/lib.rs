//! What the relay remembers: one trait, [`Store`], with SQLite behind it.
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
pub mod limits;
mod model;
mod sqlite;
mod store;

pub use channels::{
    Burst, Channel, ChannelAdded, ChannelState, ChannelStore, Ending, Except, Held, NewChannel, Target,
    Waiting,
};
pub use model::{
    Append, AppendError, Appended, Conversation, ConversationList, Copied, Digest, ListQuery, NewSession,
    NewShop, Outcome, OwnerSession, PictureFile, PictureKind, Shop, ShopEdit, SignedIn,
};
pub use sqlite::{
    FILE_NAME as DATABASE_FILE_NAME, SqliteOptions, SqliteStore, Synchronous, back_up, put_back,
};
pub use store::{CommitListener, QueueFull, Store, StoreError};
