//! What a push service's answer means (RFC 8030, clauses 5 and 8; RFC 8292, clause 4).

use crate::{Answer, Failure};

/// What is read of an answer's body to tell refusals of the same status apart.
const LOOKED_AT_BYTES: usize = 1024;

/// What went wrong, and whether the token is to be made anew.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct No {
    pub(super) failure: Failure,
    pub(super) bad_token: bool,
}

/// Reads an answer.
///
/// # Errors
/// [`No`], for every answer but a success.
pub(super) fn read(answer: &Answer) -> Result<(), No> {
    if answer.is_success() {
        return Ok(());
    }
    let no = |failure: Failure| No { failure, bad_token: false };
    Err(match answer.status {
        404 | 410 => no(Failure::gone(
            "This device takes no more notifications: they were turned off there, or the app was removed. \
             Turn them on again in the inbox on that device.",
        )),
        400 | 401 | 403 => refused_sender(answer),
        413 => no(Failure::refused(
            "The push service says that this notification is too long, and has not taken it. \
             The message stands in the inbox.",
        )),
        429 => {
            no(Failure::later("The push service wants fewer notifications for now. It will be tried again.")
                .after(answer.retry_after))
        }
        408 | 425 | 500..=599 => no(Failure::later(format!(
            "The push service has trouble of its own (it answered {}). It will be tried again.",
            answer.status
        ))
        .after(answer.retry_after)),
        status => no(Failure::refused(format!(
            "The push service has not taken this notification (it answered {status}). \
             If that goes on, turn notifications off and on again on that device."
        ))),
    })
}

/// The push service does not take who sends. RFC 8292 leaves open whether that is a token
/// that is not in order or a key that is not the subscription's; what the three large
/// services say in their bodies tells it.
fn refused_sender(answer: &Answer) -> No {
    let body = &answer.body[..answer.body.len().min(LOOKED_AT_BYTES)];
    let said = String::from_utf8_lossy(body).to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let is_key = says(&["mismatch", "do not correspond", "does not correspond"]);
    let is_token = says(&["jwt", "expired", "vapid", "authorization"]) || answer.status == 401;
    match answer.status {
        _ if is_key => No { failure: other_key(), bad_token: false },
        400 | 401 | 403 if is_token => No {
            failure: Failure::later(
                "The push service does not believe the relay's signature. Check that the relay's clock is right \
                 and that `contact` in [push] is a real address.",
            )
            .after(answer.retry_after),
            bad_token: true,
        },
        403 => No { failure: other_key(), bad_token: false },
        _ => No {
            failure: Failure::refused(
                "The push service could not read this notification (it answered 400). \
                 If that goes on, turn notifications off and on again on that device.",
            ),
            bad_token: false,
        },
    }
}

fn other_key() -> Failure {
    Failure::gone(
        "This device was set up with another key than the relay has now. \
         Turn notifications off and on again in the inbox on that device.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fate;
    use std::time::Duration;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: Some(Duration::from_secs(7)), body: body.into() }
    }

    fn fate(status: u16, body: &str) -> (Fate, bool) {
        let no = read(&answer(status, body)).unwrap_err();
        assert!(no.failure.reason.ends_with('.'), "{}", no.failure.reason);
        assert!(!no.failure.maybe_taken);
        (no.failure.fate, no.bad_token)
    }

    #[test]
    fn every_status_has_its_fate() {
        for status in [200, 201, 202, 204] {
            assert_eq!(read(&answer(status, "")), Ok(()));
        }
        for (status, expected) in [
            (404, Fate::Gone),
            (410, Fate::Gone),
            (403, Fate::Gone),
            (413, Fate::Refused),
            (400, Fate::Refused),
            (405, Fate::Refused),
            (307, Fate::Refused),
            (429, Fate::Later),
            (408, Fate::Later),
            (500, Fate::Later),
            (503, Fate::Later),
        ] {
            assert_eq!(fate(status, ""), (expected, false), "{status}");
        }
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept() {
        for status in [429, 503] {
            let no = read(&answer(status, "")).unwrap_err();
            assert_eq!(no.failure.retry_after, Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn a_bad_token_is_no_end_and_another_key_is() {
        for (status, body) in [
            (403, r#"{"reason":"BadJwtToken"}"#),
            (403, "permission denied: invalid JWT provided\n"),
            (401, r#"{"errno":109,"message":"Request did not validate Invalid bearer token: Auth expired"}"#),
            (401, ""),
            (400, r#"{"reason":"BadAuthorizationHeader"}"#),
        ] {
            assert_eq!(fate(status, body), (Fate::Later, true), "{status} {body}");
        }
        for (status, body) in [
            (400, r#"{"reason":"VapidPkHashMismatch"}"#),
            (401, r#"{"errno":109,"message":"VAPID public key mismatch"}"#),
            (
                403,
                "the VAPID credentials in the authorization header do not correspond to the credentials used to \
                 create the subscriptions.",
            ),
        ] {
            assert_eq!(fate(status, body), (Fate::Gone, false), "{status} {body}");
        }
    }
}
