//! Handing a parcel over: where it goes in a chat, and what is done when that place is no more.

use super::{
    Chat, Telegram,
    api::Objection,
    compose::{self, Layout, OPEN, Piece},
    keys, limits,
    memo::Memo,
    types::{Entity, FarMessage, ForumTopic, Keyboard, SendMessage},
};
use crate::{Failure, Fate, Handed, Notice, Parcel, Reference, Words};
use serde_json::json;
use shopbell_protocol::{Seq, Side, UnixMillis};
use std::{sync::atomic::Ordering, time::Duration};

/// Why a message did not go.
enum Stop {
    /// The topic is no more.
    LostTopic,
    /// The link can't stand on a button.
    BadButton,
    /// The chat has another id now.
    Moved(i64),
    /// The parcel can't go on.
    Failed(Failure),
}

impl From<Objection> for Stop {
    fn from(objection: Objection) -> Self {
        match objection.moved_to() {
            Some(chat) => Self::Moved(chat),
            None if objection.is_lost_topic() => Self::LostTopic,
            None if objection.is_bad_button() => Self::BadButton,
            None => Self::Failed(objection.failure()),
        }
    }
}

/// A parcel on its way.
pub(super) struct Delivery<'a> {
    telegram: &'a Telegram,
    parcel: &'a Parcel<'a>,
    chat: &'a Chat,
    /// Whether a topic is made for each conversation.
    topics: bool,
    memo: Memo,
    plain_link: bool,
    /// How long this has waited for its turns, by which `parcel.now` is behind.
    waited: Duration,
    /// A topic was made anew; it is done once for each parcel, so that it ends.
    made_anew: bool,
}

impl<'a> Delivery<'a> {
    pub(super) async fn run(
        telegram: &'a Telegram,
        parcel: &'a Parcel<'a>,
        chat: &'a Chat,
    ) -> Result<Handed, Failure> {
        let mut at = telegram.moved.now_at(chat.chat).await;
        loop {
            let mut delivery = Self {
                telegram,
                parcel,
                chat,
                topics: chat.topics,
                memo: Memo::read(parcel.memo, at),
                plain_link: telegram.plain_links.load(Ordering::Relaxed),
                waited: Duration::ZERO,
                made_anew: false,
            };
            match delivery.notice(parcel.notice).await {
                Ok(handed) => return Ok(handed),
                Err(Stop::Moved(to)) if at == chat.chat && to != at => {
                    // Should the relay be away, Telegram says it again the next time.
                    let _ = telegram.moved.moves(at, to).await;
                    at = to;
                }
                Err(stop) => return Err(delivery.failure(stop)),
            }
        }
    }

    async fn notice(&mut self, notice: &Notice) -> Result<Handed, Stop> {
        let (text, link) = match notice {
            Notice::Words(words) if words.to == Side::Owner => return self.words(words).await,
            Notice::Words(_) => {
                return Err(Stop::Failed(Failure::refused(
                    "Telegram carries a visitor's words to the owner only.",
                )));
            }
            Notice::Alarm(alarm) => (compose::alarm(alarm, self.parcel.now), &alarm.link),
            Notice::Test { shop_name, link, .. } => (compose::test(shop_name), link),
        };
        let mut piece = Piece { text, ..Piece::default() };
        let sent = match self.send(&piece, None, Some(link)).await {
            Err(Stop::BadButton) => {
                piece.text = format!("{}\n\n{link}", piece.text);
                self.send(&piece, None, None).await
            }
            sent => sent,
        };
        sent.map(|_| Handed::default())
    }

    async fn words(&mut self, words: &Words) -> Result<Handed, Stop> {
        loop {
            let topic = self.topic(words).await?;
            match self.words_into(words, topic).await {
                Err(Stop::LostTopic) if topic.is_some() => {
                    self.memo.thread = None;
                    // One that is lost as soon as it was made is not worth a third one.
                    self.topics = !self.made_anew;
                    self.made_anew = true;
                }
                Err(Stop::BadButton) if !self.plain_link => {
                    self.plain_link = true;
                    self.telegram.plain_links.store(true, Ordering::Relaxed);
                }
                done => return done.map(|()| self.handed(words)),
            }
        }
    }

    /// The conversation's topic, made when there is none; none where there can't be any.
    async fn topic(&mut self, words: &Words) -> Result<Option<i64>, Stop> {
        if !self.topics || self.memo.thread.is_some() {
            return Ok(self.memo.thread.filter(|_| self.topics));
        }
        self.turn().await?;
        let name = compose::topic_name(words);
        let parameters = json!({ "chat_id": self.memo.chat, "name": name });
        match self.telegram.api.call::<ForumTopic>("createForumTopic", &parameters).await {
            Ok(topic) => {
                // In a new topic it is all new.
                self.memo.thread = Some(topic.message_thread_id);
                self.memo.last = None;
                Ok(self.memo.thread)
            }
            Err(objection) if objection.is_no_topics() => {
                self.topics = false;
                Ok(None)
            }
            Err(objection) => Err(match Stop::from(objection) {
                // A topic without a message in it hurts nobody.
                Stop::Failed(failure) => Stop::Failed(Failure { maybe_taken: false, ..failure }),
                stop => stop,
            }),
        }
    }

