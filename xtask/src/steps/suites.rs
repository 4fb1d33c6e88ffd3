//! The test suites: cargo's and the browser's.

use super::setup;
use crate::{
    failures,
    places::Places,
    relay::{self, Profile},
    report::Outcome,
    shell::{self, Log},
    tally::Tally,
};
use anyhow::Result;
use std::process::Command;

/// Every room's tests. All of them run, also after one has failed.
pub(super) fn cargo_tests(places: &Places, log: &mut Log) -> Result<Outcome> {
    let mut cargo = shell::cargo(places);
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    cargo.env("SHOPBELL_BIN", relay::executable(places, Profile::Dev));
    let well = log.try_run(&mut cargo)?;
    let text = log.text();
    Ok(outcome(well, Tally::from_cargo(&text), &failures::from_cargo(&text), log))
}

/// Playwright's tests in Chromium, and one in Firefox.
pub(super) fn browser_tests(places: &Places, log: &mut Log) -> Result<Outcome> {
    if shell::which("npx").is_none() {
        return Ok(Outcome::NotRun("There is no Node.js. On Debian: `apt-get install nodejs npm`.".into()));
    }
    let chromium = match setup::chromium(log) {
        Ok(file) => file,
        Err(missing) => return Ok(Outcome::NotRun(missing)),
    };
    let firefox = setup::firefox(log);
    setup::browser_packages(places, log)?;
    let mut playwright = Command::new("npx");
    playwright.args(["--no-install", "playwright", "test", "--reporter=list"]);
    playwright.current_dir(places.root.join("tests/browser"));
    playwright.env("SHOPBELL_BIN", relay::executable(places, Profile::Dev));
    playwright.env("SHOPBELL_CHROMIUM", chromium);
    match firefox {
        Ok(file) => {
            playwright.env("SHOPBELL_FIREFOX", file);
        }
        // Its test fails, and says so too.
        Err(missing) => log.note(missing),
    }
    let well = log.try_run(&mut playwright)?;
    let text = log.text();
    Ok(outcome(well, Tally::from_playwright(&text), &failures::from_playwright(&text), log))
}

/// A suite in which no test ran has shown nothing.
fn outcome(well: bool, tally: Tally, failures: &str, log: &Log) -> Outcome {
    if well && tally.failed == 0 && tally.passed > 0 {
        Outcome::Done(tally)
    } else if well && tally.failed == 0 {
        Outcome::Failed(tally, format!("No test ran. {}", log.tail()))
    } else if failures.is_empty() {
        Outcome::Failed(tally, log.tail())
    } else {
        Outcome::Failed(tally, format!("{failures}\nAll of it is in {}.", log.shown()))
    }
}
