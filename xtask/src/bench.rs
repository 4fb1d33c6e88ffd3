//! `cargo xtask bench`: builds the relay as people run it and hands over to the
//! tests' load generator.

use crate::{build, places::Places, relay, replies, report};
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
    relay::hand_over(places, relay::Profile::Release, "bench", args)
}
