//! Telegram: a chat with the relay's bot, both ways.

use serde::{Deserialize, Serialize};

/// A chat that was linked, and the one account that speaks in it as the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// `Chat.id`.
    pub chat: i64,
    /// `User.id` of who linked it.
    pub user: i64,
    /// What the chat is called, for people.
    pub name: String,
    /// Whether it has topics (`Chat.is_forum`).
    #[serde(default)]
    pub topics: bool,
}
