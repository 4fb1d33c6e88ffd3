//! The marks that mail programs leave in their HTML: what is quoted, who wrote it, what
//! is a signature.
//!
//! A program that passes a mail on renames the marks of the one before it: Outlook on
//! the web puts `x_` in front, Gmail `m_` and a number, Yahoo `yiv` and a number. They
//! mean the same.

use super::events::{Element, Event};
use crate::email::reply::lines::Mark;
use crate::email::reply::words;

/// Classes, ids and names of what is quoted as a whole.
const QUOTES: [&str; 15] = [
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "moz-forward-container",
    // Spark.
    "messagereplysection",
    // Airmail.
    "bloop_original_html",
    // Outlook for Mac.
    "olk_src_body_section",
    // NetEase.
    "isreplycontent",
    "appleoriginalcontents",
    // Zoho.
    "zmail_extra",
    "front-blockquote",
    "missive_quote",
    // Zimbra.
    "quoted_text",
    "nylas-quote",
    // GMX, WEB.DE.
    "quoted-content",
];
/// Where everything that was there before begins; no end of it is marked.
const RESTS: [&str; 7] = [
    // Outlook on the web and on phones.
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "outlookmessageheader",
    // Zimbra.
    "zwchr",
    // Hotmail.
    "stopspelling",
    "orimsghtmlseperator",
];
/// Who wrote what is quoted.
const ATTRIBUTIONS: [&str; 4] = ["gmail_attr", "moz-cite-prefix", "moz-email-headers-table", "reply-intro"];
/// Signatures, and what a program adds about itself or a scanner.
const SIGNATURES: [&str; 21] = [
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "signature",
    "applemailsignature",
    "linebreakatbeginningofsignature",
    "ms-outlook-mobile-signature",
    "_mailautosig",
    "protonmail_signature_block",
    "protonmail_signature_block-user",
    "protonmail_signature_block-proton",
    "ymail_android_signature",
    "composer_signature",
    "k9mail-signature",
    "_rc_sig",
    "messagesignaturesection",
    "bloop_sign",
    "front-signature",
    "edo-signature",
    "zm-_id_-sgn",
    // Put under a mail by a virus scanner, always by this name.
    "dab4fad8-2dd7-40bb-a1b8-4e2aa1f9fdf2",
];

/// What an element says of all that is in it, or (`Rest`) of all that comes from there.
pub(super) fn mark(events: &[Event], at: usize, element: &Element) -> Option<Mark> {
    let said = names(element);
    let is = |list: &[&str]| said.iter().any(|name| list.contains(&name.as_str()));
    if is(&RESTS) || (element.tag == "div" && is_header(events, at, element)) {
        return Some(Mark::Rest);
    }
    if is(&ATTRIBUTIONS) {
        return Some(Mark::Attribution);
    }
    if is(&SIGNATURES) {
        return Some(Mark::Signature);
    }
    // Gmail puts the quote and who wrote it into one box, and an answer under the quote
    // too; what it forwards stands in that box alone.
    let is_box = said.iter().any(|name| name == "gmail_quote" || name == "gmail_quote_container");
    if is_box && element.tag != "blockquote" {
        return (!holds_quote(&events[at..element.end])).then_some(Mark::Quote);
    }
    if is_box || is(&QUOTES) {
        return Some(Mark::Quote);
    }
    (element.tag == "blockquote").then(|| blockquote(element)).flatten()
}

/// Class, id and names of an element as the program that wrote it had them.
fn names(element: &Element) -> Vec<String> {
    let told = ["class", "id", "name", "data-marker", "data-smartmail"];
    let words = told.iter().flat_map(|name| element.get(name).split_ascii_whitespace());
    words.map(|word| original(&word.to_ascii_lowercase()).to_owned()).collect()
}

/// A name without what other programs put in front of it.
fn original(name: &str) -> &str {
    let mut name = name;
    loop {
        let shorter = ["x_", "gmail-"].iter().find_map(|prefix| name.strip_prefix(prefix));
        let shorter =
            shorter.or_else(|| numbered(name, "m_")).or_else(|| numbered(name, "yiv")).or_else(|| {
                // Yahoo: "ydp", eight hexadecimal digits.
                let rest = name.strip_prefix("ydp")?;
                let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
                (digits >= 6).then(|| &rest[digits..])
            });
        match shorter {
            Some(shorter) => name = shorter,
            // Zimbra writes its marks like "__QUOTED_TEXT__".
            None if name.starts_with("__") => return name.trim_matches('_'),
            None => return name,
        }
    }
}

fn numbered<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(prefix)?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| rest[digits..].strip_prefix('_').unwrap_or(&rest[digits..]))
}

fn holds_quote(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::Open(element) if element.tag == "blockquote"))
}

/// A block quote says what it is, or it is how people set something in.
fn blockquote(element: &Element) -> Option<Mark> {
    if element.get("type").eq_ignore_ascii_case("cite") || element.get("itemtype").contains("QuotedText") {
        return Some(Mark::Quote);
    }
    let style = element.style();
    let is_indent = style.contains("border:none") && !style.contains("border-left:");
    (!is_indent).then_some(Mark::Loose)
}

/// Outlook's box with From, Sent, To and Subject: a line above it and nothing else.
fn is_header(events: &[Event], at: usize, element: &Element) -> bool {
    let style = element.style();
    if !style.contains("border-top:") || !style.contains("solid") || style.contains("border-left:") {
        return false;
    }
    let mut text = String::new();
    for event in &events[at..element.end] {
        match event {
            Event::Text(words) if text.len() < 2_000 => text.push_str(words),
            Event::Open(element) if matches!(element.tag.as_str(), "br" | "p" | "div") => text.push('\n'),
            _ => {}
        }
    }
    text.lines().filter(|line| words::headers::is_label(line)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::original;

    #[test]
    fn renamed_marks_are_known_again() {
        assert_eq!(original("x_x_divrplyfwdmsg"), "divrplyfwdmsg");
        assert_eq!(original("m_-6262_x_divrplyfwdmsg"), "divrplyfwdmsg");
        assert_eq!(original("m_77gmail_quote"), "gmail_quote");
        assert_eq!(original("gmail-m_77gmail_attr"), "gmail_attr");
        assert_eq!(original("yiv123gmail_quote"), "gmail_quote");
        assert_eq!(original("ydp1a2b3c4dyahoo_quoted"), "yahoo_quoted");
        assert_eq!(original("__quoted_text__"), "quoted_text");
        assert_eq!(original("_rc_sig"), "_rc_sig");
        assert_eq!(original("mail"), "mail");
    }
}
