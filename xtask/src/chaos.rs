//! `cargo xtask chaos`: the relay's development build, whose own checks are on, under the tests'
//! fault harness; with `--seeds`, the deterministic simulation instead.

use crate::{places::Places, relay, shell};
use anyhow::{Context, Result, bail};
use std::process::ExitCode;

/// The test that plays the simulation.
const TEST: &str = "simulation::tests::nothing_is_lost_doubled_out_of_order_or_untrue_by_any_seed";

/// Plays rounds with these arguments.
///
/// # Errors
/// When something can't be built or started, or the arguments are not understood.
pub(crate) fn run(places: &Places, args: &[String]) -> Result<ExitCode> {
    if args.iter().any(|arg| arg == "--seeds") {
        return simulate(places, args);
    }
    relay::hand_over(places, relay::Profile::pick(true), "chaos", args)
}

/// Plays so many seeds of the simulation; one alone is told as it goes.
fn simulate(places: &Places, args: &[String]) -> Result<ExitCode> {
    let mut cargo = shell::cargo(places);
    for pair in args.chunks(2) {
        let number = pair.get(1).and_then(|number| number.parse::<u64>().ok());
        let number = number.with_context(|| format!("{} takes a number.", pair[0]))?;
        match pair[0].as_str() {
            "--seeds" => cargo.env("SHOPBELL_SIMULATION_SEEDS", number.to_string()),
            "--seed" => cargo.env("SHOPBELL_SIMULATION_SEED", number.to_string()),
            other => bail!("{other:?} is not understood. Say --seeds N, and --seed FIRST if you like."),
        };
    }
    cargo.args(["test", "--quiet", "--profile", "seeds", "--package", "shopbell-server", "--bin", "shopbell", "--"]);
    cargo.args(["--exact", TEST, "--nocapture"]);
    let status = cargo.status().context("cargo can't be started.")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
