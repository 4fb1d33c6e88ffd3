//! A shop's whole life, moved from SQLite into a real PostgreSQL: all of it, also after the move
//! was broken off, and never taken for done when it is not the same.

mod asked;
mod life;
mod refused;

use asked::ask;
use life::{digest, ear, keep, oak, said, sqlite, talk};
use shopbell_protocol::{MessageId, RANDOM_BYTES, Seq, UnixMillis};
use shopbell_servers::Postgres;
use shopbell_store::{
    Batches, ChannelStore as _, CommitListener, DATABASE_FILE_NAME, Moved, Moving, Outcome, PostgresOptions,
    PostgresStore, Store, StoreError, Synchronous, migrate,
};
use std::{
    path::Path,
    sync::{Arc, LazyLock},
};
use tempfile::TempDir;
use tokio::sync::Notify;

/// One server for all cases, each with a database of its own.
static SERVER: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&["fsync=off"]));
/// So small that every table of more than a few rows takes several.
const SMALL: Batches = Batches { rows: 7, bytes: 100_000 };

pub(crate) async fn database() -> String {
    tokio::task::spawn_blocking(|| SERVER.database()).await.expect("a database")
}

/// What a statement gives in a database.
pub(crate) async fn sql(url: &str, statement: &str) -> String {
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let statement = statement.to_owned();
    let done = tokio::task::spawn_blocking(move || SERVER.sql(&name, &statement)).await;
    done.expect("runs").expect("the statement works")
}

pub(crate) async fn lived() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    life::live(folder.path()).await;
    folder
}

pub(crate) async fn move_over(folder: &Path, url: &str) -> Result<Moved, StoreError> {
    migrate(folder, url, SMALL, &mut |_| {}).await
}

/// The sentence of a refusal.
pub(crate) fn refusal<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Unreadable(sentence)) => sentence,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

pub(crate) async fn postgres(
    url: &str,
    ear: Arc<dyn CommitListener>,
) -> Result<Arc<PostgresStore>, StoreError> {
    let options = PostgresOptions { url: url.into(), relay: 1, synchronous: Synchronous::Off };
    PostgresStore::open(options, ear).await
}

/// What a folder's database answers to everything.
async fn answers_of(folder: &Path) -> asked::Answers {
    let (store, _outcomes) = sqlite(folder);
    let answers = ask(&*store).await;
    store.close().await;
    answers
}

