//! A reply as it came.

use super::flowed::unflow;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};
use std::borrow::Cow;
use std::fmt;

/// A reply, as far as it is looked at.
#[derive(Clone, Default)]
pub struct ReplyMail<'a> {
    /// The text part, `format=flowed` (RFC 3676) already undone.
    pub text: Option<Cow<'a, str>>,
    /// The HTML part.
    pub html: Option<Cow<'a, str>>,
    /// The subject.
    pub subject: Option<Cow<'a, str>>,
    /// The addresses the mail was sent to. They let anybody answer, so they are never
    /// shown.
    pub addresses: Vec<String>,
    /// Some of it is written in a way that can't be read.
    pub unreadable: bool,
    /// The lines of the letter that is answered, of its text and of its HTML part, so that
    /// quoted lines are known by what they say. Greetings and the like are not looked for.
    pub ours: &'a [String],
}

/// Without what somebody wrote, and without the addresses by which one could answer.
impl fmt::Debug for ReplyMail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |part: &Option<Cow<'_, str>>| part.as_ref().map(|part| part.len());
        f.debug_struct("ReplyMail")
            .field("text_bytes", &length(&self.text))
            .field("html_bytes", &length(&self.html))
            .field("ours", &self.ours.len())
            .finish_non_exhaustive()
    }
}

impl<'a> ReplyMail<'a> {
    /// What there is to look at in a mail. Parts of one kind are taken one after the other,
    /// as Apple's mail programs write them around pictures; attachments are left out.
    pub fn of(message: &'a Message<'a>, ours: &'a [String]) -> Self {
        let mut mail = Self { subject: message.subject().map(Cow::Borrowed), ours, ..Self::default() };
        for part in message.text_bodies() {
            if let PartType::Text(text) = &part.body {
                mail.unreadable |= part.is_encoding_problem;
                append(&mut mail.text, unflowed(part, text));
            }
        }
        for part in message.html_bodies() {
            if let PartType::Html(html) = &part.body {
                mail.unreadable |= part.is_encoding_problem;
                append(&mut mail.html, Cow::Borrowed(html.as_ref()));
            }
        }
        for header in [message.to(), message.cc()].into_iter().flatten() {
            mail.addresses.extend(header.iter().filter_map(|one| one.address()).map(str::to_owned));
        }
        mail
    }
}

fn unflowed<'a>(part: &MessagePart<'_>, text: &'a str) -> Cow<'a, str> {
    let kind = part.content_type();
    let says = |name: &str, value: &str| {
        kind.and_then(|kind| kind.attribute(name)).is_some_and(|said| said.eq_ignore_ascii_case(value))
    };
    if says("format", "flowed") {
        Cow::Owned(unflow(text, says("delsp", "yes")))
    } else {
        Cow::Borrowed(text)
    }
}

fn append<'a>(whole: &mut Option<Cow<'a, str>>, part: Cow<'a, str>) {
    match whole {
        None => *whole = Some(part),
        Some(whole) => {
            let whole = whole.to_mut();
            whole.push('\n');
            whole.push_str(&part);
        }
    }
}
