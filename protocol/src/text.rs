//! What counts as text: the same rules at the sender and at the relay.

use crate::{ErrorCode, limits};

/// Makes typed or pasted text ready to send: line ends become `\n`, control
/// characters other than tab and line feed go, and so does white space at both ends.
///
/// # Errors
/// [`ErrorCode::Empty`] when nothing is left and [`ErrorCode::TooLong`] above
/// [`limits::BODY_CHARS`] characters.
pub fn clean_body(typed: &str) -> Result<String, ErrorCode> {
    let mut clean = String::with_capacity(typed.len());
    let mut chars = typed.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            c if is_forbidden(c) => {}
            c => clean.push(c),
        }
    }
    // What was hidden behind a removed character may be white space again.
    let clean = clean.trim();
    check_body(clean)?;
    Ok(clean.into())
}

/// Whether a body may be kept as it stands.
///
/// # Errors
/// [`ErrorCode::Empty`], [`ErrorCode::TooLong`], or [`ErrorCode::BadText`] for
/// control characters, which [`clean_body`] would have removed.
pub fn check_body(body: &str) -> Result<(), ErrorCode> {
    if body.chars().all(is_unseen) {
        return Err(ErrorCode::Empty);
    }
    // A character has at most 4 bytes: most bodies need no counting.
    if body.len() > limits::BODY_CHARS && body.chars().count() > limits::BODY_CHARS {
        return Err(ErrorCode::TooLong);
    }
    if body.chars().any(is_forbidden) {
        return Err(ErrorCode::BadText);
    }
    Ok(())
}

/// Whether there is nothing to see of a character: white space, and what only joins,
/// parts or turns others.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
        )
}

/// Makes a name or a title fit for one line: runs of white space become one
/// space; control characters and the ones that turn the direction of the text
/// around them go; what is over `most` characters is cut off.
pub fn clean_line(typed: &str, most: usize) -> String {
    let mut clean = String::new();
    let words = typed.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|&c| !turns_direction(c)));
    }
    if let Some((end, _)) = clean.char_indices().nth(most) {
        clean.truncate(end);
    }
    clean.trim().into()
}

/// The beginning of a text, at most `most` characters, on one line.
pub fn preview(body: &str, most: usize) -> String {
    let enough: String = body.chars().take(most * 2).collect();
    clean_line(&enough, most)
}

/// C0 and C1 control characters other than tab and line feed.
fn is_forbidden(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// Embeddings, overrides and isolates (Unicode UAX #9, clause 2), with which a
/// name could make the words beside it read backwards. In a message they are
/// harmless, for each message stands in an isolated block of its own.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_lines_and_loses_its_control_characters() {
        assert_eq!(clean_body("  a\r\nb\rc\u{0}\u{1b}[31m\td \u{9c}\n").as_deref(), Ok("a\nb\nc[31m\td"));
    }

    #[test]
    fn what_has_no_text_is_empty() {
        for empty in ["", "  \n\t ", "\u{0}\u{7f}", " \u{0} ", "\u{200b}\u{2060} \u{feff}", "\u{3164}\u{61c}"]
        {
            assert_eq!(clean_body(empty), Err(ErrorCode::Empty), "{empty:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        let just = "ß".repeat(limits::BODY_CHARS);
        assert_eq!(clean_body(&just).as_deref(), Ok(just.as_str()));
        assert_eq!(clean_body(&(just + "x")), Err(ErrorCode::TooLong));
    }

    #[test]
    fn a_body_with_control_characters_is_not_kept() {
        assert_eq!(check_body("a\u{0}b"), Err(ErrorCode::BadText));
        assert_eq!(check_body("a\rb"), Err(ErrorCode::BadText));
        assert_eq!(check_body("tab\tand\nline"), Ok(()));
    }

    #[test]
    fn cleaning_twice_changes_nothing_more() {
        let once = clean_body(" \u{0} x \r\n y \u{1} ").expect("has text");
        assert_eq!(clean_body(&once), Ok(once.clone()));
        assert_eq!(check_body(&once), Ok(()));
    }

    #[test]
    fn a_name_is_one_line_that_turns_nothing_around() {
        assert_eq!(clean_line(" Ana\n\u{202e}Maria\t\u{0}Lima ", 80), "Ana Maria Lima");
        assert_eq!(clean_line("abcdef", 3), "abc");
        assert_eq!(clean_line("\u{202e}", 3), "");
    }

    #[test]
    fn emoji_and_right_to_left_words_stay() {
        assert_eq!(clean_line("👩‍👩‍👧 שלום", 80), "👩‍👩‍👧 שלום");
    }
}
