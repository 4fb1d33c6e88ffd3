//! What relays have in common is away, and comes back.

use crate::{
    house::{database, nats},
    load::Market,
};
use rustix::process::Signal;
use shopbell_servers::{Nats, Postgres};
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
