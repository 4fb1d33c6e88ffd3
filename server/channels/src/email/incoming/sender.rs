//! Who a mail says that it is from, and to whom.

use super::line;
use mail_parser::{Address, HeaderName, Message};

/// Fields that stand in a mail once (RFC 5322, clause 3.6; RFC 2045, clause 3). Where one of
/// them stands twice, one program shows this and another one that.
const ONCE: [HeaderName<'static>; 10] = [
    HeaderName::From,
    HeaderName::Sender,
    HeaderName::To,
    HeaderName::Cc,
    HeaderName::Subject,
    HeaderName::Date,
    HeaderName::MessageId,
    HeaderName::ContentType,
    HeaderName::ContentTransferEncoding,
    HeaderName::MimeVersion,
];

/// The one address that it is from.
///
/// # Errors
/// A sentence for the owner, when there is none, or more than one.
pub(super) fn sole(message: &Message<'_>) -> Result<String, &'static str> {
    let headers = message.root_part().headers();
    if headers.len() > super::limits::HEADERS {
        return Err("It is built as no mail program does it.");
    }
    for name in ONCE {
        if headers.iter().filter(|header| header.name == name).count() > 1 {
            return Err("It is built as no mail program does it: some of it stands there twice.");
        }
    }
    let Some(Address::List(from)) = message.from() else {
        return Err("It does not say who it is from.");
    };
    let [from] = from.as_slice() else {
        return Err("It says that it is from several people.");
    };
    let Some(from) = from.address().filter(|address| is_address(address)) else {
        return Err("It does not say who it is from.");
    };
    if let Some(sender) = message.sender() {
        let is_same = |one: &str| super::is_same_mailbox(one, from);
        if sender.iter().count() != 1 || !sender.first().and_then(|one| one.address()).is_some_and(is_same) {
            return Err("It was sent by somebody else in the name of this mailbox.");
        }
    }
    Ok(from.to_owned())
}

/// Whom it was sent to, for all to see.
pub(super) fn recipients(message: &Message<'_>) -> impl Iterator<Item = String> {
    let fields = [message.to(), message.cc()].into_iter().flatten();
    fields.flat_map(|field| field.iter().filter_map(|one| one.address()).map(str::to_owned))
}

/// Who it says it is from, for people.
pub(super) fn shown(message: &Message<'_>) -> String {
    let Some(from) = message.from().and_then(Address::first) else { return "Nobody".into() };
    let shown = match (from.name(), from.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Nobody".into(),
    };
    line(&shown)
}

/// One `@`, something on both sides, and nothing that could be read in two ways.
fn is_address(address: &str) -> bool {
    let clean = !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;:\"\\()".contains(c));
    clean && address.split('@').count() == 2 && address.split('@').all(|side| !side.is_empty())
}
