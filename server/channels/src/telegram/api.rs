//! Calls of the Bot API, and what its objections mean for the relay.

use super::{
    config::{TelegramConfig, Token},
    limits,
};
use crate::{Answer, Failure, Fate, Outbound};
use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shopbell_protocol::text::clean_line;
use std::time::Duration;
use url::Url;

/// The Bot API, for one bot. The token stands in every address that is called, so no error of
/// the HTTP client is ever shown or logged.
#[derive(Debug, Clone)]
pub(super) struct Api {
    outbound: Outbound,
    api_url: Url,
    token: Token,
}

/// The API did not do what it was asked.
#[derive(Debug, Clone)]
pub(super) enum Objection {
    /// There was no answer.
    Silent {
        /// It may have been done all the same.
        maybe_taken: bool,
    },
    /// It said so, with its own words.
    Said {
        /// The HTTP status, which is the API's `error_code` too.
        code: u16,
        /// `description`, without the token.
        description: String,
        /// `parameters.retry_after`.
        retry_after: Option<Duration>,
        /// `parameters.migrate_to_chat_id`.
        moved_to: Option<i64>,
    },
    /// The relay may not call this address.
    NotAllowed,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    ok: bool,
    #[serde(default = "none")]
    result: Option<T>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Default, Deserialize)]
struct Parameters {
    #[serde(default)]
    retry_after: Option<u64>,
    #[serde(default)]
    migrate_to_chat_id: Option<i64>,
}

impl Api {
    pub(super) fn new(config: &TelegramConfig, outbound: Outbound) -> Self {
        Self { outbound, api_url: config.api_url.clone(), token: config.token.clone() }
    }

    /// Calls a method, and waits for the answer for as long as for any far side.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &impl Serialize,
    ) -> Result<T, Objection> {
        self.call_within(method, parameters, crate::limits::ANSWER_WITHIN).await
    }

    /// Calls a method that answers late.
    pub(super) async fn call_within<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &impl Serialize,
        within: Duration,
    ) -> Result<T, Objection> {
        let request = self.outbound.request(Method::POST, &address(&self.api_url, &self.token, method));
        let request = request.map_err(|_| Objection::NotAllowed)?.timeout(within).json(parameters);
        match self.outbound.send(request).await {
            Ok(answer) => read(&self.token, &answer),
            Err(failure) if failure.fate == Fate::Gone => Err(Objection::NotAllowed),
            Err(failure) => Err(Objection::Silent { maybe_taken: failure.maybe_taken }),
        }
    }
}

impl Api {
    /// Fetches a file by the path that `getFile` gave; one byte more than a picture may
    /// have at most, so that a longer one is known for it.
    pub(super) async fn download(&self, path: &str) -> Result<Vec<u8>, Objection> {
        let mut url = self.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("file").push(&format!("bot{}", self.token.reveal()));
            segments.extend(path.split('/'));
        }
        let request = self.outbound.request(Method::GET, &url).map_err(|_| Objection::NotAllowed)?;
        let request = request.timeout(limits::PICTURE_WITHIN);
        match self.outbound.fetch(request, crate::limits::PICTURE_BYTES + 1).await {
            Ok(answer) if answer.is_success() => Ok(answer.body),
            Ok(Answer { status: code, retry_after, .. }) => {
                Err(Objection::Said { code, description: String::new(), retry_after, moved_to: None })
            }
            Err(_) => Err(Objection::Silent { maybe_taken: false }),
        }
    }
}

fn address(api_url: &Url, token: &Token, method: &str) -> Url {
    let mut url = api_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(&format!("bot{}", token.reveal())).push(method);
    }
    url
}

