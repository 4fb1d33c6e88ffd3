//! Copies of a database that is in use, and putting them back.

use shopbell_protocol::{ConversationId, Cut, MessageId, RANDOM_BYTES, Seq, ShopId, Side, UnixMillis};
use shopbell_store::{
    Append, CommitListener, Digest, NewShop, Outcome, SqliteOptions, SqliteStore, Store, StoreError, back_up,
    put_back,
};
use std::{
    path::Path,
    sync::{Arc, mpsc},
};

struct Ear(mpsc::Sender<Outcome>);

impl CommitListener for Ear {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            let _ = self.0.send(outcome);
        }
    }
}

fn shop() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

fn talk() -> ConversationId {
    ConversationId::new(1, [1; RANDOM_BYTES])
}

fn open(folder: &Path) -> (Arc<SqliteStore>, mpsc::Receiver<Outcome>) {
    let (ear, outcomes) = mpsc::channel();
    let store = SqliteStore::open(folder, Arc::new(Ear(ear)), SqliteOptions::default()).expect("opens");
    (store, outcomes)
}

fn message(number: u64) -> Append {
    Append {
        origin: 0,
        shop: shop(),
        conversation: talk(),
        id: MessageId::new(number, [2; RANDOM_BYTES]),
        from: Side::Visitor,
        body: format!("message {number}"),
        system: false,
        at: UnixMillis(number),
        secret: Some(Digest([7; 32])),
        locale: None,
        time_zone: None,
        page: None,
        pictures: Vec::new(),
    }
}

async fn with_shop(folder: &Path) -> (Arc<SqliteStore>, mpsc::Receiver<Outcome>) {
    let (store, outcomes) = open(folder);
    let sites = vec!["https://oak.example".into()];
    let new = NewShop { id: shop(), name: "Oak".into(), owner: "Ana".into(), sites, at: UnixMillis(1) };
    store.add_shop(new).await.expect("is added");
    (store, outcomes)
}

fn say(store: &SqliteStore, outcomes: &mpsc::Receiver<Outcome>, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        store.append(message(number)).expect("room");
        outcomes.recv().expect("an outcome").result.expect("is kept");
    }
}

async fn bodies(store: &SqliteStore) -> Vec<String> {
    let slice = store.resume(&shop(), talk(), Seq::NONE).await.expect("reads");
    slice.messages.into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn a_copy_is_one_moments_and_is_put_back_with_a_mark() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let copy = other.path().join("copy.db");
    let (store, outcomes) = with_shop(folder.path()).await;
    say(&store, &outcomes, 1..=3);
    assert_eq!(store.cut(), None);
    // While it is open and written to.
    let copied = back_up(folder.path(), &copy, UnixMillis(100)).expect("copies");
    assert_eq!((copied.shops, copied.conversations, copied.messages), (1, 1, 3));
    assert_eq!(copied.made_at, UnixMillis(100));
    say(&store, &outcomes, 4..=5);
    assert_eq!(bodies(&store).await.len(), 5);

    let put = other.path().join("data");
    let again = put_back(&copy, &put, 77, UnixMillis(200)).expect("is put back");
    assert_eq!(again, copied);
    let (restored, outcomes) = open(&put);
    assert_eq!(bodies(&restored).await, ["message 1", "message 2", "message 3"]);
    assert_eq!(restored.cut(), Some(Cut { epoch: 77, from: UnixMillis(100), until: UnixMillis(200) }));
    // Life goes on, and what is sent again is taken once.
    say(&restored, &outcomes, 3..=4);
    assert_eq!(bodies(&restored).await.len(), 4);
    restored.close().await;

    // A copy of that is another one, and its mark is the last.
    let second = other.path().join("second.db");
    back_up(&put, &second, UnixMillis(300)).expect("copies");
    let twice = other.path().join("twice");
    put_back(&second, &twice, 78, UnixMillis(400)).expect("is put back");
    assert_eq!(open(&twice).0.cut().map(|cut| cut.epoch), Some(78));
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_half_is_left() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let refused = |error: StoreError| match error {
        StoreError::Unreadable(sentence) => sentence,
        other => panic!("{other}"),
    };
    let nothing =
        back_up(folder.path(), &other.path().join("copy.db"), UnixMillis(1)).expect_err("nothing there");
    assert!(refused(nothing).contains("There is no database"));
    let (store, outcomes) = with_shop(folder.path()).await;
    say(&store, &outcomes, 1..=1);
    let copy = other.path().join("copy.db");
    back_up(folder.path(), &copy, UnixMillis(1)).expect("copies");

    let taken = put_back(&copy, folder.path(), 5, UnixMillis(2)).expect_err("there is one");
    assert!(refused(taken).contains("already"));
    assert_eq!(bodies(&store).await.len(), 1);

    // What is in use is no copy, nor is anything else.
    store.close().await;
    let empty = other.path().join("empty");
    let no_copy = put_back(&folder.path().join("shopbell.db"), &empty, 5, UnixMillis(2)).expect_err("in use");
    assert!(refused(no_copy).contains("not made by `shopbell backup`"));
    let foreign = other.path().join("foreign");
    std::fs::write(&foreign, "a letter to a friend, and not a short one").expect("writes");
    assert!(put_back(&foreign, &empty, 5, UnixMillis(2)).is_err());
    let left: Vec<_> = std::fs::read_dir(&empty).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
