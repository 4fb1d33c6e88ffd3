//! Each channel against a far side: a real server where one can run here, else one of
//! ours that is strict about its document.

mod mail;
mod push;
mod telegram;
mod faults;
mod notices;
mod npm;
mod ntfy;
mod outbound;
mod sms;
mod webhook;
