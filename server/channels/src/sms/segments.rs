//! How many segments a text message takes (3GPP TS 23.038, and TS 23.040 clause 9.2.3.24.1
//! for the header of each segment of a longer one).

/// One septet each (TS 23.038, clause 6.2.1), but for the escape, which stands for nothing
/// by itself.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
    ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// An escape and one septet each (clause 6.2.1.1).
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many segments this text takes: 160 characters of the GSM alphabet go into one, or
/// 153 into each of several; 70 or 67 units of UCS-2 when one character is not in that
/// alphabet. A character is never torn apart between two segments.
pub fn segments(text: &str) -> usize {
    let septets: Option<Vec<_>> = text.chars().map(septets).collect();
    match septets {
        Some(septets) => fill(septets, 160, 153),
        None => fill(text.chars().map(char::len_utf16), 70, 67),
    }
}

fn septets(character: char) -> Option<usize> {
    match character {
        _ if BASIC.contains(character) => Some(1),
        _ if EXTENSION.contains(character) => Some(2),
        _ => None,
    }
}

fn fill(sizes: impl IntoIterator<Item = usize> + Clone, alone: usize, each: usize) -> usize {
    if sizes.clone().into_iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut segments, mut room) = (1, each);
    for size in sizes {
        if size > room {
            segments += 1;
            room = each;
        }
        room -= size;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_as_many_segments_as_it_takes() {
        for (unit, count, expected) in [
            ("a", 0, 1),
            ("a", 160, 1),
            ("a", 161, 2),
            ("a", 306, 2),
            ("a", 307, 3),
            ("a", 459, 3),
            ("a", 460, 4),
            ("€", 80, 1),
            ("€", 81, 2),
            ("€", 152, 2),
            ("€", 153, 3),
            ("ç", 70, 1),
            ("ç", 71, 2),
            ("ç", 134, 2),
            ("ç", 135, 3),
            ("🦊", 35, 1),
            ("🦊", 36, 2),
            ("🦊", 66, 2),
            ("🦊", 67, 3),
            ("é", 160, 1),
            ("Ç", 160, 1),
            ("\n", 160, 1),
            ("“", 71, 2),
            ("`", 71, 2),
        ] {
            assert_eq!(segments(&unit.repeat(count)), expected, "{count} × {unit}");
        }
    }

    #[test]
    fn one_odd_character_changes_the_alphabet_of_all() {
        let plain = "a".repeat(160);
        assert_eq!(segments(&plain), 1);
        assert_eq!(segments(&plain.replacen('a', "…", 1)), 3);
    }

    #[test]
    fn an_escape_is_not_torn_from_its_character() {
        assert_eq!(segments(&format!("{}€{}", "a".repeat(152), "a".repeat(152))), 3);
        assert_eq!(segments(&format!("{}€{}", "a".repeat(151), "a".repeat(153))), 2);
        assert_eq!(segments(&format!("{}🦊{}", "ç".repeat(66), "ç".repeat(66))), 3);
    }
}
