//! Telegram: a chat with the relay's bot, both ways (Bot API, core.telegram.org/bots/api).

mod api;
mod bounded;
mod compose;
mod config;
mod fetch;
mod hand;
mod hear;
mod keys;
mod limits;
mod listen;
mod memo;
mod moved;
mod pace;
mod say;
mod taken;
mod text;
mod types;
mod webhook;

pub use config::{TelegramConfig, Token};

use crate::{
    Channel, Ears, Failure, Handed, HookAnswer, HookRequest, Opened, Outbound, Parcel, Seen, Target,
    ears::as_the_only_one,
};
use api::Api;
use async_trait::async_trait;
use hand::Delivery;
use memo::Memo;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shopbell_protocol::ChannelKind;
use std::sync::{Arc, atomic::AtomicBool};
use tokio::sync::OnceCell;
use types::User;
use url::Url;

/// A chat that was linked, and the one account that speaks in it as the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// `Chat.id`.
    pub chat: i64,
    /// `User.id` of who linked it.
    pub user: i64,
    /// What the chat is called, for people.
    pub name: String,
    /// Whether it has topics (`Chat.is_forum`).
    #[serde(default)]
    pub topics: bool,
}

/// The relay's Telegram bot.
pub struct Telegram {
    api: Api,
    token: Token,
    webhook: Option<Webhook>,
    me: OnceCell<User>,
    pace: pace::Pace,
    moved: moved::Moved,
    hearing: hear::Hearing,
    /// The inbox's address can't stand on a button, as one on this machine can't.
    plain_links: AtomicBool,
}

/// How Telegram calls the relay.
struct Webhook {
    /// Where; none when the relay does not know its own address.
    url: Option<Url>,
    /// What proves that it is Telegram who calls.
    secret: String,
}

impl Telegram {
    /// The bot of this configuration. `public_url` is where the relay is reached from outside;
    /// only a webhook needs it, which is then at `hook/telegram/update` below it.
    pub fn new(config: TelegramConfig, outbound: Outbound, public_url: Option<&Url>) -> Self {
        let webhook = config.webhook.then(|| Webhook {
            url: public_url.and_then(webhook::address),
            secret: webhook::secret(&config.token),
        });
        Self {
            api: Api::new(&config, outbound),
            token: config.token,
            webhook,
            me: OnceCell::new(),
            pace: pace::Pace::new(),
            moved: moved::Moved::default(),
            hearing: hear::Hearing::default(),
            plain_links: AtomicBool::new(false),
        }
    }

    /// The bot's name without the `@`, for `https://t.me/NAME?start=CODE`. Asked once.
    ///
    /// # Errors
    /// When Telegram does not say.
    pub async fn bot_name(&self) -> Result<String, Failure> {
        let me = self.me().await?;
        me.username.clone().ok_or_else(|| Failure::later("Telegram did not say what the bot is called."))
    }

    /// Puts 👀 on a message.
    async fn look_at(&self, chat: i64, message: i64) -> Result<(), Failure> {
        let reaction = json!({
            "chat_id": chat,
            "message_id": message,
            "reaction": [{ "type": "emoji", "emoji": "👀" }],
        });
        let set = self.api.call::<bool>("setMessageReaction", &reaction).await;
        set.map(|_| ()).map_err(|objection| objection.failure())
    }

    async fn me(&self) -> Result<&User, Failure> {
        let ask = async || self.api.call::<User>("getMe", &json!({})).await;
        self.me.get_or_try_init(ask).await.map_err(|objection| objection.failure())
    }
}

#[async_trait]
impl Channel for Telegram {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let Target::Telegram(chat) = parcel.target else {
            return Err(Failure::refused("This is no Telegram chat."));
        };
        Delivery::run(self, &parcel, chat).await
    }

    /// Puts 👀 on the last message that told of the conversation, when all it told was opened.
    async fn opened(&self, opened: Opened<'_>) -> Result<(), Failure> {
        let Target::Telegram(chat) = opened.target else { return Ok(()) };
        let memo = Memo::read(opened.memo, self.moved.now_at(chat.chat).await);
        let Some(last) = memo.last.filter(|_| opened.upto.0 >= memo.upto) else { return Ok(()) };
        self.look_at(memo.chat, last).await
    }

    fn shows_seen(&self) -> bool {
        true
    }

    /// Puts 👀 on the owner's own message, when the visitor has opened it.
    async fn seen(&self, seen: Seen<'_>) -> Result<(), Failure> {
        let Target::Telegram(chat) = seen.target else { return Ok(()) };
        let Some((said_in, message)) = keys::of_message(seen.name) else { return Ok(()) };
        // What was said in a group before it became another one is no more.
        let is_here = said_in == self.moved.now_at(chat.chat).await;
        if is_here { self.look_at(said_in, message).await } else { Ok(()) }
    }

    async fn listen(&self, ears: Arc<dyn Ears>) {
        match &self.webhook {
            Some(webhook) => self.set_webhook(webhook, &ears).await,
            // Of two who ask for one bot's updates, the second throws the first one out.
            None => as_the_only_one(&ears, "telegram", || self.poll(&ears)).await,
        }
    }

    async fn hook(&self, request: HookRequest<'_>, ears: &dyn Ears) -> HookAnswer {
        match &self.webhook {
            Some(webhook) => self.called(webhook, request, ears).await,
            None => HookAnswer::not_found(),
        }
    }

    async fn examine(&self) -> Result<String, String> {
        // Asked anew, for a token that was good once may not be now.
        let me = self.api.call::<User>("getMe", &json!({})).await;
        let me = me.map_err(|objection| objection.failure().reason)?;
        let name = me.username.as_deref().unwrap_or("bot");
        self.examine_updates().await.map(|how| format!("The bot is @{name}. {how}"))
    }
}
