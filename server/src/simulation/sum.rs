//! What runs have gone through, so that it is known when nothing went wrong in them.

use super::plot;
use std::fmt;

/// What all runs together have gone through.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) runs: u64,
    pub(super) simulated_ms: u64,
    pub(super) acknowledged: u64,
    pub(super) starts: u64,
    pub(super) commits: u64,
    pub(super) refused_commits: u64,
    pub(super) died_at_commit: u64,
    pub(super) swallowed: u64,
    pub(super) cut_off: u64,
    pub(super) held_back: u64,
    pub(super) exchanges: u64,
    pub(super) strangers_refused: u64,
    pub(super) strikes: [u64; plot::ALL.len()],
}

impl Sum {
    pub(super) fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.simulated_ms += other.simulated_ms;
        self.acknowledged += other.acknowledged;
        self.starts += other.starts;
        self.commits += other.commits;
        self.refused_commits += other.refused_commits;
        self.died_at_commit += other.died_at_commit;
        self.swallowed += other.swallowed;
        self.cut_off += other.cut_off;
        self.held_back += other.held_back;
        self.exchanges += other.exchanges;
        self.strangers_refused += other.strangers_refused;
        self.strikes.iter_mut().zip(other.strikes).for_each(|(sum, more)| *sum += more);
    }

    /// What was to go wrong and never did.
    pub(super) fn not_felt(&self) -> Vec<&'static str> {
        let felt = [
            ("no commit was ever refused", self.refused_commits),
            ("no relay ever died between a commit and its answer", self.died_at_commit),
            ("nothing was ever swallowed", self.swallowed),
            ("the relay never closed a connection by itself", self.cut_off),
            ("nobody ever read too slowly", self.held_back),
            ("nobody ever went by plain HTTP", self.exchanges),
            ("no stranger was ever refused", self.strangers_refused),
            ("something was never struck", self.strikes.iter().copied().min().unwrap_or(0)),
        ];
        felt.into_iter().filter(|(_, times)| *times == 0).map(|(void, _)| void).collect()
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} runs of {} simulated hours: {} acknowledged messages, {} relays, {} commits, {} of them refused, \
             {} relays dead between a commit and its answer, {} frames swallowed, {} connections closed by the \
             relay, {} exchanges, {} strangers refused",
            self.runs,
            self.simulated_ms / 3_600_000,
            self.acknowledged,
            self.starts,
            self.commits,
            self.refused_commits,
            self.died_at_commit,
            self.swallowed,
            self.cut_off,
            self.exchanges,
            self.strangers_refused,
        )?;
        let strikes = plot::ALL.iter().zip(self.strikes).map(|(strike, times)| format!("{times} {strike:?}"));
        write!(f, "what went wrong: {}", strikes.collect::<Vec<_>>().join(", "))
    }
}
