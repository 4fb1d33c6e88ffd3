//! The browser, and the only way to it: everything beyond this folder is told
//! the time, draws no randomness and knows no browser API.

pub(crate) mod clock;
pub(crate) mod dom;
pub(crate) mod entropy;
pub(crate) mod exchange;
pub(crate) mod intl;
pub(crate) mod loader;
pub(crate) mod page;
pub(crate) mod picture;
pub(crate) mod scroll;
pub(crate) mod shelf;
pub(crate) mod socket;
pub(crate) mod timer;

/// What a line to the relay tells of itself.
pub(crate) enum Heard {
    /// It is open.
    Open,
    /// The relay said this.
    Text(String),
    /// It is over, or could not be opened; with the WebSocket close code.
    Closed(Option<u16>),
}
