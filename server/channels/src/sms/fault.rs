//! What a provider's errors mean (Twilio's "Error and Warning Dictionary").

use crate::{Answer, Failure};
use serde::Deserialize;

const WHO: &str = "The provider of text messages";

#[derive(Deserialize)]
struct Fault {
    code: u32,
}

/// A request that was not taken.
pub(super) fn of_request(answer: &Answer) -> Failure {
    let code = serde_json::from_slice::<Fault>(&answer.body).map_or(0, |fault| fault.code);
    let later = |words: &str| Failure::later(words).after(answer.retry_after);
    match (code, answer.status) {
        (21211 | 21214 | 21217 | 21265 | 21401 | 21614 | 21635, _) => Failure::gone(
            "The provider says that this number takes no text messages. Check it, and add the right one.",
        ),
        (21610, _) => Failure::gone(
            "This phone has unsubscribed from the sender. Send START to the sender's number from it, and add the channel again.",
        ),
        (21602 | 21605 | 21617 | 21619, _) => {
            Failure::refused("The provider does not take this text. Read the message in the inbox.")
        }
        (21408, _) => later(
            "The provider's account may not send to this country. Ask whoever runs the relay to allow it there.",
        ),
        (21608, _) => later(
            "The provider's account is a trial one and reaches verified numbers only. Have this number verified there.",
        ),
        (21606 | 21603 | 21212 | 21659..=21661 | 21701 | 21703 | 21704 | 30034, _) => {
            later("The provider does not take the sender. Ask whoever runs the relay to check from in [sms].")
        }
        (21612, _) => later(
            "The provider finds no way from its sender to this number. Ask whoever runs the relay for another sender.",
        ),
        (20005 | 20006 | 10001 | 30002, _) => later(
            "The provider has suspended the relay's account. Ask whoever runs the relay to look into the account there.",
        ),
        (63038, _) => later("The provider's account has sent all that it may today. It will be tried again."),
        (14107 | 20429 | 21611 | 30001 | 30022, _) | (_, 429) => {
            later("The provider wants fewer text messages at this moment. It will be tried again.")
        }
        (20003 | 20008 | 20404, 400..500) | (0, 401 | 403 | 404) => later(
            "The provider does not let the relay's account in. Ask whoever runs the relay to check account_sid, auth_token and api_url in [sms].",
        ),
        _ => answer.failure(WHO),
    }
}

/// A message that was taken and has failed at once.
pub(super) fn of_message(code: Option<u32>, answer: &Answer) -> Failure {
    match code.unwrap_or(0) {
        30004 => {
            Failure::gone("This phone has blocked the sender. Unblock it there, and add the channel again.")
        }
        30005 | 30006 => Failure::gone(
            "The phone company says that this number takes no text messages. Check it, and add the right one.",
        ),
        30007 => Failure::refused(
            "The phone company has filtered this message out. Read it in the inbox, and ask whoever runs the relay about the sender.",
        ),
        _ => Failure::later("The phone company did not deliver the message. It will be tried again.")
            .after(answer.retry_after),
    }
}
