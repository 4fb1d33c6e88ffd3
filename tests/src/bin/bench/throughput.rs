//! Durable acknowledged messages a second, against the same rows written
//! straight to SQLite; and what a message costs the relay.

use crate::ceiling::Bare;
use crate::load::{BODY, MEASURED, SENDERS};
use crate::process::again;
use crate::sender::Sender;
use crate::table::{Row, Wanted, median};
use crate::{ceiling, load, process};
use anyhow::Result;
use shopbell_tests::Relay;
use shopbell_tests::relay::Setup;

struct Run {
    messages_a_second: f64,
    bare: Bare,
    cpu_us: f64,
}

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, run)?;
    let of = |value: fn(&Run) -> f64| median(done.iter().map(value).collect());
    let (messages, rows) = (of(|run| run.messages_a_second), of(|run| run.bare.rows_a_second));
    Ok(vec![
        Row {
            what: "kept messages, 64 senders / rows in bare SQLite",
            value: format!("{messages:.0}/s of {rows:.0}/s"),
            figure: of(|run| run.messages_a_second / run.bare.rows_a_second),
            wanted: Wanted::AtLeast(0.5),
        },
        Row {
            what: "processor time of the relay for a kept message",
            value: format!("{:.1} µs, {:.1} for a bare row", of(|run| run.cpu_us), of(|run| run.bare.cpu_us)),
            figure: of(|run| run.cpu_us),
            wanted: Wanted::AtMost(15.0),
        },
    ])
}

async fn run() -> Result<Run> {
    let bare = Relay::prepare(Setup::default());
    bare.add_shop("oak");
    let bare = ceiling::bare_rows(&bare, BODY, MEASURED / 2)?;

    let relay = process::with_a_core_each(Setup::default().without_limits().start()).await?;
    let (messages_a_second, cpu_us) = kept_a_second(&relay).await?;
    Ok(Run { messages_a_second, bare, cpu_us })
}

/// Messages a second that 64 senders get acknowledged, and what each costs the relay, in
/// microseconds.
pub(crate) async fn kept_a_second(relay: &Relay) -> Result<(f64, f64)> {
    let load = load::by(&mut senders(relay).await?, || process::cpu_us(relay.pid())).await?;
    Ok((load.messages_a_second, load.cpu_us))
}

/// All that are to write, each with the first message kept.
pub(crate) async fn senders(relay: &Relay) -> Result<Vec<Sender>> {
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let mut sender = Sender::connect(relay).await?;
        sender.send(BODY).await?;
        senders.push(sender);
    }
    Ok(senders)
}
