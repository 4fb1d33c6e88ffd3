//! People in Telegram, who say what a test wants.

use super::{
    Inner,
    chats::without_reply,
    world::{Chat, Standing, anonymous},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An account in Telegram. Its private chat with the bot has the same id.
#[derive(Clone)]
pub struct Person {
    pub(super) inner: Arc<Inner>,
    /// `User.id`.
    pub id: i64,
    name: String,
}

impl Person {
    pub(super) fn new(inner: Arc<Inner>, id: i64, name: &str) -> Self {
        Self { inner, id, name: name.to_owned() }
    }

    /// Says something in a chat, or in private to the bot; gives the message's id.
    pub fn says(&self, chat: i64, text: &str) -> i64 {
        self.sends(chat, json!({ "text": text }))
    }

    /// Says something in a topic.
    pub fn says_in(&self, chat: i64, thread: i64, text: &str) -> i64 {
        self.sends(chat, in_topic(thread, json!({ "text": text })))
    }

    /// Replies to a message.
    pub fn replies(&self, chat: i64, to: i64, text: &str) -> i64 {
        self.sends(chat, json!({ "text": text, "reply_to_message": { "message_id": to } }))
    }

    /// Sends a message with any fields of `Message`. For one that replies, the message's id is enough.
    ///
    /// # Panics
    /// When there is no such chat, or a message is replied to that is not there.
    pub fn sends(&self, chat: i64, fields: Value) -> i64 {
        let Value::Object(mut fields) = fields else { panic!("the fields of a message are an object") };
        let id = {
            let mut world = self.inner.world();
            if chat == self.id {
                let private = world.chats.entry(chat);
                private.or_insert_with(|| Chat::new(chat, "private", &self.name));
            }
            let found = world.chats.get_mut(&chat).expect("a chat of that id");
            if let Some(to) = fields.get("reply_to_message").map(|reply| reply["message_id"].clone()) {
                let to = to.as_i64().and_then(|to| found.messages.get(&to)).expect("a message of that id");
                fields.insert("reply_to_message".into(), without_reply(to));
            }
            // What stands in a topic replies to the message that began it, unless it replies to another.
            let thread = fields.get("message_thread_id").and_then(Value::as_i64);
            if let Some(start) = thread.and_then(|thread| found.messages.get(&thread)) {
                let start = without_reply(start);
                fields.entry("reply_to_message").or_insert(start);
            }
            let message = found.put(self.as_user(), fields);
            let id = message["message_id"].as_i64().unwrap_or_default();
            world.tell("message", message);
            id
        };
        self.inner.changed();
        id
    }

    /// Writes in the name of a group, as an admin who remains anonymous.
    pub fn says_anonymously(&self, chat: i64, text: &str) -> i64 {
        let sender = json!({ "id": chat, "type": "supergroup" });
        self.sends(chat, json!({ "text": text, "from": anonymous(), "sender_chat": sender }))
    }

    /// Changes what they said before.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn edits(&self, chat: i64, message: i64, text: &str, at: i64) {
        self.changes(
            chat,
            message,
            Map::from_iter([("text".to_owned(), json!(text)), ("edit_date".to_owned(), json!(at))]),
        );
    }

    /// Something else of a message changes, which is told as an edit as well.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn changes(&self, chat: i64, message: i64, fields: Map<String, Value>) {
        {
            let mut world = self.inner.world();
            let found = world.chats.get_mut(&chat).and_then(|chat| chat.messages.get_mut(&message));
            let found = found.expect("a message of that id");
            for (name, value) in fields {
                found[name] = value;
            }
            let edited = found.clone();
            world.tell("edited_message", edited);
        }
        self.inner.changed();
    }

    /// Blocks the bot.
    pub fn blocks(&self) {
        {
            let mut world = self.inner.world();
            if let Some(chat) = world.chats.get_mut(&self.id) {
                chat.standing = Standing::Blocked;
            }
            world.tell_standing(self.id, self.as_user(), "member", "kicked");
        }
        self.inner.changed();
    }

    /// Removes the bot from a group.
    pub fn removes_bot(&self, chat: i64) {
        {
            let mut world = self.inner.world();
            world.tell_standing(chat, self.as_user(), "member", "left");
            if let Some(chat) = world.chats.get_mut(&chat) {
                chat.standing = Standing::Kicked;
            }
        }
        self.inner.changed();
    }

    /// Makes a group a supergroup with another id.
    pub fn upgrades(&self, chat: i64, to: i64) {
        {
            let mut world = self.inner.world();
            let Some(group) = world.chats.get_mut(&chat) else { return };
            let name = group.name.clone();
            let service = Map::from_iter([("migrate_to_chat_id".to_owned(), json!(to))]);
            let message = group.put(self.as_user(), service);
            group.standing = Standing::Upgraded(to);
            world.chats.insert(to, Chat::new(to, "supergroup", &name));
            world.tell("message", message);
        }
        self.inner.changed();
    }

    fn as_user(&self) -> Value {
        json!({ "id": self.id, "is_bot": false, "first_name": self.name })
    }
}

fn in_topic(thread: i64, mut fields: Value) -> Value {
    fields["message_thread_id"] = json!(thread);
    fields["is_topic_message"] = json!(true);
    fields
}
