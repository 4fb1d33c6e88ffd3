//! The whole system under test: the real relay as a process of its own, talkers
//! that speak to it over real sockets, and an HTTP client. No product code, and
//! nothing depends on it.

pub mod binary;
pub mod chaos;
pub mod clock;
pub mod disk;
pub mod far;
pub mod host;
pub mod memory;
pub mod people;
mod person;
pub mod raw;
pub mod relay;
pub mod stored;
pub mod wait;
pub mod web;

mod line;
mod speaker;

pub use people::{Owner, Visitor};
pub use relay::Relay;
pub use wait::until;
