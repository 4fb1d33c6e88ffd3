//! `cargo xtask bench replies`: what others' reply parsers make of our corpus of mailed
//! answers, beside what ours does.

use crate::{build, places::Places, report, shell};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// From PyPI; what comes from npm stands in the lock file of `tests/far-checks/replies`.
const PACKAGE: &str = "mail-parser-reply==1.36";

/// Fetches the others and compares.
///
/// # Errors
/// When one of them can't be had, or the comparison can't be built.
pub(crate) fn run(places: &Places) -> Result<ExitCode> {
    let scripts = places.root.join("tests/far-checks/replies");
    let (node, python) = (places.tools().join("replies"), places.tools().join(PACKAGE));
    report::need(places, "others", |log| {
        build::install_packages(&scripts, &node, log)?;
        // A module is found beside the script, not where the script is called.
        for script in ["parse.js", "parse.py"] {
            std::fs::copy(scripts.join(script), node.join(script))?;
        }
        if !python.join("mailparser_reply").is_dir() {
            let mut pip = Command::new("python3");
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--target",
            ]);
            log.run(pip.arg(&python).arg(PACKAGE)).context("On Debian: `apt-get install python3-pip`.")?;
        }
        Ok(())
    })?;
    eprintln!();
    let mut cargo = shell::cargo(places);
    cargo.args(["run", "--quiet", "--package", "shopbell-channels", "--example", "replies", "--"]);
    let status = cargo.arg(&node).arg(&python).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
