//! The load: everybody has one message under way, and writes the next when it is acknowledged.

use crate::table::{p50, p99};
use anyhow::Result;
use futures_util::future::try_join_all;
use shopbell_tests::clock::tick;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// How many write at once.
pub(crate) const SENDERS: usize = 64;
/// What they write.
pub(crate) const BODY: &str = "Do you have the round table in oak as well?";
/// How long is measured.
pub(crate) const MEASURED: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_secs(1);

/// Somebody who writes in a conversation of their own.
pub(crate) trait Writer {
    /// Sends a message and waits until it is acknowledged.
    async fn write(&mut self, body: &str) -> Result<()>;
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Acknowledged ones.
    pub(crate) messages_a_second: f64,
    /// What each of them cost the server.
    pub(crate) cpu_us: f64,
    /// From the first byte of a message to its acknowledgement.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// All that were acknowledged, also while nothing was measured.
    pub(crate) acknowledged: u64,
}

/// Lets all of them write, and looks at what the server's processor time is meanwhile.
pub(crate) async fn by(writers: &mut [impl Writer], server_cpu_us: impl Fn() -> Result<f64>) -> Result<Load> {
    let (kept, over, spans_ms) = (Cell::new(0_u64), Cell::new(false), RefCell::new(Vec::new()));
    let work = writers.iter_mut().map(|writer| async {
        while !over.get() {
            let begun = tick();
            writer.write(BODY).await?;
            kept.set(kept.get() + 1);
            spans_ms.borrow_mut().push(begun.elapsed().as_secs_f64() * 1e3);
        }
        anyhow::Ok(())
    });
    let watch = async {
        tokio::time::sleep(WARM_UP).await;
        spans_ms.borrow_mut().clear();
        let (begun, before, cpu_us) = (tick(), kept.get(), server_cpu_us()?);
        tokio::time::sleep(MEASURED).await;
        let messages = (kept.get() - before) as f64;
        let cpu_us = (server_cpu_us()? - cpu_us) / messages;
        let messages_a_second = messages / begun.elapsed().as_secs_f64();
        over.set(true);
        anyhow::Ok((messages_a_second, cpu_us, spans_ms.take()))
    };
    let (_, (messages_a_second, cpu_us, spans)) = tokio::try_join!(try_join_all(work), watch)?;
    let (p50_ms, p99_ms) = (p50(spans.clone()), p99(spans));
    Ok(Load { messages_a_second, cpu_us, p50_ms, p99_ms, acknowledged: kept.get() })
}
