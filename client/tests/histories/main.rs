//! Generated histories of visitors, owners, networks and a relay. Whatever
//! happens on the way, once the network is well again every message is kept
//! exactly once, in the order its writer wrote it, and everybody sees the same.

mod ending;
mod frames;
mod network;
mod relay;
mod script;
mod tab;
mod truth;
mod world;

use proptest::prelude::*;
use proptest::test_runner::Config;
use script::History;
use world::World;

/// Runs a history and checks how it ends.
fn play(history: &History) {
    let mut world = World::new(history.weather.clone(), history.slice, history.seed);
    for (pause, action) in &history.script {
        world.pass(*pause);
        world.act(action);
    }
    ending::heal(&mut world);
    ending::check(&world);
}

/// At least two thousand histories; `PROPTEST_CASES` asks for more.
fn config() -> Config {
    let default = Config::default();
    Config { cases: default.cases.max(2_000), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_lost_doubled_or_out_of_order(history in script::history()) {
        play(&history);
    }
}
