//! Our own relay, as it is measured beside the others: with the owner's devices connected.

use super::heard::Heard;
use crate::load::{self, Load};
use crate::{process, throughput};
use anyhow::Result;
use shopbell_protocol::{OwnerFrame, RelayFrame, Seq};
use shopbell_tests::raw::{Heard as Said, Raw};
use shopbell_tests::relay::Setup;
use shopbell_tests::web;

/// Measures once.
pub(super) async fn run() -> Result<Load> {
    let relay = process::with_a_core_each(Setup::default().without_limits().start()).await?;
    let mut senders = throughput::senders(&relay).await?;
    let cookie = web::sign_in(&relay, &relay.sign_in_code("oak")).await;
    let mut heard = Heard::default();
    // A device of the owner's for each conversation, as each watches one.
    for sender in &senders {
        let mut owner = Raw::owner(&relay, &cookie).await;
        owner.say(&OwnerFrame::Watch { conversation: sender.conversation(), after: Seq::NONE }).await;
        owner.until(|frame| matches!(frame, RelayFrame::History { .. }).then_some(())).await;
        heard.listen(|counter| async move {
            while let Said::Frame(frame) = owner.hear().await {
                if matches!(*frame, RelayFrame::Message { .. }) {
                    counter.count();
                }
            }
            anyhow::bail!("the relay has hung up")
        });
    }
    let load = load::by(&mut senders, || process::cpu_us(relay.pid())).await?;
    heard.until(load.acknowledged).await?;
    Ok(load)
}
