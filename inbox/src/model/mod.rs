//! What the views show, worked out in plain structs: no DOM, no clock, no words of their own.

pub(crate) mod keys;
pub(crate) mod label;
pub(crate) mod log;
pub(crate) mod route;
pub(crate) mod sight;
pub(crate) mod span;
pub(crate) mod unread;
pub(crate) mod window;
