//! Tells messages that are nothing but a few emoji, which are shown larger.

/// The most emoji that are still shown larger.
const MOST: usize = 5;

/// Whether a message is one to [`MOST`] emoji and nothing else.
pub fn is_only_emoji(body: &str) -> bool {
    let mut count = 0;
    let mut joined = false;
    let mut flag = false;
    // More characters than that can't be so few emoji; most messages end here.
    for (place, c) in body.chars().enumerate() {
        if place > MOST * 12 {
            return false;
        }
        match c {
            ' '
            | '\u{FE0E}'
            | '\u{FE0F}'
            | '\u{20E3}'
            | '\u{1F3FB}'..='\u{1F3FF}'
            | '\u{E0020}'..='\u{E007F}' => {}
            '\u{200D}' => {
                joined = true;
                continue;
            }
            // Two letters make a flag.
            '\u{1F1E6}'..='\u{1F1FF}' => {
                flag = !flag;
                count += usize::from(flag);
            }
            '\u{231A}'..='\u{23FF}'
            | '\u{2600}'..='\u{27BF}'
            | '\u{2B05}'..='\u{2B55}'
            | '\u{203C}'
            | '\u{2049}'
            | '\u{2194}'..='\u{21AA}'
            | '\u{1F000}'..='\u{1FAFF}' => count += usize::from(!joined),
            _ => return false,
        }
        joined = false;
    }
    (1..=MOST).contains(&count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_emoji_are() {
        for body in ["🙂", "👍🏽", "❤️", "👩‍👩‍👧‍👦 👩‍👩‍👧‍👦 👩‍👩‍👧‍👦 👩‍👩‍👧‍👦 👩‍👩‍👧‍👦", "🇦🇹🇧🇷", "🎉🎉🎉"]
        {
            assert!(is_only_emoji(body), "{body}");
        }
    }

    #[test]
    fn words_and_crowds_are_not() {
        for body in ["", " ", "ok 🙂", "42", "🙂🙂🙂🙂🙂🙂", "\u{FE0F}", "a"] {
            assert!(!is_only_emoji(body), "{body}");
        }
    }
}
