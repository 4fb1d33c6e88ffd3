//! A picture that came from outside, and why it may not be taken.

use std::fmt;

/// A picture as it was received: nobody has looked yet whether it is one. The relay makes
/// it anew before it keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawPicture(pub Vec<u8>);

impl fmt::Debug for RawPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawPicture({} bytes)", self.0.len())
    }
}

/// Why a picture can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is none, or of a kind that not every browser shows.
    Kind,
    /// It ends too soon or makes no sense.
    Broken,
    /// Over [`crate::limits::PICTURE_BYTES`] or [`crate::limits::PICTURE_PIXELS`].
    TooLarge,
    /// More than [`shopbell_protocol::limits::PICTURES`] at once.
    TooMany,
}

impl Unfit {
    /// What a person is told, in English.
    pub fn sentence(self) -> &'static str {
        match self {
            Unfit::Kind => {
                "A picture with it is of a kind that cannot be shown: JPEG, PNG, GIF and WebP can be."
            }
            Unfit::Broken => "A picture with it is damaged.",
            Unfit::TooLarge => "A picture with it is too large: more than 20 MB or 50 megapixels.",
            Unfit::TooMany => "There are more than 10 pictures with it.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_name_the_limits_as_they_are() {
        let (bytes, pixels) = (crate::limits::PICTURE_BYTES, crate::limits::PICTURE_PIXELS);
        let large = format!("{} MB or {} megapixels", bytes / 1_000_000, pixels / 1_000_000);
        assert!(Unfit::TooLarge.sentence().contains(&large));
        let many = format!("more than {} pictures", shopbell_protocol::limits::PICTURES);
        assert!(Unfit::TooMany.sentence().contains(&many));
    }
}