fn read<T: DeserializeOwned>(token: &Token, answer: &Answer) -> Result<T, Objection> {
    let code = answer.status;
    let Ok(envelope) = serde_json::from_slice::<Envelope<T>>(&answer.body) else {
        // What stands before the API, like a gateway, says why in its own way; and a success
        // that can't be read is one all the same.
        let retry_after = answer.retry_after;
        let unread = Objection::Said { code, description: String::new(), retry_after, moved_to: None };
        return Err(if answer.is_success() { Objection::Silent { maybe_taken: true } } else { unread });
    };
    if let (true, Some(result)) = (envelope.ok, envelope.result) {
        return Ok(result);
    }
    let parameters = envelope.parameters.unwrap_or_default();
    let asked = parameters.retry_after.map(Duration::from_secs).or(answer.retry_after);
    let mut description = envelope.description.unwrap_or_default();
    if !token.reveal().is_empty() {
        description = description.replace(token.reveal(), "…");
    }
    Err(Objection::Said {
        code: if answer.is_success() { 500 } else { code },
        description: clean_line(&description, limits::SAID_CHARS),
        retry_after: asked.map(|wait| wait.min(crate::limits::RETRY_AFTER_MOST)),
        moved_to: parameters.migrate_to_chat_id,
    })
}

/// The descriptions by which a topic is known to be no more. They are not documented; these are
/// what the server and the network behind it say.
const LOST_TOPIC: [&str; 4] =
    ["message thread not found", "topic_deleted", "topic_id_invalid", "message_thread_id_invalid"];
/// A chat that is no more, or never was one for this bot.
const LOST_CHAT: [&str; 4] = ["chat not found", "peer_id_invalid", "user not found", "chat_id is empty"];
/// The bot is in the group, but may not write there.
const NO_RIGHT: [&str; 5] =
    ["not enough rights", "have no rights", "chat_write_forbidden", "chat_admin_required", "chat_restricted"];

impl Objection {
    /// What the relay does next, and a sentence for the owner.
    pub(super) fn failure(&self) -> Failure {
        let (code, description, retry_after) = match self {
            Self::Silent { maybe_taken: true } => {
                return Failure::later("Telegram did not answer.").maybe_taken();
            }
            Self::Silent { maybe_taken: false } => return Failure::later("Telegram cannot be reached."),
            Self::NotAllowed => {
                return Failure::later(
                    "The relay may not call the address that is set as `api_url` in its section `[telegram]`. \
                     Correct it, or allow its network in `[outbound]`.",
                );
            }
            Self::Said { code, description, retry_after, .. } => (*code, description.as_str(), *retry_after),
        };
        match code {
            429 => Failure::later("Telegram asks the relay's bot for a pause.").after(retry_after),
            401 | 404 => Failure::later(BAD_TOKEN),
            403 => Failure::gone(self.why_gone()),
            400 if self.says(&LOST_CHAT) => Failure::gone(
                "Telegram does not know this chat any more. Link the chat again with a new code.",
            ),
            400 if self.says(&NO_RIGHT) => Failure::later(
                "The bot may not write in this Telegram group. Allow it to send messages in the group's settings.",
            ),
            400 => Failure::refused(format!("Telegram did not take the message: {description}.")),
            // The answer of a gateway says nothing of what the server behind it did.
            502 | 504 => Failure::later("Telegram has trouble of its own.").after(retry_after).maybe_taken(),
            _ => Failure::later("Telegram has trouble of its own.").after(retry_after),
        }
    }

