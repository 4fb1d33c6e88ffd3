//! Where notifications are published.

use crate::BadTarget;
use core::fmt;
use serde::{Deserialize, Serialize};
use url::Url;

/// A topic's name at most (ntfy's `topicRegex`).
const NAME_CHARS: usize = 64;
/// An access token at most; ntfy's own have 32.
const TOKEN_CHARS: usize = 128;
/// What of a name is shown: whoever knows all of it can read and write there.
const SHOWN_CHARS: usize = 4;

/// A topic. Its name is as good as a password, so `Debug` and the label show its
/// beginning only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The server and the topic, like `https://ntfy.example/oak-bell`.
    pub url: String,
    /// An access token, if the topic asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// What an address of a topic is made of.
pub(super) struct Parts<'a> {
    /// The server's root.
    pub(super) server: Url,
    /// The topic's name.
    pub(super) name: &'a str,
}

impl Topic {
    /// An ntfy server stands at the root of its host, and the one part of the path is the
    /// topic.
    pub(super) fn parts(&self) -> Result<Parts<'_>, BadTarget> {
        let bad = |words: &str| BadTarget(words.into());
        let no_address =
            || bad("This is no address of a topic. It looks like https://ntfy.example/my-topic.");
        let mut server = Url::parse(&self.url).map_err(|_| no_address())?;
        if !matches!(server.scheme(), "https" | "http") || server.host_str().is_none() {
            return Err(no_address());
        }
        if !server.username().is_empty() || server.password().is_some() {
            return Err(bad("Leave name and password out of the address; set an access token."));
        }
        if server.query().is_some() || server.fragment().is_some() {
            return Err(bad("The address has to end with the topic's name, without ? and #."));
        }
        let name = self.url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if server.path().trim_end_matches('/') != format!("/{name}") {
            return Err(bad("After the server's name stands the topic's name, and nothing else."));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > NAME_CHARS || !name.bytes().all(allowed) {
            return Err(bad(
                "A topic's name is 1 to 64 letters, digits, hyphens and underscores. Choose one that nobody guesses.",
            ));
        }
        server.set_path("/");
        Ok(Parts { server, name })
    }

    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        self.parts()?;
        let fits = |token: &String| {
            (1..=TOKEN_CHARS).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if self.token.as_ref().is_none_or(fits) {
            Ok(())
        } else {
            Err(BadTarget("This is no access token. It looks like tk_ and 29 letters and digits.".into()))
        }
    }

    pub(crate) fn label(&self) -> String {
        match self.parts() {
            Ok(Parts { server, name }) => {
                let host = server.host_str().unwrap_or_default();
                let shown = &name[..name.len().min(SHOWN_CHARS)];
                let rest = if name.len() > SHOWN_CHARS { "…" } else { "" };
                format!("{host}/{shown}{rest}")
            }
            Err(_) => "a topic".into(),
        }
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "redacted");
        f.debug_struct("Topic").field("url", &self.label()).field("token", &token).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(url: &str) -> Topic {
        Topic { url: url.into(), token: Some("tk_hush".into()) }
    }

    #[test]
    fn a_topic_is_a_server_and_a_name() {
        for (url, server, name) in [
            ("https://ntfy.example/oak-bell", "https://ntfy.example/", "oak-bell"),
            ("https://ntfy.example:8443/Oak_1/", "https://ntfy.example:8443/", "Oak_1"),
            ("http://10.0.0.1/x", "http://10.0.0.1/", "x"),
        ] {
            let topic = topic(url);
            let parts = topic.parts().unwrap_or_else(|bad| panic!("{url}: {bad}"));
            assert_eq!((parts.server.as_str(), parts.name), (server, name), "{url}");
            assert_eq!(topic.check(), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_no_topic_is_said() {
        let long = format!("https://ntfy.example/{}", "x".repeat(65));
        for url in [
            "",
            "oak",
            "https://ntfy.example",
            "https://ntfy.example/",
            "https://ntfy.example/a/b",
            "https://ntfy.example/a b",
            "https://ntfy.example/ä",
            "https://ntfy.example/a?x",
            "https://ntfy.example/a#x",
            "https://u:p@ntfy.example/a",
            "ftp://ntfy.example/a",
            "mailto:a@b",
            "https://ntfy.example/a/..",
            "https://ntfy.example/%61",
            "https://ntfy.example/a,b",
            long.as_str(),
        ] {
            assert!(topic(url).check().is_err(), "{url}");
        }
        for token in ["", "two words", "tk_ü", "a\nb", &"x".repeat(129)] {
            let topic = Topic { token: Some(token.into()), ..topic("https://ntfy.example/oak") };
            assert!(topic.check().is_err(), "{token:?}");
        }
    }

    #[test]
    fn neither_the_whole_name_nor_the_token_is_shown() {
        let topic = topic("https://ntfy.example/oak-bell-9hTz");
        assert_eq!(topic.label(), "ntfy.example/oak-…");
        let shown = format!("{topic:?}");
        assert!(!shown.contains("9hTz") && !shown.contains("hush"), "{shown}");
    }
}
