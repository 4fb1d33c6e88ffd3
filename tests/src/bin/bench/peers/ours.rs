//! Our own relay, as it is measured beside the others: each visitor has a second tab open, and the
//! owner's inbox is there.

use super::heard::Heard;
use crate::load::{self, Load};
use crate::sender::Sender;
use crate::{process, throughput};
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use shopbell_tests::host::Door;
use shopbell_tests::raw::{self, Heard as Said, Raw, Socket};
use shopbell_tests::relay::Setup;
use shopbell_tests::{Relay, web};
use tokio_tungstenite::tungstenite::Message;

/// Measures once.
pub(super) async fn run() -> Result<Load> {
    let relay = process::with_a_core_each(Setup::default().without_limits().start()).await?;
    let mut senders = throughput::senders(&relay).await?;
    let cookie = web::sign_in(&relay, &relay.sign_in_code("oak")).await;
    let mut heard = Heard::default();
    for sender in &senders {
        let mut tab = second_tab(&relay, sender).await?;
        heard.listen(|counter| async move {
            loop {
                let message = tab.next().await.context("the relay has hung up")??;
                // Read no further than the others' are.
                if message.to_text().is_ok_and(|frame| frame.starts_with(MESSAGE)) {
                    counter.count();
                }
            }
        });
    }
    let mut inbox = Raw::owner(&relay, &cookie).await;
    // The list tells of what is new in each conversation, many messages in one line when they
    // come fast: so it is there, and not counted.
    heard.listen(|_| async move {
        while let Said::Frame(_) = inbox.hear().await {}
        bail!("the relay has hung up on the inbox")
    });
    let load = load::by(&mut senders, || process::cpu_us(relay.pid())).await?;
    heard.until(load.acknowledged).await?;
    Ok(load)
}

/// How the frame begins that tells of a message.
const MESSAGE: &str = "{\"message\":";

/// A second tab of a visitor's, in the same conversation.
async fn second_tab(relay: &Relay, sender: &Sender) -> Result<Socket> {
    let door = Door { origin: relay.origin(), cookie: None };
    let mut tab = raw::open_socket(&door, "visitor").await?;
    tab.send(Message::text(serde_json::to_string(&raw::hello("oak", sender.credential()))?)).await?;
    tab.next().await.context("no welcome")??;
    Ok(tab)
}
