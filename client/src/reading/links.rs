//! Finds what can be clicked in a message: `http`, `https` and `mailto`
//! addresses, `www.` names and plain mail addresses. Everything else is text.

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// To be shown as it stands, and to lead there.
    Link {
        /// What is shown.
        text: &'a str,
        /// Where it leads.
        href: String,
    },
}

/// Cuts a message into its pieces; together they are the message again.
pub fn pieces(body: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    for word in body.split_inclusive(ends_word) {
        let lead = scheme_in(word).unwrap_or_else(|| leading(word));
        let begin = at + lead;
        let end = begin + trailing(&word[lead..]);
        at += word.len();
        if begin < end
            && let Some(href) = target(&body[begin..end])
        {
            if text_from < begin {
                pieces.push(Piece::Text(&body[text_from..begin]));
            }
            pieces.push(Piece::Link { text: &body[begin..end], href });
            text_from = end;
        }
    }
    if text_from < body.len() {
        pieces.push(Piece::Text(&body[text_from..]));
    }
    pieces
}

/// White space, quotes, and the characters that turn the direction of the text:
/// an address that holds them would read as another.
fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '<' | '>' | '"' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Where an address begins in the middle of a word, as in languages that put no
/// spaces between words.
fn scheme_in(word: &str) -> Option<usize> {
    let end = word.find("://")?;
    let begins = |name: &str| {
        let begin = end.checked_sub(name.len())?;
        word.get(begin..end).filter(|found| found.eq_ignore_ascii_case(name)).map(|_| begin)
    };
    begins("https").or_else(|| begins("http"))
}

/// How much of a word is an opening bracket or quote.
fn leading(word: &str) -> usize {
    word.len()
        - word.trim_start_matches(['(', '[', '{', '\'', '\u{201c}', '\u{2018}', '\u{ab}', '*', '_']).len()
}

/// Where a word ends without the marks of the sentence around it. A bracket that
/// closes one within the address belongs to it.
fn trailing(word: &str) -> usize {
    let mut kept = word.trim_end_matches(ends_word);
    loop {
        let Some(last) = kept.chars().next_back() else { return 0 };
        let open = match last {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '\u{201d}' | '\u{2019}' | '\u{bb}' | '\u{2026}'
            | '*' => last,
            _ => return kept.len(),
        };
        if open != last && kept.matches(open).count() >= kept.matches(last).count() {
            return kept.len();
        }
        kept = &kept[..kept.len() - last.len_utf8()];
    }
}

/// Where an address leads, or nothing if it is none.
fn target(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once(':').unwrap_or(("", word));
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("http") || is("https") {
        return rest.strip_prefix("//").filter(|rest| has_host(rest)).map(|_| word.into());
    }
    if is("mailto") {
        return is_mail(rest.split('?').next().unwrap_or_default()).then(|| word.into());
    }
    if word.len() > 4 && word.is_char_boundary(4) && word[..4].eq_ignore_ascii_case("www.") {
        return (has_host(word) && word[4..].contains('.')).then(|| ["https://", word].concat());
    }
    is_mail(word).then(|| ["mailto:", word].concat())
}

/// A host stands first; a name and a password before it would lead elsewhere
/// than it looks.
fn has_host(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.chars().next().is_some_and(is_letter) && !host.contains(['@', '\\'])
}

/// A letter or digit, or any character beyond ASCII: telling those apart would
/// cost a visitor a table of them all.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii()
}

fn is_mail(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let plain = |c: char| is_letter(c) || matches!(c, '.' | '-');
    let named = |c: char| plain(c) || matches!(c, '_' | '+' | '%' | '\'');
    let dotted =
        host.rsplit_once('.').is_some_and(|(before, last)| !before.is_empty() && last.chars().count() > 1);
    !name.is_empty() && name.chars().all(named) && dotted && host.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(body: &str) -> Vec<(&str, String)> {
        let cut = pieces(body);
        let whole: String = cut
            .iter()
            .map(|p| match p {
                Piece::Text(text) | Piece::Link { text, .. } => *text,
            })
            .collect();
        assert_eq!(whole, body, "nothing may get lost");
        cut.into_iter()
            .filter_map(|p| if let Piece::Link { text, href } = p { Some((text, href)) } else { None })
            .collect()
    }

    fn one(body: &str) -> (&str, String) {
        let found = links(body);
        assert_eq!(found.len(), 1, "{body}");
        found.into_iter().next().expect("just counted")
    }

    #[test]
    fn addresses_are_found_without_the_sentence_around_them() {
        for (body, text) in [
            ("see https://shop.example/a?b=c#d.", "https://shop.example/a?b=c#d"),
            ("(http://shop.example)", "http://shop.example"),
            ("https://x.example/a_(b), yes", "https://x.example/a_(b)"),
            ("line\nHTTPS://X.example/ü\nnext", "HTTPS://X.example/ü"),
            ("\u{201c}https://x.example\u{201d}!", "https://x.example"),
            ("<https://x.example/>", "https://x.example/"),
        ] {
            assert_eq!(one(body), (text, text.into()));
        }
        assert_eq!(
            one("go to www.shop.example now"),
            ("www.shop.example", "https://www.shop.example".into())
        );
        assert_eq!(one("maya@shop.example?"), ("maya@shop.example", "mailto:maya@shop.example".into()));
        assert_eq!(one("mailto:maya@shop.example").1, "mailto:maya@shop.example");
        assert_eq!(links("https://a.example https://b.example").len(), 2);
        assert_eq!(one("第一https://shop.example/椅子 で").0, "https://shop.example/椅子");
    }

    #[test]
    fn an_address_ends_where_the_direction_of_text_is_turned() {
        assert_eq!(one("https://shop.example/\u{202e}gpj.exe").0, "https://shop.example/");
    }

    #[test]
    fn nothing_else_is_a_link() {
        for body in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "http:///x",
            "https://bank.example@evil.example/",
            "https://bank.example\\@evil.example",
            "a@b",
            "@maya",
            "12:30",
            "www.",
            "file:///etc",
            "e.g.",
            "www.x",
            "ftp://x.example",
            "\u{1d4e6}ww.",
            "",
        ] {
            assert_eq!(links(body), [], "{body}");
        }
    }
}
