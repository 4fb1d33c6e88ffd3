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
    mark_odd_quotes(&mut lines);
    Some(lines)
}

/// So many lines in a row that begin with the same odd mark are no chance.
const ODD_LINES: usize = 3;

/// Quotes that are marked by something else than `>`: by the writer's initials before it, by a
/// bar, or by its name in HTML. People begin lines of their own with such marks too.
fn mark_odd_quotes(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        let mark =
            if lines[at].mark == Mark::Plain { odd_mark(&lines[at].text).to_owned() } else { String::new() };
        let is_marked = |line: &&Line| line.mark == Mark::Plain && odd_mark(&line.text) == mark;
        let run = if mark.is_empty() { 0 } else { lines[at..].iter().take_while(is_marked).count() };
        if run >= ODD_LINES {
            for line in &mut lines[at..at + run] {
                let content = line.text.trim_start()[mark.len()..].trim_start().to_owned();
                *line = Line::new(content, Mark::Loose);
            }
        }
        at += run.max(1);
    }
}

/// What a line begins with, if it is one of those marks.
fn odd_mark(line: &str) -> &str {
    let line = line.trim_start();
    let initials = line.bytes().take_while(u8::is_ascii_uppercase).count();
    if (1..=4).contains(&initials) && line[initials..].starts_with('>') {
        return &line[..=initials];
    }
    let marks = ["&gt;", "|", "»", "│", "┃", "¦", "%", ":"];
    marks.into_iter().find(|mark| line.starts_with(mark)).unwrap_or_default()
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

/// What joins and turns letters has nothing to do before a mark.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2061}'..='\u{2069}')
}

/// How often a line is quoted, and what stands behind the marks.
pub(super) fn unquote(line: &str) -> (u16, &str) {
    let mut level = 0;
    let mut rest = line;
    // Nobody marks a quote behind more than one space; more is an indented line.
    while level < limits::QUOTE_LEVELS {
        let trimmed = rest.trim_start_matches(is_hidden);
        let trimmed = trimmed.strip_prefix([' ', '\t']).unwrap_or(trimmed).trim_start_matches(is_hidden);
        match trimmed.strip_prefix(['>', '＞']) {
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
    use super::{Mark, is_picture, lines, unquote};

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

    #[test]
    fn a_mark_is_one_also_behind_what_nobody_sees() {
        for line in ["\t> Do you?", "\u{200c}> Do you?", "\u{200f}\u{2063} > Do you?", "＞ Do you?"] {
            assert_eq!(unquote(line), (1, "Do you?"), "{line:?}");
        }
    }

    #[test]
    fn lines_with_an_odd_mark_are_quoted_perhaps_when_there_are_several() {
        let marks = |text: &str| lines(text).expect("short").iter().map(|line| line.mark).collect::<Vec<_>>();
        for mark in ["AV> ", "&gt; ", "» ", "| "] {
            let text = format!("Yes.\n\n{mark}Do you\n{mark}\n{mark}ship?");
            let loose = [Mark::Plain, Mark::Plain, Mark::Loose, Mark::Loose, Mark::Loose];
            assert_eq!(marks(&text), loose, "{mark}");
        }
        for own in [
            "- one\n- two\n- three",
            "| a |\n| b |",
            "ABCDE> a\nABCDE> b\nABCDE> c",
            "No.\nNot at all.\nNever.",
        ] {
            assert!(marks(own).iter().all(|mark| *mark == Mark::Plain), "{own}");
        }
    }
}
