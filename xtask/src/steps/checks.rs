//! Formatting and lints.

use super::setup;
use crate::{
    places::Places,
    report::Outcome,
    shell::{self, Log},
};
use anyhow::Result;

/// The rooms that run in a browser.
const WEB: [&str; 4] = ["--package", "shopbell-widget", "--package", "shopbell-inbox"];

pub(super) fn fmt(places: &Places, log: &mut Log) -> Result<Outcome> {
    log.run(shell::cargo(places).args(["fmt", "--all", "--", "--check", "--color", "never"]))?;
    Ok(().into())
}

/// Everything that is built for this machine: the browser's rooms too, for what
/// they test without a browser.
pub(super) fn clippy(places: &Places, log: &mut Log) -> Result<Outcome> {
    let mut cargo = shell::cargo(places);
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    log.run(&mut cargo)?;
    Ok(().into())
}

pub(super) fn clippy_web(places: &Places, log: &mut Log) -> Result<Outcome> {
    setup::need_target(log)?;
    let mut cargo = shell::cargo(places);
    cargo.args(["clippy", "--target", "wasm32-unknown-unknown"]).args(WEB);
    cargo.args(["--", "--deny", "warnings"]);
    log.run(&mut cargo)?;
    Ok(().into())
}
