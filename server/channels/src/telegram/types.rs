//! What the Bot API says and is told, as far as it is used here.

use crate::limits::PICTURE_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `User`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) is_bot: bool,
    #[serde(default)]
    pub(super) username: Option<String>,
    /// Only in `getMe`: private chats with the bot have topics.
    #[serde(default)]
    pub(super) has_topics_enabled: bool,
}

/// `Chat`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FarChat {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) username: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    #[serde(default)]
    pub(super) is_forum: bool,
}

impl FarChat {
    pub(super) fn is_private(&self) -> bool {
        self.kind == "private"
    }

    /// What it is called, for people.
    pub(super) fn name(&self) -> String {
        if let Some(title) = &self.title {
            return title.clone();
        }
        let names = [self.first_name.as_deref(), self.last_name.as_deref()];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        match &self.username {
            _ if !name.is_empty() => name,
            Some(username) => format!("@{username}"),
            None => "Telegram".to_owned(),
        }
    }
}

/// `Message`, incoming or sent.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FarMessage {
    pub(super) message_id: i64,
    #[serde(default)]
    pub(super) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    #[serde(default)]
    pub(super) from: Option<User>,
    pub(super) chat: FarChat,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) caption: Option<String>,
    /// The same picture in several sizes.
    #[serde(default)]
    photo: Vec<PhotoSize>,
    #[serde(default)]
    document: Option<Document>,
    #[serde(default)]
    pub(super) reply_to_message: Option<Replied>,
    #[serde(default)]
    pub(super) edit_date: Option<i64>,
    #[serde(default)]
    pub(super) media_group_id: Option<String>,
    #[serde(default)]
    pub(super) migrate_to_chat_id: Option<i64>,
    /// All else, to see what it carries.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// `PhotoSize`.
#[derive(Debug, Clone, Deserialize)]
struct PhotoSize {
    file_id: String,
    file_unique_id: String,
    width: u32,
    height: u32,
    #[serde(default)]
    file_size: Option<u64>,
}

/// `Document`.
#[derive(Debug, Clone, Deserialize)]
struct Document {
    file_id: String,
    file_unique_id: String,
    #[serde(default)]
    mime_type: Option<String>,
    #[serde(default)]
    file_size: Option<u64>,
}

/// A picture that Telegram has for the bot.
#[derive(Debug, Clone, Copy)]
pub(super) struct FarPicture<'a> {
    /// What it is fetched by.
    pub(super) id: &'a str,
    /// What it is told from others by.
    pub(super) unique: &'a str,
    /// In bytes, as far as it is known.
    pub(super) size: Option<u64>,
}

/// `File`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) file_path: Option<String>,
}

/// The message that one replies to.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Replied {
    pub(super) message_id: i64,
    #[serde(default)]
    pub(super) from: Option<User>,
}

/// Fields of what a person sends that is not text.
const CONTENT: [&str; 18] = [
    "animation",
    "audio",
    "checklist",
    "contact",
    "dice",
    "game",
    "gift",
    "live_photo",
    "location",
    "paid_media",
    "poll",
    "rich_message",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
];
/// Fields of what was not written by the account's person here and now: by a chat in whose name an
/// admin writes, forwarded, through another bot, by a rule while they were away.
const NOT_OWN_WORDS: [&str; 7] = [
    "sender_chat",
    "forward_origin",
    "forward_date",
    "is_automatic_forward",
    "via_bot",
    "sender_business_bot",
    "is_from_offline",
];

impl FarMessage {
    /// Whether there is something in it that a person sent and that is not text.
    pub(super) fn has_other_content(&self) -> bool {
        let has_file = !self.photo.is_empty() || self.document.is_some();
        has_file || CONTENT.iter().any(|field| self.rest.contains_key(*field))
    }

