//! Thousands of runs, and whether they would find anything.

use super::{Outcome, Planted, play, plot, seeded, sum::Sum};
use std::{
    collections::BTreeSet,
    env,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// Runs that a normal test goes through.
const RUNS: u64 = 2_000;
/// Runs until a planted fault has to be found, at most.
const PLANTED_RUNS: u64 = 300;
/// Failed runs that are told in full.
const TOLD: usize = 5;
/// The first seed, and how many; one alone is told as it goes.
const FIRST: &str = "SHOPBELL_SIMULATION_SEED";
const COUNT: &str = "SHOPBELL_SIMULATION_SEEDS";

fn setting(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
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
            let outcome = play(&seeded, seed, Planted::Nothing, count == 1);
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
#[expect(clippy::print_stdout, reason = "whoever lets many of them run wants to see the sum")]
fn nothing_is_lost_doubled_out_of_order_or_untrue_by_any_seed() {
    let (first, count) = (setting(FIRST).unwrap_or(1), setting(COUNT).unwrap_or(RUNS));
    let (sum, failed) = play_all(first, count);
    println!("{sum}");
    let told = failed.iter().take(TOLD).map(|Outcome { seed, wrong, .. }| {
        format!("seed {seed}; again: cargo xtask chaos --seeds 1 --seed {seed}\n{}", wrong.join("\n"))
    });
    let told: Vec<_> = told.collect();
    assert!(failed.is_empty(), "{} of {count} runs failed\n{}", failed.len(), told.join("\n\n"));
    if count >= RUNS {
        assert_eq!(sum.not_felt(), Vec::<&str>::new(), "then the runs show nothing");
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let seeded = seeded();
    for seed in 1..=20 {
        let hashes = [(); 2].map(|()| play(&seeded, seed, Planted::Nothing, false).hash);
        assert_eq!(hashes[0], hashes[1], "seed {seed} gave two runs");
    }
    let other = play(&seeded, 21, Planted::Nothing, false).hash;
    assert_ne!(play(&seeded, 22, Planted::Nothing, false).hash, other, "two seeds gave one run");
}

/// In the other process the test says by failing what it found.
#[test]
fn a_seed_gives_the_same_run_in_another_process() {
    const CHILD: &str = "SHOPBELL_SIMULATION_CHILD";
    const SAYS: &str = "the run's hash is ";
    let hash = play(&seeded(), 7, Planted::Nothing, false).hash;
    assert!(env::var_os(CHILD).is_none(), "{SAYS}{hash}.");
    let name = thread::current().name().expect("a test's thread has its name").to_owned();
    let mut child = Command::new(env::current_exe().expect("this program"));
    let child = child.args(["--exact", &name]).env(CHILD, "1").output().expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(said.contains(&format!("{SAYS}{hash}.")), "another run: {said}");
}

/// Plays until a planted fault is found for what it is, by this sentence.
fn is_found(planted: Planted, sentence: &str) {
    let (seeded, mut others) = (seeded(), BTreeSet::new());
    let finds = (1..=PLANTED_RUNS).any(|seed| {
        let wrong = play(&seeded, seed, planted, false).wrong;
        let finds = wrong.iter().any(|wrong| wrong.contains(sentence));
        others.extend(wrong);
        finds
    });
    let others: Vec<_> = others.into_iter().take(TOLD).collect();
    assert!(finds, "{PLANTED_RUNS} runs did not find {planted:?}, but\n{}", others.join("\n"));
}

#[test]
fn a_store_that_acknowledges_before_it_keeps_is_found() {
    is_found(Planted::LyingDisk, "was acknowledged as");
}

#[test]
fn an_inbox_that_doubles_is_found() {
    is_found(Planted::OwnerDoubles, "is kept twice");
}

#[test]
fn a_device_that_forgets_too_early_is_found() {
    is_found(Planted::ForgetsWhatIsSent, "was written in tab");
}

#[test]
fn a_tab_that_says_unseen_that_it_was_read_is_found() {
    is_found(Planted::SeesAtOnce, "and has heard");
}

#[test]
fn a_line_that_leads_to_somebody_else_is_found() {
    is_found(Planted::CrossedLines, "was written as");
}

#[test]
fn each_thing_that_can_go_wrong_is_there_once() {
    let names: BTreeSet<_> = plot::ALL.iter().map(|strike| format!("{strike:?}")).collect();
    assert_eq!(names.len(), plot::ALL.len());
}
