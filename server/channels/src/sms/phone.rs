//! A phone.

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// Digits of a number (ITU-T E.164, clause 6.2.1: at most 15); the shortest that a country
/// gives out have 7 with the country's own.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Its number (ITU-T E.164), like `+351912345678`.
    pub number: String,
}

impl Phone {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        if is_number(&self.number) {
            Ok(())
        } else {
            Err(BadTarget(
                "This is no phone number. Write it with + and the country's code, like +351912345678.".into(),
            ))
        }
    }
}

/// Whether it is an international number: a plus, a country's code, which never begins
/// with 0, and the rest.
pub(super) fn is_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    DIGITS.contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_international() {
        for number in ["+351912345678", "+15558675309", "+6834123", "+123456789012345"] {
            assert_eq!(Phone { number: number.into() }.check(), Ok(()), "{number}");
        }
        for number in [
            "",
            "+",
            "912345678",
            "00351912345678",
            "+0351912345678",
            "+351 912 345 678",
            "+35191234567x",
            "+１２３４５６７８",
            "+123456",
            "+1234567890123456",
            "++351912345678",
        ] {
            assert!(Phone { number: number.into() }.check().is_err(), "{number}");
        }
    }
}
