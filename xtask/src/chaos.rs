//! `cargo xtask chaos`: the relay's development build, whose own checks are on, under the tests'
//! fault harness; with `--seeds`, the deterministic simulation instead.

use crate::{places::Places, relay, shell};
use anyhow::{Context, Result, bail};
use std::process::ExitCode;

/// The test that plays the simulation.
const TEST: &str = "simulation::tests::nothing_is_lost_doubled_out_of_order_or_untrue_by_any_seed";

/// The tests that plant a fault, which has to be found.
const CONTROL: &[&str] = &["simulation::tests::", "--skip", "nothing_is_lost", "--skip", "a_seed_gives"];

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

/// Plays so many seeds of the simulation, after the control; one alone is told as it goes.
fn simulate(places: &Places, args: &[String]) -> Result<ExitCode> {
    let mut settings = Vec::new();
    for pair in args.chunks(2) {
        let number = pair.get(1).and_then(|number| number.parse::<u64>().ok());
        let number = number.with_context(|| format!("{} takes a number.", pair[0]))?;
        settings.push(match pair[0].as_str() {
            "--seeds" => ("SHOPBELL_SIMULATION_SEEDS", number.to_string()),
            "--seed" => ("SHOPBELL_SIMULATION_SEED", number.to_string()),
            other => bail!("{other:?} is not understood. Say --seeds N, and --seed FIRST if you like."),
        });
    }
    let is_one = settings.contains(&("SHOPBELL_SIMULATION_SEEDS", "1".into()));
    if !is_one && !play(places, CONTROL, &[])? {
        bail!("void: a fault that was planted was not found, so this run would show nothing");
    }
    let went_well = play(places, &["--exact", TEST, "--nocapture"], &settings)?;
    Ok(if went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs some of the simulation's tests, with all of the relay's own checks; whether they passed.
fn play(places: &Places, which: &[&str], settings: &[(&str, String)]) -> Result<bool> {
    let mut cargo = shell::cargo(places);
    cargo.envs(settings.iter().map(|(name, value)| (name, value)));
    cargo.args([
        "test",
        "--quiet",
        "--profile",
        "seeds",
        "--package",
        "shopbell-server",
        "--bin",
        "shopbell",
    ]);
    cargo.arg("--").args(which);
    Ok(cargo.status().context("cargo can't be started.")?.success())
}
