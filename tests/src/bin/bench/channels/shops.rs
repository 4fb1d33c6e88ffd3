//! Shops whose owners are reached outside, and visitors who ring there.

use crate::sender::Sender;
use anyhow::Result;
use futures_util::future::try_join_all;
use shopbell_channels::email::EmailConfig;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ChannelId, ChannelKind, ChannelRule, NewChannel, OwnerFrame, RANDOM_BYTES};
use shopbell_tests::{
    Owner, Relay,
    clock::{fresh, now_ms, tick},
    far::{
        mail::{House, Rooms},
        push::{Browser, PushService},
        telegram::{FakeTelegram, Person},
    },
    relay::Setup,
};
use std::time::{Duration, Instant};

/// A relay without limits that may call this machine.
pub(super) fn setup() -> Setup {
    Setup::default()
        .without_limits()
        .set("OUTBOUND__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .set("PUSH__CONTACT", "mailto:bench@relay.example")
}

/// And that has this bot.
pub(super) fn with_bot(setup: Setup, telegram: &FakeTelegram) -> Setup {
    setup.set("TELEGRAM__TOKEN", telegram.token()).set("TELEGRAM__API_URL", telegram.url())
}

/// And that sends and takes mail in this house.
pub(super) fn with_mail(setup: Setup, house: &House, rooms: Rooms) -> Setup {
    let EmailConfig { smtp, from, listen, imap, resolver, extra_roots, .. } = house.config(rooms);
    let roots: Vec<_> = extra_roots.iter().map(|root| root.display().to_string()).collect();
    let mut setup = setup
        .set("EMAIL__SMTP", smtp)
        .set("EMAIL__FROM", from)
        .set("EMAIL__EXTRA_ROOTS", format!("{roots:?}"))
        .set("EMAIL__TRUST_AUTHENTICATION_RESULTS", "[\"mx.oak.example\"]");
    if let Some(resolver) = resolver {
        setup = setup.set("EMAIL__RESOLVER", resolver);
    }
    if let Some(listen) = listen {
        setup = setup.set("EMAIL__LISTEN", listen);
    }
    match imap {
        Some(imap) => setup.set("EMAIL__IMAP", imap),
        None => setup,
    }
}

/// Opens a shop and lets its owner add a mailbox.
pub(super) async fn with_mailbox(relay: &Relay, shop: &str) {
    let owner = open(relay, shop).await;
    add(&owner, NewChannel::Email { address: "ana@oak.example".into() }).await;
}

/// Opens a shop and lets its owner add a browser.
pub(super) async fn with_browser(relay: &Relay, shop: &str, service: &PushService) -> Browser {
    let owner = open(relay, shop).await;
    let offer = |kind| owner.look(|talker| talker.outside()?.offer(kind)?.key.clone());
    let browser = service.browser(&offer(ChannelKind::Push).expect("the relay's key for pushes"));
    let subscription = browser.subscription();
    add(
        &owner,
        NewChannel::Push {
            endpoint: subscription.endpoint,
            p256dh: subscription.p256dh,
            auth: subscription.auth,
            hide_words: false,
        },
    )
    .await;
    browser
}

/// Opens a shop and lets its owner link their chat.
pub(super) async fn with_chat(relay: &Relay, shop: &str, person: &Person) {
    open(relay, shop).await.link_chat(person).await;
}

async fn open(relay: &Relay, shop: &str) -> Owner {
    relay.add_shop(shop);
    let owner = Owner::sign_in(relay, shop).await;
    owner.until("what the relay offers", |talker, _| talker.outside().map(drop)).await;
    owner
}

async fn add(owner: &Owner, target: NewChannel) {
    let mut random = [0; RANDOM_BYTES];
    random[..8].copy_from_slice(&fresh().to_be_bytes());
    let channel = ChannelId::new(now_ms(), random);
    owner.happen(OwnerEvent::Outside(OwnerFrame::AddChannel {
        channel,
        target,
        rule: ChannelRule::default(),
    }));
    let is_there = |talker: &shopbell_client::OwnerTalker| {
        talker.outside()?.channels.iter().any(|line| line.channel == channel).then_some(())
    };
    owner.until("the channel", |talker, _| is_there(talker)).await;
}

/// When a visitor sent a message, by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) at: Instant,
    pub(super) at_ms: u64,
}

/// Lets so many new visitors come to these shops in turn and write, one each `every`; they
/// are numbered from `first` on. They stay for as long as what is given back.
pub(super) async fn ring(
    relay: &Relay,
    shops: &[String],
    first: usize,
    count: usize,
    every: Duration,
) -> Result<(Vec<Said>, Vec<Sender>)> {
    let mut visitors = Vec::with_capacity(count);
    for shop in shops.iter().cycle().take(count) {
        visitors.push(Sender::connect_to(relay, shop).await?);
    }
    let begun = tick();
    let speak = visitors.iter_mut().enumerate().map(|(place, visitor)| async move {
        let due = every * u32::try_from(place)?;
        tokio::time::sleep(due.saturating_sub(begun.elapsed())).await;
        let said = Said { at: tick(), at_ms: now_ms() };
        visitor.send(&format!("Is number bench-{:06} still there?", first + place)).await?;
        anyhow::Ok(said)
    });
    let said = try_join_all(speak).await?;
    Ok((said, visitors))
}

/// The number of the message that a text is about.
pub(super) fn number_in(text: &str) -> Option<usize> {
    text.split_once("bench-")?.1.get(..6)?.parse().ok()
}
