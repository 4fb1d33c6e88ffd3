//! What is not moved, and what is said of it.

use crate::{
    Deaf, database,
    life::{digest, ear, sqlite},
    lived, move_over, postgres, refusal, sql,
};
use shopbell_protocol::UnixMillis;
use shopbell_store::{DATABASE_FILE_NAME, Store, StoreError, back_up};
use std::{fs, sync::Arc};

#[tokio::test]
async fn a_folder_that_a_relay_runs_on_is_refused() {
    let (folder, url) = (lived().await, database().await);
    let (store, _outcomes) = sqlite(folder.path());
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("A relay runs on") && refused.contains("Stop it first"), "{refused}");
    store.close().await;
    drop(store);
    move_over(folder.path(), &url).await.expect("moves once it is stopped");
}

#[tokio::test]
async fn what_is_no_database_of_this_versions_is_refused() {
    let (folder, url) = (tempfile::tempdir().expect("a folder"), database().await);
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("There is no database"), "{refused}");
    let file = folder.path().join(DATABASE_FILE_NAME);
    fs::write(&file, "a letter to a friend, and not a short one").expect("writes");
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("not a Shopbell database"), "{refused}");
    for (version, said) in [(1, "an older Shopbell"), (99, "a newer Shopbell")] {
        let folder = lived().await;
        let db = rusqlite::Connection::open(folder.path().join(DATABASE_FILE_NAME)).expect("opens");
        db.pragma_update(None, "user_version", version).expect("writes");
        drop(db);
        let refused = refusal(move_over(folder.path(), &url).await);
        assert!(refused.contains(said), "{refused}");
    }
}

#[tokio::test]
async fn a_copy_has_to_be_put_back_first() {
    let (folder, copy) = (lived().await, tempfile::tempdir().expect("a folder"));
    back_up(folder.path(), &copy.path().join(DATABASE_FILE_NAME), UnixMillis(9)).expect("copies");
    let refused = refusal(move_over(copy.path(), &database().await).await);
    assert!(refused.contains("shopbell restore"), "{refused}");
}

#[tokio::test]
async fn a_postgres_that_holds_something_else_is_refused() {
    let folder = lived().await;
    let url = database().await;
    let store = postgres(&url, ear().0).await.expect("opens");
    store.agree_on_key(digest(1)).await.expect("agrees");
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("a relay has worked on it"), "{refused}");
    sql(&url, "INSERT INTO shops VALUES ('ash', 'Ash', 'Ben', 1)").await;
    let refused = refusal(move_over(folder.path(), &url).await);
    assert!(refused.contains("it holds 1 shops"), "{refused}");
    store.close().await;
    // Nor is one that another folder was moved into.
    let (other, url) = (lived().await, database().await);
    move_over(folder.path(), &url).await.expect("moves");
    let db = rusqlite::Connection::open(other.path().join(DATABASE_FILE_NAME)).expect("opens");
    db.execute("UPDATE shops SET owner = 'Ben'", []).expect("writes");
    drop(db);
    let refused = refusal(move_over(other.path(), &url).await);
    assert!(refused.contains("filled by a move before") && refused.contains("shops ("), "{refused}");
    postgres(&url, Arc::new(Deaf)).await.expect("relays are not stopped by it").close().await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_told() {
    let folder = lived().await;
    let refused = refusal(move_over(folder.path(), "localhost").await);
    assert!(refused.contains("postgresql://user:password@host/name"), "{refused}");
    let away = move_over(folder.path(), "postgresql://nobody:secret@127.0.0.1:1/none").await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
}
