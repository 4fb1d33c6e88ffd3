//! Tests that need to reach inside the store: a full disk, batches, query plans
//! and the bound of a search.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Mutex;
use std::sync::mpsc;
use std::task::Poll;

use rusqlite::StatementStatus;
use shopbell_protocol::{ListFilter, MessageId, limits::LIST_CONVERSATIONS};

use super::search::Allowance;
use super::*;
use crate::cursor::Stretch;
use crate::{AppendError, Outcome};

/// Reports batches to the test, and lets the writer go on when the test says so.
struct Gate {
    told: mpsc::Sender<Vec<Outcome>>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl CommitListener for Gate {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        let _ = self.told.send(outcomes);
        let _ = self.go_on.lock().unwrap().recv();
    }
}

struct Gated {
    store: Arc<SqliteStore>,
    told: mpsc::Receiver<Vec<Outcome>>,
    go_on: mpsc::Sender<()>,
    folder: tempfile::TempDir,
}

fn shop() -> ShopId {
    ShopId::parse("oak").unwrap()
}

fn talk(number: u64) -> ConversationId {
    ConversationId::new(number, [1; 10])
}

fn said(conversation: u64, id: u64, body: &str) -> Append {
    Append {
        origin: id,
        shop: shop(),
        conversation: talk(conversation),
        id: MessageId::new(id, [2; 10]),
        from: Side::Visitor,
        body: body.into(),
        system: false,
        pictures: Vec::new(),
        at: UnixMillis(id),
        secret: Some(Digest([3; 32])),
        locale: None,
        time_zone: None,
        page: None,
    }
}

async fn gated() -> Gated {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = mpsc::channel();
    let (go_on, wait) = mpsc::channel();
    let gate = Gate { told: tell, go_on: Mutex::new(wait) };
    let store = SqliteStore::open(folder.path(), Arc::new(gate), SqliteOptions::default()).unwrap();
    let oak =
        NewShop { id: shop(), name: "Oak".into(), owner: "Ana".into(), sites: vec![], at: UnixMillis(1) };
    store.add_shop(oak).await.unwrap();
    Gated { store, told, go_on, folder }
}

/// Begins a write without waiting for it.
async fn started<F: Future>(mut write: std::pin::Pin<&mut F>) {
    let pending = poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_pending())).await;
    assert!(pending);
}

async fn set_most_pages(store: &SqliteStore, beyond_now: i64) {
    let set = move |desk: &mut Desk| {
        let now: i64 = desk.db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        desk.db.pragma_update_and_check(None, "max_page_count", now + beyond_now, |_| Ok(()))
    };
    store.writer.change(set).await.unwrap();
}

