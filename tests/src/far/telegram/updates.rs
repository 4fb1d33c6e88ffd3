//! How the bot gets what people say: asking for it, or being called.

use super::{
    Inner,
    params::Params,
    world::{No, Webhook, World},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// `getUpdates`, `limit`.
const LIMIT_MOST: i64 = 100;
/// More than this `timeout` is not held, in seconds.
const TIMEOUT_MOST: i64 = 50;
/// `setWebhook`, `secret_token`.
const SECRET_BYTES: usize = 256;
/// A webhook that fails is called again after this.
const CALL_AGAIN: Duration = Duration::from_millis(50);

impl World {
    fn allow(&mut self, params: &Params) -> Result<(), No> {
        if let Some(allowed) = params.json("allowed_updates")? {
            let kinds = allowed.as_array().ok_or_else(|| No::bad("expected an Array of String"))?;
            let kinds = kinds.iter().filter_map(Value::as_str).map(str::to_owned);
            let kinds: std::collections::BTreeSet<_> = kinds.collect();
            self.allowed = (!kinds.is_empty()).then_some(kinds);
        }
        Ok(())
    }

    /// Forgets what is confirmed, and gives what comes next.
    fn next_updates(&mut self, offset: i64, limit: usize) -> Vec<Value> {
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            while self.updates.len() > keep {
                self.updates.pop_front();
            }
        } else {
            // An id that lies far ahead is of another count, and confirms nothing.
            if offset <= self.next_update + 10 {
                self.updates.retain(|(id, _)| *id >= offset);
            }
        }
        self.updates.iter().take(limit).map(|(_, update)| update.clone()).collect()
    }

    pub(super) fn set_webhook(&mut self, params: &Params) -> Result<Value, No> {
        let url = params.text("url")?.unwrap_or_default();
        if url.is_empty() {
            return self.delete_webhook(params);
        }
        let parsed = reqwest::Url::parse(&url).map_err(|_| No::bad("invalid webhook URL specified"))?;
        if parsed.scheme() != "https" && !self.switches.plain_webhooks {
            return Err(No::bad("bad webhook: An HTTPS URL must be provided for webhook"));
        }
        if parsed.scheme() == "https" && !matches!(parsed.port_or_known_default(), Some(443 | 80 | 88 | 8443))
        {
            return Err(No::bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
        }
        let secret = params.text("secret_token")?;
        if let Some(secret) = &secret {
            if secret.len() > SECRET_BYTES {
                return Err(No::bad("secret token is too long"));
            }
            if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
                return Err(No::bad("secret token contains unallowed characters"));
            }
        }
        if params.integer("max_connections")?.is_some_and(|most| !(1..=100).contains(&most)) {
            return Err(No::bad("max_connections must be from 1 to 100"));
        }
        self.allow(params)?;
        self.drop_pending(params)?;
        self.webhook = Some(Webhook { url, secret });
        self.poller += 1;
        Ok(json!(true))
    }

    pub(super) fn delete_webhook(&mut self, params: &Params) -> Result<Value, No> {
        self.drop_pending(params)?;
        self.webhook = None;
        self.webhook_error = None;
        Ok(json!(true))
    }

    fn drop_pending(&mut self, params: &Params) -> Result<(), No> {
        if params.json("drop_pending_updates")? == Some(json!(true)) {
            self.updates.clear();
        }
        Ok(())
    }

    pub(super) fn webhook_info(&self) -> Value {
        let url = self.webhook.as_ref().map_or("", |webhook| webhook.url.as_str());
        let mut info = json!({
            "url": url,
            "has_custom_certificate": false,
            "pending_update_count": self.updates.len(),
        });
        if let Some(error) = &self.webhook_error {
            info["last_error_date"] = json!(crate::clock::now_ms() / 1000);
            info["last_error_message"] = json!(error);
        }
        info
    }
}

/// `getUpdates`: answers when there is something, when its time is over, or when somebody else asks.
pub(super) async fn get_updates(inner: &Inner, params: &Params) -> Result<Value, No> {
    let offset = params.integer("offset")?.unwrap_or_default();
    let limit = params.integer("limit")?.unwrap_or(LIMIT_MOST);
    let limit = if (1..=LIMIT_MOST).contains(&limit) { limit } else { LIMIT_MOST };
    let limit = usize::try_from(limit).unwrap_or_default();
    let hold = params.integer("timeout")?.unwrap_or_default().clamp(0, TIMEOUT_MOST);
    let hold = Duration::from_secs(u64::try_from(hold).unwrap_or_default());
    let mine = {
        let mut world = inner.world();
        if world.webhook.is_some() {
            return Err(No::new(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                 webhook first",
            ));
        }
        world.allow(params)?;
        world.poller += 1;
        world.poller
    };
    inner.changed();
    let wait = async {
        loop {
            let changed = inner.change.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut world = inner.world();
                if world.poller != mine {
                    let by = if world.webhook.is_some() {
                        "setWebhook request"
                    } else {
                        "other getUpdates request; make sure that only one bot instance is running"
                    };
                    return Err(No::new(409, format!("Conflict: terminated by {by}")));
                }
                let updates = world.next_updates(offset, limit);
                if !updates.is_empty() {
                    return Ok(updates);
                }
            }
            changed.await;
        }
    };
    match timeout(hold, wait).await {
        Ok(updates) => updates.map(|updates| json!(updates)),
        Err(_) => Ok(json!([])),
    }
}

/// Calls the webhook, one update after the other, until each was taken.
pub(super) async fn call_webhook(inner: Arc<Inner>) {
    let client = crate::web::client();
    loop {
        let changed = inner.change.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let next = {
            let world = inner.world();
            world.webhook.clone().zip(world.updates.front().cloned())
        };
        let Some((webhook, (id, update))) = next else {
            changed.await;
            continue;
        };
        let mut request = client.post(&webhook.url).json(&update);
        if let Some(secret) = &webhook.secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let error = match request.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("Wrong response from the webhook: {}", answer.status())),
            Err(_) => Some("Connection failed".to_owned()),
        };
        let is_well = error.is_none();
        {
            let mut world = inner.world();
            world.webhook_error = error;
            if is_well {
                world.updates.retain(|(other, _)| *other != id);
            }
        }
        if !is_well {
            sleep(CALL_AGAIN).await;
        }
    }
}
