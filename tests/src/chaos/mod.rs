//! The fault harness: people write to each other through the real relay while it is killed,
//! its power is cut, its disk and its line fail; and a checker with a log of its own looks
//! whether anything that was acknowledged is lost, doubled, out of order or untrue.
//!
//! A round is planned by its seed: what goes wrong and in which order, what a power cut
//! leaves on the disk, who writes when. The same seed gives the same plan again; when exactly
//! each thing happens is the machine's.

mod check;
mod ledger;
mod memory;
mod people;
mod strikes;
mod wire;
mod world;

pub use strikes::Strike;
pub use world::Ground;

use crate::{clock::tick, wait::PATIENCE};
use anyhow::Result;
use fastrand::Rng;
use std::{path::PathBuf, time::Duration};
use world::World;

const VISITORS: usize = 8;
/// Times as many, at most.
const LOAD_MOST: usize = 8;
/// Acknowledgements between two strikes, at most, where the load is 1.
const BETWEEN: u64 = 40;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// What the control has acknowledged before the machine has written it out, and after.
const CONTROL: u64 = 200;
/// A crashed PostgreSQL loses less than a page of its log, which is seldom nothing.
const CONTROLS: usize = 3;

/// How much goes wrong in a round, beside one of everything else.
#[derive(Debug, Clone)]
pub struct Round {
    /// What the shop runs on.
    pub ground: Ground,
    /// The executable of an older build, which is replaced relay by relay.
    pub older: Option<PathBuf>,
    /// What all of it is drawn from.
    pub seed: u64,
    /// Times that a relay is killed.
    pub kills: u64,
    /// Times that the power is cut.
    pub power_cuts: u64,
    /// How many times as much is written as is enough for a test.
    pub load: u64,
}

/// What a round has shown.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Messages that were acknowledged.
    pub acknowledged: u64,
    /// Promises that were broken, in sentences.
    pub broken: Vec<String>,
    /// What went wrong, in order.
    pub strikes: Vec<Strike>,
}

/// Plays a round.
///
/// # Errors
/// When the harness itself can't go on: no disk of its own, no port.
///
/// # Panics
/// When something does not come that has to: a relay that does not start again, a message that
/// is never kept though all is well.
pub async fn play(round: Round) -> Result<Outcome> {
    let mut world = World::begin(round.ground, "full", round.older, visitors(round.load), round.seed).await?;
    let strikes = strikes::plan(round.ground, round.kills, round.power_cuts, &mut world.dice);
    let mut dice = world.dice.fork();
    world.people.write(&mut dice);
    for strike in &strikes {
        let more = world.dice.u64(1..=BETWEEN * round.load);
        progress(&world, more, *strike).await;
        world.strike(*strike).await?;
    }
    world.people.finish().await;
    let broken = check::all(&world).await?;
    Ok(Outcome { acknowledged: world.ledger.count(), broken, strikes })
}

/// The positive control: the same relays with their syncing off, which have to lose messages when
/// the power is cut. Gives how many it lost.
///
/// # Errors
/// When the harness itself can't go on.
///
/// # Panics
/// When something does not come that has to.
pub async fn control(ground: Ground, seed: u64) -> Result<usize> {
    for seed in (seed..).take(CONTROLS) {
        let lost = lost_without_syncing(ground, seed).await?;
        if lost > 0 {
            return Ok(lost);
        }
    }
    Ok(0)
}

async fn lost_without_syncing(ground: Ground, seed: u64) -> Result<usize> {
    let mut world = World::begin(ground, "off", None, VISITORS, seed).await?;
    let mut dice = Rng::with_seed(seed);
    world.people.write(&mut dice);
    progress(&world, CONTROL, Strike::PowerCut).await;
    world.memory.settle().await?;
    progress(&world, CONTROL, Strike::PowerCut).await;
    world.memory.lose(&mut world.relays, || false)?;
    check::lost(&world).await
}

/// So many, that none of their conversations grows longer than a device holds.
fn visitors(load: u64) -> usize {
    VISITORS * usize::try_from(load).map_or(LOAD_MOST, |load| load.clamp(1, LOAD_MOST))
}

/// Waits until so many more messages were acknowledged: whatever went wrong before is got over.
async fn progress(world: &World, more: u64, next: Strike) {
    let (begun, from) = (tick(), world.ledger.count());
    while world.ledger.count() < from + more {
        assert!(begun.elapsed() < PATIENCE, "nothing was acknowledged any more before {next:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
