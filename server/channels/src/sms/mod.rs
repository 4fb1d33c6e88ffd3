//! Text messages to a phone, by a provider with Twilio's HTTP API ("Messages resource").
//!
//! Only outwards: who sends a text message is not proven by its number, so an answer
//! opens the inbox by the link in the message. What is handed over has been taken by the
//! provider; the API has nothing by which it could tell a message that it has already.

mod config;
mod fault;
mod phone;
mod segments;
mod wording;

pub use config::SmsConfig;
pub use phone::Phone;
pub use segments::segments;

use crate::{Answer, Channel, Failure, Handed, Outbound, Parcel, Target};
use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use shopbell_protocol::ChannelKind;

/// Segments of a text message at most: each is paid for.
pub const SEGMENTS: usize = 2;

/// The way to all phones.
#[derive(Debug, Clone)]
pub struct Sms {
    config: SmsConfig,
    outbound: Outbound,
}

impl Sms {
    /// Sends by this account. Whether the configuration makes sense says
    /// [`SmsConfig::check`].
    pub fn new(config: SmsConfig, outbound: Outbound) -> Self {
        Self { config, outbound }
    }

    /// Begins a request to `…/Accounts/{sid}` and what comes after it.
    fn request(&self, method: Method, rest: &str) -> Result<RequestBuilder, Failure> {
        let url = self.config.url(rest).map_err(Failure::later)?;
        let request = self.outbound.request(method, &url).map_err(|failure| {
            // The address is the relay's own setting: the phone is not gone.
            Failure::later(format!(
                "{} It is the api_url in [sms] of the relay's configuration.",
                failure.reason
            ))
        })?;
        Ok(request.basic_auth(&self.config.account_sid, Some(&self.config.auth_token)))
    }
}

#[async_trait]
impl Channel for Sms {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let Target::Sms(phone) = parcel.target else {
            return Err(Failure::gone("This is no phone number. Remove the channel and add it again."));
        };
        phone.check().map_err(|bad| Failure::gone(bad.0))?;
        let form = [
            ("To", phone.number.as_str()),
            (self.config.sender_field(), self.config.from.as_str()),
            ("Body", &wording::of(parcel.notice, SEGMENTS)),
        ];
        let request = self.request(Method::POST, "/Messages.json")?.form(&form);
        taken(&self.outbound.send(request).await?)
    }

    async fn examine(&self) -> Result<String, String> {
        self.config.check()?;
        let request = self.request(Method::GET, ".json").map_err(|failure| failure.reason)?;
        let answer = self.outbound.send(request).await.map_err(|failure| failure.reason)?;
        account(&answer, &self.config.from)
    }
}

/// The message as the provider has taken it.
#[derive(Deserialize)]
struct Message {
    sid: String,
    status: String,
    error_code: Option<u32>,
}

fn taken(answer: &Answer) -> Result<Handed, Failure> {
    if !answer.is_success() {
        return Err(fault::of_request(answer));
    }
    match serde_json::from_slice::<Message>(&answer.body) {
        Ok(Message { status, error_code, .. })
            if matches!(status.as_str(), "failed" | "undelivered" | "canceled") =>
        {
            Err(fault::of_message(error_code, answer))
        }
        Ok(message) if !message.sid.is_empty() => Ok(Handed::default()),
        _ => Err(Failure::later(
            "What answers there does not speak Twilio's language. Ask whoever runs the relay to check api_url in [sms].",
        )),
    }
}

/// The account as the provider knows it.
#[derive(Deserialize)]
struct Account {
    status: String,
    #[serde(default)]
    friendly_name: String,
    #[serde(default)]
    r#type: String,
}

fn account(answer: &Answer, from: &str) -> Result<String, String> {
    if !answer.is_success() {
        return Err(fault::of_request(answer).reason);
    }
    let account: Account = serde_json::from_slice(&answer.body)
        .map_err(|_| "What answers at api_url in [sms] does not speak Twilio's language.".to_owned())?;
    match (account.status.as_str(), account.r#type.as_str()) {
        ("active", "Trial") => Ok(format!(
            "Signed in as “{}”, sending from {from}. It is a trial account: it reaches verified numbers only.",
            account.friendly_name
        )),
        ("active", _) => Ok(format!("Signed in as “{}”, sending from {from}.", account.friendly_name)),
        (status, _) => {
            Err(format!("The provider says that the account is {status}. Look into the account there."))
        }
    }
}
