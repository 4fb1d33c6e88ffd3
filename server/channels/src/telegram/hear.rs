//! What people say in chats with the bot, and what becomes of it.

use super::{
    Chat, Telegram,
    api::{BLOCKED, REMOVED},
    bounded::Bounded,
    keys, limits,
    say::Command,
    taken::Taken,
    types::{FarMessage, MyChatMember, Update},
};
use crate::{Away, Ears, Failure, Known, Said, Target, Verdict, ears::answered};
use sha2::{Digest as _, Sha256};
use shopbell_protocol::{ChannelKind, ConversationId, Side, UnixMillis};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known in memory of those who speak.
pub(super) struct Hearing {
    /// Which of a webhook's updates were taken; read when the first one comes.
    pub(super) taken: tokio::sync::Mutex<Option<Taken>>,
    known: Mutex<Crowd>,
}

/// Chats and messages of which something is known.
struct Crowd {
    /// When a chat was last told how to link, and how often it has tried.
    strangers: Bounded<i64, Stranger>,
    /// Who linked a chat since the relay runs; for later ones there are references.
    linked: Bounded<i64, i64>,
    /// The digest of each answer's text, by chat and message.
    texts: Bounded<(i64, i64), [u8; 32]>,
    /// Albums that were answered.
    albums: Bounded<[u8; 32], ()>,
}

#[derive(Default)]
struct Stranger {
    hinted: Option<UnixMillis>,
    tries_since: UnixMillis,
    tries: u32,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            taken: tokio::sync::Mutex::new(None),
            known: Mutex::new(Crowd {
                strangers: Bounded::new(limits::CHATS),
                linked: Bounded::new(limits::CHATS),
                texts: Bounded::new(limits::TEXTS),
                albums: Bounded::new(limits::ALBUMS),
            }),
        }
    }
}

impl Hearing {
    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a chat may be told how to link now; if so, it counts as told.
    fn may_hint(&self, chat: i64, now: UnixMillis) -> bool {
        let mut crowd = self.crowd();
        let hinted = &mut crowd.strangers.entry(chat).hinted;
        let may = hinted.is_none_or(|then| now.0.abs_diff(then.0) >= limits::HINT_EVERY_MS);
        if may {
            *hinted = Some(now);
        }
        may
    }

    /// Whether a chat may try a code now.
    fn may_try(&self, chat: i64, now: UnixMillis) -> bool {
        let mut crowd = self.crowd();
        let stranger = crowd.strangers.entry(chat);
        if now.0.abs_diff(stranger.tries_since.0) >= limits::HINT_EVERY_MS {
            (stranger.tries_since, stranger.tries) = (now, 0);
        }
        stranger.tries < limits::LINK_TRIES
    }

    /// A code was none.
    fn tried(&self, chat: i64) {
        self.crowd().strangers.entry(chat).tries += 1;
    }

    /// Whether an answer has this text and picture already.
    fn has_text(&self, message: &FarMessage, text: &str) -> bool {
        let key = (message.chat.id, message.message_id);
        self.crowd().texts.get(&key) == Some(&digest(text))
    }

    fn set_text(&self, message: &FarMessage, text: &str) {
        let key = (message.chat.id, message.message_id);
        self.crowd().texts.set(key, digest(text));
    }

    /// Whether this is the first that is seen of an album.
    fn begins_album(&self, message: &FarMessage) -> bool {
        let Some(album) = &message.media_group_id else { return true };
        self.crowd().albums.set(digest(&format!("{}:{album}", message.chat.id)), ())
    }
}

const HOW_TO_LINK: &str = "This bot brings a shop's messages to its owner. To link this chat to your shop, get a \
                           code in the settings of the shop's inbox and send it here as: /link CODE";
const BAD_CODE: &str = "This code does not work: it is unknown, used or over, or the shop has no room for another \
                        channel. Get a new one in the settings of the shop's inbox.";
const TOO_MANY_CODES: &str = "These were too many codes. Try again in an hour with a new one.";
const ANONYMOUS: &str = "A chat can only be linked by a person who writes under their own name. Turn off \
                         “Remain anonymous” for yourself, and send the code again.";
const USE_REPLY: &str =
    "This was not sent to anybody. To answer a visitor, use “Reply” on one of their messages.";
const ONLY_THESE: &str = "This was not sent: so far only text and pictures are carried. Nothing of it, its caption \
                          neither, has gone to the visitor.";
const NOT_YOURS: &str = "This was not sent: only what you write here yourself is carried, nothing forwarded or \
                         written by a bot.";

