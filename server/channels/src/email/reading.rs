//! The seam to whatever finds what is new in a reply: it is given to [`super::Email::new`].

use mail_parser::Message;
use std::sync::Arc;

/// Stands alone on the first line of every letter that can be answered, in both parts.
pub const REPLY_ABOVE: &str = "— Please write your answer above this line —";

/// Finds what is new in a reply, without what is quoted and the signature.
pub type Read = Arc<dyn Fn(&Message<'_>) -> Reading + Send + Sync>;

/// What is new in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// This, and nothing else.
    Sure(String),
    /// Somebody has to look at it first.
    Unsure {
        /// What is new as far as can be told; it may be empty.
        best: String,
        /// Why it is not certain: a sentence for the owner.
        why: String,
    },
    /// Nothing at all.
    Nothing,
}
