//! The shop's own system, by signed requests both ways (Standard Webhooks).
//!
//! Outwards it is told what visitors write. What comes in is shown as said by the shop's
//! *system*, never by the owner: a signature proves a program, and not a person's hands.

mod endpoint;
mod event;
mod hook;
mod signature;

pub use endpoint::{Endpoint, draw_secret};

use crate::{
    Channel, Ears, Failure, Handed, HookAnswer, HookRequest, Outbound, Parcel, Target, limits::WEBHOOK_BYTES,
};
use async_trait::async_trait;
use reqwest::{Method, header::CONTENT_TYPE};
use shopbell_protocol::ChannelKind;
use url::Url;

/// The way to all shops' systems.
#[derive(Debug, Clone)]
pub struct Webhook {
    outbound: Outbound,
}

impl Webhook {
    /// Calls the shops' systems by this.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound }
    }
}

#[async_trait]
impl Channel for Webhook {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Webhook
    }

    /// Handed over when the shop's system has answered with 200 to 299. The `webhook-id`
    /// is the parcel's key, so that a system can tell what it has already; the
    /// `webhook-timestamp` is of this try.
    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let Target::Webhook(endpoint) = parcel.target else {
            return Err(unreadable("This is no address of a system."));
        };
        let url = Url::parse(&endpoint.url).map_err(|_| unreadable("The system's address is none."))?;
        let secrets = endpoint.secrets().map_err(|bad| unreadable(&bad.0))?;
        let body = event::of(&parcel, WEBHOOK_BYTES);
        let timestamp = parcel.now.0 / 1_000;
        let request = self
            .outbound
            .request(Method::POST, &url)?
            .header(CONTENT_TYPE, "application/json")
            .header(signature::ID, parcel.key)
            .header(signature::TIMESTAMP, timestamp)
            .header(signature::SIGNATURE, secrets.sign(parcel.key, timestamp, body.as_bytes()))
            .body(body);
        let answer = self.outbound.send(request).await?;
        match answer.status {
            200..300 => Ok(Handed::default()),
            410 => Err(Failure::gone(
                "Your system says that it wants nothing from here any more (status 410). Remove the channel, or add it again.",
            )),
            401 | 403 => Err(Failure::later(format!(
                "Your system turns the message away (status {}). Check that it knows the secret of this channel.",
                answer.status
            ))
            .after(answer.retry_after)),
            _ => Err(answer.failure("Your system")),
        }
    }

    async fn hook(&self, request: HookRequest<'_>, ears: &dyn Ears) -> HookAnswer {
        hook::answer(request, ears).await
    }

    async fn examine(&self) -> Result<String, String> {
        Ok("Webhooks need nothing on the relay's side. Each address is tried by its own test button.".into())
    }
}

fn unreadable(words: &str) -> Failure {
    Failure::gone(format!("{words} Remove the channel and add it again."))
}
