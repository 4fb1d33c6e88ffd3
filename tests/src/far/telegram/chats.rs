//! The methods that have to do with chats, as strict as the Bot API's documentation.

use super::{
    params::Params,
    world::{BOT, No, World},
};
use serde_json::{Map, Value, json};

/// `sendMessage`, `text`: "1-4096 characters after entities parsing", in UTF-16 code units.
const TEXT_UNITS: usize = 4096;
const TOPIC_NAME_CHARS: usize = 128;
const ENTITIES: usize = 100;
/// The topic that every forum has, which can't be named when sending.
const GENERAL: i64 = 1;
/// `MessageEntity.type`, of those that need no more than a place.
const ENTITY_KINDS: [&str; 18] = [
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
];
/// `ReactionTypeEmoji.emoji`, some of them.
const REACTIONS: [&str; 8] = ["👍", "👎", "❤", "🔥", "👏", "👀", "🎉", "👌"];

/// The method's parameters that are known here; another one is a mistake of who calls.
pub(super) fn known_parameters(method: &str) -> Option<&'static [&'static str]> {
    Some(match method {
        "getme" | "getwebhookinfo" => &[],
        "getfile" => &["file_id"],
        "sendmessage" => &[
            "chat_id",
            "message_thread_id",
            "text",
            "parse_mode",
            "entities",
            "link_preview_options",
            "disable_notification",
            "protect_content",
            "reply_parameters",
            "reply_markup",
        ],
        "createforumtopic" => &["chat_id", "name", "icon_color", "icon_custom_emoji_id"],
        "closeforumtopic" | "reopenforumtopic" | "deleteforumtopic" => &["chat_id", "message_thread_id"],
        "deletemessage" => &["chat_id", "message_id"],
        "setmessagereaction" => &["chat_id", "message_id", "reaction", "is_big"],
        "getupdates" => &["offset", "limit", "timeout", "allowed_updates"],
        "setwebhook" => &[
            "url",
            "secret_token",
            "max_connections",
            "allowed_updates",
            "drop_pending_updates",
            "ip_address",
            "certificate",
        ],
        "deletewebhook" => &["drop_pending_updates"],
        _ => return None,
    })
}

impl World {
    pub(super) fn get_me(&self) -> Value {
        let mut me = self.bot();
        me["can_join_groups"] = json!(true);
        me["can_read_all_group_messages"] = json!(false);
        me["supports_inline_queries"] = json!(false);
        me["has_topics_enabled"] = json!(self.switches.private_topics);
        if self.switches.nameless
            && let Some(me) = me.as_object_mut()
        {
            me.remove("username");
        }
        me
    }

    pub(super) fn send_message(&mut self, params: &Params) -> Result<Value, No> {
        let text = params.text("text")?.unwrap_or_default();
        if text.is_empty() {
            return Err(No::bad("message text is empty"));
        }
        if params.get("parse_mode").is_some() {
            self.complaints.push("a parse_mode was set: what people write would be markup".into());
        }
        let switches = self.switches.clone();
        let bot = self.bot();
        let thread = params.integer("message_thread_id")?.filter(|&thread| thread != 0);
        let chat = self.chat(params.needed("chat_id")?, true)?;
        let mut fields = Map::new();
        let has_topics = chat.forum || chat.kind == "private" && switches.private_topics;
        // Outside of forums a thread is no place, and is passed over.
        if let Some(thread) = thread.filter(|_| has_topics) {
            match chat.topics.get(&thread) {
                Some(topic) if topic.closed => return Err(No::bad("TOPIC_CLOSED")),
                Some(_) if thread != GENERAL => {
                    fields.insert("message_thread_id".into(), json!(thread));
                    fields.insert("is_topic_message".into(), json!(true));
                }
                _ if switches.deleted_topics_are_silent => {}
                _ => return Err(No::bad("message thread not found")),
            }
        }
        if text.encode_utf16().count() > TEXT_UNITS {
            return Err(No::bad("message is too long"));
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(No::bad("text must be non-empty"));
        }
        fields.insert("text".into(), json!(trimmed));
        if let Some(entities) = params.json("entities")? {
            check_entities(&entities, &text)?;
            fields.insert("entities".into(), entities);
        }
        if let Some(options) = params.json("link_preview_options")? {
            options.as_object().ok_or_else(|| No::bad("object expected as link preview options"))?;
            fields.insert("link_preview_options".into(), options);
        }
        if let Some(reply) = params.json("reply_parameters")? {
            let id =
                reply["message_id"].as_i64().ok_or_else(|| No::bad("message to be replied not found"))?;
            match chat.messages.get(&id) {
                Some(replied) => drop(fields.insert("reply_to_message".into(), without_reply(replied))),
                None if reply["allow_sending_without_reply"] == json!(true) => {}
                None => return Err(No::bad("message to be replied not found")),
            }
        }
        if let Some(markup) = params.json("reply_markup")? {
            check_keyboard(&markup, switches.local_buttons)?;
            fields.insert("reply_markup".into(), markup);
        }
        if switches.limits {
            chat.take_turn()?;
        }
        Ok(chat.put(bot, fields))
    }

    pub(super) fn create_topic(&mut self, params: &Params) -> Result<Value, No> {
        let name = params.text("name")?.unwrap_or_default();
        let bot = self.bot();
        let private_topics = self.switches.private_topics;
        let chat = self.chat(params.needed("chat_id")?, true)?;
        if !(chat.forum || chat.kind == "private" && private_topics) {
            return Err(No::bad("the chat is not a forum"));
        }
        if !chat.manages_topics {
            return Err(No::bad("not enough rights to create a topic"));
        }
        if name.trim().is_empty() || name.chars().count() > TOPIC_NAME_CHARS {
            return Err(No::bad("invalid topic name specified"));
        }
        let created = json!({ "name": name, "icon_color": 0x6F_B9F0 });
        let service = Map::from_iter([("forum_topic_created".to_owned(), created)]);
        // A topic has the id of the message that says that it was made.
        let thread = chat.put(bot, service)["message_id"].as_i64().unwrap_or_default();
        chat.topics.insert(thread, super::world::Topic { name: name.clone(), closed: false });
        Ok(json!({ "message_thread_id": thread, "name": name, "icon_color": 0x6F_B9F0 }))
    }

