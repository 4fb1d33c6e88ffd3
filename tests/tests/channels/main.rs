//! Each channel against a far side: a real server where one can run here, else one of
//! ours that is strict about its document.

mod faults;
mod line;
mod mail;
mod notices;
mod npm;
mod ntfy;
mod outbound;
mod push;
mod sms;
mod telegram;
mod webhook;
