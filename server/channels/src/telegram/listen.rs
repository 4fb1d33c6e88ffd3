//! Asking Telegram for updates, for as long as the relay listens (`getUpdates`, long polling).

use super::{
    Telegram,
    api::Objection,
    limits,
    taken::Taken,
    types::{ALLOWED_UPDATES, Update},
};
use crate::{Away, Ears};
use serde_json::{Value, json};
use shopbell_protocol::ChannelKind;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// The name of the note in which the next update's id is kept.
const OFFSET: &str = "offset";

/// How the line to Telegram does, so that a change is logged once.
struct Line {
    again: Duration,
    last: Option<u16>,
    dropped_webhook: bool,
}

impl Telegram {
    /// Asks for updates until it is dropped. An update is confirmed to Telegram by asking for the next
    /// one, and that is done only when what was heard is kept, and so is where to go on.
    pub(super) async fn poll(&self, ears: &Arc<dyn Ears>) {
        let (mut offset, mut taken) = self.begin(ears).await;
        let mut line = Line { again: limits::AGAIN_FIRST, last: None, dropped_webhook: false };
        let mut limit = limits::POLL_UPDATES;
        loop {
            let at_least = sleep(limits::POLL_AT_LEAST);
            match self.updates(offset, limit).await {
                Ok(updates) => {
                    line.is_well();
                    limit = (limit * 2).min(limits::POLL_UPDATES);
                    if updates.is_empty() {
                        at_least.await;
                    }
                    if self.take(&**ears, updates, &mut offset, &mut taken).await.is_err() {
                        tracing::warn!(
                            "the relay cannot keep what Telegram has for it; it will be asked again"
                        );
                        sleep(limits::AWAY_AGAIN).await;
                    }
                }
                Err(objection) => {
                    // What can't be read may be too long all together, so few are asked for.
                    limit = 1;
                    self.mend(&mut line, &objection).await;
                }
            }
        }
    }

    async fn begin(&self, ears: &Arc<dyn Ears>) -> (Option<i64>, Taken) {
        loop {
            let all = async {
                self.moved.hear(ears).await?;
                let offset = ears.recall(ChannelKind::Telegram, OFFSET).await?;
                let taken = Taken::recall(&**ears).await?;
                Ok::<_, Away>((offset.and_then(|offset| offset.parse().ok()), taken))
            };
            match all.await {
                Ok(begun) => return begun,
                Err(Away) => sleep(limits::AWAY_AGAIN).await,
            }
        }
    }

    async fn updates(&self, offset: Option<i64>, limit: u32) -> Result<Vec<Value>, Objection> {
        let mut question = json!({
            "limit": limit,
            "timeout": limits::POLL_FOR_S,
            "allowed_updates": ALLOWED_UPDATES,
        });
        if let Some(offset) = offset {
            question["offset"] = offset.into();
        }
        let within = Duration::from_secs(limits::POLL_FOR_S) + crate::limits::ANSWER_WITHIN;
        self.api.call_within("getUpdates", &question, within).await
    }

    /// Takes updates in their order, up to the first that can't be kept now.
    async fn take(
        &self,
        ears: &dyn Ears,
        updates: Vec<Value>,
        offset: &mut Option<i64>,
        taken: &mut Taken,
    ) -> Result<(), Away> {
        for update in updates {
            let Some(id) = update.get("update_id").and_then(Value::as_i64) else { continue };
            if !taken.has(id) {
                self.update(update, ears).await?;
                taken.add(id);
            }
            let next = id + 1;
            ears.remember(ChannelKind::Telegram, OFFSET, &next.to_string()).await?;
            *offset = Some(next);
        }
        Ok(())
    }

    /// Takes one update. One that can't be read is passed over, for it will not get better.
    pub(super) async fn update(&self, update: Value, ears: &dyn Ears) -> Result<(), Away> {
        match serde_json::from_value::<Update>(update) {
            Ok(update) => self.hear(update, ears).await,
            Err(_) => {
                tracing::warn!("Telegram sent an update that cannot be read; it is passed over");
                Ok(())
            }
        }
    }

    /// Does what can be done about an objection, and waits before asking again.
    async fn mend(&self, line: &mut Line, objection: &Objection) {
        let failure = objection.failure();
        let code = objection.code();
        if line.last.replace(code.unwrap_or_default()) != Some(code.unwrap_or_default()) {
            match code {
                Some(409) if objection.is_webhook_set() => {
                    tracing::warn!(
                        "a webhook is set for the Telegram bot, so it cannot be asked for updates"
                    );
                }
                Some(409) => tracing::warn!(
                    "somebody else asks for the Telegram bot's updates too; give every relay a bot of its own"
                ),
                _ => tracing::warn!(reason = failure.reason, "Telegram cannot be asked for updates"),
            }
        }
        if objection.is_webhook_set() && !line.dropped_webhook {
            line.dropped_webhook = true;
            // What waits there stays for this relay.
            let keep = json!({ "drop_pending_updates": false });
            if self.api.call::<bool>("deleteWebhook", &keep).await.is_ok() {
                tracing::info!("the Telegram bot's webhook was removed");
                return;
            }
        }
        sleep(failure.retry_after.unwrap_or(line.again)).await;
        line.again = (line.again * 2).min(limits::AGAIN_MOST);
    }
}

impl Line {
    fn is_well(&mut self) {
        if self.last.take().is_some() {
            tracing::info!("Telegram can be asked for updates again");
        }
        self.again = limits::AGAIN_FIRST;
    }
}
