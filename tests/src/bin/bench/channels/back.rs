//! From the owner's answer outside to the visitor's open panel.

use super::{
    Spans,
    out::{chat_shop, person},
    row,
    shops::{self, number_in, ring},
};
use crate::{sender::Sender, table::Row};
use anyhow::{Context, Result};
use mail_parser::MessageParser;
use shopbell_tests::{
    clock::tick,
    far::{
        mail::{House, Person, Rooms, free_port},
        telegram::FakeTelegram,
    },
    until,
};
use std::time::Duration;

/// Owners who answer; each in turn, and the next when the last one's words are shown.
const OWNERS: usize = 20;
const ANSWERS: usize = 10;
/// Dovecot looks up by itself what is new, twice a second: fewer answers take as long.
const IDLE_OWNERS: usize = 5;
const IDLE_ANSWERS: usize = 12;
const BEGINS: Duration = Duration::from_millis(50);

/// Measures.
pub(super) async fn measure(runs: usize) -> Result<Vec<Row>> {
    let (mut lmtp, mut chat, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        lmtp.push(by_mail(Rooms::Listener { port: free_port() }, OWNERS, ANSWERS).await?);
        chat.push(by_telegram().await?);
        idle.push(by_mail(Rooms::Mailbox { with_idle: true }, IDLE_OWNERS, IDLE_ANSWERS).await?);
    }
    Ok(vec![
        row("owner by Postfix and LMTP to the open panel", &lmtp, 500.0),
        row("owner by Telegram to the open panel", &chat, 500.0),
        row("owner by Postfix, Dovecot, IMAP IDLE to the panel", &idle, 2_000.0),
    ])
}

/// An answer counts from when its writer's mail program begins to hand it to Postfix.
async fn by_mail(rooms: Rooms, owners: usize, answers: usize) -> Result<Spans> {
    let house = House::start(rooms).await;
    let relay = shops::with_mail(shops::setup(), &house, rooms).start().await;
    let shops: Vec<_> = (0..owners).map(|number| format!("mail-{number}")).collect();
    for shop in &shops {
        shops::with_mailbox(&relay, shop).await;
    }
    let (_, mut visitors) = ring(&relay, &shops, 0, owners, BEGINS).await?;
    let mails =
        until("all letters", async || Some(house.mails("ana")).filter(|mails| mails.len() == owners)).await;
    let mut letters = vec![Vec::new(); owners];
    for mail in mails {
        let number = number_in(&String::from_utf8_lossy(&mail)).context("a letter has its number")?;
        letters[number] = mail;
    }
    let ana = Person::ana();
    let mut spans = Vec::new();
    for turn in 0..answers {
        for (number, visitor) in visitors.iter_mut().enumerate() {
            let words = words(turn, number);
            let mail = ana.reply(&letters[number], &format!("{turn}-{number}"), &words);
            let to = reply_address(&letters[number])?;
            let begun = tick();
            let sent = ana.send(house.ports.inside, "ana@oak.example", &to, &mail).await;
            sent.map_err(anyhow::Error::msg)?;
            visitor.until_shown(&words).await?;
            spans.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(spans)
}

async fn by_telegram() -> Result<Spans> {
    let telegram = FakeTelegram::start().await;
    let relay = shops::with_bot(shops::setup(), &telegram).start().await;
    let people: Vec<_> = (0..OWNERS).map(|number| telegram.person(person(number), "Ana")).collect();
    let shops: Vec<_> = (0..OWNERS).map(chat_shop).collect();
    for (shop, person) in shops.iter().zip(&people) {
        shops::with_chat(&relay, shop, person).await;
    }
    let (_, mut visitors): (_, Vec<Sender>) = ring(&relay, &shops, 0, OWNERS, BEGINS).await?;
    let mut spans = Vec::new();
    for turn in 0..ANSWERS {
        for (number, visitor) in visitors.iter_mut().enumerate() {
            let (person, words) = (&people[number], words(turn, number));
            let asked = until("the question", async || {
                telegram.sent(person.id).into_iter().find(|sent| number_in(&sent.text).is_some())
            })
            .await;
            let begun = tick();
            person.replies(person.id, asked.id, &words);
            visitor.until_shown(&words).await?;
            spans.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(spans)
}

fn words(turn: usize, number: usize) -> String {
    format!("Yes, it is, and {} more of kind {number}.", turn + 2)
}

fn reply_address(letter: &[u8]) -> Result<String> {
    let parsed = MessageParser::default().parse(letter).context("a mail")?;
    let to = parsed.reply_to().and_then(|to| to.first()?.address()).context("a reply address")?;
    Ok(to.to_owned())
}
