//! What the fake Telegram knows: its chats, what was said in them, and what it has for the bot.

use super::files::Filed;
use crate::clock::tick;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::{Duration, Instant},
};

/// The bot's id, which its token begins with.
pub(super) const BOT: i64 = 7_000_000_001;
/// The account in whose name admins of a group write who remain anonymous.
const ANONYMOUS_BOT: i64 = 1_087_968_824;
/// One message a second in a chat, with some room for the way there.
const CHAT_EVERY: Duration = Duration::from_millis(950);
/// Twenty messages a minute in a group.
const GROUP_MESSAGES: usize = 20;
const GROUP_WINDOW: Duration = Duration::from_secs(60);

/// What went wrong, as the Bot API says it.
#[derive(Debug, Clone)]
pub(super) struct No {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) parameters: Option<Value>,
}

impl No {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), parameters: None }
    }

    pub(super) fn bad(description: &str) -> Self {
        Self::new(400, format!("Bad Request: {description}"))
    }

    pub(super) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        Self {
            parameters: Some(json!({ "retry_after": seconds })),
            ..Self::new(429, format!("Too Many Requests: retry after {seconds}"))
        }
    }
}

/// What can be switched.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// What is for a deleted topic goes to General, without an error.
    pub deleted_topics_are_silent: bool,
    /// Sending faster than allowed is refused.
    pub limits: bool,
    /// Private chats with the bot have topics.
    pub private_topics: bool,
    /// A webhook may be called by plain HTTP, as on this machine.
    pub plain_webhooks: bool,
    /// A button may lead to a machine without a public name.
    pub local_buttons: bool,
    /// The username is not told.
    pub nameless: bool,
}

/// How a chat stands to the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Member,
    Blocked,
    Deactivated,
    Kicked,
    Deleted,
    Upgraded(i64),
}

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct Chat {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) forum: bool,
    pub(super) manages_topics: bool,
    pub(super) may_write: bool,
    pub(super) standing: Standing,
    pub(super) topics: BTreeMap<i64, Topic>,
    pub(super) messages: BTreeMap<i64, Value>,
    pub(super) reactions: HashMap<i64, String>,
    /// When each message was put there.
    pub(super) put_at: HashMap<i64, Instant>,
    next_message: i64,
    sent_at: VecDeque<Instant>,
}

impl Chat {
    pub(super) fn new(id: i64, kind: &'static str, name: &str) -> Self {
        Self {
            id,
            kind,
            name: name.to_owned(),
            forum: false,
            manages_topics: true,
            may_write: true,
            standing: Standing::Member,
            topics: BTreeMap::new(),
            messages: BTreeMap::new(),
            reactions: HashMap::new(),
            put_at: HashMap::new(),
            // Each chat counts for itself, and they do so from different numbers, as they do in truth.
            next_message: 100 + id.rem_euclid(50),
            sent_at: VecDeque::new(),
        }
    }

    pub(super) fn as_json(&self) -> Value {
        let mut chat = json!({ "id": self.id, "type": self.kind });
        chat[if self.kind == "private" { "first_name" } else { "title" }] = json!(self.name);
        if self.forum {
            chat["is_forum"] = json!(true);
        }
        chat
    }

    /// Puts a message into the chat; gives it whole.
    pub(super) fn put(&mut self, from: Value, fields: Map<String, Value>) -> Value {
        self.next_message += 1;
        let mut message = json!({
            "message_id": self.next_message,
            "from": from,
            "chat": self.as_json(),
            "date": crate::clock::now_ms() / 1000,
        });
        for (name, value) in fields {
            message[name] = value;
        }
        self.messages.insert(self.next_message, message.clone());
        self.put_at.insert(self.next_message, tick());
        message
    }