/// Moves until so many batches were taken, and is gone then in the middle of the next: true when
/// it was.
async fn broken_off(folder: &Path, url: &str, after: u64, batches: Batches) -> bool {
    let (stop, mut taken) = (Notify::new(), 0);
    let mut told = |_: Moving| {
        taken += 1;
        if taken == after {
            stop.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = stop.notified() => true,
        moved = migrate(folder, url, batches, &mut told) => {
            moved.expect("moves");
            false
        }
    }
}

#[tokio::test]
async fn everything_goes_over_and_life_goes_on() {
    let (folder, url) = (lived().await, database().await);
    let answers = answers_of(folder.path()).await;
    let file = folder.path().join(DATABASE_FILE_NAME);
    let before = std::fs::read(&file).expect("reads");
    let moved = move_over(folder.path(), &url).await.expect("moves");
    assert!(!moved.before);
    for table in &moved.tables {
        assert!(table.rows > 0, "the life has nothing in {}, so this test says nothing of it", table.name);
        let there = sql(&url, &format!("SELECT count(*) FROM {}", table.name)).await;
        assert_eq!(there, table.rows.to_string(), "{}", table.name);
    }
    assert!(std::fs::read(&file).expect("reads") == before, "the file is as it was");

    let (ear, mut outcomes) = ear();
    let store = postgres(&url, ear).await.expect("opens");
    answers.assert_same(&ask(&*store).await);
    // What was sent before is known, what is new comes after it.
    assert!(!keep(&*store, &mut outcomes, said(1, 900, "after the restore")).await.fresh);
    let next = keep(&*store, &mut outcomes, said(1, 901, "and then")).await;
    assert_eq!((next.fresh, next.seq, next.deliveries), (true, Seq(3), 3));
    let heard = store.hear(digest(501), talk(9), MessageId::new(2, [9; RANDOM_BYTES]), UnixMillis(9));
    assert_eq!(heard.await.expect("reads").0, talk(7), "it was taken before");
    assert_eq!(store.use_link_code(digest(601), UnixMillis(1)).await.expect("uses"), Some(oak()));
    store.close().await;
}

#[tokio::test]
async fn what_was_broken_off_goes_on_and_no_relay_starts_meanwhile() {
    let (folder, url) = (lived().await, database().await);
    let answers = answers_of(folder.path()).await;
    // Each time a little further, with batches of other sizes, and at once with the first one.
    let sizes =
        [SMALL, Batches { rows: 3, bytes: usize::MAX }, Batches { rows: usize::from(u16::MAX), bytes: 1 }];
    let mut times: u64 = 0;
    while broken_off(folder.path(), &url, 1 + times % 4, sizes[times as usize % 3]).await {
        times += 1;
        let refused = refusal(postgres(&url, ear().0).await);
        assert!(refused.contains("has not been finished"), "{refused}");
    }
    assert!(times > 10, "it was broken off {times} times");
    let store = postgres(&url, ear().0).await.expect("opens");
    answers.assert_same(&ask(&*store).await);
    store.close().await;
}

#[tokio::test]
async fn a_copy_that_is_not_the_same_is_never_done() {
    let altered = "NEW.body = replace(NEW.body, 'thanks', 'Thanks'); RETURN NEW";
    let swallowed = "IF NEW.seq = 2 THEN RETURN NULL; END IF; RETURN NEW";
    for (change, said) in
        [(altered, "messages (62 as well in PostgreSQL, but others)"), (swallowed, "messages (62, and")]
    {
        let (folder, url) = (lived().await, database().await);
        postgres(&url, ear().0).await.expect("makes the tables").close().await;
        sql(
            &url,
            &format!("CREATE FUNCTION harm() RETURNS trigger AS $$ BEGIN {change}; END $$ LANGUAGE plpgsql"),
        )
        .await;
        sql(&url, "CREATE TRIGGER harm BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION harm()").await;
        for _ in 0..2 {
            let refused = refusal(move_over(folder.path(), &url).await);
            assert!(refused.contains(said) && refused.contains("stays unfinished"), "{refused}");
            assert!(!refused.contains("visits"), "only what differs is named: {refused}");
            refusal(postgres(&url, ear().0).await);
        }
    }
}

#[tokio::test]
async fn a_row_that_is_changed_between_two_runs_is_noticed() {
    let (folder, url) = (lived().await, database().await);
    // After its first two batches all of the first tables is there.
    assert!(broken_off(folder.path(), &url, 3, SMALL).await);
    sql(&url, "UPDATE shops SET name = 'The Oak' WHERE id = 'oak'").await;
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("shops (2 as well in PostgreSQL, but others)"), "{refused}");
    refusal(postgres(&url, ear().0).await);
}

#[tokio::test]
async fn a_move_that_is_done_can_be_looked_at_again() {
    let (folder, url) = (lived().await, database().await);
    move_over(folder.path(), &url).await.expect("moves");
    assert!(move_over(folder.path(), &url).await.expect("is the same").before);
    sql(&url, "UPDATE visits SET title = 'Chair'").await;
    let differs = refusal(move_over(folder.path(), &url).await);
    assert!(differs.contains("visits (") && differs.contains("finished before"), "{differs}");
    // That is no reason to stop relays.
    postgres(&url, ear().0).await.expect("opens").close().await;
}

#[tokio::test]
async fn what_a_relay_wrote_between_two_runs_is_noticed() {
    let (folder, url) = (lived().await, database().await);
    assert!(broken_off(folder.path(), &url, 9, SMALL).await);
    let (store, mut outcomes) = sqlite(folder.path());
    keep(&*store, &mut outcomes, said(1, 950, "one more")).await;
    store.close().await;
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("messages (63, and 62 at that time)"), "{refused}");
    assert!(!refused.contains("pictures"), "only what differs is named: {refused}");
    refusal(postgres(&url, ear().0).await);
    // Anew it works.
    move_over(folder.path(), &database().await).await.expect("moves");
}

#[tokio::test]
async fn what_postgres_cannot_keep_is_left_out_of_the_text() {
    let folder = lived().await;
    let (store, mut outcomes) = sqlite(folder.path());
    keep(&*store, &mut outcomes, said(1, 960, "a\0b")).await;
    store.close().await;
    let url = database().await;
    move_over(folder.path(), &url).await.expect("moves");
    assert_eq!(sql(&url, "SELECT body FROM messages WHERE at = 960").await, "ab");
}

/// Nobody who listens.
pub(crate) struct Deaf;

impl CommitListener for Deaf {
    fn on_outcomes(&self, _: Vec<Outcome>) {}
}
