//! From a visitor's device to an owner's, against what the disk takes for one
//! durable write.

use crate::ceiling;
use crate::process::again;
use crate::sender::Sender;
use crate::table::{Row, Wanted, median, p99};
use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use shopbell_protocol::{OwnerFrame, RelayFrame, Seq};
use shopbell_tests::clock::tick;
use shopbell_tests::raw::Raw;
use shopbell_tests::relay::Setup;
use shopbell_tests::{Relay, web};
use std::cell::RefCell;
use std::time::{Duration, Instant};

const IDLE: usize = 1_000;
const VISITORS: usize = 10;
const MESSAGES: usize = 1_000;
/// 100 messages a second.
const EVERY: Duration = Duration::from_millis(10);
/// What the relay may add to one write of the disk.
const ALLOWANCE_MS: f64 = 3.0;

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, run)?;
    let of = |value: fn(&(f64, f64)) -> f64| median(done.iter().map(value).collect());
    let (latency, sync) = (of(|run| run.0), of(|run| run.1));
    Ok(vec![Row {
        what: "visitor to owner, p99 / p99 of one fdatasync + 3 ms",
        value: format!("{latency:.2} ms of {:.2} ms", sync + ALLOWANCE_MS),
        figure: of(|run| run.0 / (run.1 + ALLOWANCE_MS)),
        wanted: Wanted::AtMost(2.0),
    }])
}

/// The p99 of the way, and of the disk's write, in milliseconds.
async fn run() -> Result<(f64, f64)> {
    let relay = Setup::default().without_limits().start().await;
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(Sender::connect(&relay).await?);
    }
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        let mut visitor = Sender::connect(&relay).await?;
        visitor.send("hello").await?;
        visitors.push(visitor);
    }
    let cookie = web::sign_in(&relay, &relay.sign_in_code("oak")).await;
    // One owner's device for each conversation, as each watches one.
    let mut owners = Vec::new();
    for visitor in &visitors {
        owners.push(watching(&relay, &cookie, visitor).await);
    }
    // Before and after, so that what else goes on at the disk counts for both.
    let mut syncs = ceiling::syncs_ms(&relay, MESSAGES / 2)?;
    let said: RefCell<Vec<Option<Instant>>> = RefCell::new(vec![None; MESSAGES]);
    let spans = RefCell::new(Vec::with_capacity(MESSAGES));
    let begun = tick();
    let speak = visitors.iter_mut().enumerate().map(|(which, visitor)| {
        let said = &said;
        async move {
            for number in (which..MESSAGES).step_by(VISITORS) {
                let due = EVERY * u32::try_from(number).context("few messages")?;
                tokio::time::sleep(due.saturating_sub(begun.elapsed())).await;
                said.borrow_mut()[number] = Some(tick());
                visitor.send(&number.to_string()).await?;
            }
            anyhow::Ok(())
        }
    });
    let listen = owners.iter_mut().map(|owner| {
        let (said, spans) = (&said, &spans);
        async move {
            for _ in 0..MESSAGES / VISITORS {
                let body = owner
                    .until(|frame| match frame {
                        RelayFrame::Message { message, .. } => Some(message.body),
                        _ => None,
                    })
                    .await;
                let number: usize = body.parse()?;
                let at = said.borrow()[number].context("it was said")?;
                spans.borrow_mut().push(at.elapsed().as_secs_f64() * 1e3);
            }
            anyhow::Ok(())
        }
    });
    tokio::try_join!(try_join_all(speak), try_join_all(listen))?;
    syncs.extend(ceiling::syncs_ms(&relay, MESSAGES / 2)?);
    Ok((p99(spans.into_inner()), p99(syncs)))
}

/// An owner's device with this visitor's conversation open.
async fn watching(relay: &Relay, cookie: &str, visitor: &Sender) -> Raw {
    let mut owner = Raw::owner(relay, cookie).await;
    owner.say(&OwnerFrame::Watch { conversation: visitor.conversation(), after: Seq::NONE }).await;
    owner.until(|frame| matches!(frame, RelayFrame::History { .. }).then_some(())).await;
    owner
}
