//! The real servers that tests start: each in a folder of its own, on an address of its own,
//! and gone with the process that started it, however that ends.
#![allow(clippy::panic, clippy::expect_used, reason = "a test that lacks its server fails with a sentence")]

mod folder;
mod guarded;
mod nats;
mod nginx;
mod postgres;

pub use folder::Folder;
pub use guarded::{Guarded, free_port, installed, listening};
pub use nats::Nats;
pub use nginx::Nginx;
pub use postgres::Postgres;
