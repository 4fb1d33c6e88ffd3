//! What goes wrong.

use super::{wire::Weather, world::World};
use crate::disk::Mood;
use anyhow::Result;
use fastrand::Rng;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use std::time::Duration;

/// The longest that something stays wrong that goes by itself.
const HOLD_MS: u64 = 400;
/// How often the line goes down in a storm.
const STORM: usize = 5;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Files of a process that may open hardly any more.
const FEW_FILES: u64 = 24;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The relay is killed,
    Kill,
    /// and once more while it starts.
    KillTwice,
    /// The power is cut,
    PowerCut,
    /// and once more while the relay starts.
    PowerCutTwice,
    /// The relay stands still, and goes on.
    Pause,
    /// All connections are cut,
    Cut,
    /// again and again.
    Storm,
    /// The relay hears people, and they don't hear it; then the connections are cut.
    Deaf,
    /// Nothing comes through for a while.
    Frozen,
    /// People are gone without the relay's hearing of it.
    Vanish,
    /// People read slowly.
    Slow,
    /// The relay's clock is a day ahead,
    ClockAhead,
    /// or behind.
    ClockBehind,
    /// Nothing more fits on the disk.
    DiskFull,
    /// The disk can only be read.
    DiskReadOnly,
    /// Syncing fails.
    SyncFails,
    /// The relay may open no more files.
    NoFiles,
}

/// Those that are neither counted kills nor counted cuts of the power.
const OTHERS: [Strike; 14] = [
    Strike::Pause,
    Strike::Cut,
    Strike::Storm,
    Strike::Deaf,
    Strike::Deaf,
    Strike::Frozen,
    Strike::Vanish,
    Strike::Slow,
    Strike::ClockAhead,
    Strike::ClockBehind,
    Strike::DiskFull,
    Strike::DiskReadOnly,
    Strike::NoFiles,
    Strike::SyncFails,
];

impl Strike {
    /// How often the relay is killed by it.
    pub(super) fn kills(self) -> u64 {
        match self {
            Self::Kill => 1,
            Self::KillTwice => 2,
            _ => 0,
        }
    }

    /// How often the power is cut by it.
    pub(super) fn power_cuts(self) -> u64 {
        match self {
            Self::PowerCut => 1,
            Self::PowerCutTwice => 2,
            _ => 0,
        }
    }
}

/// So many kills and cuts of the power, and everything else, in an order of its own.
pub(super) fn plan(kills: u64, power_cuts: u64, dice: &mut Rng) -> Vec<Strike> {
    let mut plan = OTHERS.to_vec();
    let (mut left_kills, mut left_cuts) = (kills, power_cuts);
    while left_kills > 0 {
        let strike = if left_kills > 1 && dice.u8(..4) == 0 { Strike::KillTwice } else { Strike::Kill };
        left_kills -= strike.kills();
        plan.push(strike);
    }
    while left_cuts > 0 {
        let strike =
            if left_cuts > 1 && dice.u8(..4) == 0 { Strike::PowerCutTwice } else { Strike::PowerCut };
        left_cuts -= strike.power_cuts();
        plan.push(strike);
    }
    dice.shuffle(&mut plan);
    plan
}

impl World {
    /// Something goes wrong, and is made good.
    pub(super) async fn strike(&mut self, strike: Strike) -> Result<()> {
        match strike {
            Strike::Kill => {
                self.relay.kill();
                self.start_again().await;
            }
            Strike::KillTwice => {
                self.relay.kill();
                self.relay.spawn();
                self.hold().await;
                self.relay.kill();
                self.start_again().await;
            }
            Strike::PowerCut => {
                self.cut_power()?;
                self.start_again().await;
            }
            Strike::PowerCutTwice => {
                self.cut_power()?;
                self.relay.spawn();
                self.hold().await;
                self.cut_power()?;
                self.start_again().await;
            }
            Strike::Pause => {
                self.relay.signal(Signal::STOP);
                self.hold().await;
                self.relay.signal(Signal::CONT);
            }
            Strike::Cut => self.wire.cut(),
            Strike::Storm => {
                for _ in 0..STORM {
                    self.wire.cut();
                    self.people.nudge();
                    self.hold_for(HOLD_MS / 8).await;
                }
            }
            Strike::Deaf => {
                self.wire.set(Weather::Deaf);
                self.hold().await;
                self.wire.set(Weather::Fair);
                self.wire.cut();
            }
            Strike::Frozen => self.weather(Weather::Frozen).await,
            Strike::Slow => self.weather(Weather::Slow).await,
            Strike::Vanish => {
                self.wire.vanish();
                self.people.nudge();
                self.hold().await;
                self.wire.lay_ghosts();
            }
            Strike::ClockAhead => self.set_clock(DAY_SECONDS)?,
            Strike::ClockBehind => self.set_clock(-DAY_SECONDS)?,
            Strike::DiskFull => self.mood(Mood::Full).await,
            Strike::DiskReadOnly => self.mood(Mood::ReadOnly).await,
            Strike::SyncFails => self.mood(Mood::FailsToSync).await,
            Strike::NoFiles => {
                // It has inherited what this process may.
                let few = Rlimit { current: Some(FEW_FILES), ..getrlimit(Resource::Nofile) };
                let before = prlimit(Some(self.relay.pid()), Resource::Nofile, few)?;
                // Whoever is in stays in; nobody comes in, and the store can open nothing.
                self.wire.cut();
                self.people.nudge();
                self.hold().await;
                prlimit(Some(self.relay.pid()), Resource::Nofile, before)?;
            }
        }
        self.people.nudge();
        Ok(())
    }

    async fn weather(&mut self, weather: Weather) {
        self.wire.set(weather);
        self.hold().await;
        self.wire.set(Weather::Fair);
    }

    async fn mood(&mut self, mood: Mood) {
        self.disk.set_mood(mood);
        self.hold().await;
        self.disk.set_mood(Mood::Well);
    }

    async fn hold(&mut self) {
        let span = self.dice.u64(1..=HOLD_MS);
        self.hold_for(span).await;
    }

    /// It stays as it is for so long.
    async fn hold_for(&self, span_ms: u64) {
        tokio::time::sleep(Duration::from_millis(span_ms)).await;
    }
}
