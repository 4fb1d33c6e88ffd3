//! From a visitor's device to the far side of their owner's channel.

use super::{
    Spans, row,
    shops::{self, Said, number_in, ring},
};
use crate::table::Row;
use anyhow::Result;
use shopbell_tests::{
    Relay,
    far::{
        mail::{House, Rooms, free_port},
        push::{Browser, PushService},
        telegram::FakeTelegram,
    },
    until,
};
use std::time::{Duration, Instant, UNIX_EPOCH};

const MESSAGES: usize = 300;
/// 20 messages a second.
const EVERY: Duration = Duration::from_millis(50);
/// Telegram takes one message a second for each chat, so that there are owners enough for
/// none to be written to more often.
const CHATS: usize = 40;
const WANTED_MS: f64 = 1_000.0;

/// Measures.
pub(super) async fn measure(runs: usize) -> Result<Vec<Row>> {
    let (mut push, mut mail, mut chat) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let all = Far::start().await;
        push.push(all.push().await?);
        mail.push(all.mail().await?);
        chat.push(all.telegram().await?);
    }
    Ok(vec![
        row("visitor to push service, 20/s, one owner", &push, WANTED_MS),
        row("visitor to mailbox by Postfix, 20/s, one owner", &mail, WANTED_MS),
        row("visitor to Bot API, 20/s, 40 owners' chats", &chat, WANTED_MS),
    ])
}

/// A relay and its far sides. Each message is a new conversation, so that the gap between two
/// letters of one hides nothing.
struct Far {
    relay: Relay,
    house: House,
    telegram: FakeTelegram,
    browser: Browser,
    _service: PushService,
}

impl Far {
    async fn start() -> Self {
        let rooms = Rooms::Listener { port: free_port() };
        let house = House::start(rooms).await;
        let (telegram, service) = (FakeTelegram::start().await, PushService::start().await);
        let setup = shops::with_bot(shops::with_mail(shops::setup(), &house, rooms), &telegram);
        let relay = setup.start().await;
        let browser = shops::with_browser(&relay, "push", &service).await;
        shops::with_mailbox(&relay, "mail").await;
        for number in 0..CHATS {
            shops::with_chat(&relay, &chat_shop(number), &telegram.person(person(number), "Ana")).await;
        }
        Self { relay, house, telegram, browser, _service: service }
    }

    async fn push(&self) -> Result<Spans> {
        let (said, _visitors) = ring(&self.relay, &["push".into()], 0, MESSAGES, EVERY).await?;
        let mut came = vec![None; MESSAGES];
        until("all pushes", async || {
            pushed(&self.browser, 0, &mut came);
            came.iter().all(Option::is_some).then_some(())
        })
        .await;
        Ok(spans(&said, &came))
    }

    async fn mail(&self) -> Result<Spans> {
        let (said, _visitors) = ring(&self.relay, &["mail".into()], 0, MESSAGES, EVERY).await?;
        let mails = until("all letters", async || {
            Some(self.house.mails_with_times("ana")).filter(|mails| mails.len() == MESSAGES)
        })
        .await;
        let span = |(at, mail): &(std::time::SystemTime, Vec<u8>)| {
            let number = number_in(&String::from_utf8_lossy(mail))?;
            let at_ms = at.duration_since(UNIX_EPOCH).ok()?.as_secs_f64() * 1e3;
            Some(at_ms - said.get(number)?.at_ms as f64)
        };
        mails
            .iter()
            .map(|mail| span(mail).ok_or_else(|| anyhow::anyhow!("a letter that was not written")))
            .collect()
    }

    async fn telegram(&self) -> Result<Spans> {
        let shops: Vec<_> = (0..CHATS).map(chat_shop).collect();
        let (said, _visitors) = ring(&self.relay, &shops, 0, MESSAGES, EVERY).await?;
        let mut came = vec![None; MESSAGES];
        until("all messages", async || {
            messaged(&self.telegram, CHATS, 0, &mut came);
            came.iter().all(Option::is_some).then_some(())
        })
        .await;
        Ok(spans(&said, &came))
    }
}

pub(super) fn chat_shop(number: usize) -> String {
    format!("chat-{number}")
}

pub(super) fn person(number: usize) -> i64 {
    5_000 + i64::try_from(number).expect("few people")
}

/// Notes when each push came, by the numbers from `first` on.
pub(super) fn pushed(browser: &Browser, first: usize, came: &mut [Option<Instant>]) {
    for shown in browser.wake() {
        note(&String::from_utf8_lossy(&shown.plaintext), shown.taken.at, first, came);
    }
}

/// Notes when each message came, by the numbers from `first` on.
pub(super) fn messaged(telegram: &FakeTelegram, chats: usize, first: usize, came: &mut [Option<Instant>]) {
    for sent in (0..chats).flat_map(|number| telegram.sent(person(number))) {
        note(&sent.text, sent.at, first, came);
    }
}

fn note(text: &str, at: Instant, first: usize, came: &mut [Option<Instant>]) {
    let place = number_in(text).and_then(|number| number.checked_sub(first));
    if let Some(place) = place.and_then(|place| came.get_mut(place)) {
        place.get_or_insert(at);
    }
}

/// From saying to coming.
pub(super) fn spans(said: &[Said], came: &[Option<Instant>]) -> Spans {
    let pairs = said.iter().zip(came.iter().flatten());
    pairs.map(|(said, came)| came.saturating_duration_since(said.at).as_secs_f64() * 1e3).collect()
}
