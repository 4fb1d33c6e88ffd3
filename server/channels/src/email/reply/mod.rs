//! What a person newly wrote in a reply, without what they quote and their signature.
//!
//! What comes out is shown to a stranger: when it is not certain, that is said, and
//! somebody looks at it first. It is certain when the mail's own marks or well-known
//! words part the new from the old, when both parts of the mail say the same, and when
//! nothing of the letter that is answered is left in it.

mod flowed;
mod html;
mod known;
mod limits;
mod lines;
mod mail;
mod part;
mod pointers;
mod separator;
mod sort;
mod text;
mod words;

pub(super) use known::has_some_of;
pub use mail::ReplyMail;
pub use separator::REPLY_ABOVE;

use known::{Known, key};
use lines::Line;
use part::Part;

/// What is new in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extracted {
    /// This, and nothing else. Paragraphs, lists and the targets of links are kept; there
    /// is no white space at either end.
    Sure(String),
    /// Nobody but the one who wrote it may see it before they said so.
    Unsure {
        /// What is new as far as can be told; it may be empty.
        best: String,
        /// Why it is not certain: a sentence for the owner.
        why: String,
    },
    /// Nothing at all.
    Nothing,
}

/// Finds what is new in a reply.
///
/// It takes time by the length of the mail, whatever stands in it, and never panics. What
/// is over one of its limits is [`Extracted::Unsure`].
pub fn extract(mail: &ReplyMail<'_>) -> Extracted {
    let known = Known::new(mail.ours, &mail.addresses);
    let text = mail.text.as_deref().filter(|text| !text.trim().is_empty());
    let html = mail.html.as_deref().filter(|html| !html.trim().is_empty());
    let text = text.map(|text| match text::lines(text) {
        Some(lines) => read(lines, &known),
        None => too_long(),
    });
    let html = html.map(|html| match html::lines(html) {
        Some(shown) => {
            let mut part = read(shown.lines, &known);
            if shown.too_deep {
                part.hard.get_or_insert("The mail is built in too complicated a way.");
            }
            part
        }
        None => too_long(),
    });
    let found = match (text, html) {
        (None, None) => return Extracted::Nothing,
        (Some(part), None) | (None, Some(part)) => alone(part),
        (Some(text), Some(html)) => together(text, html),
    };
    let passed_on = mail.subject.as_deref().is_some_and(words::headers::is_forward_subject);
    match found {
        Extracted::Sure(best) if passed_on => unsure(best, "The subject says that a mail is passed on."),
        Extracted::Sure(best) if mail.unreadable => unsure(best, "Some letters of the mail can't be read."),
        found => found,
    }
}

fn read(lines: Vec<Line>, known: &Known) -> Part {
    part::weigh(sort::sort(lines, known), known)
}

fn too_long() -> Part {
    Part { hard: Some("The mail is too long to be looked through."), ..Part::default() }
}

fn unsure(best: String, why: &str) -> Extracted {
    Extracted::Unsure { best, why: why.to_owned() }
}

fn alone(part: Part) -> Extracted {
    match part.hard.or(part.soft) {
        Some(why) => unsure(part.best, why),
        None => sure(part.best),
    }
}

fn sure(best: String) -> Extracted {
    if best.is_empty() { Extracted::Nothing } else { Extracted::Sure(best) }
}

/// Both parts have to say the same; then the HTML part is the one that keeps lists, links
/// and long lines as they were written.
fn together(text: Part, html: Part) -> Extracted {
    if let Some(why) = html.hard.or(text.hard) {
        let best =
            if html.best.is_empty() || html.hard.is_none() && text.hard.is_some() && html.soft.is_some() {
                text.best
            } else {
                html.best
            };
        return unsure(best, why);
    }
    let (in_text, in_html) = (letters(&text.best), letters(&html.best));
    if in_text == in_html {
        return match (text.soft, html.soft) {
            (Some(_), Some(why)) => unsure(html.best, why),
            _ => sure(html.best),
        };
    }
    // One part marks a signature that the other shows as text.
    if html.soft.is_none() && in_text == in_html.clone() + &letters(&html.aside) {
        return sure(html.best);
    }
    if text.soft.is_none() && in_html == in_text + &letters(&text.aside) {
        return sure(text.best);
    }
    unsure(html.best, "The two forms of the mail differ in what is new.")
}

/// What has to be the same in both parts: letters and digits, without the marks of lists
/// and what stands for a picture.
fn letters(text: &str) -> String {
    text.lines().map(|line| key(without_pictures(without_mark(line)).as_str())).collect()
}

fn without_mark(line: &str) -> &str {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let is_number = (1..=3).contains(&digits) && rest.starts_with(['.', ')']);
    if is_number && rest[1..].starts_with(' ') {
        return &rest[1..];
    }
    line.strip_prefix("o ").unwrap_or(line)
}

/// "[image: bowl.png]", "[cid:…]", "<image0.jpeg>".
fn without_pictures(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = ["[image", "[Image", "[cid:", "[inline", "<image", "[https://", "[http://"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
    {
        let Some(end) = rest[start..].find([']', '>']) else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[start + end + 1..];
    }
    kept + rest
}
