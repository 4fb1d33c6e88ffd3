//! Thousands of runs.

use super::{Outcome, Planted, Sum, play, seeded};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// Runs that a normal test goes through.
const RUNS: u64 = 2_000;
/// The most that are played before a planted fault has to be found.
const PLANTED_RUNS: u64 = 400;

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value:?}")))
}

/// Plays all runs from a first seed on, and sums them up; the failed ones by seed.
fn play_all(first: u64, count: u64) -> (Sum, Vec<Outcome>) {
    let next = AtomicU64::new(first);
    let work = || {
        let seeded = seeded();
        let (mut sum, mut failed) = (Sum::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return (sum, failed);
            }
            let outcome = play(&seeded, seed, Planted::Nothing, false);
            sum.add(&outcome.felt);
            if !outcome.wrong.is_empty() {
                failed.push(outcome);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut sum, mut failed) = (Sum::default(), Vec::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let (its_sum, its_failed) = worker.join().expect("a worker ends");
            sum.add(&its_sum);
            failed.extend(its_failed);
        }
    });
    failed.sort_by_key(|outcome| outcome.seed);
    (sum, failed)
}

#[test]
fn nothing_is_lost_doubled_out_of_order_or_untrue_by_any_seed() {
    let first = setting("SHOPBELL_SEED").unwrap_or(1);
    let count = setting("SHOPBELL_SEEDS").unwrap_or(RUNS);
    let begun = std::time::Instant::now();
    let (sum, failed) = play_all(first, count);
    println!("{sum:#?}\n{:?}", begun.elapsed());
    for outcome in failed.iter().take(10) {
        println!("seed {}: {}", outcome.seed, outcome.wrong.join("\n"));
    }
    assert!(failed.is_empty(), "{} failed", failed.len());
}
