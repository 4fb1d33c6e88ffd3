//! What the bot itself says in a chat, and the commands that it knows.

use super::{
    Telegram, limits,
    types::{FarMessage, ReplyParameters, SendMessage},
};
use crate::Ears;
use tokio::time::sleep;

/// A command for the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Start,
    Link,
}

impl Telegram {
    /// The command in a message, and the code behind it; none when it has none, or one for another bot.
    pub(super) async fn command<'a>(&self, message: &'a FarMessage) -> Option<(Command, Option<&'a str>)> {
        let (command, to, code) = read(message.text.as_deref()?)?;
        if let Some(to) = to {
            // When Telegram does not say what the bot is called, the name is taken for its own.
            let is_other = self.bot_name().await.is_ok_and(|name| !name.eq_ignore_ascii_case(to));
            if is_other {
                return None;
            }
        }
        Some((command, code))
    }

    /// Says a sentence about a message, in reply to it. Best effort: a listener that waited for one chat
    /// would keep all others waiting.
    pub(super) async fn tell(&self, about: &FarMessage, sentence: &str, ears: &dyn Ears) {
        let mut message = SendMessage::new(about.chat.id, sentence);
        message.message_thread_id = about.topic();
        let reply = ReplyParameters { message_id: about.message_id, allow_sending_without_reply: true };
        message.reply_parameters = Some(reply);
        let Ok(wait) = self.pace.turn(about.chat.id, ears.now()) else {
            tracing::debug!("a chat in Telegram gets no more answers for the moment");
            return;
        };
        sleep(wait).await;
        let Err(objection) = self.api.call::<FarMessage>("sendMessage", &message).await else { return };
        let failure = objection.failure();
        if let Some(again) = failure.retry_after.filter(|&wait| wait <= limits::TELL_AGAIN_WITHIN) {
            sleep(again).await;
            if self.api.call::<FarMessage>("sendMessage", &message).await.is_ok() {
                return;
            }
        }
        tracing::debug!(reason = failure.reason, "a sentence did not reach its chat in Telegram");
    }
}

/// Reads `/link CODE`, `/link@bot CODE` and `/start CODE`.
fn read(text: &str) -> Option<(Command, Option<&str>, Option<&str>)> {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (word, to) = match first.strip_prefix('/')?.split_once('@') {
        Some((word, to)) => (word, Some(to)),
        None => (first.strip_prefix('/')?, None),
    };
    let command = match word {
        "start" => Command::Start,
        "link" => Command::Link,
        _ => return None,
    };
    let code = rest.split_whitespace().next().filter(|code| code.len() <= limits::CODE_BYTES);
    Some((command, to, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_telegram_writes_them() {
        assert_eq!(read("/link ABC"), Some((Command::Link, None, Some("ABC"))));
        assert_eq!(read("/start  ABC \n"), Some((Command::Start, None, Some("ABC"))));
        assert_eq!(read("/link@bell_bot\nABC"), Some((Command::Link, Some("bell_bot"), Some("ABC"))));
        assert_eq!(read("/start"), Some((Command::Start, None, None)));
        for text in ["link ABC", "/linked ABC", "/", "see /link ABC", ""] {
            assert_eq!(read(text), None, "{text}");
        }
        let long = format!("/link {}", "x".repeat(limits::CODE_BYTES + 1));
        assert_eq!(read(&long), Some((Command::Link, None, None)));
    }
}
