//! The text part as lines.

use super::limits;
use super::lines::{Line, Mark, plain};

/// Lines of a text part; none when there are too many.
pub(super) fn lines(text: &str) -> Option<Vec<Line>> {
    if text.len() > limits::TEXT_BYTES {
        return None;
    }
    let text = plain(text);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        if lines.len() == limits::LINES {
            return None;
        }
        lines.push(line_of(line.trim_end_matches('\r')));
    }
    Some(lines)
}

fn line_of(line: &str) -> Line {
    let (level, content) = unquote(line);
    let content = if is_picture(content) { "" } else { content };
    // A signature's mark is told by the space at its end (RFC 3676, clause 4.3), which
    // mail programs lose; so that no space matters, none is kept.
    let mark = if level > 0 { Mark::Quote } else { Mark::Plain };
    Line::new(content.trim_end(), mark)
}

/// Whether a line only says that a picture stands there.
fn is_picture(line: &str) -> bool {
    let line = line.trim();
    ["[cid:", "[image:"].iter().any(|mark| line.starts_with(mark)) && line.find(']') == Some(line.len() - 1)
}

/// How often a line is quoted, and what stands behind the marks.
pub(super) fn unquote(line: &str) -> (u16, &str) {
    let mut level = 0;
    let mut rest = line;
    // Nobody marks a quote behind more than one space; more is an indented line.
    while level < limits::QUOTE_LEVELS {
        let trimmed = rest.strip_prefix(' ').unwrap_or(rest);
        match trimmed.strip_prefix('>') {
            // "at least": an arithmetic sign.
            Some(after) if level == 0 && after.starts_with('=') => break,
            Some(after) => rest = after,
            None => break,
        }
        level += 1;
    }
    if level > 0 { (level, rest.strip_prefix(' ').unwrap_or(rest)) } else { (0, line) }
}

#[cfg(test)]
mod tests {
    use super::{is_picture, unquote};

    #[test]
    fn a_picture_is_no_text() {
        assert!(is_picture("[cid:image001.png@01DC95]") && is_picture("[image: bowl.jpg]"));
        assert!(!is_picture("[image: bowl.jpg] The blue one [left]") && !is_picture("[see below]"));
    }

    #[test]
    fn levels_are_counted_with_and_without_spaces() {
        assert_eq!(unquote("> > Do you?"), (2, "Do you?"));
        assert_eq!(unquote(">> Do you?"), (2, "Do you?"));
        assert_eq!(unquote(">"), (1, ""));
        assert_eq!(unquote("  - a list"), (0, "  - a list"));
        assert_eq!(unquote(">= 10 pieces: 5 % less"), (0, ">= 10 pieces: 5 % less"));
    }
}
