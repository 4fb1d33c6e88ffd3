//! `cargo xtask chaos`: round after round of the fault harness, until the time is up.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks by printing")]

use anyhow::{Context, Result, bail};
use futures_util::FutureExt;
use shopbell_tests::{
    chaos::{self, Ground, Outcome, Round},
    clock::{now_ms, tick},
};
use std::{panic::AssertUnwindSafe, path::PathBuf, process::ExitCode, time::Duration};

const USAGE: &str = "\
usage: chaos [--seed N] [--minutes M | --rounds R] [--load L] [--relays 1 | 3]
  --seed N      the first round's seed; those after it count up (default: from the clock)
  --minutes M   no round begins after so many (default 5)
  --rounds R    so many rounds
  --load L      so many times as many messages in each (default 1)
  --relays 3    three relays with PostgreSQL and NATS, instead of one with a disk
  --older FILE  the relays are an older build at first, and are replaced one by one";
const KILLS: u64 = 20;
const POWER_CUTS: u64 = 3;

struct Orders {
    seed: u64,
    minutes: u64,
    rounds: u64,
    load: u64,
    ground: Ground,
    older: Option<PathBuf>,
}

fn orders() -> Result<Orders> {
    let ground = Ground::OneRelay;
    let mut orders = Orders { seed: now_ms(), minutes: 5, rounds: u64::MAX, load: 1, ground, older: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let next = words.next();
        let number = next.as_ref().and_then(|number| number.parse().ok());
        match (word.as_str(), number) {
            ("--older", _) if next.is_some() => orders.older = next.map(PathBuf::from),
            ("--seed", Some(seed)) => orders.seed = seed,
            ("--minutes", Some(minutes)) => orders.minutes = minutes,
            ("--rounds", Some(rounds)) => (orders.rounds, orders.minutes) = (rounds, u64::MAX / 60),
            ("--load", Some(load)) => orders.load = load,
            ("--relays", Some(1)) => orders.ground = Ground::OneRelay,
            ("--relays", Some(3)) => orders.ground = Ground::ThreeRelays,
            _ => bail!("{word:?} is not understood\n{USAGE}"),
        }
    }
    Ok(orders)
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let Orders { seed, minutes, rounds, load, ground, older } = orders()?;
    let lost = chaos::control(ground, seed).await?;
    if lost == 0 {
        bail!("void: nothing was lost by a power cut with syncing off, so this run would show nothing");
    }
    println!("control: with syncing off a power cut lost {lost} acknowledged messages, as it has to");
    let (begun, until) = (tick(), Duration::from_secs(minutes * 60));
    let mut sum = (0, 0, 0, 0);
    for seed in (seed..).take(usize::try_from(rounds).unwrap_or(usize::MAX)) {
        if begun.elapsed() >= until {
            break;
        }
        let round = Round { ground, older: older.clone(), seed, kills: KILLS, power_cuts: POWER_CUTS, load };
        let played = AssertUnwindSafe(chaos::play(round)).catch_unwind().await;
        let again = || {
            let relays = if ground == Ground::ThreeRelays { " --relays 3" } else { "" };
            let older = older.as_ref().map(|file| format!(" --older {}", file.display())).unwrap_or_default();
            format!(
                "the round of seed {seed} failed; again: cargo xtask chaos --seed {seed} --rounds 1 --load {load}{relays}{older}"
            )
        };
        let Outcome { acknowledged, broken, strikes } = match played {
            Ok(outcome) => outcome.with_context(again)?,
            // What broke off has said why.
            Err(_) => bail!(again()),
        };
        if !broken.is_empty() {
            bail!("{}\n{}", broken.join("\n"), again());
        }
        println!(
            "seed {seed}: {acknowledged} acknowledged, {} strikes, nothing lost, doubled or out of order",
            strikes.len()
        );
        sum = (sum.0 + 1, sum.1 + KILLS, sum.2 + POWER_CUTS, sum.3 + acknowledged);
    }
    let (rounds, kills, cuts, acknowledged) = sum;
    println!(
        "{rounds} rounds in {} s: {kills} kills, {cuts} power cuts, {acknowledged} acknowledged messages; \
         0 lost, 0 doubled, 0 out of order, 0 untrue states",
        begun.elapsed().as_secs()
    );
    Ok(())
}
