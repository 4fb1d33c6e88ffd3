//! Texts of a bounded length.

/// What stands where something was cut off.
const CUT: &str = "…";

/// At most so many bytes of a text, cut between two characters, with a mark where
/// something is left out.
pub(crate) fn cut_bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.into();
    }
    let mark = if most < CUT.len() { "" } else { CUT };
    let end = text.floor_char_boundary(most - mark.len());
    format!("{}{mark}", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(cut_bytes("short", 5), "short");
        assert_eq!(cut_bytes("shorter", 6), "sho…");
        assert_eq!(cut_bytes("a b cdefgh", 7), "a b…");
        assert_eq!(cut_bytes("ßßßß", 7), "ßß…");
        assert_eq!(cut_bytes("🦊🦊", 6), "…");
        assert_eq!(cut_bytes("abc", 2), "ab");
        for most in 0..40 {
            assert!(cut_bytes("Grüße 🦊 und ein längerer Satz ohne Ende", most).len() <= most, "{most}");
        }
    }
}
