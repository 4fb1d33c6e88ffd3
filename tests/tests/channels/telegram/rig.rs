//! A Telegram, the channel, and what hears for a relay.

use shopbell_channels::{
    Alarm, Channel, Failure, Handed, Known, Notice, Opened, Outbound, OutboundConfig, Parcel, Seen, Target,
    Words,
    telegram::{Chat, Telegram, TelegramConfig, Token},
};
use shopbell_protocol::{ChannelId, ConversationId, Message, MessageId, Seq, ShopId, Side, UnixMillis};
use shopbell_tests::{
    clock::{now_ms, tick},
    far::{
        RecordingEars,
        telegram::{FakeTelegram, Person, Sent},
    },
    until,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use url::Url;

/// The owner's account, and their private chat.
pub(super) const MAYA: i64 = 4_001;
/// Somebody else's.
pub(super) const STRANGER: i64 = 4_002;
/// A group.
pub(super) const GROUP: i64 = -5_001;
/// A supergroup with topics.
pub(super) const FORUM: i64 = -1_001_000_000_777;
/// The inbox.
pub(super) const LINK: &str = "https://relay.example/inbox#oak-and-ash";

/// One relay's end of it, and the far one.
pub(super) struct Rig {
    pub(super) fake: FakeTelegram,
    pub(super) ears: Arc<RecordingEars>,
    pub(super) telegram: Arc<Telegram>,
    pub(super) maya: Person,
    listening: Option<JoinHandle<()>>,
    clock: JoinHandle<()>,
}

/// The relay's time of day goes on, from wherever a test has put it.
async fn run_clock(ears: Arc<RecordingEars>) {
    let mut last = tick();
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = tick();
        let passed = u64::try_from((now - last).as_millis()).unwrap_or_default();
        ears.all().now.0 += passed;
        last += Duration::from_millis(passed);
    }
}

impl Rig {
    pub(super) async fn new() -> Self {
        let fake = FakeTelegram::start().await;
        let maya = fake.person(MAYA, "Maya");
        let ears = Arc::new(RecordingEars::default());
        ears.all().now = UnixMillis(now_ms());
        let clock = tokio::spawn(run_clock(Arc::clone(&ears)));
        let telegram = Arc::new(bot(&fake, false, None));
        Self { fake, ears, telegram, maya, listening: None, clock }
    }

    /// Maya has begun a chat with the bot.
    pub(super) async fn with_private_chat() -> Self {
        let rig = Self::new().await;
        // What she said before the relay was there is none of its business.
        rig.maya.sends(MAYA, serde_json::json!({ "text": "/start" }));
        rig.confirm_all().await;
        rig
    }

    /// Whatever waits is confirmed.
    async fn confirm_all(&self) {
        let client = shopbell_tests::web::client();
        let url = format!("{}/bot{}/getUpdates?offset=-1", self.fake.url(), self.fake.token());
        let last: serde_json::Value =
            client.get(&url).send().await.expect("an answer").json().await.expect("JSON");
        let id = last["result"][0]["update_id"].as_i64().expect("an update");
        let url = format!("{}/bot{}/getUpdates?offset={}", self.fake.url(), self.fake.token(), id + 1);
        client.get(&url).send().await.expect("an answer");
    }

    pub(super) fn listen(&mut self) {
        let telegram = Arc::clone(&self.telegram);
        let ears = Arc::clone(&self.ears);
        self.listening = Some(tokio::spawn(async move { telegram.listen(ears).await }));
    }

    /// How often it has asked for updates and held the line.
    pub(super) fn asked(&self) -> usize {
        self.fake.calls("getupdates").iter().filter(|call| call["timeout"] == 50).count()
    }

    /// Waits until it has asked for updates once more than so often.
    pub(super) async fn asks(&self, more_than: usize) {
        until("it to ask for updates", async || (self.asked() > more_than).then_some(())).await;
    }

