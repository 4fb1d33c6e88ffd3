//! `[telegram]`: the relay's bot.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;
use url::Url;

/// `[telegram]`: the relay's bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelegramConfig {
    /// The bot's token, as BotFather gave it.
    pub token: Token,
    /// Where the Bot API is: `https://api.telegram.org`, or a server of one's own.
    #[serde(default = "api_url", deserialize_with = "url")]
    pub api_url: Url,
    /// Telegram calls the relay at its public address, instead of being asked.
    #[serde(default)]
    pub webhook: bool,
}

/// A bot's token. Whoever has it is the bot; `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A token, as BotFather gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// The bot's own id, which stands before the colon.
    pub(super) fn bot(&self) -> Option<i64> {
        self.0.split_once(':')?.0.parse().ok()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

impl TelegramConfig {
    /// A bot at Telegram's own servers that asks for its updates.
    pub fn new(token: Token) -> Self {
        Self { token, api_url: api_url(), webhook: false }
    }
}

fn api_url() -> Url {
    Url::parse("https://api.telegram.org").expect("a literal address")
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url =
        Url::parse(&text).map_err(|_| D::Error::custom("not an address like https://api.telegram.org"))?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_web { Ok(url) } else { Err(D::Error::custom("the address must begin with https:// or http://")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_enough_and_never_shows() {
        let config: TelegramConfig = serde_json::from_str(r#"{"token":"77:secret"}"#).unwrap();
        assert_eq!(config.api_url.as_str(), "https://api.telegram.org/");
        assert!(!config.webhook);
        assert_eq!(config.token.bot(), Some(77));
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_sentence() {
        for bad in ["telegram", "ftp://example.org", "/bot"] {
            let json = format!(r#"{{"token":"1:a","api_url":"{bad}"}}"#);
            let error = serde_json::from_str::<TelegramConfig>(&json).unwrap_err().to_string();
            assert!(error.contains("address"), "{bad}: {error}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(serde_json::from_str::<TelegramConfig>(r#"{"token":"1:a","tokn":"x"}"#).is_err());
    }
}
