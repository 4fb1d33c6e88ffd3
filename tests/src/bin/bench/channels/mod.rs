//! How soon those who are outside are told and heard, and what a dead far side costs others.

mod back;
mod dead;
mod dead_side;
mod out;
mod shops;

use crate::table::{Row, Wanted, median, p50, p99};
use anyhow::Result;

/// Measures one of the parts.
pub(crate) fn measure(part: &str, runs: usize) -> Result<Vec<Row>> {
    shopbell_channels::use_ring();
    // One thread for the far sides and the people leaves the rest of the machine to the relay.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match part {
        "out" => runtime.block_on(out::measure(runs)),
        "back" => runtime.block_on(back::measure(runs)),
        _ => runtime.block_on(dead::measure(runs)),
    }
}

/// How long something took each time, in milliseconds.
type Spans = Vec<f64>;

/// A row of spans, by the median of the runs' p99.
fn row(what: &'static str, runs: &[Spans], most_ms: f64) -> Row {
    let of = |value: fn(Spans) -> f64| median(runs.iter().map(|run| value(run.clone())).collect());
    let (middle, last) = (of(p50), of(p99));
    let each = runs.first().map_or(0, Vec::len);
    Row {
        what,
        value: format!("p50 {middle:.0}, p99 {last:.0} ms of {each}"),
        figure: last,
        wanted: Wanted::AtMost(most_ms),
    }
}