    /// Closes a topic, or opens it again.
    pub(super) fn close_topic(&mut self, params: &Params, close: bool) -> Result<Value, No> {
        let thread = params.needed("message_thread_id")?;
        let chat = self.chat(params.needed("chat_id")?, true)?;
        if !chat.manages_topics {
            return Err(No::bad("not enough rights to close or open the topic"));
        }
        let topic = chat.topics.get_mut(&thread).ok_or_else(|| No::bad("TOPIC_ID_INVALID"))?;
        if topic.closed == close {
            return Err(No::bad("TOPIC_NOT_MODIFIED"));
        }
        topic.closed = close;
        Ok(json!(true))
    }

    pub(super) fn delete_topic(&mut self, params: &Params) -> Result<Value, No> {
        let thread = params.needed("message_thread_id")?;
        let chat = self.chat(params.needed("chat_id")?, true)?;
        chat.topics.remove(&thread).ok_or_else(|| No::bad("TOPIC_ID_INVALID"))?;
        chat.messages.retain(|_, message| message["message_thread_id"] != json!(thread));
        Ok(json!(true))
    }

    pub(super) fn delete_message(&mut self, params: &Params) -> Result<Value, No> {
        let id = params.needed("message_id")?;
        let chat = self.chat(params.needed("chat_id")?, true)?;
        match chat.messages.get(&id) {
            None => Err(No::bad("message to delete not found")),
            Some(message) if message["from"]["id"] != json!(BOT) => Err(No::bad("message can't be deleted")),
            Some(_) => {
                chat.messages.remove(&id);
                Ok(json!(true))
            }
        }
    }

    pub(super) fn set_reaction(&mut self, params: &Params) -> Result<Value, No> {
        let id = params.needed("message_id")?;
        let reaction = params.json("reaction")?.unwrap_or_else(|| json!([]));
        let chat = self.chat(params.needed("chat_id")?, false)?;
        if !chat.messages.contains_key(&id) {
            return Err(No::bad("message to react not found"));
        }
        let reactions = reaction.as_array().ok_or_else(|| No::bad("expected an Array of ReactionType"))?;
        match reactions.as_slice() {
            [] => drop(chat.reactions.remove(&id)),
            [one] if one["type"] == json!("emoji") => {
                let emoji = one["emoji"].as_str().unwrap_or_default();
                if !REACTIONS.contains(&emoji) {
                    return Err(No::bad("REACTION_INVALID"));
                }
                chat.reactions.insert(id, emoji.to_owned());
            }
            [_] => return Err(No::bad("invalid reaction type specified")),
            _ => return Err(No::bad("REACTIONS_TOO_MANY")),
        }
        Ok(json!(true))
    }
}

/// A message as it stands in an answer to it, which does not nest.
pub(super) fn without_reply(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.remove("reply_to_message");
    }
    message
}

/// Places are in UTF-16 code units, within the text, and part no character.
fn check_entities(entities: &Value, text: &str) -> Result<(), No> {
    let all = entities.as_array().ok_or_else(|| No::bad("expected an Array of MessageEntity"))?;
    if all.len() > ENTITIES {
        return Err(No::bad("too many entities"));
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let parts_character = |place: usize| units.get(place).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
    for entity in all {
        let kind = entity["type"].as_str().unwrap_or_default();
        let place = |name: &str| entity[name].as_u64().and_then(|place| usize::try_from(place).ok());
        let (Some(offset), Some(length)) = (place("offset"), place("length")) else {
            return Err(No::bad("can't parse MessageEntity: field \"offset\" or \"length\" is missing"));
        };
        if !ENTITY_KINDS.contains(&kind) {
            return Err(No::bad("can't parse MessageEntity: unsupported type specified"));
        }
        let end = offset + length;
        if length == 0 || end > units.len() {
            return Err(No::bad("receive an entity with incorrect length"));
        }
        if parts_character(offset) || parts_character(end) {
            return Err(No::bad("entity begins or ends in a middle of a UTF-16 symbol"));
        }
        if kind == "text_link" && !entity["url"].is_string() {
            return Err(No::bad("can't parse MessageEntity: field \"url\" is missing"));
        }
    }
    Ok(())
}

fn check_keyboard(markup: &Value, local_buttons: bool) -> Result<(), No> {
    let Some(rows) = markup["inline_keyboard"].as_array() else { return Ok(()) };
    for button in rows.iter().flat_map(|row| row.as_array().into_iter().flatten()) {
        if button["text"].as_str().unwrap_or_default().is_empty() {
            return Err(No::bad("can't parse inline keyboard button: field \"text\" must be non-empty"));
        }
        let Some(url) = button["url"].as_str() else {
            if button.get("callback_data").is_none() {
                return Err(No::bad("text buttons are unallowed in the inline keyboard"));
            }
            continue;
        };
        let parsed = reqwest::Url::parse(url).ok();
        let public = parsed.as_ref().is_some_and(|url| {
            let is_name = url.domain().is_some_and(|name| name.contains('.'));
            matches!(url.scheme(), "http" | "https") && (is_name || local_buttons)
        });
        if !public {
            let description = format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL");
            return Err(No::bad(&description));
        }
    }
    Ok(())
}
