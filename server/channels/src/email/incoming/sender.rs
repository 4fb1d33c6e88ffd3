//! Who a mail says that it is from, and to whom.

use super::{Place, Settings, line};
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
    if !is_plain_head(message) {
        return Err("It is built as no mail program does it.");
    }
    let Some(Address::List(from)) = message.from() else {
        return Err("It does not say who it is from.");
    };
    let [from] = from.as_slice() else {
        return Err("It says that it is from several people.");
    };
    let field = message.header_raw(HeaderName::From).unwrap_or_default();
    if field.contains('@') && !is_plain_mailbox(field) {
        return Err("Who it is from can be read in several ways.");
    }
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

/// The fields that name the address with this token.
pub(super) fn naming(message: &Message<'_>, token: &str, settings: &Settings) -> Vec<&'static str> {
    let ours = Place::Detail(token.to_ascii_lowercase());
    let is_ours = |address: &str| {
        [&settings.reply_to, &settings.bounces].iter().any(|base| base.place(address).as_ref() == Some(&ours))
    };
    let names = |field: Option<&Address<'_>>| {
        field.is_some_and(|field| field.iter().filter_map(|one| one.address()).any(is_ours))
    };
    let fields = [("to", message.to()), ("cc", message.cc())];
    fields.into_iter().filter(|(_, field)| names(*field)).map(|(name, _)| name).collect()
}

/// Whether every reader finds the same fields in the head (RFC 5322, clause 2.2): each line is
/// a field's name and a colon, or goes on with the line above it and has something to say.
fn is_plain_head(message: &Message<'_>) -> bool {
    let end = message.root_part().raw_body_offset() as usize;
    let head = message.raw_message().get(..end).unwrap_or_default();
    let lines = head.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut is_first = true;
    for line in lines.filter(|line| !line.is_empty()) {
        let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
        let is_plain = match line.iter().position(|octet| *octet == b':') {
            _ if goes_on => !is_first && line.iter().any(|octet| !octet.is_ascii_whitespace()),
            Some(colon) => colon > 0 && line[..colon].iter().all(u8::is_ascii_graphic),
            None => false,
        };
        if !is_plain || line.iter().any(|octet| matches!(octet, b'\r' | 0)) {
            return false;
        }
        is_first = false;
    }
    true
}

/// Whether there is one address to be found, wherever one looks for it: one `@` outside of
/// quotes and comments, and between the only pointed brackets where there are any.
fn is_plain_mailbox(field: &str) -> bool {
    let mut bare = String::new();
    let mut chars = field.trim().chars();
    let (mut depth, mut is_quoted) = (0_usize, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth > 0 => depth -= 1,
            c if depth == 0 && !is_quoted => bare.push(c),
            _ => {}
        }
    }
    if depth > 0 || is_quoted || bare.matches('@').count() != 1 {
        return false;
    }
    match bare.split_once('<') {
        None => !bare.contains('>'),
        Some((name, rest)) => {
            let address = rest.trim_end().strip_suffix('>');
            !name.contains(['@', '>']) && address.is_some_and(|address| !address.contains(['<', '>']))
        }
    }
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
