//! Requests to addresses that the relay was given by others: never to a machine inside.

use crate::{Failure, limits};
use ipnet::IpNet;
use reqwest::{Client, Method, RequestBuilder, header::RETRY_AFTER};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// `[outbound]`: whom the relay may call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundConfig {
    /// Networks that are not public and may be called all the same, like `10.1.0.0/16`;
    /// plain `http` is allowed to these only.
    pub allow_networks: Vec<IpNet>,
}

/// The one HTTP client of all channels.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, when it stood there in seconds or as a date.
    pub retry_after: Option<Duration>,
    /// At most [`limits::ANSWER_BYTES`]; what is longer is cut off.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it is one of 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Outbound {
    /// A client that calls public addresses only, and those of the configuration.
    pub fn new(_config: &OutboundConfig) -> Self {
        let client = Client::builder()
            .connect_timeout(limits::CONNECT_WITHIN)
            .timeout(limits::ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client without a configuration file can always be built");
        Self { client }
    }

    /// Begins a request.
    ///
    /// # Errors
    /// [`crate::Fate::Gone`] when the relay may not call this address, with a sentence.
    pub fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, Failure> {
        Ok(self.client.request(method, url.clone()))
    }

    /// Sends it and reads the answer, whatever its status.
    ///
    /// # Errors
    /// [`crate::Fate::Later`] when there is no answer; `maybe_taken` when the far side
    /// may have had the whole request.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(limits::RETRY_AFTER_MOST));
        let body = response.bytes().await.map_err(|error| failure(&error))?;
        Ok(Answer { status, retry_after, body: body.to_vec() })
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::later("It cannot be reached.")
    } else {
        Failure::later("It did not answer.").maybe_taken()
    }
}
