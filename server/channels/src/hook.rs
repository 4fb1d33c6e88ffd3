//! Requests that far sides send to the relay.

use std::net::IpAddr;

/// A request to `/hook/{kind}/{rest}`.
#[derive(Debug, Clone, Copy)]
pub struct HookRequest<'a> {
    /// What stands after the kind, without a slash before it.
    pub rest: &'a str,
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// At most [`crate::limits::HOOK_BYTES`].
    pub body: &'a [u8],
    /// Who asks.
    pub address: IpAddr,
}

impl HookRequest<'_> {
    /// A header's value; none when it is missing or stands there twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() { None } else { first }
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// A sentence, as plain text; may be empty.
    pub text: String,
    /// When it is worth trying again, in seconds.
    pub retry_after_s: Option<u32>,
}

impl HookAnswer {
    /// With a sentence.
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), retry_after_s: None }
    }

    /// There is nothing here. Said of everything that is not known, so that nobody can
    /// find out what is.
    pub fn not_found() -> Self {
        Self::new(404, "There is nothing here.")
    }

    /// The relay cannot keep anything now.
    pub fn away() -> Self {
        Self { retry_after_s: Some(5), ..Self::new(503, "Try again in a moment.") }
    }
}
