//! A relay is killed, or loses its power, while it brings an old database up to date.

use fastrand::Rng;
use rusqlite::{Connection, params};
use shopbell_tests::{Relay, disk::Disk, relay::Setup};
use std::{fs, path::Path, time::Duration};

/// What the first version of the database was made with. It was released, and never changes.
const FIRST: &str = include_str!("../../../server/store/src/sqlite/first.sql");
const APPLICATION_ID: i32 = 0x5368_7062;
/// From one that no relay has begun within, to one that every relay is long ready within.
const SPANS_MS: [u64; 9] = [1, 4, 8, 12, 16, 24, 40, 80, 1_000];
const ROUNDS: usize = 3;
const MESSAGES: i64 = 2_000;

/// A database of the first version, with a conversation in it.
fn write_old(file: &Path) {
    let mut db = Connection::open(file).expect("a file");
    db.execute_batch(FIRST).expect("the first schema");
    db.pragma_update(None, "application_id", APPLICATION_ID).expect("writes");
    db.pragma_update(None, "user_version", 1).expect("writes");
    let work = db.transaction().expect("begins");
    work.execute("INSERT INTO shops VALUES (1, 'oak', 'Oak', 'Ana', 1)", []).expect("writes");
    work.execute(
        "INSERT INTO conversations (id, shop, last_seq, last_at, last_side, closed, unread, visitor_handed,
             visitor_opened, owner_handed, owner_opened, secret, began_at)
         VALUES (?1, 1, ?2, 1, 1, 0, ?2, 0, 0, 0, 0, ?3, 1)",
        params![[1_u8; 16], MESSAGES, [2_u8; 32]],
    )
    .expect("writes");
    for seq in 1..=MESSAGES {
        work.execute(
            "INSERT INTO messages (conversation, seq, id, side, at, body) VALUES (1, ?1, ?2, 1, ?1, 'a line')",
            params![seq, i128::from(seq).to_be_bytes()],
        )
        .expect("writes");
    }
    work.commit().expect("commits");
}

/// Its version, when it is whole and nothing is missing.
fn version(file: &Path) -> i32 {
    let db = Connection::open(file).expect("opens");
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("reads");
    assert_eq!(whole, "ok");
    let messages: i64 = db.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).expect("reads");
    assert_eq!(messages, MESSAGES);
    let version = db.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("reads");
    // What a version is said to have is there.
    let has_channels = db.prepare("SELECT count(*) FROM channels").is_ok();
    assert_eq!(has_channels, version > 1, "all of it or nothing");
    version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_done_whole_or_not_at_all() {
    let mut dice = Rng::with_seed(4);
    let mut relay = Relay::prepare(Setup::default());
    fs::create_dir_all(relay.data()).expect("a folder");
    let mut disk = Disk::mount(&relay.data()).expect("a disk of the tests' own: see the README");
    let file = relay.data().join("shopbell.db");
    let plain = relay.file("old.db");
    write_old(&plain);
    let old = fs::read(&plain).expect("reads");
    let mut ended_at = Vec::new();
    for (turn, span_ms) in SPANS_MS.repeat(ROUNDS).into_iter().enumerate() {
        for beside in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(relay.data().join(format!("shopbell.db{beside}")));
        }
        fs::write(&file, &old).expect("writes");
        disk.settle();
        relay.spawn();
        tokio::time::sleep(Duration::from_micros(dice.u64(span_ms * 500..=span_ms * 1_000))).await;
        if turn % 2 == 0 {
            relay.kill();
        } else {
            disk.cut();
            relay.kill();
            disk.restore(|| dice.bool()).expect("is mounted again");
        }
        ended_at.push(version(&file));
        // It goes on from there.
        relay.start_again().await;
        relay.kill();
        assert!(version(&file) > 1);
    }
    assert!(ended_at.contains(&1), "none came early enough: {ended_at:?}");
    assert!(ended_at.iter().any(|version| *version > 1), "none came late enough: {ended_at:?}");
    disk.eject();
}
