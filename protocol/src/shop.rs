//! A shop's id: what stands in `data-shop` and in every address.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A shop's id: 1 to 40 lower-case letters, digits and inner hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShopId(String);

/// The text is not a shop's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopIdError;

impl ShopId {
    /// The longest id, in characters.
    pub const MAX_CHARS: usize = 40;

    /// Reads an id.
    ///
    /// # Errors
    /// [`ShopIdError`] unless it is 1 to 40 lower-case letters, digits and hyphens,
    /// and neither begins nor ends with a hyphen.
    pub fn parse(text: &str) -> Result<Self, ShopIdError> {
        let known = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let well_formed = (1..=Self::MAX_CHARS).contains(&text.len())
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if well_formed { Ok(Self(text.into())) } else { Err(ShopIdError) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ShopId {
    type Error = ShopIdError;
    fn try_from(text: String) -> Result<Self, ShopIdError> {
        Self::parse(&text)
    }
}

impl From<ShopId> for String {
    fn from(id: ShopId) -> Self {
        id.0
    }
}

impl core::str::FromStr for ShopId {
    type Err = ShopIdError;
    fn from_str(text: &str) -> Result<Self, ShopIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ShopIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A shop's id is 1 to 40 lower-case letters, digits and hyphens, like \"oak-and-ash\".")
    }
}

impl core::error::Error for ShopIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_lower_case_words() {
        assert!(ShopId::parse("oak-and-ash").is_ok());
        for bad in ["", "-a", "a-", "Shop", "a b", "../x", "a/b", "ü", &"a".repeat(41)] {
            assert_eq!(ShopId::parse(bad), Err(ShopIdError), "{bad}");
        }
    }
}
