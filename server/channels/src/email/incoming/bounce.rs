//! Reports of letters that did not arrive (RFC 3464).

use crate::Failure;
use mail_parser::{Message, MimeHeaders, PartType};

/// Whether it is a report of what became of a letter (RFC 3462).
pub(super) fn is_report(message: &Message<'_>) -> bool {
    message.is_content_type("multipart", "report")
        && message
            .content_type()
            .and_then(|kind| kind.attribute("report-type"))
            .is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"))
}

/// What it tells of; none when nothing has failed for good, or it can't be read.
pub(super) fn read(message: &Message<'_>) -> Option<Failure> {
    let part = message.parts.iter().find(|part| part.is_content_type("message", "delivery-status"))?;
    let status = match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Binary(data) | PartType::InlineBinary(data) => String::from_utf8_lossy(data).into_owned(),
        _ => return None,
    };
    // The first block is about the report itself; then there is one for each recipient, and
    // our letters have one.
    let status = status.replace("\r\n", "\n");
    let block = status.split("\n\n").find(|block| field(block, "Action").is_some())?;
    if !field(block, "Action")?.eq_ignore_ascii_case("failed") {
        return None;
    }
    let code = field(block, "Status").unwrap_or_default();
    let mut numbers = code.split(['.', ' ']).map(|number| number.parse::<u16>().ok());
    let code = (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten());
    Some(failure(code))
}

/// RFC 3463.
fn failure(code: (Option<u16>, Option<u16>, Option<u16>)) -> Failure {
    match code {
        (_, Some(2), Some(2)) => {
            Failure::later("The mailbox is full, and letters come back. Make room in it.")
        }
        (_, Some(2), Some(3)) | (_, Some(3), Some(4)) => {
            Failure::refused("A letter came back: it was too big for the mailbox.")
        }
        (_, Some(7 | 6), _) => Failure::later(
            "The mailbox's server sends letters back: it takes them for something that is not wanted. Put the sender into \
             your address book, and look into the folder for spam.",
        ),
        (Some(5), Some(1 | 2), _) | (Some(5), Some(0) | None, _) => Failure::gone(
            "Letters come back: this mailbox does not exist, or takes no mail. Look at its address, and set the channel up anew.",
        ),
        _ => Failure::later("A letter came back: the mailbox's server could not be reached for days."),
    }
}

/// A field of a block; folded lines are put together (RFC 822, clause 3.1.1).
fn field(block: &str, name: &str) -> Option<String> {
    let mut lines = block.lines().skip_while(|line| {
        line.split_once(':').is_none_or(|(found, _)| !found.trim().eq_ignore_ascii_case(name))
    });
    let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(more.trim());
    }
    Some(value)
}
