//! Thousands who wait for an answer: what each costs the relay, and what happens when all of
//! them come back at once.

use crate::process::{again, cpu_us, with_a_core_each};
use crate::sender::Sender;
use crate::table::{Row, Wanted, median};
use anyhow::Result;
use futures_util::future::{join_all, try_join_all};
use shopbell_tests::Relay;
use shopbell_tests::clock::tick;
use shopbell_tests::memory::{peak_bytes, reset_peak, resident_bytes};
use shopbell_tests::relay::Setup;
use std::time::Duration;

/// From so many on, what each one more costs is measured.
const FEW: usize = 2_000;
/// A process may open 20,000 files here.
const MANY: usize = 18_000;
/// Visitors that come at the same time.
const AT_ONCE: usize = 100;
/// Memory counts as settled when it moves less than this between two looks.
const STILL: f64 = 0.002;
const LOOK_EVERY: Duration = Duration::from_millis(300);
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
/// What a relay has where nobody says otherwise.
const PACE: u32 = 2_000;
/// So long that each talker has said that it is there once, and more.
const IDLE: Duration = Duration::from_secs(30);
/// Nobody waits longer than this for all to be back.
const BACK_WITHIN: Duration = Duration::from_secs(120);

struct Run {
    each_kb: f64,
    each_us: f64,
    back_s: f64,
    peak: f64,
}

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, run)?;
    let of = |value: fn(&Run) -> f64| median(done.iter().map(value).collect());
    let (kb, us) = (of(|run| run.each_kb), of(|run| run.each_us));
    let (back, peak) = (of(|run| run.back_s), of(|run| run.peak));
    Ok(vec![
        Row {
            what: "resident memory of the relay for each idle visitor, 18,000 connected",
            value: format!("{kb:.2} KB each, from 2,000 on"),
            figure: kb,
            wanted: Wanted::AtMost(7.0),
        },
        Row {
            what: "processor time of the relay for each idle visitor",
            value: format!("{us:.2} µs a second"),
            figure: us,
            wanted: Wanted::AtMost(5.0),
        },
        Row {
            what: "18,000 come back at once, until all have caught up",
            value: format!("{back:.1} s"),
            figure: back,
            wanted: Wanted::AtMost(30.0),
        },
        Row {
            what: "peak of the relay's memory meanwhile / before",
            value: String::new(),
            figure: peak,
            wanted: Wanted::AtMost(2.0),
        },
    ])
}

/// Each of them has written once, as a visitor does before they wait for an answer.
async fn run() -> Result<Run> {
    // Whoever comes back is let in at the relay's own pace.
    let pace = Setup::default().without_limits().set("LIMITS__HELLOS_PER_SECOND", PACE);
    let relay = with_a_core_each(pace.start()).await?;
    let mut visitors = Vec::with_capacity(MANY);
    let few = crowd(&relay, &mut visitors, FEW).await?;
    let many = crowd(&relay, &mut visitors, MANY).await?;
    let each_kb = (many - few) / (MANY - FEW) as f64 / 1e3;

    let before = cpu_us(relay.pid())?;
    let idle = join_all(visitors.iter_mut().map(Sender::live));
    // They never end by themselves, unless the relay hangs up.
    let ended = tokio::time::timeout(IDLE, idle).await;
    anyhow::ensure!(ended.is_err(), "the relay has hung up on idle visitors");
    let each_us = (cpu_us(relay.pid())? - before) / IDLE.as_secs_f64() / MANY as f64;

    let steady = resident_bytes(relay.pid())?;
    reset_peak(relay.pid())?;
    let begun = tick();
    let back = try_join_all(visitors.iter_mut().map(|visitor| visitor.come_back(&relay)));
    tokio::time::timeout(BACK_WITHIN, back).await??;
    let back_s = begun.elapsed().as_secs_f64();
    let peak = peak_bytes(relay.pid())? / steady;
    Ok(Run { each_kb, each_us, back_s, peak })
}

/// Lets visitors come until there are so many; gives the relay's memory then.
async fn crowd(relay: &Relay, visitors: &mut Vec<Sender>, count: usize) -> Result<f64> {
    while visitors.len() < count {
        let newcomers = (0..AT_ONCE.min(count - visitors.len())).map(|_| async {
            let mut visitor = Sender::connect(relay).await?;
            visitor.send("I will wait.").await?;
            anyhow::Ok(visitor)
        });
        visitors.extend(try_join_all(newcomers).await?);
    }
    let begun = tick();
    let mut before = resident_bytes(relay.pid())?;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = resident_bytes(relay.pid())?;
        if (now - before).abs() < before * STILL || begun.elapsed() > SETTLED_WITHIN {
            return Ok(now);
        }
        before = now;
    }
}
