//! A shop that has outgrown one machine: its memory moves from SQLite into PostgreSQL, and
//! people go on where they were.

use crate::house::{connect, database};
use shopbell_client::MessageState;
use shopbell_tests::{Owner, Relay, Visitor, binary::text, relay::Setup, until};
use std::process::{Child, Output, Stdio};
use tokio::task::spawn_blocking;

const MIGRATE: [&str; 5] = ["migrate", "--from", "sqlite", "--to", "postgres"];

async fn run(relay: &Relay, args: &[&str]) -> Output {
    let mut command = relay.cli(args);
    spawn_blocking(move || command.output().expect("starts")).await.expect("ends")
}

/// Starts a move, and kills it while it waits in its middle, at this table, after something was
/// done meanwhile.
async fn killed_at(relay: &Relay, url: &str, table: &str, meanwhile: impl AsyncFnOnce()) {
    let mut holder = connect(url).await;
    let lock = holder.transaction().await.expect("begins");
    lock.batch_execute(&format!("LOCK TABLE {table} IN EXCLUSIVE MODE")).await.expect("locks");
    let mut migrate = relay.cli(&MIGRATE);
    let mut migrate: Child = migrate.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let looker = connect(url).await;
    let sql = "SELECT FROM pg_locks WHERE NOT granted AND relation = to_regclass($1)";
    until("the move to come so far", async || {
        assert!(migrate.try_wait().expect("can be asked").is_none(), "the move ended");
        looker.query_opt(sql, &[&table]).await.expect("looks")
    })
    .await;
    meanwhile().await;
    migrate.kill().expect("is killed");
    migrate.wait().expect("ends");
    lock.rollback().await.expect("lets go");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_go_on_where_they_were_after_the_move() {
    let mut relay = Setup::default().without_limits().start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    let (visitor, other) = (Visitor::new(&relay, "oak"), Visitor::new(&relay, "oak"));
    visitor.write("Is it oak?");
    other.write("Is it ash?");
    visitor.until_all_kept().await;
    other.until_all_kept().await;
    owner.write(visitor.conversation(), "Yes, all of it.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    visitor.see();
    let refused = run(&relay, &MIGRATE).await;
    assert!(!refused.status.success() && text(&refused.stderr).contains("[store] postgres"));

    let url = database().await;
    let there = Relay::prepare(Setup::default().set("STORE__POSTGRES", &url));
    assert!(run(&there, &["shop", "list"]).await.status.success(), "makes the tables");
    // While it still runs nothing is moved.
    relay.set("STORE__POSTGRES", &url);
    let refused = run(&relay, &MIGRATE).await;
    let said = text(&refused.stderr);
    assert!(!refused.status.success() && said.contains("A relay runs on"), "{said}");
    assert!(relay.terminate().success());
    // Nobody is there to hear this yet.
    visitor.write("And the legs?");

    let start_on_the_folder = async || {
        let mut serve = relay.cli(&["serve", "--listen", &relay.address().to_string()]);
        serve.env_remove("SHOPBELL_STORE__POSTGRES");
        let ended = spawn_blocking(move || serve.output().expect("starts")).await.expect("ends");
        let said = text(&ended.stderr);
        assert!(!ended.status.success() && said.contains("locked"), "{said}");
    };
    killed_at(&relay, &url, "conversations", start_on_the_folder).await;
    for table in ["messages", "visits"] {
        killed_at(&relay, &url, table, async || {}).await;
        let refused = run(&relay, &["shop", "list"]).await;
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("Run `shopbell migrate` again"), "{said}");
    }
    let moved = run(&relay, &MIGRATE).await;
    let said = text(&moved.stdout);
    assert!(moved.status.success(), "{}", text(&moved.stderr));
    let messages = said.lines().find(|line| line.trim().starts_with("messages")).expect("a line of messages");
    assert_eq!(messages.split_whitespace().collect::<Vec<_>>(), ["messages", "3", "the", "same"]);
    assert!(said.contains("relay.key"), "{said}");

    relay.start_again().await;
    visitor.start();
    visitor.until_bodies(&["Is it oak?", "Yes, all of it.", "And the legs?"]).await;
    visitor.until_all_kept().await;
    owner.start();
    owner.open(visitor.conversation()).await;
    owner.until_bodies(&["Is it oak?", "Yes, all of it.", "And the legs?"]).await;
    let answer = owner.write(visitor.conversation(), "Them too.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it.", "And the legs?", "Them too."]).await;
    visitor.see();
    owner.until_state(answer, MessageState::Opened).await;
    owner.open(other.conversation()).await;
    owner.until_bodies(&["Is it ash?"]).await;
}
