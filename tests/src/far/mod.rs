//! The far sides of the channels, as strict as their documents, and what hears for a
//! relay that is not there.

mod ears;
pub mod http;
pub mod mail;
pub mod ntfy;
pub mod push;
pub mod sms;
pub mod telegram;

pub use ears::RecordingEars;
