//! A shop on a disk whose power can be cut, behind a line that can be cut.

use super::{ledger::Ledger, people::People, wire::Wire};
use crate::{Relay, disk::Disk, relay::Setup};
use anyhow::{Context, Result};
use fastrand::Rng;
use std::{fs, path::PathBuf, sync::Arc};

/// Where Debian puts the library that tells a process another time of day.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// The relay, and all that can fail under it.
pub(super) struct World {
    pub(super) relay: Relay,
    pub(super) disk: Disk,
    pub(super) wire: Wire,
    pub(super) ledger: Arc<Ledger>,
    pub(super) people: People,
    pub(super) dice: Rng,
    clock: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        if self.relay.is_up() {
            self.relay.kill();
        }
        // Before the folder goes that it is mounted in.
        self.disk.eject();
    }
}

impl World {
    /// A shop with people in it.
    pub(super) async fn begin(setup: Setup, visitors: usize, seed: u64) -> Result<Self> {
        let mut relay = Relay::prepare(setup.without_limits());
        fs::create_dir_all(relay.data())?;
        let disk = Disk::mount(&relay.data()).context(
            "no disk of the tests' own can be mounted. That takes /dev/fuse, and root or `fusermount3`, \
             which Debian has in the package fuse3",
        )?;
        let wire = Wire::to(relay.address()).await?;
        relay.set("SERVER__PUBLIC_URL", wire.origin());
        let clock = relay.file("clock");
        fs::write(&clock, "+0")?;
        if fs::exists(FAKETIME)? {
            relay.set_environment("LD_PRELOAD", FAKETIME);
            relay.set_environment("FAKETIME_TIMESTAMP_FILE", clock.display());
            relay.set_environment("FAKETIME_NO_CACHE", 1);
            relay.set_environment("FAKETIME_DONT_FAKE_MONOTONIC", 1);
        }
        relay.add_shop("oak");
        let relay = relay.up().await;
        let ledger = Arc::new(Ledger::begin(&relay.file("ledger"))?);
        let people = People::come(&relay, &wire.origin(), &ledger, visitors).await;
        Ok(Self { relay, disk, wire, ledger, people, dice: Rng::with_seed(seed), clock })
    }

    /// The relay's clock is so many seconds before or after the world's.
    pub(super) fn set_clock(&self, seconds: i64) -> Result<()> {
        anyhow::ensure!(fs::exists(FAKETIME)?, "no clock can be set: Debian's package faketime is missing");
        let beside = self.clock.with_extension("new");
        fs::write(&beside, format!("{seconds:+}"))?;
        Ok(fs::rename(beside, &self.clock)?)
    }

    /// Starts the relay where it is down, on whatever is left on the disk.
    pub(super) async fn start_again(&mut self) {
        self.relay.start_again().await;
        self.people.nudge();
    }

    /// Cuts the power, and gives it back.
    pub(super) fn cut_power(&mut self) -> Result<()> {
        self.disk.cut();
        self.relay.kill();
        // Some cuts lose all that was not synced, some nearly nothing, most tear it.
        let kept_of_256 = *self.dice.choice(&[0, 64, 128, 250]).unwrap_or(&0);
        let dice = &mut self.dice;
        Ok(self.disk.restore(|| dice.u8(..) < kept_of_256)?)
    }
}
