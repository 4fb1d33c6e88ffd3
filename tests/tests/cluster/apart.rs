//! What relays have in common is away, and comes back.

use crate::{
    house::{connect, database, nats, relays, relays_at},
    load::Market,
};
use rustix::process::Signal;
use shopbell_client::{OwnerEvent, VisitorEvent, VisitorTalker};
use shopbell_servers::{Nats, Postgres};
use shopbell_tests::{Owner, Visitor, host::Storage, wait::until};
use std::time::Duration;
use tokio::{task::spawn_blocking, time::sleep};

#[tokio::test(flavor = "multi_thread")]
async fn nats_goes_and_comes_and_only_time_is_lost() {
    let mut bus = spawn_blocking(Nats::start).await.expect("a server");
    let mut market = Market::open(&database().await, Some(&bus.url())).await;
    market.write();
    market.until_all_kept().await;
    for _ in 0..2 {
        market.write();
        market.until_some_kept().await;
        bus.stop();
        market.write();
        // Also while it is away everybody hears of everything.
        market.check().await;
        bus = spawn_blocking(move || {
            bus.start_again();
            bus
        })
        .await
        .expect("a server");
        market.write();
    }
    market.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_alone_is_cut_off_from_nats_sees_who_comes_and_goes() {
    let [mut near, far] = spawn_blocking(Nats::start_two).await.expect("two servers");
    let [here, there] = relays_at(&database().await, [Some(&near.url()), Some(&far.url())]).await;
    let owner = Owner::sign_in(&there, "oak").await;
    let again = Owner::with_session(there.origin(), owner.cookie.clone(), Storage::default());
    let visitor = Visitor::new(&here, "oak");
    let until_owner = async |here: bool| {
        let seen = |talker: &VisitorTalker| (talker.is_owner_here()? == here).then_some(());
        visitor.until("the owner to come or go", |talker, _| seen(talker)).await;
    };
    until_owner(true).await;
    visitor.write("Is it oak?");
    visitor.until_all_kept().await;

    near.stop();
    drop(owner);
    until_owner(false).await;
    again.start();
    until_owner(true).await;
    again.open(visitor.conversation()).await;
    again.until_bodies(&["Is it oak?"]).await;
    again.happen(OwnerEvent::Typing(true));
    visitor.until("the owner's typing", |talker, _| talker.is_owner_typing().then_some(())).await;

    let _near = spawn_blocking(move || {
        near.start_again();
        near
    })
    .await
    .expect("a server");
    until("NATS to be back", async || (here.log().matches("NATS carries").count() == 2).then_some(())).await;
    drop(again);
    until_owner(false).await;
    for relay in [here, there] {
        assert!(!relay.log().contains("another relay is silent"), "{}", relay.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_and_comes_and_nothing_is_lost() {
    let mut server = spawn_blocking(|| Postgres::start(&[])).await.expect("a server");
    let mut market = Market::open(&server.database(), Some(&nats().await)).await;
    market.write();
    market.until_all_kept().await;
    for _ in 0..3 {
        market.write();
        market.until_some_kept().await;
        server.stop();
        market.write();
        server = spawn_blocking(move || {
            server.start_again();
            server
        })
        .await
        .expect("a server");
        market.until_all_kept().await;
    }
    market.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_each_other_write_while_the_database_hangs() {
    let postgres = database().await;
    let [here, there] = relays(&postgres, Some(&nats().await)).await;
    let (owner, visitor) = (Owner::sign_in(&there, "oak").await, Visitor::new(&here, "oak"));
    visitor.write("Is it oak?");
    owner.open(visitor.conversation()).await;
    owner.until_bodies(&["Is it oak?"]).await;
    let (keeper, looker) = (connect(&postgres).await, connect(&postgres).await);
    keeper.batch_execute("BEGIN; LOCK TABLE wakes IN ACCESS EXCLUSIVE MODE").await.expect("locks");
    until("both relays to hang", async || {
        let hangs = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE NOT granted AND query LIKE 'INSERT INTO wakes%' AND datname = current_database()";
        let relays: i64 = looker.query_one(hangs, &[]).await.expect("looks").get(0);
        (relays == 2).then_some(())
    })
    .await;
    visitor.happen(VisitorEvent::Typing(true));
    owner
        .until("their typing", |talker, _| talker.open_conversation()?.is_visitor_typing().then_some(()))
        .await;
    let gave_up = "could not be written down yet";
    assert!(!there.log().contains(gave_up) && !here.log().contains(gave_up), "it hangs no longer");
    until("the relays to try again", async || {
        (here.log().contains(gave_up) && there.log().contains(gave_up)).then_some(())
    })
    .await;
    keeper.batch_execute("COMMIT").await.expect("unlocks");
    visitor.write("Or ash?");
    owner.until_bodies(&["Is it oak?", "Or ash?"]).await;
    for relay in [here, there] {
        assert!(!relay.log().contains("another relay is silent"), "{}", relay.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_sleeps_wakes_up_to_all_that_it_missed() {
    let mut market = Market::open(&database().await, Some(&nats().await)).await;
    market.write();
    market.until_all_kept().await;
    for place in 0..3 {
        market.write();
        market.until_some_kept().await;
        market.relays[place].signal(Signal::STOP);
        market.write();
        // As long as a machine takes that is moved to another host.
        sleep(Duration::from_secs(2)).await;
        market.relays[place].signal(Signal::CONT);
    }
    market.check().await;
}
