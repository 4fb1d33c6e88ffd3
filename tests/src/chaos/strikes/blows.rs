//! How each thing goes wrong, and is made good.

use super::{
    super::{
        memory::{Memory, Shared},
        wire::{Weather, Wire},
        world::World,
    },
    Strike,
};
use crate::{Relay, disk::Mood};
use anyhow::Result;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use std::time::Duration;
use tokio::task::block_in_place;

/// The longest that something stays wrong that goes by itself.
const HOLD_MS: u64 = 400;
/// How often the line goes down in a storm.
const STORM: usize = 5;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Files of a process that may open hardly any more.
const FEW_FILES: u64 = 24;

impl World {
    /// Something goes wrong, and is made good.
    pub(in super::super) async fn strike(&mut self, strike: Strike) -> Result<()> {
        let span = Duration::from_millis(self.dice.u64(1..=HOLD_MS));
        match strike {
            Strike::Kill
            | Strike::KillTwice
            | Strike::PowerCut
            | Strike::PowerCutTwice
            | Strike::Replace
            | Strike::Pause
            | Strike::NoFiles => self.strike_relay(strike, span).await?,
            Strike::Cut | Strike::Storm | Strike::Deaf | Strike::Frozen | Strike::Vanish | Strike::Slow => {
                self.strike_line(strike, span).await;
            }
            Strike::ClockAhead => self.set_clock(DAY_SECONDS)?,
            Strike::ClockBehind => self.set_clock(-DAY_SECONDS)?,
            Strike::DiskFull => self.mood(Mood::Full, span).await,
            Strike::DiskReadOnly => self.mood(Mood::ReadOnly, span).await,
            Strike::SyncFails => self.mood(Mood::FailsToSync, span).await,
            Strike::DatabaseGone
            | Strike::DatabaseDeaf
            | Strike::DatabaseFrozen
            | Strike::DatabaseCut
            | Strike::NatsGone
            | Strike::NatsParted
            | Strike::NatsFrozen => {
                let place = self.pick();
                if let Memory::Shared(shared) = &mut self.memory {
                    shared.strike(strike, place, span).await;
                }
            }
        }
        self.people.nudge();
        Ok(())
    }

    async fn strike_relay(&mut self, strike: Strike, span: Duration) -> Result<()> {
        let place = self.pick();
        match strike {
            Strike::Kill => self.kill(place, span).await,
            Strike::KillTwice => {
                self.kill(place, span).await;
                self.relays[place].spawn();
                hold(span).await;
                self.kill(place, span).await;
            }
            Strike::PowerCut => self.cut_power()?,
            Strike::PowerCutTwice => {
                self.cut_power()?;
                self.relays.iter_mut().for_each(|relay| relay.spawn());
                hold(span).await;
                self.cut_power()?;
            }
            Strike::Replace => {
                let place = self.relays.iter().position(Relay::is_older).unwrap_or(place);
                self.relays[place].set_older(None);
                let ended = block_in_place(|| self.relays[place].terminate());
                anyhow::ensure!(ended.success(), "the relay did not end in good order: {ended}");
            }
            Strike::Pause => {
                self.relays[place].signal(Signal::STOP);
                hold(span).await;
                self.relays[place].signal(Signal::CONT);
            }
            _ => {
                // It has inherited what this process may.
                let pid = self.relays[place].pid();
                let few = Rlimit { current: Some(FEW_FILES), ..getrlimit(Resource::Nofile) };
                let before = prlimit(Some(pid), Resource::Nofile, few)?;
                // Whoever is in stays in; nobody comes in, and the store can open nothing.
                self.wire.cut();
                self.people.nudge();
                hold(span).await;
                prlimit(Some(pid), Resource::Nofile, before)?;
            }
        }
        for place in 0..self.relays.len() {
            if !self.relays[place].is_up() {
                self.start_again(place).await;
            }
        }
        Ok(())
    }

    /// Kills a relay. Where others stay, it is away for a while.
    async fn kill(&mut self, place: usize, span: Duration) {
        self.relays[place].kill();
        if self.relays.len() > 1 {
            self.people.nudge();
            hold(span).await;
        }
    }

    async fn strike_line(&mut self, strike: Strike, span: Duration) {
        match strike {
            Strike::Storm => {
                for _ in 0..STORM {
                    self.wire.cut();
                    self.people.nudge();
                    hold(span / 8).await;
                }
            }
            Strike::Deaf => self.wire.deafen(span).await,
            Strike::Frozen => self.wire.weather(Weather::Frozen, span).await,
            Strike::Slow => self.wire.weather(Weather::Slow, span).await,
            Strike::Vanish => {
                self.wire.vanish();
                self.people.nudge();
                hold(span).await;
                self.wire.lay_ghosts();
            }
            _ => self.wire.cut(),
        }
    }

    async fn mood(&mut self, mood: Mood, span: Duration) {
        if let Memory::Disk(disk) = &self.memory {
            disk.set_mood(mood);
            hold(span).await;
            disk.set_mood(Mood::Well);
        }
    }
}

impl Shared {
    async fn strike(&mut self, strike: Strike, place: usize, span: Duration) {
        match strike {
            Strike::DatabaseGone => {
                self.crash();
                hold(span).await;
                self.recover();
            }
            Strike::DatabaseDeaf => self.to_postgres.deafen(span).await,
            Strike::DatabaseFrozen => self.to_postgres.weather(Weather::Frozen, span).await,
            Strike::DatabaseCut => self.to_postgres.cut(),
            Strike::NatsGone => {
                block_in_place(|| self.nats.stop());
                hold(span).await;
                block_in_place(|| self.nats.start_again());
            }
            Strike::NatsParted => self.to_nats[place].deafen(span).await,
            _ => self.to_nats[place].weather(Weather::Frozen, span).await,
        }
    }
}

impl Wire {
    /// It is so for a while.
    async fn weather(&self, weather: Weather, span: Duration) {
        self.set(weather);
        hold(span).await;
        self.set(Weather::Fair);
    }

    /// What the far end says is swallowed for a while. Then all is cut, for nothing may follow a hole.
    async fn deafen(&self, span: Duration) {
        self.weather(Weather::Deaf, span).await;
        self.cut();
    }
}

/// It stays as it is for so long.
async fn hold(span: Duration) {
    tokio::time::sleep(span).await;
}
