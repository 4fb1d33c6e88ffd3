//! The fault harness, short: 100 kills and 20 power cuts among everything else that goes wrong.
//! `cargo xtask chaos` plays it for longer.

mod migration;

use shopbell_tests::chaos::{self, Outcome, Round};

/// Each test is a process of its own, so they run side by side.
async fn round(seed: u64) {
    let Outcome { acknowledged, broken, strikes } =
        chaos::play(Round { seed, kills: 20, power_cuts: 4, load: 1 }).await.expect("the harness works");
    assert!(broken.is_empty(), "seed {seed}, by {strikes:?}:\n{}", broken.join("\n"));
    assert!(acknowledged > 500, "seed {seed}: only {acknowledged} were acknowledged");
}

/// Else a round that breaks nothing would show nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_syncing_a_power_cut_loses_what_was_acknowledged() {
    let lost = chaos::control(1).await.expect("the harness works");
    assert!(lost > 0, "the relay lost nothing with its syncing off: this disk forgets nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_1() {
    round(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_2() {
    round(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_3() {
    round(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_4() {
    round(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_by_seed_5() {
    round(5).await;
}
