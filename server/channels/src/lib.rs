//! How the outside is told and heard: one trait, [`Channel`], and a folder for each kind.
//!
//! A channel knows nothing of the store, of HTTP routes or of who is connected. It is
//! given a [`Parcel`] and hands it to its far side; what it hears it tells the relay's
//! [`Ears`]. When a parcel is due, what is tried again, what counts as sick and who
//! takes over is the relay's to decide, so that it is decided once for all kinds.

mod channel;
mod ears;
pub mod email;
mod hook;
pub mod limits;
mod notice;
pub mod ntfy;
mod outbound;
mod picture;
pub mod push;
pub mod sms;
mod target;
pub mod telegram;
mod text;
mod tls;
pub mod webhook;

pub use channel::{Channel, Failure, Fate, Handed, Opened, Parcel, Reference, Seen};
pub use ears::{Away, Ears, Held, Known, Said, Verdict};
pub use hook::{HookAnswer, HookRequest};
pub use notice::{Alarm, Notice, Words};
pub use outbound::{Answer, Lookup, Outbound, OutboundConfig};
pub use picture::{RawPicture, Unfit};
pub use target::{BadTarget, Target};
pub use tls::use_ring;