#[tokio::test]
async fn what_has_gathered_is_one_batch_with_one_report() {
    let gated = gated().await;
    gated.store.append(said(1, 1, "first")).unwrap();
    assert_eq!(gated.told.recv().unwrap().len(), 1);
    for id in 2..=limits::BATCH_WRITES as u64 + 11 {
        gated.store.append(said(id % 5, id, "while the disk is busy")).unwrap();
    }
    gated.go_on.send(()).unwrap();
    assert_eq!(gated.told.recv().unwrap().len(), limits::BATCH_WRITES);
    let last = gated.store.resume(&shop(), talk(1), Seq(0)).await.unwrap().last;
    assert_eq!(u64::from(last.0), 1 + limits::BATCH_WRITES as u64 / 5, "what was reported can be read");
    drop(gated.go_on);
    assert_eq!(gated.told.recv().unwrap().len(), 10);
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_batch_and_the_store_goes_on() {
    let gated = gated().await;
    let store = &gated.store;
    set_most_pages(store, 20).await;
    store.append(said(1, 1, "before")).unwrap();
    gated.told.recv().unwrap();
    // All in one batch: a message and a name that would have found room, and too much.
    let big = "x".repeat(4_000);
    store.append(said(2, 2, "small")).unwrap();
    let oak = shop();
    let mut name = pin!(store.name(&oak, talk(1), Some("Ana".into())));
    started(name.as_mut()).await;
    for id in 3..60 {
        store.append(said(1, id, &big)).unwrap();
    }
    gated.go_on.send(()).unwrap();
    let outcomes = gated.told.recv().unwrap();
    assert_eq!(outcomes.len(), 58);
    assert!(outcomes.iter().all(|outcome| outcome.result == Err(AppendError::NotKept)));
    drop(gated.go_on);
    assert!(matches!(name.await, Err(StoreError::Unavailable(_))));
    assert_eq!(store.conversation(&shop(), talk(2)).await.unwrap(), None);
    let line = store.summary(&shop(), talk(1)).await.unwrap().unwrap();
    assert_eq!((line.name, line.last_seq, line.unread), (None, Seq(1), 1));

    set_most_pages(store, 100_000).await;
    for outcome in outcomes {
        store.append(outcome.append).unwrap();
    }
    store.check().await.unwrap();
    let again: Vec<_> = gated.told.try_iter().flatten().collect();
    assert_eq!(again.len(), 58);
    let places: Vec<_> = again[1..].iter().map(|outcome| outcome.result.unwrap().seq.0).collect();
    assert_eq!(places, (2..=58).collect::<Vec<_>>(), "without a gap");
}

#[tokio::test]
async fn a_search_stops_when_its_allowance_is_used_up_and_goes_on_with_the_next_page() {
    let gated = gated().await;
    drop(gated.go_on);
    for id in 1..=40 {
        gated.store.append(said(id, id, if id == 15 { "hay" } else { "a needle" })).unwrap();
    }
    // More than a whole allowance can look at: it is passed over, and nothing behind it.
    gated.store.append(said(15, 41, &"hay ".repeat(1_000))).unwrap();
    gated.store.check().await.unwrap();
    let db = schema::open_reader(&gated.folder.path().join(schema::FILE_NAME), limits::BUSY_TIMEOUT).unwrap();
    // Enough for six conversations of one message, and the name of the seventh.
    let allowance = Allowance::register(&db, 14 * limits::SEARCH_STEP).unwrap();
    let reader = Reader { db, allowance };
    let mut query = ListQuery {
        filter: ListFilter::Open,
        search: Some("needle".into()),
        cursor: None,
        limit: LIST_CONVERSATIONS,
    };
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = list::list(&reader, &shop(), &query).unwrap();
        found.extend(page.conversations.into_iter().map(|line| line.conversation));
        pages += 1;
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert!((6..=10).contains(&pages), "{pages} pages");
    assert_eq!(found, (1..=40).filter(|id| *id != 15).map(talk).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_of_the_list_is_read_from_an_index_alone() {
    let gated = gated().await;
    let db = schema::open_reader(&gated.folder.path().join(schema::FILE_NAME), limits::BUSY_TIMEOUT).unwrap();
    for (stretch, index) in [
        (Stretch::Waiting, "conversations_waiting"),
        (Stretch::Answered, "conversations_answered"),
        (Stretch::Closed, "conversations_closed"),
    ] {
        let mut explain =
            db.prepare(&format!("EXPLAIN QUERY PLAN {}", super::list::select(stretch))).unwrap();
        let plan: Vec<String> = explain
            .query_map(rusqlite::params![1, 0, [0_u8; 16]], |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(plan.len(), 1, "nothing is sorted: {plan:?}");
        assert!(plan[0].contains(&format!("USING INDEX {index} (shop=? AND ")), "{plan:?}");
    }
}

#[tokio::test]
async fn a_plan_is_made_once() {
    let gated = gated().await;
    let db = schema::open_reader(&gated.folder.path().join(schema::FILE_NAME), limits::BUSY_TIMEOUT).unwrap();
    for channel in [super::channels::CHANNEL, super::channels::CHANNEL_ALONE] {
        let sql = super::channels::select_of_visitor(channel);
        for number in 1..=3 {
            super::channels::of_visitor(&db, channel, &shop(), talk(number)).unwrap();
        }
        let known = db.prepare_cached(&sql).unwrap();
        let of = |status| known.get_status(status);
        assert_eq!((of(StatementStatus::Run), of(StatementStatus::RePrepare)), (3, 0), "{sql}");
    }
}

#[tokio::test]
async fn a_commit_reaches_the_disk_before_it_returns() {
    let gated = gated().await;
    for (pragma, expected) in [("synchronous", 2), ("fullfsync", 1), ("foreign_keys", 1)] {
        let read = move |desk: &mut Desk| desk.db.pragma_query_value(None, pragma, |row| row.get(0));
        let value: i64 = gated.store.writer.change(read).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let read = |desk: &mut Desk| desk.db.pragma_query_value(None, "journal_mode", |row| row.get(0));
    let journal: String = gated.store.writer.change(read).await.unwrap();
    assert_eq!(journal, "wal");
}
