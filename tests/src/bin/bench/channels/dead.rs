//! Ten thousand deliveries that wait for a dead far side: what they cost in memory, and what
//! they cost those who are told by other ways.

use super::{
    Spans,
    dead_side::DeadSide,
    out::{self, chat_shop, messaged, person, pushed},
    shops::{self, ring},
};
use crate::{
    sender::Sender,
    table::{Row, Wanted, median, p50, p99},
};
use anyhow::Result;
use futures_util::future::try_join_all;
use rusqlite::params;
use shopbell_channels::Target;
use shopbell_tests::{
    Relay,
    clock::tick,
    far::{
        push::{Browser, PushService},
        telegram::FakeTelegram,
    },
    memory::resident_bytes,
    stored,
};
use std::{cell::Cell, time::Duration};

/// Shops with a dead far side, the channels of each, and the messages to each: 10,000
/// deliveries in 1,000 channels.
const SHOPS: usize = 50;
const CHANNELS: usize = 20;
const MESSAGES: usize = 10;
/// Messages in one slice of time on each of the other ways, one of each every
const SLICE: usize = 600;
const EVERY: Duration = Duration::from_millis(50);
const CHATS: usize = 40;
/// Slices without and with, in turn, for each run that was asked for.
const ROUNDS: usize = 2;
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A far side that is back is told what it has missed within this.
const WORKED_OFF_WITHIN: Duration = Duration::from_secs(300);

/// What a slice has shown.
#[derive(Default)]
struct Slice {
    push: Spans,
    chat: Spans,
    most_bytes: f64,
}

/// Measures.
pub(super) async fn measure(runs: usize) -> Result<Vec<Row>> {
    let scene = Scene::start().await?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    // The first of all is not counted: it fills what is kept at hand.
    scene.slice(0).await?;
    for round in 0..runs * ROUNDS {
        without.push(scene.slice(2 * round + 1).await?);
        scene.die().await?;
        with.push(scene.slice(2 * round + 2).await?);
        scene.come_back().await?;
    }
    let all = |slices: &[Slice], of: fn(&Slice) -> &Spans| {
        slices.iter().flat_map(|slice| of(slice).iter().copied()).collect::<Spans>()
    };
    let beside = |what, of: fn(&Slice) -> &Spans| {
        let (without, with) = (all(&without, of), all(&with, of));
        let (before, now) = (p99(without.clone()), p99(with.clone()));
        Row {
            what,
            value: format!("p99 {now:.1} of {before:.1}, p50 {:.1} of {:.1} ms", p50(with), p50(without)),
            figure: now / before,
            wanted: Wanted::AtMost(1.2),
        }
    };
    let most = |slices: &[Slice]| median(slices.iter().map(|slice| slice.most_bytes / 1e6).collect());
    let grown = without.iter().zip(&with).map(|(without, with)| with.most_bytes / without.most_bytes);
    Ok(vec![
        beside("other push service, 10,000 waiting / none", |slice| &slice.push),
        beside("Telegram, 10,000 waiting for a push service / none", |slice| &slice.chat),
        Row {
            what: "resident memory of the relay, 10,000 waiting / none",
            value: format!("{:.1} MB of {:.1} MB", most(&with), most(&without)),
            figure: median(grown.collect()),
            wanted: Wanted::AtMost(1.1),
        },
    ])
}

/// A relay with a shop that is told by a push service, shops that are told by Telegram, and
/// fifty that are told by a push service that dies.
struct Scene {
    relay: Relay,
    telegram: FakeTelegram,
    browser: Browser,
    dead: DeadSide,
    _service: PushService,
}

impl Scene {
    async fn start() -> Result<Self> {
        let (telegram, service) = (FakeTelegram::start().await, PushService::start().await);
        let dead = DeadSide::start().await?;
        let relay = Relay::prepare(shops::with_bot(shops::setup(), &telegram));
        for number in 0..SHOPS {
            relay.add_shop(&dead_shop(number));
        }
        add_channels(&relay, &service, &dead)?;
        let relay = relay.up().await;
        let browser = shops::with_browser(&relay, "push", &service).await;
        for number in 0..CHATS {
            shops::with_chat(&relay, &chat_shop(number), &telegram.person(person(number), "Ana")).await;
        }
        Ok(Self { relay, telegram, browser, dead, _service: service })
    }

