//! What an application server has to send (RFC 8030, clause 5; RFC 8291; RFC 8292): read to
//! the letter.

use super::token;
use crate::clock::tick;
use axum::http::{HeaderMap, Method, request::Parts};
use std::time::Instant;

/// The longest body that a push service has to take (RFC 8030, clause 7.2), and ours does.
const BODY_BYTES: usize = 4096;
/// Salt, record size, the key's length, the key (RFC 8188, clause 2.1; RFC 8291, clause 4).
const HEADER_BYTES: usize = 16 + 4 + 1 + 65;
/// The longest topic (RFC 8030, clause 5.4).
const TOPIC_CHARS: usize = 32;

/// A push that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// How long it is kept, in seconds.
    pub ttl_s: u64,
    /// `very-low`, `low`, `normal` or `high`.
    pub urgency: String,
    /// What a later push of the same topic replaces.
    pub topic: Option<String>,
    /// As it came.
    pub authorization: String,
    /// The application server's key: base64url.
    pub key: String,
    /// The token's claims.
    pub claims: serde_json::Value,
    /// The sealed body.
    pub body: Vec<u8>,
    /// When it had come whole.
    pub at: Instant,
}

/// Why a push is not taken.
#[derive(Debug, Clone)]
pub(super) struct No {
    pub(super) status: u16,
    pub(super) words: String,
}

impl No {
    pub(super) fn new(status: u16, words: impl Into<String>) -> Self {
        Self { status, words: words.into() }
    }
}

/// Reads a push.
pub(super) fn read(head: &Parts, body: &[u8], origin: &str, now_ms: u64) -> Result<Taken, No> {
    let at = tick();
    let bad = |words: &str| No::new(400, words);
    if head.method != Method::POST {
        return Err(No::new(405, "a push is posted"));
    }
    if body.len() > BODY_BYTES {
        return Err(No::new(413, "the body is longer than 4096 bytes"));
    }
    let headers = &head.headers;
    let ttl = one(headers, "ttl")?.ok_or_else(|| bad("there is no TTL"))?;
    if ttl.is_empty() || !ttl.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad("the TTL is no number of seconds"));
    }
    let ttl_s = ttl.parse().map_err(|_| bad("the TTL is too large"))?;
    let urgency = one(headers, "urgency")?.unwrap_or("normal");
    if !["very-low", "low", "normal", "high"].contains(&urgency) {
        return Err(bad("there is no such urgency"));
    }
    let topic = one(headers, "topic")?;
    if topic.is_some_and(|topic| !is_topic(topic)) {
        return Err(bad("the topic is not 1 to 32 characters of base64url"));
    }
    if one(headers, "content-encoding")? != Some("aes128gcm") {
        return Err(No::new(415, "the body is not aes128gcm"));
    }
    // The headers of drafts that the RFCs have left behind.
    if ["crypto-key", "encryption"].iter().any(|old| headers.contains_key(*old)) {
        return Err(bad("the keys stand in the body's own header block"));
    }
    check_body(body)?;
    let authorization = one(headers, "authorization")?.unwrap_or_default();
    let token = token::read(authorization, origin, now_ms).map_err(|words| No::new(401, words))?;
    Ok(Taken {
        ttl_s,
        urgency: urgency.to_owned(),
        topic: topic.map(str::to_owned),
        authorization: authorization.to_owned(),
        key: token.key,
        claims: token.claims,
        body: body.to_vec(),
        at,
    })
}

/// A header that may stand there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, No> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(No::new(400, format!("{name} stands there twice")));
    }
    first.map(|value| value.to_str().map_err(|_| No::new(400, format!("{name} is no text")))).transpose()
}

fn is_topic(topic: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=TOPIC_CHARS).contains(&topic.len()) && topic.bytes().all(fits)
}

/// One record, whose header block names a key (RFC 8291, clause 4).
fn check_body(body: &[u8]) -> Result<(), No> {
    let bad = |words: &str| Err(No::new(400, words));
    if body.len() < HEADER_BYTES {
        return bad("the body is shorter than its header block");
    }
    let size = body[16..20].iter().fold(0_usize, |size, byte| size << 8 | usize::from(*byte));
    if size < 18 {
        return bad("the record size is less than 18");
    }
    if body[20] != 65 || body[21] != 4 {
        return bad("the header block names no key of 65 bytes");
    }
    match body.len() - HEADER_BYTES {
        0..=16 => bad("the record holds nothing"),
        record if record > size => bad("there is more than one record"),
        _ => Ok(()),
    }
}
