//! Durable acknowledged messages a second, against the same rows written
//! straight to SQLite; and what a message costs the relay.

use crate::process::again;
use crate::sender::Sender;
use crate::table::{Row, Wanted, median};
use crate::{ceiling, process};
use anyhow::Result;
use futures_util::future::try_join_all;
use shopbell_tests::Relay;
use shopbell_tests::clock::tick;
use shopbell_tests::relay::Setup;
use std::cell::Cell;
use std::time::Duration;

const SENDERS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
const BODY: &str = "Do you have the round table in oak as well?";

struct Run {
    messages_a_second: f64,
    rows_a_second: f64,
    cpu_us: f64,
}

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, run)?;
    let of = |value: fn(&Run) -> f64| median(done.iter().map(value).collect());
    let (messages, rows) = (of(|run| run.messages_a_second), of(|run| run.rows_a_second));
    Ok(vec![
        Row {
            what: "kept messages, 64 senders / rows in bare SQLite",
            value: format!("{messages:.0}/s of {rows:.0}/s"),
            figure: of(|run| run.messages_a_second / run.rows_a_second),
            wanted: Wanted::AtLeast(0.5),
        },
        Row {
            what: "processor time of the relay for a kept message",
            value: format!("{:.1} µs", of(|run| run.cpu_us)),
            figure: of(|run| run.cpu_us),
            wanted: Wanted::AtMost(15.0),
        },
    ])
}

async fn run() -> Result<Run> {
    let bare = Relay::prepare(Setup::default());
    bare.add_shop("oak");
    let rows_a_second = ceiling::bare_rows_a_second(&bare, BODY, MEASURED / 2)?;

    let relay = process::with_a_core_each(Setup::default().without_limits().start()).await?;
    let (messages_a_second, cpu_us) = kept_a_second(&relay).await?;
    Ok(Run { messages_a_second, rows_a_second, cpu_us })
}

/// Messages a second that 64 senders get acknowledged, and what each costs the relay, in
/// microseconds.
pub(crate) async fn kept_a_second(relay: &Relay) -> Result<(f64, f64)> {
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let mut sender = Sender::connect(relay).await?;
        sender.send(BODY).await?;
        senders.push(sender);
    }
    let (kept, over) = (Cell::new(0_u64), Cell::new(false));
    let work = senders.iter_mut().map(|sender| async {
        while !over.get() {
            sender.send(BODY).await?;
            kept.set(kept.get() + 1);
        }
        anyhow::Ok(())
    });
    let watch = async {
        tokio::time::sleep(WARM_UP).await;
        let (begun, before, cpu) = (tick(), kept.get(), process::cpu_us(relay.pid())?);
        tokio::time::sleep(MEASURED).await;
        let messages = (kept.get() - before) as f64;
        let cpu_us = (process::cpu_us(relay.pid())? - cpu) / messages;
        over.set(true);
        let messages_a_second = messages / begun.elapsed().as_secs_f64();
        anyhow::Ok((messages_a_second, cpu_us))
    };
    let (_, measured) = tokio::try_join!(try_join_all(work), watch)?;
    Ok(measured)
}
