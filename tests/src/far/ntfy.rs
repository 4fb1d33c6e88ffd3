//! An ntfy server by its documentation ("Publishing", "Limitations", "Updating and deleting
//! notifications"), stricter than the real one: a field that it does not know is red.

use super::http::{FarHttp, Heard, Reply};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The server's `message-size-limit` unless it is set otherwise.
const MESSAGE_BYTES: usize = 4096;
/// Names that lead elsewhere on the server.
const DISALLOWED: &[&str] = &["docs", "static", "file", "app", "account", "settings", "signup", "login"];
const ACTIONS: usize = 3;

/// The server.
pub struct FarNtfy {
    /// What goes wrong with it, and what it heard.
    pub http: FarHttp,
    server: Arc<Mutex<Server>>,
}

#[derive(Default)]
struct Server {
    /// Topics that ask for a token.
    tokens: HashMap<String, String>,
    published: Vec<Published>,
    before_sequences: bool,
}

/// What was published, as a phone shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields of ntfy's own JSON")]
pub struct Published {
    pub topic: String,
    #[serde(default)]
    pub title: String,
    pub message: String,
    #[serde(default)]
    pub priority: u8,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub click: String,
    #[serde(default)]
    pub actions: Vec<Action>,
    #[serde(default)]
    pub sequence_id: String,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields of ntfy's own JSON")]
pub struct Action {
    pub action: String,
    pub label: String,
    pub url: String,
    #[serde(default)]
    pub clear: bool,
}

impl FarNtfy {
    /// A server whose topics are open to everybody.
    pub async fn start() -> Self {
        let server = Arc::new(Mutex::new(Server::default()));
        let answering = server.clone();
        let http = FarHttp::start(move |heard| {
            locked(&answering).answer(heard).unwrap_or_else(|fault| fault.reply())
        })
        .await;
        Self { http, server }
    }

    /// From now on a topic asks for this token.
    pub fn protect(&self, topic: &str, token: &str) {
        locked(&self.server).tokens.insert(topic.into(), token.into());
    }

    /// From now on it is a server from before sequences.
    pub fn grow_old(&self) {
        locked(&self.server).before_sequences = true;
    }

    /// What a phone shows that has subscribed to a topic, in order.
    pub fn shown(&self, topic: &str) -> Vec<Published> {
        let server = locked(&self.server);
        server.published.iter().filter(|published| published.topic == topic).cloned().collect()
    }
}

fn locked(server: &Mutex<Server>) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with its code.
struct Fault(u16, u32, &'static str);

impl Fault {
    fn reply(&self) -> Reply {
        let Self(status, code, error) = self;
        Reply::status(*status).json(&json!({ "code": code, "http": status, "error": error }))
    }
}

impl Server {
    fn answer(&mut self, heard: &Heard) -> Result<Reply, Fault> {
        let parts: Vec<_> = heard.path.split('/').skip(1).collect();
        match (heard.method.as_str(), parts.as_slice()) {
            ("POST" | "PUT", [""]) => self.publish(heard),
            ("PUT", [topic, sequence, "clear" | "read"]) if !self.before_sequences => {
                self.may_write(heard, topic)?;
                self.published.retain(|known| known.topic != *topic || known.sequence_id != *sequence);
                Ok(Reply::status(200).json(&json!({
                    "id": "hwQ2YpKdmg", "time": 1_773_500_966, "event": "message_clear",
                    "topic": topic, "sequence_id": sequence,
                })))
            }
            ("GET", [""]) => Ok(Reply::status(200).text("<!doctype html><title>ntfy</title>")),
            _ => Err(Fault(404, 40401, "page not found")),
        }
    }

    fn publish(&mut self, heard: &Heard) -> Result<Reply, Fault> {
        if heard.body.len() > 2 * MESSAGE_BYTES {
            return Err(Fault(413, 41303, "JSON body too large"));
        }
        let published: Published = serde_json::from_slice(&heard.body)
            .map_err(|_| Fault(400, 40024, "invalid request: request body must be valid JSON"))?;
        if !is_name(&published.topic) {
            return Err(Fault(400, 40009, "invalid request: topic invalid"));
        }
        if DISALLOWED.contains(&published.topic.as_str()) {
            return Err(Fault(400, 40010, "invalid request: topic name is not allowed"));
        }
        self.may_write(heard, &published.topic)?;
        if published.message.len() > MESSAGE_BYTES {
            return Err(Fault(400, 40014, "invalid request: attachments not allowed"));
        }
        if published.priority > 5 {
            return Err(Fault(400, 40007, "invalid priority parameter"));
        }
        let known = |action: &Action| {
            matches!(action.action.as_str(), "view" | "http" | "broadcast")
                && !action.label.is_empty()
                && !action.url.is_empty()
        };
        if published.actions.len() > ACTIONS || !published.actions.iter().all(known) {
            return Err(Fault(400, 40018, "invalid request: actions invalid"));
        }
        if !published.sequence_id.is_empty() && !is_name(&published.sequence_id) {
            return Err(Fault(400, 40049, "invalid request: sequence ID invalid"));
        }
        Ok(self.show(published))
    }

    /// A notification of the same sequence is changed; any other stands beside it.
    fn show(&mut self, published: Published) -> Reply {
        let mut said = json!({
            "id": "xE73Iyuabi", "time": 1_773_500_966, "expires": 1_773_544_166, "event": "message",
            "topic": published.topic, "title": published.title, "message": published.message,
        });
        let same = |known: &Published| {
            !published.sequence_id.is_empty()
                && (&known.topic, &known.sequence_id) == (&published.topic, &published.sequence_id)
        };
        match self.published.iter().position(same) {
            Some(place) if !self.before_sequences => self.published[place] = published,
            _ => {
                said["sequence_id"] = Value::from(published.sequence_id.as_str());
                self.published.push(published);
            }
        }
        Reply::status(200).json(&said)
    }

    fn may_write(&self, heard: &Heard, topic: &str) -> Result<(), Fault> {
        match (self.tokens.get(topic), heard.header("authorization")) {
            (None, None) => Ok(()),
            (Some(token), Some(given)) if given == format!("Bearer {token}") => Ok(()),
            (Some(_), None) => Err(Fault(403, 40301, "forbidden")),
            (_, Some(_)) => Err(Fault(401, 40101, "unauthorized")),
        }
    }
}

/// `^[-_A-Za-z0-9]{1,64}$`
fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}
