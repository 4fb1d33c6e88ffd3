//! What is ours, known again by what it says, however it was wrapped, quoted or marked.

use super::limits;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Our own letter's lines, and the addresses that are nobody's to see.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Every line by its letters and digits, those of some weight only.
    lines: Vec<String>,
    /// All of them in a row, also the short ones.
    joined: String,
    /// Every run of letters in a line that is long enough to be no chance.
    runs: HashSet<u64>,
    addresses: Vec<String>,
}

impl Known {
    pub(super) fn new(ours: &[String], addresses: &[String]) -> Self {
        let mut known = Self::default();
        let mut bytes = 0;
        for line in ours.iter().flat_map(|text| text.lines()).take(limits::OURS_LINES) {
            bytes += line.len();
            if bytes > limits::OURS_BYTES {
                break;
            }
            let key = key(line);
            known.runs.extend(runs(&key));
            known.joined.push_str(&key);
            if weight(&key) >= limits::LINE_WEIGHT {
                known.lines.push(key);
            }
        }
        known.lines.sort_unstable();
        known.lines.dedup();
        let addresses = addresses.iter().map(|address| address.trim().to_lowercase());
        known.addresses = addresses.filter(|address| address.contains('@')).collect();
        known
    }

    /// Whether a line is ours for certain: it has a whole line or a long run of ours in it.
    pub(super) fn is_ours(&self, line: &str) -> bool {
        let key = key(line);
        self.shares_a_run(&key) || self.lines.iter().any(|ours| key.contains(ours.as_str()))
    }

    /// Whether a line may be a piece of ours: also when it is too short to be certain.
    pub(super) fn may_be_ours(&self, line: &str) -> bool {
        let key = key(line);
        key.is_empty() || self.joined.contains(&key) || self.is_ours(line)
    }

    /// Whether something of ours stands in a text, over its line breaks too.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let key: String = text.lines().map(key).collect();
        self.shares_a_run(&key)
            || self.lines.iter().any(|ours| key.contains(ours.as_str()))
            || self.has_address(text)
    }

    /// Whether one of the addresses stands there, by which anybody could answer.
    pub(super) fn has_address(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.addresses.iter().any(|address| text.contains(address.as_str()))
    }

    fn shares_a_run(&self, key: &str) -> bool {
        !self.runs.is_empty() && runs(key).any(|run| self.runs.contains(&run))
    }
}

/// Whether a whole line of one of these texts stands in another text, or a long run of one,
/// however it is wrapped, marked or hidden. Shorter pieces are what people say after each other.
pub(in crate::email) fn has_some_of<'a>(texts: impl Iterator<Item = &'a str>, text: &str) -> bool {
    let said = key(text);
    let said_runs: HashSet<u64> = runs_of(&said, limits::ECHO_RUN, limits::ECHO_RUN_WIDE).collect();
    let is_telling = |key: &str| {
        let least = if key.chars().any(is_wide) { limits::ECHO_LINE_WIDE } else { limits::ECHO_LINE };
        key.chars().count() >= least
    };
    texts.into_iter().any(|theirs| {
        // Its lines, and all of it: several short lines say as much as a long one.
        let mut keys = theirs.lines().map(key).chain([key(theirs)]);
        keys.any(|key| is_telling(&key) && said.contains(&key))
            || runs_of(&key(theirs), limits::ECHO_RUN, limits::ECHO_RUN_WIDE)
                .any(|run| said_runs.contains(&run))
    })
}

/// A text by its letters and digits alone, in small letters: what is left of it whatever
/// a mail program does to spaces, breaks, quotes, bullets and links.
pub(super) fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = find_link(rest) {
        push_letters(&mut key, &rest[..start]);
        let link = &rest[start..];
        let end = link.find(|c: char| c.is_whitespace() || matches!(c, '>' | ')' | ']' | '<' | '"'));
        rest = &link[end.unwrap_or(link.len())..];
    }
    push_letters(&mut key, rest);
    key
}

fn push_letters(key: &mut String, text: &str) {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    key.extend(letters.flat_map(char::to_lowercase));
}

/// Where a link's address begins: mail programs write them out, rewrite and leave them out.
fn find_link(text: &str) -> Option<usize> {
    let schemes = ["http://", "https://", "mailto:", "tel:+", "cid:"];
    schemes.iter().filter_map(|scheme| text.find(scheme)).min()
}

/// What a key weighs: a character of a script without letters counts twice.
pub(super) fn weight(key: &str) -> usize {
    key.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Kana, Han and Hangul.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// A number for each run in a key that is long enough to be no chance.
fn runs(key: &str) -> impl Iterator<Item = u64> {
    runs_of(key, limits::RUN, limits::RUN_WIDE)
}

/// A number for each run of so many letters in a key, or of so many wide ones.
fn runs_of(key: &str, most: usize, wide: usize) -> impl Iterator<Item = u64> {
    let letters: Vec<char> = key.chars().collect();
    let runs: Vec<u64> = letters
        .windows(most)
        .chain(letters.windows(wide).filter(|run| run.iter().all(|c| is_wide(*c))))
        .map(|run| {
            let mut hasher = DefaultHasher::new();
            run.hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    runs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::{Known, key};

    fn known(lines: &[&str]) -> Known {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Known::new(&lines, &["reply+k3@bell.example".to_owned()])
    }

    #[test]
    fn a_key_is_the_same_whatever_a_program_did() {
        let written = key("See the blue bowl (https://oak.example/blue), 12 €!");
        assert_eq!(written, key("> see the *blue*\nbowl <https://safe.example/?u=oak>, 12 €"));
    }

    #[test]
    fn ours_is_known_over_line_breaks_and_under_marks() {
        let known = known(&["Do you send the large blue bowl to Malta as well?"]);
        assert!(known.is_in("Yes.\n| send the large\n| blue bowl to Malta"));
        assert!(!known.is_in("Yes, we send bowls to Malta."));
    }

    #[test]
    fn a_whole_short_line_is_known_and_a_greeting_is_not() {
        let known = known(&["Do you ship them?", "Thank you!", "青い鉢はありますか"]);
        assert!(known.is_in("Yes. \"Do you ship them?\" We do."));
        assert!(!known.is_in("Thank you!"));
        assert!(known.is_in("はい、青い鉢はありますか"));
    }

    #[test]
    fn the_address_that_answers_go_to_is_nobodys_to_see() {
        assert!(known(&[]).is_in("Write to Reply+K3@bell.example"));
    }
}
