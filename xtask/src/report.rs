//! What a person sees while steps run: one calm line for each.

use crate::{places::Places, shell::Log, tally::Tally};
use anyhow::Result;
use std::{io::Write as _, time::Instant};

/// How a step ended.
pub(crate) enum Outcome {
    /// It did what it is for, and counted these tests.
    Done(Tally),
    /// It could not run here; the sentence says what is missing.
    NotRun(String),
    /// It ran and found something wrong; the sentence says what.
    Failed(Tally, String),
}

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Outcome::Done(Tally::default())
    }
}

/// Runs one step and prints its line.
pub(crate) fn show(places: &Places, name: &str, work: impl FnOnce(&mut Log) -> Result<Outcome>) -> Outcome {
    eprint!("{name:<12} ");
    let _ = std::io::stderr().flush();
    let begun = now();
    let mut log = match Log::new(places, name) {
        Ok(log) => log,
        Err(problem) => return say(Outcome::Failed(Tally::default(), format!("{problem:#}")), begun, &[]),
    };
    let outcome = match work(&mut log) {
        Ok(outcome) => outcome,
        Err(problem) => Outcome::Failed(Tally::default(), format!("{problem:#}")),
    };
    let notes = log.take_notes();
    say(outcome, begun, &notes)
}

/// Like [`show`], for steps of a job that can't go on without them.
pub(crate) fn need<T>(places: &Places, name: &str, work: impl FnOnce(&mut Log) -> Result<T>) -> Result<T> {
    let mut made = None;
    let outcome = show(places, name, |log| {
        made = Some(work(log)?);
        Ok(().into())
    });
    match (outcome, made) {
        (Outcome::Done(_), Some(made)) => Ok(made),
        _ => anyhow::bail!("Stopped, because the step \"{name}\" failed."),
    }
}

fn say(outcome: Outcome, begun: Instant, notes: &[String]) -> Outcome {
    let seconds = begun.elapsed().as_secs_f32();
    match &outcome {
        Outcome::Done(tally) => eprintln!("ok      {seconds:6.1} s{}", tally.in_words()),
        Outcome::NotRun(why) => eprintln!("not run {seconds:6.1} s  {why}"),
        Outcome::Failed(tally, why) => {
            eprintln!("FAILED  {seconds:6.1} s{}\n\n{}\n", tally.in_words(), why.trim_end());
        }
    }
    for note in notes {
        eprintln!("             note: {note}");
    }
    outcome
}

#[expect(clippy::disallowed_methods, reason = "times the steps for the person who waits")]
fn now() -> Instant {
    Instant::now()
}
