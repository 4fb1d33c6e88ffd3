//! Text as Telegram counts it: in UTF-16 code units.

/// Its length in UTF-16 code units.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The longest beginning of at most `most` units, and the rest. Cut behind white space where
/// there is some in the last quarter, else between two characters. The beginning is empty only
/// when not even one character fits.
pub(super) fn split(text: &str, most: usize) -> (&str, &str) {
    let mut used = 0;
    let mut gap = None;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > most {
            return text.split_at(gap.unwrap_or(at));
        }
        if c.is_whitespace() && used > most - most / 4 {
            gap = Some(at + c.len_utf8());
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_outside_the_basic_plane_count_twice() {
        assert_eq!(units("a€😀"), 4);
    }

    #[test]
    fn a_cut_never_parts_a_character() {
        assert_eq!(split("😀😀", 3), ("😀", "😀"));
        assert_eq!(split("😀", 1), ("", "😀"));
        assert_eq!(split("abc", 3), ("abc", ""));
    }

    #[test]
    fn a_cut_is_made_between_words_where_there_are_some() {
        assert_eq!(split("one two three", 9), ("one two ", "three"));
        assert_eq!(split("one twothreefour", 9), ("one twoth", "reefour"));
    }

    #[test]
    fn the_parts_put_together_are_the_text() {
        let text = "Grüße 😀 ".repeat(900);
        let (mut rest, mut whole) = (text.as_str(), String::new());
        while !rest.is_empty() {
            let (head, tail) = split(rest, 4096);
            assert!(units(head) <= 4096 && !head.is_empty());
            whole.push_str(head);
            rest = tail;
        }
        assert_eq!(whole, text);
    }
}
