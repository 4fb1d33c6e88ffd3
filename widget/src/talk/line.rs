//! The line to the relay, whichever way it goes.

use crate::bridge::{Heard, exchange::Exchange, socket::Socket};

/// At most one at a time; dropping it ends it.
pub(super) enum Line {
    /// None.
    None,
    /// A WebSocket.
    Socket(Socket),
    /// An exchange that gathers what is to be said.
    Gathering(Vec<String>),
    /// An exchange under way. What is said now is said again on the next one.
    Exchange(#[allow(dead_code, reason = "held so that it goes on")] Exchange),
}

impl Line {
    /// Opens a socket; the talker hears how that went.
    pub(super) fn open_socket(&mut self, tell: Box<dyn FnMut(Heard)>) {
        // The one before is over before the next begins. Where the browser refuses
        // at once, the talker's patience runs out and it takes the other way.
        *self = Line::None;
        *self = Socket::open(tell).map_or(Line::None, Line::Socket);
    }

    /// Says something.
    pub(super) fn send(&mut self, text: String) {
        match self {
            Line::Socket(socket) => socket.send(&text),
            Line::Gathering(frames) => frames.push(text),
            Line::None | Line::Exchange(_) => {}
        }
    }

    /// Sends off what was gathered.
    pub(super) fn go(&mut self, tell: Box<dyn FnMut(Heard)>) {
        if let Line::Gathering(frames) = self {
            *self = Exchange::start(frames, tell).map_or(Line::None, Line::Exchange);
        }
    }
}
