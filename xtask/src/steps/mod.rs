//! The steps of `cargo xtask test`, each also a job of its own: `cargo xtask ci NAME`.

mod checks;
mod licences;
mod setup;
mod suites;

use crate::{
    build,
    places::Places,
    relay::{self, Profile},
    report::{self, Outcome},
    shell::Log,
    size,
    tally::Tally,
    tidy,
};
use anyhow::Result;
use std::{collections::BTreeMap, env, process::ExitCode};

/// One thing to check.
struct Step {
    name: &'static str,
    /// For `ci --list`.
    about: &'static str,
    /// What must have gone well before.
    needs: &'static [&'static str],
    run: fn(&Places, &mut Log) -> Result<Outcome>,
}

const STEPS: &[Step] = &[
    Step {
        name: "setup",
        about: "fetch what the other steps need: the wasm32 target, browsers, npm's packages, mail servers",
        needs: &[],
        run: setup::everything,
    },
    Step { name: "fmt", about: "the code is formatted", needs: &[], run: checks::fmt },
    Step {
        name: "tidy",
        about: "the rooms' arrows, the version table, short files, no paths of one machine",
        needs: &[],
        run: tidy::step,
    },
    Step {
        name: "licences",
        about: "licences, banned crates and sources, by deny.toml",
        needs: &[],
        run: licences::check,
    },
    Step {
        name: "web",
        about: "the widget and the inbox, built for browsers",
        needs: &[],
        run: |places, log| build::web(places, log).map(Into::into),
    },
    Step { name: "clippy", about: "lints of all that runs on this machine", needs: &[], run: checks::clippy },
    Step {
        name: "clippy-web",
        about: "lints of the widget and the inbox as they are built for browsers",
        needs: &[],
        run: checks::clippy_web,
    },
    Step {
        name: "build",
        about: "the relay with the web files inside, and all tests",
        needs: &["web"],
        run: |places, log| relay::build(places, Profile::Dev, log).map(|_| ().into()),
    },
    Step {
        name: "size",
        about: "what a visitor loads is within the budgets",
        needs: &["web", "build"],
        run: |places, log| size::check(places, Profile::Dev, log).map(Into::into),
    },
    Step { name: "tests", about: "every test of every room", needs: &["build"], run: suites::cargo_tests },
    Step {
        name: "browser",
        about: "the whole in a real Chromium, and pushes in a real Firefox",
        needs: &["build"],
        run: suites::browser_tests,
    },
];

