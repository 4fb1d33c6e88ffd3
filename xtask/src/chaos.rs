//! `cargo xtask chaos`: builds the relay for development, whose own checks are on, and hands
//! over to the tests' fault harness.

use crate::{places::Places, relay, report, shell};
use anyhow::Result;
use std::process::ExitCode;

/// Plays rounds with these arguments.
///
/// # Errors
/// When something can't be built or started.
pub(crate) fn run(places: &Places, args: &[String]) -> Result<ExitCode> {
    let executable =
        report::need(places, "relay", |log| relay::build(places, relay::Profile::pick(true), log))?;
    let package = ["--quiet", "--package", "shopbell-tests", "--bin", "chaos"];
    report::need(places, "chaos-build", |log| log.run(shell::cargo(places).arg("build").args(package)))?;
    eprintln!();
    let mut cargo = shell::cargo(places);
    cargo.arg("run").args(package).arg("--").args(args).env("SHOPBELL_BIN", executable);
    let status = cargo.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