    /// Why nothing can be sent to a chat any more.
    fn why_gone(&self) -> &'static str {
        if self.says(&["blocked"]) {
            BLOCKED
        } else if self.says(&["deactivated"]) {
            "This Telegram account is no more. Link another chat."
        } else if self.says(&["group chat was deleted"]) {
            "The Telegram group was deleted. Link another chat."
        } else if self.says(&["initiate"]) {
            "The Telegram account has not started a chat with the bot. Press Start there, and link it again."
        } else {
            REMOVED
        }
    }

    fn says(&self, words: &[&str]) -> bool {
        let Self::Said { description, .. } = self else { return false };
        let description = description.to_lowercase();
        words.iter().any(|word| description.contains(word))
    }

    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Said { code, .. } => Some(*code),
            Self::Silent { .. } | Self::NotAllowed => None,
        }
    }

    /// The topic was deleted.
    pub(super) fn is_lost_topic(&self) -> bool {
        self.code() == Some(400) && self.says(&LOST_TOPIC)
    }

    /// The topic was closed, which only says that nobody expects more.
    pub(super) fn is_closed_topic(&self) -> bool {
        self.code() == Some(400) && self.says(&["topic_closed"])
    }

    /// A button can't lead to this address, as to one on this machine.
    pub(super) fn is_bad_button(&self) -> bool {
        self.code() == Some(400) && self.says(&["button_url_invalid", "button url", "wrong http url"])
    }

    /// The chat can have no topics, or the bot can't make any: it is said of this method, not of the chat.
    pub(super) fn is_no_topics(&self) -> bool {
        self.code() == Some(400) && self.moved_to().is_none() && !self.says(&LOST_CHAT)
    }

    /// A file is larger than a bot may fetch.
    pub(super) fn is_too_big(&self) -> bool {
        self.code() == Some(400) && self.says(&["too big"])
    }

    /// A webhook is set, so there are no updates for who asks.
    pub(super) fn is_webhook_set(&self) -> bool {
        self.code() == Some(409) && self.says(&["webhook"])
    }

    /// Where the group went when it became a supergroup.
    pub(super) fn moved_to(&self) -> Option<i64> {
        match self {
            Self::Said { moved_to, .. } => *moved_to,
            Self::Silent { .. } | Self::NotAllowed => None,
        }
    }
}

/// The token is not one, or not any more.
const BAD_TOKEN: &str = "Telegram does not know the bot's token. Copy it anew from BotFather into `token` in the \
                         relay's section `[telegram]`.";
/// The person blocked the bot.
pub(super) const BLOCKED: &str =
    "The bot was blocked in Telegram. Unblock it there, and link the chat again.";
/// Somebody removed the bot from the group.
pub(super) const REMOVED: &str =
    "The bot was removed from the Telegram group. Add it again, and link the group with a new code.";

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: u16, description: &str) -> Objection {
        Objection::Said { code, description: description.into(), retry_after: None, moved_to: None }
    }

    fn token() -> Token {
        Token::new("77:secret")
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.into() }
    }

    #[test]
    fn every_objection_has_its_fate() {
        for (code, description, fate) in [
            (401, "Unauthorized", Fate::Later),
            (404, "Not Found", Fate::Later),
            (403, "Forbidden: bot was blocked by the user", Fate::Gone),
            (403, "Forbidden: bot was kicked from the supergroup chat", Fate::Gone),
            (403, "Forbidden: user is deactivated", Fate::Gone),
            (400, "Bad Request: chat not found", Fate::Gone),
            (400, "Bad Request: not enough rights to send text messages to the chat", Fate::Later),
            (400, "Bad Request: message is too long", Fate::Refused),
            (500, "Internal Server Error", Fate::Later),
            (502, "", Fate::Later),
            (409, "Conflict", Fate::Later),
        ] {
            assert_eq!(said(code, description).failure().fate, fate, "{code} {description}");
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_passed_on() {
        let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
        let failure = read::<bool>(&token(), &answer(429, body)).unwrap_err().failure();
        assert_eq!((failure.fate, failure.retry_after), (Fate::Later, Some(Duration::from_secs(35))));
    }

    #[test]
    fn no_sentence_has_the_token_in_it() {
        let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: what is bot77:secret/x"}"#;
        let objection = read::<bool>(&token(), &answer(400, body)).unwrap_err();
        assert!(!objection.failure().reason.contains("secret"), "{objection:?}");
        assert!(!format!("{objection:?}").contains("secret"));
    }

    #[test]
    fn a_success_that_cannot_be_read_may_have_been_one() {
        let failure = read::<bool>(&token(), &answer(200, "<html>")).unwrap_err().failure();
        assert!(failure.maybe_taken);
        let failure = read::<bool>(&token(), &answer(503, "<html>")).unwrap_err().failure();
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
    }

    #[test]
    fn a_token_of_any_characters_stays_one_step_of_the_path() {
        let config = TelegramConfig::new(Token::new("7:../x?y#z"));
        let url = address(&config.api_url, &config.token, "getMe");
        assert_eq!(url.as_str(), "https://api.telegram.org/bot7:..%2Fx%3Fy%23z/getMe");
    }
}
