//! The deterministic simulation: the shipped hub, talks and store, and the shipped talkers, in one
//! thread, with a network, a disk, clocks and people that a seed decides. The same seed gives the
//! same run, to the last frame.
//!
//! What has to be true is what the fault harness looks for: nothing acknowledged is lost, nothing
//! is doubled, everybody sees the store's order, and no state is told that is not true.

mod disk;
mod ending;
mod event;
mod found;
mod house;
mod net;
mod plot;
mod seeded;
mod socket;
mod sum;
mod tab;
mod tests;
mod time;
mod trace;
mod truth;
mod world;

use event::Event;
use plot::Strike;
use shopbell_store::Memory;
use std::panic::{AssertUnwindSafe, catch_unwind};
use sum::Sum;
use trace::Trace;
use world::World;

/// How long people and trouble go on at most; a plot is over far sooner.
const PLOT_MS: u64 = 24 * 60 * 60 * 1_000;

/// A fault that somebody has put in, which has to be found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Planted {
    /// None.
    #[default]
    Nothing,
    /// The store acknowledges before it keeps: a crash takes the last commits.
    LyingDisk,
    /// An owner's inbox writes again what it has written, as another message.
    OwnerDoubles,
    /// A device takes a message out of its storage when it says it, not when it is kept.
    ForgetsWhatIsSent,
    /// A tab says that it was read as soon as a message comes.
    SeesAtOnce,
    /// What is said on one line arrives on another.
    CrossedLines,
}

/// What a run has shown.
#[derive(Debug, Clone, Default)]
struct Outcome {
    seed: u64,
    /// Promises that were broken, in sentences.
    wrong: Vec<String>,
    /// Everything that happened, as one number.
    hash: u64,
    felt: Sum,
}

/// Makes what every run begins with.
fn seeded() -> Memory {
    runtime().block_on(seeded::memory()).expect("a shop is made")
}

/// One thread, whose time passes only when nobody has anything to do.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime")
}

/// Plays one run.
fn play(seeded: &Memory, seed: u64, planted: Planted, loud: bool) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime().block_on(async {
            let mut world = World::new(seeded, seed, planted, Trace::new(loud));
            world.net().after(0, Event::Plot);
            world.until(PLOT_MS, |world| world.plot.is_over()).await;
            world.end().await;
            outcome(seed, world)
        })
    }));
    played.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Outcome { seed, wrong: vec![said.unwrap_or_else(|| "it broke off".into())], ..Outcome::default() }
    })
}

fn outcome(seed: u64, mut world: World) -> Outcome {
    let broken = world.house.take().map(house::House::end).unwrap_or_default();
    broken.into_iter().for_each(|sentence| world.truth.broken(sentence));
    let net = world.net().lock().felt;
    let disk = world.ground.disk.lock();
    let count = |strike: Strike| world.plot.struck.iter().filter(|struck| **struck == strike).count() as u64;
    let felt = Sum {
        runs: 1,
        simulated_ms: world.ground.time.ms(),
        acknowledged: world.truth.kept.len() as u64,
        starts: world.houses,
        commits: disk.commits,
        refused_commits: disk.refused,
        died_at_commit: disk.died,
        swallowed: net.swallowed,
        cut_off: net.cut_off,
        held_back: net.held_back,
        exchanges: net.exchanges,
        strangers_refused: world.truth.strangers_refused,
        strikes: plot::ALL.map(count),
    };
    drop(disk);
    Outcome { seed, hash: world.trace.hash(), felt, wrong: world.truth.wrong }
}