/// `cargo xtask ci --list`.
///
/// # Errors
/// Never; it has the shape of the other jobs.
pub(crate) fn list() -> Result<ExitCode> {
    for step in STEPS {
        let needs =
            if step.needs.is_empty() { String::new() } else { format!(" (after {})", step.needs.join(", ")) };
        println!("{:<12} {}{needs}", step.name, step.about);
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask test`.
///
/// # Errors
/// Never; what fails is in the summary and the exit code.
pub(crate) fn run_all(places: &Places) -> Result<ExitCode> {
    Ok(run(places, &STEPS.iter().collect::<Vec<_>>()))
}

/// `cargo xtask ci NAME`: the step, after those that it needs.
///
/// # Errors
/// When there is no such step.
pub(crate) fn run_one(places: &Places, name: &str) -> Result<ExitCode> {
    if !STEPS.iter().any(|step| step.name == name) {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        anyhow::bail!("There is no step \"{name}\". The steps are: {}.", names.join(", "));
    }
    Ok(run(places, &with_needs(name)))
}

/// A step and all that it needs, in the list's order.
fn with_needs(name: &str) -> Vec<&'static Step> {
    let mut wanted = vec![name];
    let mut at = 0;
    while let Some(&name) = wanted.get(at) {
        wanted.extend(STEPS.iter().filter(|step| step.name == name).flat_map(|step| step.needs));
        at += 1;
    }
    STEPS.iter().filter(|step| wanted.contains(&step.name)).collect()
}

fn run(places: &Places, steps: &[&Step]) -> ExitCode {
    let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
    for step in steps {
        let missing = step.needs.iter().find(|need| !matches!(outcomes.get(*need), Some(Outcome::Done(_))));
        let outcome = report::show(places, step.name, |log| match missing {
            Some(need) => {
                Ok(Outcome::NotRun(format!("It needs the step \"{need}\", which did not go well.")))
            }
            None => (step.run)(places, log),
        });
        outcomes.insert(step.name, outcome);
    }
    let summary = Summary::of(steps.iter().filter_map(|step| Some((step.name, outcomes.get(step.name)?))));
    println!("\n{}", summary.text);
    // A single check has no tests to count; the whole always says how many ran.
    if steps.len() == STEPS.len() || summary.tally != Tally::default() {
        println!("{}", summary.tally);
    }
    let strict = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    if summary.is_good(strict) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What all steps together came to.
struct Summary {
    /// What became of the steps, one line for each kind of ending.
    text: String,
    /// The tests of all steps.
    tally: Tally,
    failed: usize,
    not_run: usize,
}

impl Summary {
    fn of<'a>(outcomes: impl Iterator<Item = (&'a str, &'a Outcome)>) -> Self {
        let (mut done, mut failed, mut not_run) = (Vec::new(), Vec::new(), Vec::new());
        let mut sum = Tally::default();
        for (name, outcome) in outcomes {
            match outcome {
                Outcome::Done(tally) => {
                    sum = sum.and(*tally);
                    done.push(name.to_owned());
                }
                Outcome::Failed(tally, _) => {
                    sum = sum.and(*tally);
                    failed.push(name.to_owned());
                }
                Outcome::NotRun(why) => not_run.push(format!("{name} ({})", why.trim_end_matches('.'))),
            }
        }
        let endings = [("Went well", &done), ("Failed", &failed), ("Did not run", &not_run)];
        let lines = endings.iter().filter(|(_, names)| !names.is_empty());
        let text: Vec<_> = lines.map(|(title, names)| format!("{title}: {}", names.join(", "))).collect();
        Self { text: text.join("\n"), tally: sum, failed: failed.len(), not_run: not_run.len() }
    }

    /// On CI, what did not run can't have shown that all is well.
    fn is_good(&self, strict: bool) -> bool {
        self.failed == 0 && (self.not_run == 0 || !strict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32) -> Tally {
        Tally { passed, failed, skipped: 0 }
    }

    #[test]
    fn the_summary_names_what_did_not_run_and_sums_the_tests() {
        let outcomes = [
            ("fmt", Outcome::Done(tally(0, 0))),
            ("tests", Outcome::Failed(tally(20, 2), "no".into())),
            ("browser", Outcome::NotRun("There is no Chromium.".into())),
            ("more", Outcome::Done(tally(3, 0))),
        ];
        let summary = Summary::of(outcomes.iter().map(|(name, outcome)| (*name, outcome)));
        assert_eq!(
            summary.text,
            "Went well: fmt, more\nFailed: tests\nDid not run: browser (There is no Chromium)"
        );
        assert_eq!(summary.tally.to_string(), "23 passed, 2 failed");
        assert!(!summary.is_good(false));
    }

    #[test]
    fn on_ci_everything_must_run() {
        let outcomes = [("browser", Outcome::NotRun("x".into()))];
        let summary = Summary::of(outcomes.iter().map(|(name, outcome)| (*name, outcome)));
        assert!(summary.is_good(false));
        assert!(!summary.is_good(true));
    }

    #[test]
    fn a_step_brings_what_it_needs_and_needs_only_what_stands_before_it() {
        let names: Vec<_> = with_needs("browser").iter().map(|step| step.name).collect();
        assert_eq!(names, ["web", "build", "browser"]);
        for (at, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                assert!(STEPS.iter().take(at).any(|earlier| earlier.name == *need), "{need}");
            }
        }
    }
}