    pub(super) fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
    }

    /// The relay starts anew; its store is the same.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.telegram = Arc::new(bot(&self.fake, false, None));
        self.listen();
    }

    /// Hands a notice over, and remembers what the relay would.
    pub(super) async fn hand(
        &self,
        chat: &Chat,
        notice: &Notice,
        memo: Option<&str>,
    ) -> Result<Handed, Failure> {
        let target = Target::Telegram(chat.clone());
        let parcel = Parcel {
            channel: channel(),
            target: &target,
            key: "parcel-1",
            notice,
            memo,
            now: UnixMillis(now_ms()),
        };
        let handed = self.telegram.hand(parcel).await?;
        let conversation = match notice {
            Notice::Words(words) => Some(words.conversation),
            _ => None,
        };
        let known = known(chat, conversation);
        self.ears.know(known.clone());
        self.ears.refer(&known, &handed.references);
        Ok(handed)
    }

    pub(super) async fn opened(&self, chat: &Chat, upto: u32, memo: Option<&str>) -> Result<(), Failure> {
        let target = Target::Telegram(chat.clone());
        let opened = Opened {
            channel: channel(),
            target: &target,
            shop: &shop(),
            conversation: conversation(1),
            upto: Seq(upto),
            memo,
            now: UnixMillis(now_ms()),
        };
        self.telegram.opened(opened).await
    }

    pub(super) async fn seen(&self, chat: &Chat, name: &str) -> Result<(), Failure> {
        let target = Target::Telegram(chat.clone());
        self.telegram.seen(Seen { target: &target, name }).await
    }

    /// The bot's only message in a chat.
    pub(super) fn only(&self, chat: i64) -> Sent {
        let sent = self.fake.sent(chat);
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.into_iter().next().expect("one")
    }

    /// Waits until the bot has said something, and gives its id.
    pub(super) async fn hears(&self, chat: i64, part: &str) -> Sent {
        until(&format!("the bot to say {part:?}"), async || {
            self.fake.sent(chat).into_iter().find(|sent| sent.text.contains(part))
        })
        .await
    }

    /// Waits until so much was said to the relay.
    pub(super) async fn said(&self, count: usize) -> Vec<String> {
        until("what was said to come", async || (self.ears.bodies().len() >= count).then_some(())).await;
        self.ears.bodies()
    }

    /// Waits until all that waits in Telegram was confirmed.
    pub(super) async fn quiet(&self) {
        until("all to be confirmed", async || (self.fake.pending() == 0).then_some(())).await;
    }

    /// How often something with these words was said in a chat.
    pub(super) fn count(&self, chat: i64, part: &str) -> usize {
        self.fake.sent(chat).iter().filter(|sent| sent.text.contains(part)).count()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
        self.clock.abort();
        if !std::thread::panicking() {
            assert_eq!(self.fake.complaints(), Vec::<String>::new());
        }
    }
}

/// A bot of a fake one.
pub(super) fn bot(fake: &FakeTelegram, webhook: bool, public_url: Option<&Url>) -> Telegram {
    bot_at(fake.url(), &fake.token(), webhook, public_url)
}

/// A bot of any server on this machine.
pub(super) fn bot_at(url: &str, token: &str, webhook: bool, public_url: Option<&Url>) -> Telegram {
    shopbell_channels::use_ring();
    let mut config = TelegramConfig::new(Token::new(token));
    config.api_url = Url::parse(url).expect("an address");
    config.webhook = webhook;
    let allow = OutboundConfig {
        allow_networks: vec!["127.0.0.0/8".parse().expect("a network")],
        ..OutboundConfig::default()
    };
    Telegram::new(config, Outbound::new(&allow), public_url)
}

pub(super) fn private() -> Chat {
    Chat { chat: MAYA, user: MAYA, name: "Maya".into(), topics: false }
}

pub(super) fn group() -> Chat {
    Chat { chat: GROUP, user: MAYA, name: "Oak & Ash staff".into(), topics: false }
}

pub(super) fn forum() -> Chat {
    Chat { chat: FORUM, user: MAYA, name: "Oak & Ash desk".into(), topics: true }
}

pub(super) fn channel() -> ChannelId {
    ChannelId::new(9, [9; 10])
}

pub(super) fn conversation(number: u8) -> ConversationId {
    ConversationId::new(7, [number; 10])
}

fn shop() -> ShopId {
    ShopId::parse("oak-and-ash").expect("an id")
}

pub(super) fn known(chat: &Chat, conversation: Option<ConversationId>) -> Known {
    Known {
        channel: channel(),
        shop: shop(),
        side: Side::Owner,
        target: Target::Telegram(chat.clone()),
        conversation,
    }
}

/// What a visitor wrote, from a place on.
pub(super) fn words_from(visitor: u8, seq: u32, bodies: &[&str]) -> Words {
    let numbered = (seq..).zip(bodies);
    let messages = numbered.map(|(seq, body)| Message {
        id: MessageId::new(u64::from(seq), [visitor; 10]),
        seq: Seq(seq),
        from: Side::Visitor,
        at: UnixMillis(1),
        body: (*body).to_owned(),
        system: false,
        pictures: Vec::new(),
    });
    Words {
        to: Side::Owner,
        shop: shop(),
        shop_name: "Oak & Ash".into(),
        owner: "Maya".into(),
        conversation: conversation(visitor),
        visitor: Some(["Nora", "Olu", "Pia"][usize::from(visitor - 1)].into()),
        page: None,
        messages: messages.collect(),
        before: Vec::new(),
        began_at: UnixMillis(1),
        link: LINK.into(),
        stop_link: None,
        show_words: true,
        gone: vec![],
    }
}

/// The first that a visitor wrote.
pub(super) fn words(visitor: u8, bodies: &[&str]) -> Words {
    words_from(visitor, 1, bodies)
}

pub(super) fn notice(words: Words) -> Notice {
    Notice::Words(Box::new(words))
}

pub(super) fn test_notice() -> Notice {
    Notice::Test { shop: shop(), shop_name: "Oak & Ash".into(), link: LINK.into() }
}

pub(super) fn alarm() -> Notice {
    Notice::Alarm(Alarm {
        shop: shop(),
        shop_name: "Oak & Ash".into(),
        about: "E-mail to maya@oak.example".into(),
        since: UnixMillis(now_ms().saturating_sub(Duration::from_secs(7_260).as_millis() as u64)),
        reason: "The mailbox is full. Make room in it.".into(),
        link: "https://relay.example/inbox#settings".into(),
    })
}
