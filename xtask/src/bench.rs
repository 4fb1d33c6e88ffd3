//! `cargo xtask bench`: builds the relay as people run it and hands over to the
//! tests' load generator.

use crate::{build, places::Places, relay, replies, report, shell};
use anyhow::Result;
use std::process::ExitCode;

/// Runs the measurements with these arguments.
///
/// # Errors
/// When something can't be built or started.
pub(crate) fn run(places: &Places, args: &[String]) -> Result<ExitCode> {
    if args == ["replies"] {
        return replies::run(places);
    }
    report::need(places, "web", |log| build::web(places, log))?;
    let executable = report::need(places, "relay", |log| relay::build(places, relay::Profile::Release, log))?;
    let package = ["--release", "--quiet", "--package", "shopbell-tests", "--bin", "bench"];
    report::need(places, "bench-build", |log| log.run(shell::cargo(places).arg("build").args(package)))?;
    eprintln!();
    let mut cargo = shell::cargo(places);
    cargo.arg("run").args(package).arg("--").args(args).env("SHOPBELL_BIN", executable);
    let status = cargo.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
