//! Being called by Telegram (`setWebhook`), and finding out how it hears at all.

use super::{
    Telegram, Webhook,
    config::Token,
    limits,
    taken::Taken,
    types::{ALLOWED_UPDATES, WebhookInfo},
};
use crate::{Ears, HookAnswer, HookRequest};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shopbell_protocol::text::clean_line;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::time::sleep;
use url::Url;

/// The rest of the hook's path.
const REST: &str = "update";
/// In which header Telegram says the secret, in lower case.
const HEADER: &str = "x-telegram-bot-api-secret-token";
/// What the secret is derived for. Changing it makes every webhook be set anew.
const PURPOSE: &[u8] = b"shopbell telegram webhook 1";

/// Where Telegram calls the relay.
pub(super) fn address(public_url: &Url) -> Option<Url> {
    let mut url = public_url.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["hook", "telegram", REST]);
    Some(url)
}

/// The secret that Telegram says with every call: derived from the token, so that nothing else has to be
/// kept, and of no use for anything else. 64 hexadecimal digits, of the characters that `secret_token` allows.
pub(super) fn secret(token: &Token) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(token.reveal().as_bytes()).expect("a key of any length will do");
    mac.update(PURPOSE);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Telegram {
    /// Tells Telegram where to call, until it has understood.
    pub(super) async fn set_webhook(&self, webhook: &Webhook, ears: &Arc<dyn Ears>) {
        let Some(url) = &webhook.url else {
            tracing::error!(
                "Telegram's webhook needs the relay's public address; set it, or `webhook = false`"
            );
            return;
        };
        let parameters = json!({
            "url": url.as_str(),
            "secret_token": webhook.secret,
            "allowed_updates": ALLOWED_UPDATES,
            // In their order.
            "max_connections": 1,
        });
        let mut again = limits::AGAIN_FIRST;
        loop {
            if self.moved.hear(ears).await.is_err() {
                sleep(limits::AWAY_AGAIN).await;
                continue;
            }
            match self.api.call::<bool>("setWebhook", &parameters).await {
                Ok(_) => return,
                Err(objection) => {
                    let failure = objection.failure();
                    tracing::warn!(reason = failure.reason, "Telegram's webhook could not be set");
                    sleep(failure.retry_after.unwrap_or(again)).await;
                    again = (again * 2).min(limits::AGAIN_MOST);
                }
            }
        }
    }

    /// Telegram calls, or somebody who says so.
    pub(super) async fn called(
        &self,
        webhook: &Webhook,
        request: HookRequest<'_>,
        ears: &dyn Ears,
    ) -> HookAnswer {
        let said = request.header(HEADER).unwrap_or_default();
        let is_telegram: bool = said.as_bytes().ct_eq(webhook.secret.as_bytes()).into();
        if !is_telegram || request.rest != REST || request.method != "POST" {
            return HookAnswer::not_found();
        }
        let update = serde_json::from_slice::<Value>(request.body).ok();
        let Some((id, update)) = update.and_then(|update| Some((update.get("update_id")?.as_i64()?, update)))
        else {
            return HookAnswer::new(400, "This is no update.");
        };
        // One at a time: the same update may come twice at once.
        let mut taken = self.hearing.taken.lock().await;
        if taken.is_none() {
            let Ok(recalled) = Taken::recall(ears).await else { return HookAnswer::away() };
            *taken = Some(recalled);
        }
        let Some(taken) = taken.as_mut() else { return HookAnswer::away() };
        if taken.has(id) {
            return HookAnswer::new(200, "");
        }
        if self.update(update, ears).await.is_err() {
            return HookAnswer::away();
        }
        taken.add(id);
        // It is kept already; should this fail, a second coming is told by its own name.
        if taken.remember(ears).await.is_err() {
            tracing::warn!("it could not be kept that an update of Telegram was taken");
        }
        HookAnswer::new(200, "")
    }

    /// Says how updates come, or what keeps them from coming.
    pub(super) async fn examine_updates(&self) -> Result<String, String> {
        let info = self.api.call::<WebhookInfo>("getWebhookInfo", &json!({})).await;
        let info = info.map_err(|objection| objection.failure().reason)?;
        let waiting = info.pending_update_count;
        let Some(webhook) = &self.webhook else {
            return Ok(if info.url.is_empty() {
                format!("Answers are asked for; {waiting} are waiting.")
            } else {
                "Answers are asked for as soon as the relay runs: a webhook that is still set will be removed."
                    .into()
            });
        };
        let Some(url) = &webhook.url else {
            return Err(
                "Telegram's webhook needs the relay's public address. Set it, or set `webhook = false` in \
                        the relay's section `[telegram]`."
                    .into(),
            );
        };
        if url.scheme() != "https" {
            return Err(
                "Telegram calls webhooks by https only. Set the relay's public address to one that begins \
                        with https://, or set `webhook = false` in the relay's section `[telegram]`."
                    .into(),
            );
        }
        if info.url != url.as_str() {
            return Ok("Telegram will call as soon as the relay runs.".into());
        }
        match info.last_error_message {
            Some(error) if waiting > 0 => Err(format!(
                "Telegram calls {url} and does not get through; {waiting} answers are waiting. It says: {}",
                clean_line(&error, limits::SAID_CHARS)
            )),
            _ => Ok(format!("Telegram calls {url} with answers.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_one_that_telegram_takes_and_tells_nothing_of_the_token() {
        let secret = secret(&Token::new("77:token"));
        assert_eq!(secret.len(), 64);
        assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(secret, super::secret(&Token::new("77:tokeN")));
    }

    #[test]
    fn the_address_keeps_the_path_that_the_relay_is_under() {
        for (public, hook) in [
            ("https://relay.example", "https://relay.example/hook/telegram/update"),
            ("https://example.org/bell/", "https://example.org/bell/hook/telegram/update"),
        ] {
            let url = Url::parse(public).unwrap();
            assert_eq!(address(&url).unwrap().as_str(), hook);
        }
    }
}
