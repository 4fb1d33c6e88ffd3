//! What both parts of a mail become before they are looked at: lines.

/// A line of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What stands there, without the marks of a quote and without white space at its end.
    pub(super) text: String,
    /// What the part itself says of it.
    pub(super) mark: Mark,
}

/// What a part's own marks say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    Plain,
    /// It is quoted.
    Quote,
    /// It is set in like a quote, but people set their own words in like that too.
    Loose,
    /// It says who wrote what is quoted.
    Attribution,
    /// It belongs to a signature.
    Signature,
    /// From here on everything is the mail that is answered.
    Rest,
}

impl Line {
    pub(super) fn new(text: impl Into<String>, mark: Mark) -> Self {
        Self { text: text.into(), mark }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Takes out what nobody sees, and makes every kind of space a plain one.
pub(super) fn plain(text: &str) -> String {
    let seen = text.chars().filter(|c| !matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{ad}' | '\0'));
    seen.map(|c| if is_space(c) { ' ' } else { c }).collect()
}

/// Spaces of other widths; the line feed and the tab stay what they are.
fn is_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// For comparing with phrases: small letters, single spaces, no marks of direction, and
/// none of the stars and underscores by which mail programs show bold in plain text.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '*' => {
            }
            '’' | '‘' => folded.push('\''),
            '：' => folded.push(':'),
            c if c.is_whitespace() || is_space(c) => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => match digit(c) {
                Some(digit) => folded.push(digit),
                None => folded.extend(c.to_lowercase()),
            },
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A digit of another script as the one that stands for the same.
fn digit(c: char) -> Option<char> {
    // Where the ten digits of a script begin: Arabic, Persian, Devanagari, Bengali, Thai, wide ones.
    let zero = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}']
        .into_iter()
        .find(|zero| (*zero..=char::from_u32(u32::from(*zero) + 9).unwrap_or(*zero)).contains(&c))?;
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

/// Lines as one text: no white space at either end, at most one blank line in a row.
pub(super) fn join<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut gap = 0;
    for line in lines {
        if line.trim().is_empty() {
            gap = 2;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if gap == 2 { "\n\n" } else { "\n" });
        }
        text.push_str(if text.is_empty() { line.trim() } else { line.trim_end() });
        gap = 1;
    }
    text
}
