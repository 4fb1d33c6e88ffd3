//! The fault harness, short: 110 kills and 24 power cuts among everything else that goes wrong.
//! `cargo xtask chaos` plays it for longer.

mod migration;

use shopbell_tests::chaos::{self, Ground, Outcome, Round};

/// Each test is a process of its own, so they run side by side.
async fn round(ground: Ground, seed: u64) {
    let (kills, power_cuts) = match ground {
        Ground::OneRelay => (20, 4),
        Ground::ThreeRelays => (10, 4),
    };
    let round = Round { ground, older: None, seed, kills, power_cuts, load: 1 };
    let Outcome { acknowledged, broken, strikes } = chaos::play(round).await.expect("the harness works");
    assert!(broken.is_empty(), "seed {seed}, by {strikes:?}:\n{}", broken.join("\n"));
    assert!(acknowledged > 500, "seed {seed}: only {acknowledged} were acknowledged");
}

/// Else a round that breaks nothing would show nothing.
async fn control(ground: Ground) {
    let lost = chaos::control(ground, 1).await.expect("the harness works");
    assert!(lost > 0, "nothing was lost with syncing off: what is under it forgets nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_syncing_a_power_cut_loses_what_was_acknowledged() {
    control(Ground::OneRelay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_syncing_a_crash_of_the_database_loses_what_was_acknowledged() {
    control(Ground::ThreeRelays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_1() {
    round(Ground::OneRelay, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_2() {
    round(Ground::OneRelay, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_3() {
    round(Ground::OneRelay, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_4() {
    round(Ground::OneRelay, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_5() {
    round(Ground::OneRelay, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_at_three_relays_by_seed_6() {
    round(Ground::ThreeRelays, 6).await;
}
