//! What an idle visitor costs the relay in memory.

use crate::process::resident_bytes;
use crate::sender::Sender;
use crate::table::{Row, Wanted, median};
use anyhow::Result;
use futures_util::future::try_join_all;
use shopbell_tests::Relay;
use shopbell_tests::clock::tick;
use shopbell_tests::relay::Setup;
use std::time::Duration;

const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// Visitors that come at the same time.
const AT_ONCE: usize = 100;
/// Memory counts as settled when it moves less than this between two looks.
const STILL: f64 = 0.002;
const LOOK_EVERY: Duration = Duration::from_millis(300);
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut done = Vec::new();
    for _ in 0..runs {
        done.push(runtime.block_on(run())?);
    }
    let each_kb = median(done);
    Ok(vec![Row {
        what: "resident memory of the relay for each idle visitor",
        value: format!("{each_kb:.2} KB, 10,000 connected"),
        figure: each_kb,
        wanted: Wanted::AtMost(10.0),
    }])
}

/// Kilobytes for each visitor between the first thousand and ten thousand. Each
/// of them has written once, as a visitor does before they wait for an answer.
async fn run() -> Result<f64> {
    let relay = Setup::default().without_limits().start().await;
    let mut visitors = Vec::with_capacity(MANY);
    let few = crowd(&relay, &mut visitors, FEW).await?;
    let many = crowd(&relay, &mut visitors, MANY).await?;
    Ok((many - few) / (MANY - FEW) as f64 / 1e3)
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
