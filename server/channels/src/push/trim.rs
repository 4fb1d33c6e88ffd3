//! Words cut to the room that is left for them, between what a reader sees as characters.

use unicode_segmentation::UnicodeSegmentation;

/// Says that something was left out.
const ELLIPSIS: &str = "…";

/// The lines that fit into `room` bytes of a JSON string, the newest and last one first;
/// the oldest of them is cut.
pub(super) fn newest(lines: &[&str], room: usize) -> String {
    let mut kept = Vec::new();
    let mut left = room;
    for line in lines.iter().rev() {
        let between = if kept.is_empty() { 0 } else { cost('\n') };
        let whole = between + cost_of(line);
        // Of an older line there has to be room for the ellipsis at least, which says that it was.
        if whole > left {
            left = left.saturating_sub(between);
            kept.extend(Some(cut(line, left)).filter(|cut| !cut.is_empty()));
            break;
        }
        left -= whole;
        kept.push((*line).to_owned());
    }
    kept.reverse();
    kept.join("\n")
}

/// A line that takes at most `room` bytes of a JSON string; ends with an ellipsis where it
/// was cut. Empty when there is not even room for that.
pub(super) fn cut(line: &str, room: usize) -> String {
    if cost_of(line) <= room {
        return line.to_owned();
    }
    let Some(room) = room.checked_sub(ELLIPSIS.len()) else { return String::new() };
    let mut kept = fitting(line.graphemes(true), room);
    if kept.is_empty() {
        // One letter under a heap of marks can be longer than a push.
        kept = fitting(line.split_inclusive(|_| true), room);
    }
    kept.truncate(kept.trim_end().len());
    kept + ELLIPSIS
}

fn fitting<'a>(parts: impl Iterator<Item = &'a str>, room: usize) -> String {
    let mut left = room;
    let fits = |part: &&str| {
        let rest = left.checked_sub(cost_of(part));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    parts.take_while(fits).collect()
}

fn cost_of(text: &str) -> usize {
    text.chars().map(cost).sum()
}

/// The bytes of a character in a JSON string (RFC 8259, clause 7), as `serde_json` writes it.
fn cost(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_what_json_takes() {
        for text in ["", "plain", "\"\\\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}", "Ölçü 👩‍👩‍👧 \u{2028}/"]
        {
            assert_eq!(cost_of(text) + 2, serde_json::to_string(text).unwrap().len(), "{text:?}");
        }
    }

    #[test]
    fn a_cut_lies_between_characters_as_a_reader_sees_them() {
        assert_eq!(cut("oak", 3), "oak");
        assert_eq!(cut("oaks", 3), "…");
        assert_eq!(cut("oaks", 2), "");
        assert_eq!(cut("oak table", 7), "oak…");
        let family = "👩‍👩‍👧";
        let text = format!("a{family}b{family}");
        let room = 1 + family.len() + 1 + family.len() - 1;
        assert_eq!(cut(&text, room), format!("a{family}b…"));
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 6), "e\u{301}…");
        let heap = format!("e{}", "\u{301}".repeat(50));
        assert_eq!(cut(&heap, 10), "e\u{301}\u{301}\u{301}…");
    }

    #[test]
    fn the_newest_words_stay_longest() {
        let lines = ["first", "second", "third"];
        assert_eq!(newest(&lines, 100), "first\nsecond\nthird");
        assert_eq!(newest(&lines, 5 + 2 + 6 + 2 + 5), "first\nsecond\nthird");
        assert_eq!(newest(&lines, 5 + 2 + 6 + 2 + 4), "f…\nsecond\nthird");
        assert_eq!(newest(&lines, 5 + 2 + 6), "second\nthird");
        assert_eq!(newest(&lines, 5 + 2), "third");
        assert_eq!(newest(&lines, 4), "t…");
        assert_eq!(newest(&lines, 0), "");
        assert_eq!(newest(&[], 10), "");
    }
}
