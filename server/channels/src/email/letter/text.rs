//! A letter as plain text, for those who read it so.

use super::{
    super::reply::REPLY_ABOVE,
    content::{Content, Line},
};
use std::fmt::Write;

/// Sets it. Lines are left long: the reader's program breaks them where its window ends.
pub(super) fn set(content: &Content) -> String {
    let mut text = String::new();
    if content.answer.is_some() {
        let _ = write!(text, "{REPLY_ABOVE}\n\n");
    }
    text.push_str(&content.headline);
    if let Some(page) = &content.page {
        let _ = write!(text, " on “{}”:\n{}", page.name, page.link);
    } else {
        text.push('.');
    }
    for part in [&content.earlier, &content.words] {
        for line in part {
            put(&mut text, line);
        }
    }
    for note in &content.notes {
        let _ = write!(text, "\n\n{note}");
    }
    if let Some(answer) = &content.answer {
        let _ = write!(text, "\n\n\n{answer}");
    }
    if let Some(place) = &content.go_on {
        let _ = write!(text, "\n\n{}:\n{}", place.name, place.link);
    }
    let _ = write!(text, "\n\n-- \n{}", content.foot);
    if let Some(place) = &content.stop {
        let _ = write!(text, "\n{}: {}", place.name, place.link);
    }
    text.push('\n');
    text
}

fn put(text: &mut String, line: &Line) {
    let _ = write!(text, "\n\n{}:\n", line.who);
    for (number, words) in line.body.lines().enumerate() {
        let space = if number > 0 { "\n" } else { "" };
        let _ = write!(text, "{space}{words}");
    }
}
