//! The far sides of the channels, as strict as their documents, and what hears for a
//! relay that is not there.

mod ears;
pub mod mail;
pub mod push;
pub mod telegram;
pub mod http;
pub mod ntfy;
pub mod sms;

pub use ears::RecordingEars;