    async fn words_into(&mut self, words: &Words, topic: Option<i64>) -> Result<(), Stop> {
        let layout = Layout {
            in_topic: topic.is_some(),
            no_topics: self.chat.topics && topic.is_none(),
            plain_link: self.plain_link,
        };
        let pieces = compose::pieces(words, &self.memo, layout);
        let link = (!self.plain_link).then_some(&words.link);
        for (place, piece) in pieces.iter().enumerate() {
            if place == limits::PIECES_AT_ONCE {
                let rest = Failure::later("There was too much to send it to Telegram all at once.");
                return Err(Stop::Failed(rest.after(Some(limits::NEXT_PIECES_AFTER))));
            }
            let is_last = place + 1 == pieces.len();
            let message = self.send(piece, topic, link.filter(|_| is_last)).await?;
            let part = self.memo.part.get_or_insert_default();
            (part.seq, part.bytes) = (piece.seq, piece.bytes);
            if part.sent.len() < limits::PART_MESSAGES {
                part.sent.push((message, piece.seq));
            }
            self.memo.last = Some(message);
            self.memo.upto = piece.seq;
        }
        Ok(())
    }

    /// Sends one message, and makes sure that it stands where it belongs.
    async fn send(&mut self, piece: &Piece, topic: Option<i64>, link: Option<&String>) -> Result<i64, Stop> {
        let mut message = SendMessage::new(self.memo.chat, &piece.text);
        message.message_thread_id = topic;
        message.reply_markup = link.map(|link| Keyboard::link(OPEN, link));
        if piece.bold > 0 {
            message.entities = vec![Entity { kind: "bold", offset: 0, length: piece.bold }];
        }
        let sent = match self.post(&message).await {
            Err(objection) if objection.is_closed_topic() => {
                self.reopen(topic).await?;
                self.post(&message).await?
            }
            sent => sent?,
        };
        // A deleted topic is not always an error: then the message stands among all others.
        if topic.is_some() && sent.message_thread_id != topic {
            self.remove(sent.message_id).await;
            return Err(Stop::LostTopic);
        }
        Ok(sent.message_id)
    }

    async fn post(&mut self, message: &SendMessage<'_>) -> Result<FarMessage, Objection> {
        self.turn().await?;
        self.telegram.api.call("sendMessage", message).await
    }

    /// Who closed a topic expected no more of it; now there is more.
    async fn reopen(&mut self, topic: Option<i64>) -> Result<(), Stop> {
        let parameters = json!({ "chat_id": self.memo.chat, "message_thread_id": topic });
        let reopened = self.telegram.api.call::<bool>("reopenForumTopic", &parameters).await;
        reopened.map(|_| ()).map_err(|objection| match Stop::from(objection) {
            // Without the right to open it again a new one is needed.
            Stop::Failed(failure) if failure.fate != Fate::Gone => Stop::LostTopic,
            stop => stop,
        })
    }

    async fn remove(&self, message: i64) {
        let parameters = json!({ "chat_id": self.memo.chat, "message_id": message });
        if let Err(objection) = self.telegram.api.call::<bool>("deleteMessage", &parameters).await {
            tracing::debug!(?objection, "a message that went astray in Telegram stays there");
        }
    }

    /// Waits for the chat's next turn.
    async fn turn(&mut self) -> Result<(), Objection> {
        let waited = u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX);
        let now = UnixMillis(self.parcel.now.0.saturating_add(waited));
        match self.telegram.pace.turn(self.memo.chat, now) {
            Ok(wait) => {
                tokio::time::sleep(wait).await;
                self.waited += wait;
                Ok(())
            }
            Err(wait) => Err(Objection::Said {
                code: 429,
                description: String::new(),
                retry_after: Some(wait),
                moved_to: None,
            }),
        }
    }

    fn handed(&mut self, words: &Words) -> Handed {
        let chat = self.memo.chat;
        let upto = words.messages.last().map_or(Seq::NONE, |message| message.seq);
        let sent = self.memo.part.take().unwrap_or_default().sent;
        let messages = sent.into_iter().map(|(message, seq)| (keys::message(chat, message), Seq(seq)));
        let topic = self.memo.thread.map(|thread| (keys::thread(chat, thread), upto));
        let all = messages.chain(topic).chain([(keys::chat(chat), upto)]);
        let references = all.map(|(key, upto)| Reference { key, upto }).collect();
        Handed { memo: self.memo.write(), references }
    }

    fn failure(&self, stop: Stop) -> Failure {
        let mut failure = match stop {
            Stop::Failed(failure) => failure,
            Stop::LostTopic => Failure::later("The conversation's topic in Telegram is gone."),
            Stop::BadButton => Failure::refused("Telegram does not take the inbox's address as a link."),
            Stop::Moved(_) => {
                Failure::gone("The Telegram group is another one now. Link it again with a new code.")
            }
        };
        // What was made and sent is not to be made and sent again.
        if self.memo.thread.is_some() || self.memo.part.is_some() {
            failure.memo = self.memo.write();
        }
        failure
    }
}
