//! The names by which the relay knows what stands in a chat.

use super::types::FarMessage;

/// A message.
pub(super) fn message(chat: i64, message: i64) -> String {
    format!("{chat}:{message}")
}

/// The chat and the message of such a name.
pub(super) fn of_message(key: &str) -> Option<(i64, i64)> {
    let (chat, message) = key.split_once(':')?;
    Some((chat.parse().ok()?, message.parse().ok()?))
}

/// A topic.
pub(super) fn thread(chat: i64, thread: i64) -> String {
    format!("{chat}:thread:{thread}")
}

/// A chat that a channel leads to.
pub(super) fn chat(chat: i64) -> String {
    format!("chat:{chat}")
}

/// What was said. An edit is another thing that was said, once for each time it was edited.
pub(super) fn external(message: &FarMessage, is_edit: bool) -> String {
    let base = format!("telegram:{}:{}", message.chat.id, message.message_id);
    match message.edit_date {
        Some(at) if is_edit => format!("{base}:{at}"),
        _ => base,
    }
}
