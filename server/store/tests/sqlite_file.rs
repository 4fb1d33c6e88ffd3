//! The database file: what is in it stays, what is not ours is left alone, and
//! other processes may write to it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use shopbell_protocol::{ConversationId, MessageId, Seq, ShopId, Side, UnixMillis};
use shopbell_store::{
    Append, Appended, CommitListener, Digest, NewShop, Outcome, SqliteOptions, SqliteStore, Store, StoreError,
};
use tokio::sync::mpsc;

struct Ear(mpsc::UnboundedSender<Outcome>);

impl CommitListener for Ear {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            let _ = self.0.send(outcome);
        }
    }
}

struct Opened {
    store: Arc<SqliteStore>,
    told: mpsc::UnboundedReceiver<Outcome>,
}

fn open(folder: &Path) -> Result<Opened, StoreError> {
    let (ear, told) = mpsc::unbounded_channel();
    let store = SqliteStore::open(folder, Arc::new(Ear(ear)), SqliteOptions::default())?;
    Ok(Opened { store, told })
}

impl Opened {
    async fn send(&mut self, conversation: u64, id: u64) -> Appended {
        self.store
            .append(Append {
                origin: 0,
                shop: oak(),
                conversation: talk(conversation),
                id: MessageId::new(id, [2; 10]),
                from: Side::Visitor,
                body: format!("no. {id}"),
                system: false,
                pictures: Vec::new(),
                at: UnixMillis(id),
                secret: Some(Digest([3; 32])),
                locale: None,
                time_zone: None,
                page: None,
            })
            .expect("the queue has room");
        self.told.recv().await.expect("the store is there").result.expect("is kept")
    }
}

fn oak() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

fn talk(number: u64) -> ConversationId {
    ConversationId::new(number, [1; 10])
}

fn new_shop(id: &str) -> NewShop {
    NewShop {
        id: ShopId::parse(id).expect("an id"),
        name: id.into(),
        owner: "Ana".into(),
        sites: vec![],
        at: UnixMillis(1),
    }
}

/// The sentence that a person reads when the store can't be opened.
fn refusal(folder: &Path) -> String {
    match open(folder) {
        Ok(_) => panic!("must not be opened"),
        Err(StoreError::Unreadable(sentence)) => sentence,
        Err(other) => panic!("must be unreadable: {other}"),
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_opening_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("not/there/yet");
    for close in [false, true] {
        let mut opened = open(&deep).expect("opens");
        if opened.store.shop(&oak()).await.expect("reads").is_none() {
            opened.store.add_shop(new_shop("oak")).await.expect("adds");
        }
        for id in 1..=5 {
            let id = if close { 5 + id } else { id };
            opened.send(1, id).await;
        }
        // Whether it was closed or just went away, as when the process is killed.
        if close {
            opened.store.close().await;
        }
    }
    let mut opened = open(&deep).expect("opens");
    let slice = opened.store.after(&oak(), talk(1), Seq::NONE).await.expect("reads");
    let bodies: Vec<_> = slice.messages.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, (1..=10).map(|id| format!("no. {id}")).collect::<Vec<_>>());
    assert_eq!(opened.send(1, 3).await.seq, Seq(3), "and a message sent again is known");
    assert_eq!(opened.send(1, 11).await.seq, Seq(11));
}

#[tokio::test]
async fn closing_leaves_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut opened = open(folder.path()).expect("opens");
    opened.store.add_shop(new_shop("oak")).await.expect("adds");
    opened.send(1, 1).await;
    opened.store.shops().await.expect("reads");
    opened.store.close().await;
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .expect("lists")
        .map(|file| file.expect("is there").file_name())
        .collect();
    assert_eq!(files, ["shopbell.db"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let opened = open(folder.path()).expect("opens");
    opened.store.check().await.expect("writes");
    for file in ["shopbell.db", "shopbell.db-wal", "shopbell.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(file)).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_shopbell_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).expect("opens").store.close().await;
    let file = folder.path().join("shopbell.db");
    let db = Connection::open(&file).expect("opens");
    db.pragma_update(None, "user_version", 1_000).expect("sets");
    drop(db);
    let sentence = refusal(folder.path());
    assert!(sentence.contains("newer Shopbell") && sentence.contains("Start that version"), "{sentence}");
    let db = Connection::open(&file).expect("opens");
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("reads");
    assert_eq!(version, 1_000);
}

#[tokio::test]
async fn a_file_that_is_not_shopbells_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shopbell.db");
    for text in ["Dear diary, ".repeat(500), "Dear diary".into()] {
        std::fs::write(&file, &text).expect("writes");
        let sentence = refusal(folder.path());
        assert!(sentence.contains("not a Shopbell database") && sentence.contains("Move it"), "{sentence}");
        assert_eq!(std::fs::read_to_string(&file).expect("reads"), text);
    }

    std::fs::remove_file(&file).expect("removes");
    let db = Connection::open(&file).expect("opens");
    db.execute_batch("CREATE TABLE recipes (cake TEXT)").expect("makes a table");
    drop(db);
    let bytes = std::fs::read(&file).expect("reads");
    assert!(refusal(folder.path()).contains("not a Shopbell database"));
    assert_eq!(std::fs::read(&file).expect("reads"), bytes);
}

#[tokio::test]
async fn several_may_make_the_same_store_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let stores: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open(path).map(|opened| opened.store))).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    for (i, store) in stores.into_iter().enumerate() {
        store.expect("opens").add_shop(new_shop(&format!("shop-{i}"))).await.expect("adds");
    }
    assert_eq!(open(path).expect("opens").store.shops().await.expect("reads").len(), 8);
}

#[tokio::test]
async fn another_process_may_write_at_the_same_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut relay = open(folder.path()).expect("opens");
    relay.store.add_shop(new_shop("oak")).await.expect("adds");
    // As the command line does: a store of its own on the same file.
    let command_line = open(folder.path()).expect("opens");
    let adds = tokio::spawn(async move {
        for i in 0..20 {
            command_line.store.add_shop(new_shop(&format!("shop-{i}"))).await.expect("adds");
        }
    });
    for id in 1..=200 {
        assert_eq!(relay.send(1, id).await.seq, Seq(u32::try_from(id).expect("is small")));
    }
    adds.await.expect("goes through");
    assert_eq!(relay.store.shops().await.expect("reads").len(), 21);
}

#[tokio::test]
async fn what_another_process_wrote_is_built_upon() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut one = open(folder.path()).expect("opens");
    let mut other = open(folder.path()).expect("opens");
    one.store.add_shop(new_shop("oak")).await.expect("adds");
    // Each has the conversation at hand when the other one writes to it.
    for id in 1..=10 {
        let opened = if id % 2 == 0 { &mut one } else { &mut other };
        let kept = opened.send(1, id).await;
        assert_eq!((kept.seq, kept.fresh), (Seq(u32::try_from(id).expect("is small")), true));
    }
    assert_eq!(one.send(1, 9).await.seq, Seq(9), "and a message sent again is known to both");
    for (closed, waiting_since) in [(true, None), (false, Some(UnixMillis(1)))] {
        let opened = if closed { &one } else { &other };
        opened.store.set_closed(&oak(), talk(1), closed).await.expect("writes");
        let line = one.store.summary(&oak(), talk(1)).await.expect("reads").expect("is there");
        assert_eq!((line.closed, line.waiting_since, line.unread), (closed, waiting_since, 10));
    }
}
