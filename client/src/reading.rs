//! What a text is made of when it is read: words, links, emoji; and which
//! messages stand together. The same for both sides.

use shopbell_protocol::{Side, UnixMillis};

/// Messages of one side that follow each other within this stand together.
const TOGETHER_MS: u64 = 5 * 60 * 1000;
/// The most emoji that are still shown large.
const LARGE_EMOJI: usize = 6;

/// A piece of a text, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// To be shown as it stands, and as nothing but text.
    Text(&'a str),
    /// To be shown as it stands, and followed when a person wants to.
    Link {
        /// What stands in the text.
        shown: &'a str,
        /// Where it leads: `http:`, `https:` or `mailto:`, never anything else.
        href: String,
    },
}

/// Finds the links of a text. All pieces together are the text.
pub fn pieces(body: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut done = 0;
    let mut from = 0;
    for word in body.split_inclusive(ends_word) {
        let start = from;
        from += word.len();
        let Some((at, shown, href)) = link_in(word.trim_end_matches(ends_word)) else { continue };
        let at = start + at;
        if at > done {
            found.push(Piece::Text(&body[done..at]));
        }
        found.push(Piece::Link { shown, href });
        done = at + shown.len();
    }
    if done < body.len() {
        found.push(Piece::Text(&body[done..]));
    }
    found
}

/// White space, quotes, and the characters that would make an address read as another.
fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '"' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The link in a word: where it begins, how it is shown, where it leads.
fn link_in(word: &str) -> Option<(usize, &str, String)> {
    let start = ["https://", "http://"].iter().filter_map(|scheme| find_ignoring_case(word, scheme)).min();
    if let Some(start) = start {
        let shown = without_end(&word[start..]);
        let host = shown.split_once("://")?.1;
        // A name and a password before the host would lead elsewhere than it looks.
        let before_path = host.split(['/', '?', '#']).next().unwrap_or_default();
        let named = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
        let plain = !before_path.contains(['@', '\\']);
        return (named && plain).then(|| (start, shown, shown.into()));
    }
    let start = word.find(|c: char| c.is_alphanumeric())?;
    let shown = without_end(&word[start..]);
    if find_ignoring_case(shown, "www.") == Some(0) {
        let named = shown[4..].contains('.') && !shown[4..].starts_with('.');
        return named.then(|| (start, shown, format!("https://{shown}")));
    }
    let (name, host) = shown.split_once('@')?;
    let plain = |text: &str, more: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c)) && !text.is_empty()
    };
    let (label, top) = host.rsplit_once('.')?;
    let address = plain(name, "._%+-") && plain(label, ".-") && top.len() >= 2 && plain(top, "");
    address.then(|| (start, shown, format!("mailto:{shown}")))
}

fn find_ignoring_case(word: &str, lower: &str) -> Option<usize> {
    let window = |part: &[u8]| part.eq_ignore_ascii_case(lower.as_bytes());
    word.as_bytes().windows(lower.len()).position(window)
}

/// Without the punctuation that belongs to the sentence, not to the address. A
/// bracket that was opened inside belongs to the address.
fn without_end(mut link: &str) -> &str {
    while let Some(last) = link.chars().next_back() {
        let count = |c: char| link.matches(c).count();
        let loose = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '’' | '”' | '»' | '“' => {
                true
            }
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '}' => count('}') > count('{'),
            _ => false,
        };
        if !loose {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

/// Whether a text is a few emoji and nothing else: such a one is shown large.
pub fn is_only_emoji(body: &str) -> bool {
    let mut pictures = 0;
    for c in body.chars() {
        match u32::from(c) {
            // Joiners, variation selectors, tags and skin tones belong to a picture before them.
            0x200D | 0xFE0F | 0x20E3 | 0xE0020..=0xE007F | 0x1F3FB..=0x1F3FF => {}
            0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x2934 | 0x2935 => pictures += 1,
            _ if c == ' ' => {}
            _ => return false,
        }
    }
    (1..=LARGE_EMOJI).contains(&pictures)
}

/// How a message stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// It is the first of its day: a day separator goes before it.
    pub new_day: bool,
    /// It goes on from the one before: the same side, shortly after, on the same day.
    pub goes_on: bool,
}

/// Places a message after the one before it. A day is a number that the host
/// counts in the reader's time zone.
pub fn place(before: Option<(i64, Side, UnixMillis)>, this: (i64, Side, UnixMillis)) -> Place {
    let Some((day, side, at)) = before else {
        return Place { new_day: true, goes_on: false };
    };
    let new_day = day != this.0;
    let shortly = this.2.0.abs_diff(at.0) <= TOGETHER_MS;
    Place { new_day, goes_on: !new_day && side == this.1 && shortly }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(body: &str) -> Vec<String> {
        let link = |piece| match piece {
            Piece::Link { href, .. } => Some(href),
            Piece::Text(_) => None,
        };
        pieces(body).into_iter().filter_map(link).collect()
    }

    #[test]
    fn links_are_found_without_the_sentence_around_them() {
        assert_eq!(links("See https://oak.example/a?b=c#d."), ["https://oak.example/a?b=c#d"]);
        assert_eq!(links("(http://oak.example/x_(y))!"), ["http://oak.example/x_(y)"]);
        assert_eq!(
            links("www.oak.example, or \"HTTPS://OAK.example\""),
            ["https://www.oak.example", "HTTPS://OAK.example"]
        );
        assert_eq!(links("write to ana@oak.example; thanks"), ["mailto:ana@oak.example"]);
        assert_eq!(links("第一https://oak.example/椅子。"), ["https://oak.example/椅子。"]);
    }

    #[test]
    fn what_is_no_address_is_text() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https:// oak",
            "https://bank.example@evil.example/",
            "https://bank.example\\@evil.example",
            "www.",
            "www..x",
            "a@b",
            "@ana",
            "file:///etc",
            "12:30",
            "e.g.",
        ] {
            assert_eq!(pieces(text), [Piece::Text(text)], "{text}");
        }
    }

    #[test]
    fn an_address_ends_where_the_direction_of_text_is_turned() {
        assert_eq!(links("https://oak.example/\u{202e}gpj.exe"), ["https://oak.example/"]);
    }

    #[test]
    fn all_pieces_together_are_the_text() {
        for text in [
            "",
            " ",
            "a https://b.example  c\nwww.d.example. e",
            "\u{202e}x@y.example\u{202c} <z>",
            "https://a",
        ] {
            let whole: String = pieces(text)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) | Piece::Link { shown: text, .. } => *text,
                })
                .collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn a_few_emoji_alone_are_large() {
        for large in ["👍", "👩‍👩‍👧 ❤️", "🇩🇪", "👍🏽"] {
            assert!(is_only_emoji(large), "{large}");
        }
        for small in ["", " ", "ok 👍", "1", "👍👍👍👍👍👍👍", "#"] {
            assert!(!is_only_emoji(small), "{small}");
        }
    }

    #[test]
    fn messages_stand_together_by_side_day_and_time() {
        let at = |minutes: u64| UnixMillis(minutes * 60_000);
        let first = place(None, (1, Side::Visitor, at(0)));
        assert!(first.new_day && !first.goes_on);
        let before = Some((1, Side::Visitor, at(0)));
        assert!(place(before, (1, Side::Visitor, at(4))).goes_on);
        assert!(!place(before, (1, Side::Visitor, at(6))).goes_on, "too late");
        assert!(!place(before, (1, Side::Owner, at(1))).goes_on, "another side");
        let midnight = place(before, (2, Side::Visitor, at(1)));
        assert!(midnight.new_day && !midnight.goes_on);
    }
}
