//! Measures the store against bare rows in one run:
//! `cargo run --release -p shopbell-store --features bench --example throughput [FOLDER]`
//!
//! Give a folder in memory (like one in `/dev/shm`) to leave the disk out of it.
#![allow(clippy::disallowed_methods, reason = "it measures real time")]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use shopbell_protocol::{ConversationId, ListFilter, MessageId, ShopId, Side, UnixMillis};
use shopbell_store::ceiling::{BATCH_ROWS, BareRows};
use shopbell_store::{
    Append, CommitListener, Digest, ListQuery, NewShop, Outcome, SqliteOptions, SqliteStore, Store,
};

const BATCHES: u32 = 2_000;
const ROUNDS: u32 = 3;
const CONVERSATIONS: u64 = 10_000;

/// So many senders, each of whom sends again as soon as the last one is kept.
struct Senders {
    store: OnceLock<Arc<SqliteStore>>,
    sent: AtomicU64,
    most: u64,
    answered: AtomicU64,
    all: tokio::sync::Notify,
    next: fn(u64) -> Append,
}

impl Senders {
    fn send(&self) {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        if number < self.most
            && let Some(store) = self.store.get()
            && store.append((self.next)(number)).is_err()
        {
            println!("the queue is full");
        }
    }
}

impl CommitListener for Senders {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        for outcome in &outcomes {
            if let Err(error) = outcome.result {
                println!("not kept: {error}");
            }
            self.send();
        }
        let answered = self.answered.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        if answered + outcomes.len() as u64 == self.most {
            self.all.notify_one();
        }
    }
}

fn shop() -> ShopId {
    ShopId::parse("oak").unwrap_or_else(|_| unreachable!("it is an id"))
}

fn body() -> String {
    "Is the oak table in the window still there? I could come by on Saturday.".into()
}

fn append(number: u64, conversation: u64, from: Side) -> Append {
    let at = 1_700_000_000_000 + number / 50;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    Append {
        origin: number,
        shop: shop(),
        conversation: ConversationId::new(1_700_000_000_000 + conversation, [1; 10]),
        id: MessageId::new(at, random),
        from,
        body: body(),
        system: false,
        pictures: Vec::new(),
        at: UnixMillis(at),
        secret: (from == Side::Visitor).then_some(Digest([3; 32])),
        locale: None,
        time_zone: None,
        page: None,
    }
}

/// 64 conversations in which both sides write in turn.
fn talking(number: u64) -> Append {
    let turn = number / 64;
    append(number, number % 64, if turn.is_multiple_of(2) { Side::Visitor } else { Side::Owner })
}

/// Many conversations, each with a question and, half of them, with an answer.
fn many(number: u64) -> Append {
    if number < CONVERSATIONS {
        append(number, number, Side::Visitor)
    } else {
        append(number, 2 * (number - CONVERSATIONS), Side::Owner)
    }
}

async fn run(
    folder: PathBuf,
    senders: u64,
    most: u64,
    next: fn(u64) -> Append,
) -> Result<(Arc<SqliteStore>, f64), Box<dyn Error>> {
    let listener = Arc::new(Senders {
        store: OnceLock::new(),
        sent: AtomicU64::new(0),
        most,
        answered: AtomicU64::new(0),
        all: tokio::sync::Notify::new(),
        next,
    });
    let store = SqliteStore::open(
        &folder,
        Arc::clone(&listener) as Arc<dyn CommitListener>,
        SqliteOptions::default(),
    )?;
    let oak =
        NewShop { id: shop(), name: "Oak".into(), owner: "Ana".into(), sites: vec![], at: UnixMillis(1) };
    store.add_shop(oak).await?;
    let _ = listener.store.set(Arc::clone(&store));
    let begin = Instant::now();
    for _ in 0..senders {
        listener.send();
    }
    listener.all.notified().await;
    Ok((store, most as f64 / begin.elapsed().as_secs_f64()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = base.join(format!("shopbell-throughput-{}", std::process::id()));
    println!("in {}", base.display());
    for round in 1..=ROUNDS {
        let mut bare = BareRows::open(&folder.join(format!("bare-{round}")), 64)?;
        let begin = Instant::now();
        let rows = bare.write(BATCHES, &body(), UnixMillis(1_700_000_000_000))?;
        let bare = f64::from(rows) / begin.elapsed().as_secs_f64();
        let most = u64::from(BATCHES * BATCH_ROWS);
        let (store, kept) =
            run(folder.join(format!("store-{round}")), u64::from(BATCH_ROWS), most, talking).await?;
        store.close().await;
        println!("bare rows {bare:8.0}/s   store {kept:8.0}/s   ratio {:.2}", kept / bare);
    }
    let (store, kept) = run(folder.join("many"), 512, CONVERSATIONS * 3 / 2, many).await?;
    println!("{CONVERSATIONS} conversations begun by 512 senders: {kept:.0} messages/s");
    for (what, filter, search) in [
        ("first page", ListFilter::Open, None),
        ("closed, empty", ListFilter::Closed, None),
        ("search that finds a page", ListFilter::Open, Some("OAK")),
        ("search that finds nothing", ListFilter::Open, Some("mahogany")),
        ("the same, not ASCII", ListFilter::Open, Some("Tür")),
    ] {
        let query = ListQuery { filter, search: search.map(Into::into), cursor: None, limit: 50 };
        store.list(&shop(), query.clone()).await?;
        let begin = Instant::now();
        let page = store.list(&shop(), query).await?;
        let took = begin.elapsed().as_secs_f64() * 1_000.0;
        println!("list, {what}: {took:.2} ms, {} lines", page.conversations.len());
    }
    store.close().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
