//! What a text is made of when it is read: words, links, emoji; and which
//! messages stand together. The same for both sides, and small, for a visitor
//! downloads it.

mod emoji;
mod links;
mod runs;

pub use emoji::is_only_emoji;
pub use links::{Piece, pieces};
pub use runs::{Place, TOGETHER_MS, place};
