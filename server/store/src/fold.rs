//! Finding words in text, letter case aside.

use std::borrow::Cow;

/// Text in which letter case makes no difference. Character by character, for a
/// letter must not fold otherwise because of what stands beside it.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .flat_map(char::to_lowercase)
        // A sigma at a word's end has a form of its own, but is the same letter.
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect()
}

/// Whether the text holds the needle, which is folded already.
pub(crate) fn holds(text: &str, needle: &str) -> bool {
    // In time that grows with the text alone, whatever the needle is (the two-way
    // algorithm of `str::contains`).
    fold(text).contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, words: &str) -> bool {
        holds(text, &fold(words))
    }

    #[test]
    fn letter_case_makes_no_difference() {
        assert!(found("The Oak Table", "oak t"));
        assert!(found("grüße aus köln", "GRÜSSE") == found("GRÜSSE", "grüße"));
        assert!(found("ΟΔΟΣ", "οδος"));
        assert!(found("οδος", "ΟΔΟΣ"));
        assert!(found("ПРИВЕТ, мир", "привет, МИР"));
        assert!(!found("oak", "oaks"));
        assert!(!found("", "a"));
    }
}