impl Telegram {
    /// Takes one update.
    ///
    /// # Errors
    /// When the relay can't keep it now; then it has to come again.
    pub(super) async fn hear(&self, update: Update, ears: &dyn Ears) -> Result<(), Away> {
        if let Some(message) = update.message {
            self.message(&message, false, ears).await
        } else if let Some(message) = update.edited_message {
            self.message(&message, true, ears).await
        } else if let Some(change) = update.my_chat_member {
            self.member(&change, ears).await
        } else {
            Ok(())
        }
    }

    async fn message(&self, message: &FarMessage, is_edit: bool, ears: &dyn Ears) -> Result<(), Away> {
        if let Some(to) = message.migrate_to_chat_id {
            return self.moved.moves(message.chat.id, to).await;
        }
        if message.chat.kind == "channel" {
            return Ok(());
        }
        if let Some((command, code)) = self.command(message).await {
            if is_edit {
                return Ok(());
            }
            return match code {
                Some(code) => self.link(message, code, ears).await,
                None if command == Command::Start => self.greet(message, ears).await,
                None => {
                    self.hint(message, ears).await;
                    Ok(())
                }
            };
        }
        // Who is not a person with a name of their own is nobody's owner.
        let Some(person) = message.from.as_ref().filter(|from| !from.is_bot && !message.is_of_a_chat())
        else {
            return Ok(());
        };
        match self.about(message, ears).await? {
            Some((known, conversation)) if is_of(&known, person.id) => {
                self.answer(message, is_edit, known, conversation, ears).await
            }
            // Somebody else in the owner's group.
            Some(_) => Ok(()),
            None => self.about_nothing(message, person.id, is_edit, ears).await,
        }
    }

    /// The conversation that a message is an answer in.
    async fn about(
        &self,
        message: &FarMessage,
        ears: &dyn Ears,
    ) -> Result<Option<(Known, ConversationId)>, Away> {
        let chat = message.chat.id;
        let topic = message.topic().map(|thread| keys::thread(chat, thread));
        let reply = message.reply_to_message.as_ref().map(|reply| keys::message(chat, reply.message_id));
        for key in [topic, reply].into_iter().flatten() {
            if let Some((known, _)) = ears.reference(ChannelKind::Telegram, &key).await?
                && let Some(conversation) = known.conversation
            {
                return Ok(Some((known, conversation)));
            }
        }
        Ok(None)
    }

    /// The owner answers a visitor.
    async fn answer(
        &self,
        message: &FarMessage,
        is_edit: bool,
        known: Known,
        conversation: ConversationId,
        ears: &dyn Ears,
    ) -> Result<(), Away> {
        let (text, picture) = match (&message.text, message.picture()) {
            (Some(text), _) => (text.as_str(), None),
            (None, Some(picture)) => (message.caption.as_deref().unwrap_or_default(), Some(picture)),
            (None, None) => {
                if message.has_other_content() && !is_edit && self.hearing.begins_album(message) {
                    self.tell(message, ONLY_THESE, ears).await;
                }
                return Ok(());
            }
        };
        if !message.is_own_words() {
            self.tell(message, NOT_YOURS, ears).await;
            return Ok(());
        }
        // An edit also comes when something else of a message has changed, like its link's preview.
        let content =
            picture.map_or_else(|| text.to_owned(), |picture| format!("{}\0{text}", picture.unique));
        if is_edit && (message.edit_date.is_none() || self.hearing.has_text(message, &content)) {
            return Ok(());
        }
        let pictures = match picture {
            None => Vec::new(),
            Some(picture) => match self.fetch(picture).await {
                Ok(picture) => vec![picture],
                Err(sentence) => {
                    self.tell(message, &format!("This was not sent. {sentence}"), ears).await;
                    return Ok(());
                }
            },
        };
        let said = Said {
            channel: known.channel,
            conversation,
            external: keys::external(message, is_edit),
            name: Some(keys::message(message.chat.id, message.message_id)),
            body: text.to_owned(),
            pictures,
        };
        let verdict = ears.say(said).await?;
        self.hearing.set_text(message, &content);
        let problem = match verdict {
            Verdict::Refused(code) => Some(code.sentence()),
            Verdict::Unfit(unfit) => Some(unfit.sentence()),
            Verdict::Kept(_) | Verdict::TakenBefore => None,
        };
        if let Some(problem) = problem {
            self.tell(message, &format!("This was not sent. {problem}"), ears).await;
        } else if let Some(reply) = &message.reply_to_message {
            let key = keys::message(message.chat.id, reply.message_id);
            answered(ears, ChannelKind::Telegram, &key, known.channel, conversation).await?;
        }
        Ok(())
    }

