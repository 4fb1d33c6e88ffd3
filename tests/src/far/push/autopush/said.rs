//! What a browser says, read to the letter.

use super::super::browser::BASE64URL;
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use p256::PublicKey;
use serde_json::{Map, Value};

/// What a browser says.
pub(super) enum Said {
    /// It is there; with the name that it was given before.
    Hello { uaid: Option<String> },
    /// A page subscribes, for the application server with this key.
    Register { channel: String, key: String },
    /// A page does so no more.
    Unregister { channel: String },
    /// It has these: channel, version, and how it fared (100 delivered, 101 could not be
    /// decrypted, 102 not delivered).
    Ack { updates: Vec<(String, String, u64)> },
    /// It had one, but the page's worker failed at it.
    Nack { code: u64 },
    /// It wants to hear what is told to all browsers.
    BroadcastSubscribe,
    /// It wants to know whether the line holds.
    Ping,
}

impl Said {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let Ok(Value::Object(said)) = serde_json::from_str(text) else {
            return Err(format!("a message is no object: {text}"));
        };
        let said = Fields(said);
        if said.0.is_empty() {
            return Ok(Self::Ping);
        }
        let kind = said.text("messageType")?;
        let (read, known): (_, &[&str]) = match kind {
            "hello" => (said.hello()?, &["uaid", "use_webpush", "broadcasts", "channelIDs"]),
            "register" => {
                let read = Self::Register { channel: said.channel()?, key: said.key()? };
                (read, &["channelID", "key"])
            }
            "unregister" => {
                said.code(&[200, 201, 202])?;
                (Self::Unregister { channel: said.channel()? }, &["channelID", "code"])
            }
            "ack" => (Self::Ack { updates: said.updates()? }, &["updates"]),
            "nack" => {
                said.text("version")?;
                (Self::Nack { code: said.code(&[301, 302, 303])? }, &["version", "code"])
            }
            "broadcast_subscribe" => (Self::BroadcastSubscribe, &["broadcasts"]),
            "ping" => (Self::Ping, &[]),
            _ => return Err(format!("there is no message {kind}")),
        };
        match said.0.keys().find(|key| *key != "messageType" && !known.contains(&key.as_str())) {
            Some(key) => Err(format!("{kind} has no field {key}")),
            None => Ok(read),
        }
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is missing or no text"))
    }

    fn hello(&self) -> Result<Said, String> {
        if self.0.get("use_webpush") != Some(&Value::Bool(true)) {
            return Err("a hello without use_webpush".into());
        }
        let uaid = match self.0.get("uaid") {
            None => None,
            Some(_) => Some(self.text("uaid")?).filter(|uaid| !uaid.is_empty()),
        };
        let is_hex = |uaid: &str| uaid.len() == 32 && uaid.bytes().all(|b| b.is_ascii_hexdigit());
        if uaid.is_some_and(|uaid| !is_hex(uaid)) {
            return Err("the uaid is not 32 hexadecimal digits".into());
        }
        Ok(Said::Hello { uaid: uaid.map(str::to_owned) })
    }

    /// A UUID with its dashes.
    fn channel(&self) -> Result<String, String> {
        let channel = self.text("channelID")?;
        let fits = channel.len() == 36
            && channel.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if fits { Ok(channel.to_owned()) } else { Err(format!("{channel} is no channel's id")) }
    }

    /// The application server's key (RFC 8292, clause 4.1), which this protocol wants with
    /// padding; gives it without, as application servers show it. There may be subscriptions
    /// that are for no key; none of ours is.
    fn key(&self) -> Result<String, String> {
        let point =
            URL_SAFE.decode(self.text("key")?).map_err(|_| "the key is not base64url with padding")?;
        if point.len() != 65 || PublicKey::from_sec1_bytes(&point).is_err() {
            return Err("the key is no point on P-256".into());
        }
        Ok(BASE64URL.encode(point))
    }

    fn code(&self, known: &[u64]) -> Result<u64, String> {
        let code = self.0.get("code").and_then(Value::as_u64);
        code.filter(|code| known.contains(code)).ok_or_else(|| "there is no such code".into())
    }

    fn updates(&self) -> Result<Vec<(String, String, u64)>, String> {
        let updates = self.0.get("updates").and_then(Value::as_array).ok_or("updates are missing")?;
        let read = |update: &Value| {
            let fields = Fields(update.as_object().ok_or("an update is no object")?.clone());
            let code = fields.code(&[100, 101, 102])?;
            Ok((fields.channel()?, fields.text("version")?.to_owned(), code))
        };
        updates.iter().map(read).collect()
    }
}