    /// Messages on the other ways, and the relay's memory meanwhile.
    async fn slice(&self, number: usize) -> Result<Slice> {
        let first = number * SLICE;
        let is_over = Cell::new(false);
        let rings = async {
            let push = ["push".to_owned()];
            let chats: Vec<_> = (0..CHATS).map(chat_shop).collect();
            let pushes = ring(&self.relay, &push, first, SLICE, EVERY);
            let messages = ring(&self.relay, &chats, first, SLICE, EVERY);
            let ((push, one), (chat, other)) = tokio::try_join!(pushes, messages)?;
            let (mut pushes, mut messages) = (vec![None; SLICE], vec![None; SLICE]);
            let begun = tick();
            while pushes.iter().chain(&messages).any(Option::is_none) {
                anyhow::ensure!(begun.elapsed() < WORKED_OFF_WITHIN, "others are not told any more");
                pushed(&self.browser, first, &mut pushes);
                messaged(&self.telegram, CHATS, first, &mut messages);
                tokio::time::sleep(LOOK_EVERY).await;
            }
            is_over.set(true);
            drop((one, other));
            anyhow::Ok((out::spans(&push, &pushes), out::spans(&chat, &messages)))
        };
        let watch = async {
            let mut most = 0_f64;
            while !is_over.get() {
                most = most.max(resident_bytes(self.relay.pid())?);
                tokio::time::sleep(LOOK_EVERY).await;
            }
            anyhow::Ok(most)
        };
        let ((push, chat), most_bytes) = tokio::try_join!(rings, watch)?;
        Ok(Slice { push, chat, most_bytes })
    }

    /// The far side dies, and visitors write on.
    async fn die(&self) -> Result<()> {
        self.dead.answers(false);
        let writes = (0..SHOPS).map(|number| async move {
            let mut visitor = Sender::connect_to(&self.relay, &dead_shop(number)).await?;
            for _ in 0..MESSAGES {
                visitor.send("Is anybody there?").await?;
            }
            anyhow::Ok(())
        });
        try_join_all(writes).await?;
        let waiting = waiting(&self.relay)?;
        anyhow::ensure!(waiting >= i64::try_from(SHOPS * CHANNELS * MESSAGES)?, "only {waiting} wait");
        Ok(())
    }

    /// It is back, and all that waited is handed over.
    async fn come_back(&self) -> Result<()> {
        self.dead.answers(true);
        let begun = tick();
        while waiting(&self.relay)? > 0 {
            anyhow::ensure!(begun.elapsed() < WORKED_OFF_WITHIN, "{} still wait", waiting(&self.relay)?);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}

fn dead_shop(number: usize) -> String {
    format!("dead-{number}")
}

fn waiting(relay: &Relay) -> Result<i64> {
    let sql = "SELECT count(*) FROM deliveries WHERE state <= 2";
    Ok(stored::open(relay).query_row(sql, [], |row| row.get(0))?)
}

/// A thousand channels, put into the store before the relay has it: a person would need an
/// hour to add them.
fn add_channels(relay: &Relay, service: &PushService, dead: &DeadSide) -> Result<()> {
    let mut db = stored::open(relay);
    let work = db.transaction()?;
    for number in 0..SHOPS * CHANNELS {
        let mut subscription = service.browser("").subscription();
        subscription.endpoint = dead.endpoint(number);
        let target = Target::Push(subscription);
        work.execute(
            "INSERT INTO channels (id, shop, kind, label, target, far, place, added_at, wait_minutes, only_outside)
             VALUES (?1, (SELECT shop FROM shops WHERE id = ?2), 'push', 'a browser', ?3, ?4, ?5, 1, 0, 0)",
            params![
                u128::try_from(number + 1)?.to_be_bytes(),
                dead_shop(number / CHANNELS),
                serde_json::to_string(&target)?,
                target.far(),
                i64::try_from(number % CHANNELS)?
            ],
        )?;
    }
    Ok(work.commit()?)
}
