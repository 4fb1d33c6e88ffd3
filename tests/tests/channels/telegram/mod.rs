//! The Telegram channel, against a Telegram of ours that is strict about the Bot API, which is itself
//! tried by a client that somebody else wrote.

mod answers;
mod hand;
mod limits;
mod linking;
mod listening;
mod other;
mod pictures;
mod rig;
mod secrets;
mod topics;
mod webhook;
