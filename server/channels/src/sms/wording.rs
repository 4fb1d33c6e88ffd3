//! What a text message says: who wrote, the first words, and where to answer.

use super::segments;
use crate::{Notice, Words};
use shopbell_protocol::text::{clean_line, preview};

/// What is shown of names.
const NAME_CHARS: usize = 24;
/// Characters of what was said that are looked at: more never fit.
const SAID_CHARS: usize = 480;
/// Marks what was cut; three full stops, for an ellipsis is not in the GSM alphabet.
const CUT: &str = "...";

/// At most so many segments. Of what was said as much as fits beside the rest; a link that
/// leaves no room for the rest is left out.
pub(super) fn of(notice: &Notice, most: usize) -> String {
    let (before, said, link) = match notice {
        Notice::Words(words) => of_words(words),
        Notice::Alarm(alarm) => {
            let about = clean_line(&alarm.about, 2 * NAME_CHARS);
            let before = format!("{}: {about} does not work", name(&alarm.shop_name));
            (before, alarm.reason.as_str().into(), &alarm.link)
        }
        Notice::Test { shop_name, link, .. } => {
            let before =
                format!("A test from Shopbell: messages of {}'s visitors come here", name(shop_name));
            (before, String::new(), link)
        }
    };
    let said = preview(&said, SAID_CHARS);
    let with = |link| longest(&before, &said, link, most);
    with(link).or_else(|| with("")).unwrap_or_else(|| shortest(&before, most))
}

fn of_words(words: &Words) -> (String, String, &String) {
    let before = format!("{} wrote to {}", name(words.writer()), name(&words.shop_name));
    let said: Vec<_> = words.messages.iter().map(|message| message.body.as_str()).collect();
    let said = if words.show_words { said.join("\n") } else { String::new() };
    (before, said, &words.link)
}

/// With as much of what was said as fits; none when not even the rest does.
fn longest(before: &str, said: &str, link: &str, most: usize) -> Option<String> {
    let ends = said.char_indices().map(|(end, _)| end).chain([said.len()]);
    ends.rev().find_map(|end| {
        let cut = if end < said.len() { CUT } else { "" };
        let text = match said[..end].trim_end() {
            "" => format!("{before}. {link}"),
            kept => format!("{before}: {kept}{cut} {link}"),
        };
        let text = text.trim_end();
        (segments(text) <= most).then(|| text.to_owned())
    })
}

fn name(name: &str) -> String {
    clean_line(name, NAME_CHARS)
}

/// Only the beginning, when names are that long.
fn shortest(before: &str, most: usize) -> String {
    let mut text = before.to_owned();
    while segments(&text) > most {
        text.pop();
    }
    text
}
