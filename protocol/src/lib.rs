//! What is said on the wire, and nothing else: no I/O, no time, no randomness.
//!
//! A connection speaks JSON text frames under the WebSocket sub-protocol
//! [`SUBPROTOCOL`]. Each speaker has one enum: [`VisitorFrame`], [`OwnerFrame`]
//! and [`RelayFrame`]. A frame is an object with exactly one key, the frame's
//! name, whose value is an object: `{"ping":{}}`.
//!
//! The rules that let old and new talk to each other:
//!
//! * a reader ignores fields it does not know;
//! * a reader that meets a frame it does not know drops that frame and goes on
//!   (the relay answers it with [`ErrorCode::UnknownFrame`], a client is silent);
//! * a field is never given another meaning; what has to break takes a new
//!   sub-protocol.

mod channels;
mod error;
mod for_visitor;
mod frames;
mod ids;
pub mod limits;
mod message;
mod relay_frames;
mod shop;
pub mod text;

pub use channels::{
    ChannelHealth, ChannelKind, ChannelLine, ChannelOffer, ChannelRule, HeldReply, NewChannel, QuietHours,
    SigningSecret, When,
};
pub use error::{CloseCode, ErrorCode, Problem};
pub use for_visitor::ForVisitor;
pub use frames::{
    Browser, BrowserKeys, Credential, ListFilter, OwnerFrame, Place, VisitorFrame, VisitorHello,
};
pub use ids::{ChannelId, ConversationId, HeldId, MessageId, PictureId, RANDOM_BYTES, Secret, SessionId};
pub use message::{Message, Page, Picture, Receipt, Seq, Side, Slice, UnixMillis, Visit};
pub use relay_frames::{
    Cut, Details, OwnerWelcome, Presence, RelayFrame, Session, SiteSeen, Summary, Undelivered, VisitorWelcome,
};
pub use shop::{ShopId, ShopIdError};

/// The WebSocket sub-protocol (RFC 6455, clause 1.9) that both sides must agree on.
pub const SUBPROTOCOL: &str = "shopbell.v1";
