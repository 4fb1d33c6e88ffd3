//! What goes wrong.

mod blows;

use super::world::Ground;
use fastrand::Rng;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// A relay is killed,
    Kill,
    /// and once more while it starts.
    KillTwice,
    /// The power is cut, under memory and relays,
    PowerCut,
    /// and once more while they start.
    PowerCutTwice,
    /// A relay ends in good order, as for a newer one that takes its place.
    Replace,
    /// A relay stands still, and goes on.
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
    /// A relay's clock is a day ahead,
    ClockAhead,
    /// or behind.
    ClockBehind,
    /// A relay may open no more files.
    NoFiles,
    /// Nothing more fits on the disk.
    DiskFull,
    /// The disk can only be read.
    DiskReadOnly,
    /// Syncing fails.
    SyncFails,
    /// The database crashes, is away for a while, and recovers.
    DatabaseGone,
    /// It hears the relays and they don't hear it; then their lines to it are cut.
    DatabaseDeaf,
    /// Nothing comes through between it and them for a while.
    DatabaseFrozen,
    /// Their lines to it are cut.
    DatabaseCut,
    /// NATS ends, and is there again after a while.
    NatsGone,
    /// A relay is cut off from NATS without a word, and then its line breaks.
    NatsParted,
    /// A relay is late to hear from NATS.
    NatsFrozen,
}

/// Those that are neither counted kills nor counted cuts of the power, on every ground,
const EVERYWHERE: [Strike; 12] = [
    Strike::Replace,
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
    Strike::NoFiles,
];
/// of a disk,
const OF_DISK: [Strike; 3] = [Strike::DiskFull, Strike::DiskReadOnly, Strike::SyncFails];
/// and of what relays share.
const OF_SHARED: [Strike; 11] = [
    // With the one above as many as there are relays, so that each can be replaced.
    Strike::Replace,
    Strike::Replace,
    Strike::DatabaseGone,
    Strike::DatabaseDeaf,
    Strike::DatabaseDeaf,
    Strike::DatabaseFrozen,
    Strike::DatabaseCut,
    Strike::NatsGone,
    Strike::NatsParted,
    Strike::NatsParted,
    Strike::NatsFrozen,
];

impl Strike {
    /// How often a relay is killed by it.
    fn kills(self) -> u64 {
        match self {
            Self::Kill => 1,
            Self::KillTwice => 2,
            _ => 0,
        }
    }

    /// How often the power is cut by it.
    fn power_cuts(self) -> u64 {
        match self {
            Self::PowerCut => 1,
            Self::PowerCutTwice => 2,
            _ => 0,
        }
    }
}

/// So many kills and cuts of the power, and everything else, in an order of its own.
pub(super) fn plan(ground: Ground, kills: u64, power_cuts: u64, dice: &mut Rng) -> Vec<Strike> {
    let mut plan = EVERYWHERE.to_vec();
    plan.extend_from_slice(match ground {
        Ground::OneRelay => &OF_DISK,
        Ground::ThreeRelays => &OF_SHARED,
    });
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
