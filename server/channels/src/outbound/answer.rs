//! What was answered.

use super::fault;
use crate::{Failure, limits};
use reqwest::{
    Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
};
use std::time::Duration;

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` (RFC 9110, clause 10.2.3), in seconds or as a date beside the
    /// answer's own `Date`; at most [`limits::RETRY_AFTER_MOST`].
    pub retry_after: Option<Duration>,
    /// At most what was asked for, [`limits::ANSWER_BYTES`] by itself; what is longer is cut off.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it is one of 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What every status means that a far side has no words of its own for. `who` is what
    /// the owner calls it, like "The ntfy server".
    pub(crate) fn failure(&self, who: &str) -> Failure {
        let status = self.status;
        let words = match status {
            429 => format!("{who} wants fewer messages at this moment. It will be tried again."),
            500..600 => {
                format!(
                    "{who} has a fault of its own at this moment (status {status}). It will be tried again."
                )
            }
            _ => {
                format!("{who} answered in a way that was not expected (status {status}). Check its address.")
            }
        };
        Failure::later(words).after(self.retry_after)
    }
}

/// Reads an answer as far as it is wanted. What is over the limit is never fetched.
pub(super) async fn read(mut response: Response, most_bytes: usize) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let mut body = Vec::new();
    while body.len() < most_bytes {
        let Some(chunk) = response.chunk().await.map_err(|error| fault::failure(&error))? else { break };
        body.extend_from_slice(&chunk);
    }
    body.truncate(most_bytes);
    Ok(Answer { status, retry_after, body })
}

/// A date is measured from when the far side says that it answered: its clock may differ
/// from ours. Without that it says nothing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    let wait = if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time all the same.
        asked.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        let until = httpdate::parse_http_date(asked).ok()?;
        let from = httpdate::parse_http_date(text(DATE)?).ok()?;
        until.duration_since(from).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(limits::RETRY_AFTER_MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        super::retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_far_side_asks_for_a_wait_in_seconds_or_by_a_date() {
        let noon = Some("Sun, 06 Nov 1994 12:00:00 GMT");
        let day = limits::RETRY_AFTER_MOST.as_secs();
        assert_eq!(waits("120", None), Some(120));
        assert_eq!(waits(" 0 ", None), Some(0));
        assert_eq!(waits("99999999999999999999999999", None), Some(day));
        assert_eq!(waits("Sun, 06 Nov 1994 12:02:00 GMT", noon), Some(120));
        assert_eq!(waits("Sunday, 06-Nov-94 12:02:00 GMT", noon), Some(120));
        assert_eq!(waits("Sun Nov  6 12:02:00 1994", noon), Some(120));
        assert_eq!(waits("Sun, 06 Nov 1994 11:00:00 GMT", noon), Some(0));
        assert_eq!(waits("Sun, 06 Nov 2033 12:00:00 GMT", noon), Some(day));
        assert_eq!(waits("Sun, 06 Nov 1994 12:02:00 GMT", None), None);
        for nonsense in ["", "-1", "1.5", "soon", "+7"] {
            assert_eq!(waits(nonsense, noon), None, "{nonsense}");
        }
    }
}
