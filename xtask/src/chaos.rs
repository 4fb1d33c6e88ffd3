//! `cargo xtask chaos`: the relay's development build, whose own checks are on, under the tests'
//! fault harness.

use crate::{places::Places, relay};
use anyhow::Result;
use std::process::ExitCode;

/// Plays rounds with these arguments.
///
/// # Errors
/// When something can't be built or started.
pub(crate) fn run(places: &Places, args: &[String]) -> Result<ExitCode> {
    relay::hand_over(places, relay::Profile::pick(true), "chaos", args)
}
