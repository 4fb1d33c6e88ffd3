//! A shop, its relay or relays, and all that can fail under and between them.

use super::{
    ledger::Ledger,
    memory::{Memory, Shared},
    people::People,
    wire::Wire,
};
use crate::{Relay, disk::Disk, relay::Setup};
use anyhow::{Context, Result};
use fastrand::Rng;
use std::{fs, path::PathBuf, sync::Arc};

/// Where Debian puts the library that tells a process another time of day.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// What a shop runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// One relay, with SQLite on a disk whose power can be cut.
    OneRelay,
    /// Three relays, which share a PostgreSQL and tell each other by NATS.
    ThreeRelays,
}

/// The relays, and all that can fail.
pub(super) struct World {
    pub(super) relays: Vec<Relay>,
    pub(super) memory: Memory,
    /// The line from people to relays: to whichever takes it.
    pub(super) wire: Wire,
    pub(super) ledger: Arc<Ledger>,
    pub(super) people: People,
    pub(super) dice: Rng,
}

impl Drop for World {
    fn drop(&mut self) {
        self.relays.iter_mut().filter(|relay| relay.is_up()).for_each(Relay::kill);
        // Before the folder goes that it is mounted in.
        if let Memory::Disk(disk) = &mut self.memory {
            disk.eject();
        }
    }
}

impl World {
    /// A shop with people in it.
    pub(super) async fn begin(
        ground: Ground,
        synchronous: &str,
        older: Option<PathBuf>,
        visitors: usize,
        seed: u64,
    ) -> Result<Self> {
        let setup = || Setup::default().without_limits().set("STORE__SYNCHRONOUS", synchronous);
        let (mut relays, memory) = match ground {
            Ground::OneRelay => {
                let relay = Relay::prepare(setup());
                fs::create_dir_all(relay.data())?;
                let disk = Disk::mount(&relay.data()).context(
                    "no disk of the tests' own can be mounted. That takes /dev/fuse, and root or \
                     `fusermount3`, which Debian has in the package fuse3",
                )?;
                (vec![relay], Memory::Disk(disk))
            }
            Ground::ThreeRelays => {
                let shared = Shared::start(3, older.is_some()).await?;
                let relays = (0..3).map(|place| Relay::prepare(shared.setup(setup(), place)));
                (relays.collect(), Memory::Shared(Box::new(shared)))
            }
        };
        let wire = Wire::to(relays.iter().map(Relay::address).collect()).await?;
        for relay in &mut relays {
            relay.set("SERVER__PUBLIC_URL", wire.origin());
            relay.set_older(older.clone());
            write_clock(relay, 0)?;
            if fs::exists(FAKETIME)? {
                relay.set_environment("LD_PRELOAD", FAKETIME);
                relay.set_environment("FAKETIME_TIMESTAMP_FILE", relay.file("clock").display());
                relay.set_environment("FAKETIME_NO_CACHE", 1);
                relay.set_environment("FAKETIME_DONT_FAKE_MONOTONIC", 1);
            }
        }
        relays[0].add_shop("oak");
        for place in 0..relays.len() {
            if place > 0 {
                relays[place].take_key_of(&relays[0]);
            }
            relays[place].start_again().await;
        }
        let ledger = Arc::new(Ledger::begin(&relays[0].file("ledger"))?);
        let people = People::come(&relays[0], &wire.origin(), &ledger, visitors).await;
        Ok(Self { relays, memory, wire, ledger, people, dice: Rng::with_seed(seed) })
    }

    /// One of the relays.
    pub(super) fn pick(&mut self) -> usize {
        self.dice.usize(..self.relays.len())
    }

    /// A relay's clock is so many seconds before or after the world's.
    pub(super) fn set_clock(&mut self, seconds: i64) -> Result<()> {
        anyhow::ensure!(fs::exists(FAKETIME)?, "no clock can be set: Debian's package faketime is missing");
        let place = self.pick();
        write_clock(&self.relays[place], seconds)
    }

    /// Starts a relay that is down, on whatever is left of the memory.
    pub(super) async fn start_again(&mut self, place: usize) {
        self.relays[place].start_again().await;
        self.people.nudge();
    }

    /// Cuts the power under memory and relays, and gives it back to the memory.
    pub(super) fn cut_power(&mut self) -> Result<()> {
        // Some cuts lose all that was not synced, some nearly nothing, most tear it.
        let kept_of_256 = *self.dice.choice(&[0, 64, 128, 250]).unwrap_or(&0);
        let dice = &mut self.dice;
        self.memory.lose(&mut self.relays, || dice.u8(..) < kept_of_256)
    }
}

/// A relay's clock is beside its data, in a file.
fn write_clock(relay: &Relay, seconds: i64) -> Result<()> {
    let clock = relay.file("clock");
    let beside = clock.with_extension("new");
    fs::write(&beside, format!("{seconds:+}"))?;
    Ok(fs::rename(beside, clock)?)
}