    /// Whether the bot may send a message now; if so, it counts as sent.
    pub(super) fn take_turn(&mut self) -> Result<(), No> {
        let now = tick();
        if let Some(last) = self.sent_at.back()
            && now - *last < CHAT_EVERY
        {
            return Err(No::too_many(Duration::from_secs(1)));
        }
        if self.id < 0 && self.sent_at.len() >= GROUP_MESSAGES {
            let first = self.sent_at[self.sent_at.len() - GROUP_MESSAGES];
            if now - first < GROUP_WINDOW {
                return Err(No::too_many(GROUP_WINDOW - (now - first)));
            }
        }
        self.sent_at.push_back(now);
        if self.sent_at.len() > GROUP_MESSAGES {
            self.sent_at.pop_front();
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
}

/// All that it knows.
#[derive(Debug)]
pub(super) struct World {
    pub(super) token: String,
    pub(super) chats: HashMap<i64, Chat>,
    pub(super) updates: VecDeque<(i64, Value)>,
    pub(super) next_update: i64,
    pub(super) allowed: Option<BTreeSet<String>>,
    /// Which question for updates is the newest; older ones are ended.
    pub(super) poller: u64,
    pub(super) webhook: Option<Webhook>,
    pub(super) webhook_error: Option<String>,
    pub(super) switches: Switches,
    pub(super) calls: Vec<(String, Value)>,
    pub(super) complaints: Vec<String>,
    pub(super) files: Vec<Filed>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            token: format!("{BOT}:AAF-fake_token_of_the_bell"),
            chats: HashMap::new(),
            updates: VecDeque::new(),
            next_update: 500_000,
            allowed: None,
            poller: 0,
            webhook: None,
            webhook_error: None,
            switches: Switches::default(),
            calls: Vec::new(),
            complaints: Vec::new(),
            files: Vec::new(),
        }
    }

    pub(super) fn bot(&self) -> Value {
        json!({ "id": BOT, "is_bot": true, "first_name": "Bell", "username": "bell_test_bot" })
    }

    /// Has something for the bot, if the bot wants such.
    pub(super) fn tell(&mut self, kind: &str, what: Value) {
        let wanted = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(kind));
        if wanted {
            let id = self.next_update;
            self.next_update += 1;
            self.updates.push_back((id, json!({ "update_id": id, kind: what })));
        }
    }

    /// A chat that the bot may look into, and send to if `write`.
    pub(super) fn chat(&mut self, id: i64, write: bool) -> Result<&mut Chat, No> {
        let chat = self.chats.get_mut(&id).ok_or_else(|| No::bad("chat not found"))?;
        let kind = if chat.kind == "supergroup" { "supergroup" } else { "group" };
        match chat.standing {
            Standing::Upgraded(to) if write => Err(No {
                parameters: Some(json!({ "migrate_to_chat_id": to })),
                ..No::bad("group chat was upgraded to a supergroup chat")
            }),
            Standing::Blocked if write => Err(No::new(403, "Forbidden: bot was blocked by the user")),
            Standing::Deactivated if write => Err(No::new(403, "Forbidden: user is deactivated")),
            Standing::Deleted if write => Err(No::new(403, "Forbidden: the group chat was deleted")),
            Standing::Kicked => Err(No::new(403, format!("Forbidden: bot was kicked from the {kind} chat"))),
            _ if write && !chat.may_write => {
                Err(No::bad("not enough rights to send text messages to the chat"))
            }
            _ => Ok(chat),
        }
    }

    /// The bot's own place in a chat has changed.
    pub(super) fn tell_standing(&mut self, chat: i64, by: Value, old: &str, new: &str) {
        let member = |status: &str| json!({ "status": status, "user": self.bot() });
        let Some(found) = self.chats.get(&chat) else { return };
        let change = json!({
            "chat": found.as_json(),
            "from": by,
            "date": crate::clock::now_ms() / 1000,
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        });
        self.tell("my_chat_member", change);
    }
}

/// The account of an admin who remains anonymous.
pub(super) fn anonymous() -> Value {
    json!({ "id": ANONYMOUS_BOT, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" })
}