    /// Something that is in no conversation.
    async fn about_nothing(
        &self,
        message: &FarMessage,
        person: i64,
        is_edit: bool,
        ears: &dyn Ears,
    ) -> Result<(), Away> {
        let is_said = message.text.is_some() || message.has_other_content();
        if !is_said || is_edit {
            return Ok(());
        }
        match self.owner(message.chat.id, ears).await? {
            // In a group people also speak to each other; only what is a reply to the bot is meant for it.
            Some(owner) if owner == person && (message.chat.is_private() || self.is_to_me(message)) => {
                if self.hearing.begins_album(message) {
                    self.tell(message, USE_REPLY, ears).await;
                }
            }
            Some(_) => {}
            None if message.chat.is_private() => self.hint(message, ears).await,
            None => {}
        }
        Ok(())
    }

    /// Who speaks in a chat as the owner; none when it is not linked.
    async fn owner(&self, chat: i64, ears: &dyn Ears) -> Result<Option<i64>, Away> {
        let known = ears.reference(ChannelKind::Telegram, &keys::chat(chat)).await?;
        let linked = self.hearing.crowd().linked.get(&chat).copied();
        Ok(match known.map(|(known, _)| known.target) {
            Some(Target::Telegram(chat)) => Some(chat.user),
            _ => linked,
        })
    }

    fn is_to_me(&self, message: &FarMessage) -> bool {
        let to = message.reply_to_message.as_ref().and_then(|reply| reply.from.as_ref());
        to.is_some_and(|user| Some(user.id) == self.token.bot())
    }

    /// `/start` without a code: the owner is told how to answer, everybody else how to link.
    async fn greet(&self, message: &FarMessage, ears: &dyn Ears) -> Result<(), Away> {
        let person = message.from.as_ref().map(|from| from.id);
        match self.owner(message.chat.id, ears).await? {
            Some(owner) if Some(owner) == person => {
                self.tell(
                    message,
                    "This chat is linked. To answer a visitor, reply to what they wrote.",
                    ears,
                )
                .await;
            }
            Some(_) => {}
            None => self.hint(message, ears).await,
        }
        Ok(())
    }

    async fn link(&self, message: &FarMessage, code: &str, ears: &dyn Ears) -> Result<(), Away> {
        let chat = &message.chat;
        let Some(person) = message.from.as_ref().filter(|from| !from.is_bot && message.is_own_words()) else {
            if self.hearing.may_hint(chat.id, ears.now()) {
                self.tell(message, ANONYMOUS, ears).await;
            }
            return Ok(());
        };
        if !self.hearing.may_try(chat.id, ears.now()) {
            if self.hearing.may_hint(chat.id, ears.now()) {
                self.tell(message, TOO_MANY_CODES, ears).await;
            }
            return Ok(());
        }
        // A private chat has topics when the bot's own settings say so.
        let topics =
            chat.is_forum || chat.is_private() && self.me().await.is_ok_and(|me| me.has_topics_enabled);
        let target = Chat { chat: chat.id, user: person.id, name: chat.name(), topics };
        match ears.link(code, Target::Telegram(target)).await? {
            Some(shop) => {
                self.hearing.crowd().linked.set(chat.id, person.id);
                let how = if topics {
                    "Every visitor gets a topic here; write in it to answer."
                } else {
                    "To answer a visitor, reply to what they wrote."
                };
                self.tell(message, &format!("This chat is linked to {shop}. {how}"), ears).await;
            }
            None => {
                self.hearing.tried(chat.id);
                self.tell(message, BAD_CODE, ears).await;
            }
        }
        Ok(())
    }

    /// Tells a stranger how to link, not more often than now and then.
    async fn hint(&self, message: &FarMessage, ears: &dyn Ears) {
        let is_bot = message.from.as_ref().is_none_or(|from| from.is_bot && !message.is_of_a_chat());
        if !is_bot && self.hearing.may_hint(message.chat.id, ears.now()) {
            self.tell(message, HOW_TO_LINK, ears).await;
        }
    }

    /// The bot was blocked or removed.
    async fn member(&self, change: &MyChatMember, ears: &dyn Ears) -> Result<(), Away> {
        let is_out = matches!(change.new_chat_member.status.as_str(), "kicked" | "left");
        if !is_out || self.moved.has_moved(change.chat.id) {
            return Ok(());
        }
        let key = keys::chat(change.chat.id);
        if let Some((known, _)) = ears.reference(ChannelKind::Telegram, &key).await? {
            let reason = if change.chat.is_private() { BLOCKED } else { REMOVED };
            ears.trouble(known.channel, Failure::gone(reason)).await?;
        }
        Ok(())
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether a channel is an owner's, and this account is theirs.
fn is_of(known: &Known, person: i64) -> bool {
    let Target::Telegram(chat) = &known.target else { return false };
    known.side == Side::Owner && chat.user == person
}
