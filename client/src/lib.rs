//! How a talker behaves, without a screen, a socket or a clock.
//!
//! Two state machines, [`VisitorTalker`] and [`OwnerTalker`], take events and
//! the time, and give effects for their host to carry out. The browser, the
//! tests and the load generator run the very same ones.
//!
//! The host's part is small: carry out every [`Effect`] in order, call `handle`
//! with `Wake` at [`VisitorTalker::wake_at`], and redraw what has changed.
//!
//! What is asked of the relay follows from what is known, never from what was
//! said before: after any cut the talker looks at its state and says again what
//! is still missing. That is why a lost, doubled or late frame does no harm.

mod draft;
mod effect;
mod link;
mod mint;
mod notices;
mod outbox;
mod outside;
mod owner;
mod owner_list;
pub mod reading;
mod row;
mod shell;
mod timeline;
mod typing;
mod visitor;
pub mod wire;

pub use draft::{Draft, DraftState};
pub use effect::{Effect, Part, Transport};
pub use link::Status;
pub use mint::Mint;
pub use outbox::OutboxFull;
pub use outside::{Outside, Signing};
pub use owner::{OpenConversation, OwnerEvent, OwnerTalker};
pub use owner_list::ConversationList;
pub use row::{MessageState, Row};
pub use timeline::Timeline;
pub use visitor::{About, Mail, VisitorEvent, VisitorTalker};

/// Milliseconds on the host's clock, since the Unix epoch. It may jump either
/// way; nothing is lost when it does, only waits become shorter or longer.
pub type Millis = u64;