    /// The picture in it: of a photo the largest that can be fetched, or a file that says it is one.
    pub(super) fn picture(&self) -> Option<FarPicture<'_>> {
        let fits = |size: &&PhotoSize| size.file_size.is_none_or(|size| size <= PICTURE_BYTES as u64);
        let pixels = |size: &&PhotoSize| u64::from(size.width) * u64::from(size.height);
        let largest = self.photo.iter().filter(fits).max_by_key(pixels);
        if let Some(size) = largest.or(self.photo.first()) {
            return Some(FarPicture {
                id: &size.file_id,
                unique: &size.file_unique_id,
                size: size.file_size,
            });
        }
        let file = self.document.as_ref()?;
        let is_picture = file.mime_type.as_ref().is_some_and(|kind| kind.starts_with("image/"));
        is_picture.then_some(FarPicture {
            id: &file.file_id,
            unique: &file.file_unique_id,
            size: file.file_size,
        })
    }

    /// Whether it was written in the name of a chat, as by an anonymous admin.
    pub(super) fn is_of_a_chat(&self) -> bool {
        self.rest.contains_key("sender_chat")
    }

    /// Whether the account's person wrote these words here themselves.
    pub(super) fn is_own_words(&self) -> bool {
        !NOT_OWN_WORDS
            .iter()
            .any(|field| self.rest.get(*field).is_some_and(|value| *value != Value::Bool(false)))
    }

    /// The topic it stands in; in a group without topics a thread is only a chain of replies.
    pub(super) fn topic(&self) -> Option<i64> {
        self.message_thread_id.filter(|_| self.is_topic_message)
    }
}

/// `Update`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Update {
    #[serde(default)]
    pub(super) message: Option<FarMessage>,
    #[serde(default)]
    pub(super) edited_message: Option<FarMessage>,
    #[serde(default)]
    pub(super) my_chat_member: Option<MyChatMember>,
}

/// The kinds of updates that are asked for.
pub(super) const ALLOWED_UPDATES: [&str; 3] = ["message", "edited_message", "my_chat_member"];

/// `ChatMemberUpdated`, of the bot itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MyChatMember {
    pub(super) chat: FarChat,
    pub(super) new_chat_member: Member,
}

/// `ChatMember`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    pub(super) status: String,
}

/// `ForumTopic`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ForumTopic {
    pub(super) message_thread_id: i64,
}

/// `WebhookInfo`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WebhookInfo {
    pub(super) url: String,
    #[serde(default)]
    pub(super) last_error_message: Option<String>,
    #[serde(default)]
    pub(super) pending_update_count: u64,
}

/// `sendMessage`. There is never a `parse_mode`, so nothing in a text is markup.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SendMessage<'a> {
    pub(super) chat_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_thread_id: Option<i64>,
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entities: Vec<Entity>,
    pub(super) link_preview_options: LinkPreviewOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_parameters: Option<ReplyParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_markup: Option<Keyboard<'a>>,
}

impl<'a> SendMessage<'a> {
    /// Plain text without a preview of what is linked in it.
    pub(super) fn new(chat_id: i64, text: &'a str) -> Self {
        Self {
            chat_id,
            message_thread_id: None,
            text,
            entities: Vec::new(),
            link_preview_options: LinkPreviewOptions { is_disabled: true },
            reply_parameters: None,
            reply_markup: None,
        }
    }
}

/// `MessageEntity`; in UTF-16 code units.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entity {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) offset: usize,
    pub(super) length: usize,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LinkPreviewOptions {
    pub(super) is_disabled: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ReplyParameters {
    pub(super) message_id: i64,
    pub(super) allow_sending_without_reply: bool,
}

/// `InlineKeyboardMarkup` with one button that opens an address.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Keyboard<'a> {
    inline_keyboard: [[Button<'a>; 1]; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Button<'a> {
    text: &'a str,
    url: &'a str,
}

impl<'a> Keyboard<'a> {
    pub(super) fn link(text: &'a str, url: &'a str) -> Self {
        Self { inline_keyboard: [[Button { text, url }]] }
    }
}
