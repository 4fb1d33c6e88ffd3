//! `cargo xtask demo`: everything built, and a relay with a demo shop running.

use crate::{build, places::Places, relay, report};
use anyhow::Result;
use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

/// Builds and then becomes the relay, which prints the three addresses.
///
/// # Errors
/// When something can't be built or started.
pub(crate) fn run(
    places: &Places,
    listen: &str,
    data: Option<PathBuf>,
    profile: relay::Profile,
) -> Result<ExitCode> {
    report::need(places, "web", |log| build::web(places, log))?;
    let executable = report::need(places, "relay", |log| relay::build(places, profile, log))?;
    eprintln!();
    let data = data.unwrap_or_else(|| places.demo_data());
    become_it(relay::demo_command(&executable, listen, &data))
}

/// Hands this process over, so that Ctrl-C and signals reach the relay itself.
#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode> {
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
