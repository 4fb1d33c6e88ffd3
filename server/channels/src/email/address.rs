//! Addresses: what stands behind a plus, and which of two domains belong together.

use super::{limits, token::TOKEN_CHARS};
use lettre::Address;
use std::fmt;

/// An address that is given a token: `bell@relay.example` becomes `bell+TOKEN@relay.example`
/// (RFC 5233 calls what follows the plus the detail).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    local: String,
    domain: String,
}

/// What an address is to a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The base itself.
    Bare,
    /// With something behind the plus, in lower case.
    Detail(String),
}

impl Base {
    /// # Errors
    /// The end of a sentence that begins with the setting's name.
    pub(super) fn parse(address: &str) -> Result<Self, &'static str> {
        let address: Address =
            address.parse().map_err(|_| "is no e-mail address. Give one like bell@relay.example.")?;
        if address.user().starts_with('"') {
            return Err(
                "has quotes in it, which a token cannot be added to. Give one like bell@relay.example.",
            );
        }
        let base = Self { local: address.user().to_owned(), domain: address.domain().to_owned() };
        if !base.has_room(TOKEN_CHARS) {
            return Err("leaves no room for a token. Give a shorter one, like bell@relay.example.");
        }
        Ok(base)
    }

    /// The address with a token behind the plus.
    pub(super) fn with(&self, token: &str) -> Address {
        Address::new_dangerous(format!("{}+{token}", self.local), &self.domain)
    }

    /// Whether there is room for so long a token.
    pub(super) fn has_room(&self, chars: usize) -> bool {
        self.local.len() + 1 + chars <= limits::LOCAL_PART_BYTES
    }

    /// What an address is to this one; none when it is somebody else's. Local parts are
    /// compared without regard to case, for they are ours.
    pub(super) fn place(&self, address: &str) -> Option<Place> {
        let (local, domain) = address.trim().rsplit_once('@')?;
        if !domain.eq_ignore_ascii_case(&self.domain) {
            return None;
        }
        let head = local.get(..self.local.len())?;
        if !head.eq_ignore_ascii_case(&self.local) {
            return None;
        }
        match &local[self.local.len()..] {
            "" => Some(Place::Bare),
            detail => Some(Place::Detail(detail.strip_prefix('+')?.to_ascii_lowercase())),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Whether two addresses are one mailbox: the domain is compared without regard to case, the
/// local part too, for no mail server of today tells by it.
pub(super) fn is_same_mailbox(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// What stands behind the last `@`.
pub(super) fn domain_of(address: &str) -> Option<&str> {
    address.trim().rsplit_once('@').map(|(_, domain)| domain)
}

/// Whether two domains belong to one organisation: DMARC's relaxed alignment (RFC 7489,
/// clause 3.1), with the list of public suffixes for what an organisation is.
pub(super) fn is_aligned(one: &str, other: &str) -> bool {
    let clean = |domain: &str| domain.trim_end_matches('.').to_lowercase();
    let (one, other) = (clean(one), clean(other));
    if one == other {
        return !one.is_empty();
    }
    let organisation = |domain: &str| psl::domain_str(domain).map(str::to_owned);
    matches!((organisation(&one), organisation(&other)), (Some(one), Some(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_the_plus() {
        let base = Base::parse("bell@relay.example").expect("well formed");
        let address = base.with("abc");
        assert_eq!(address.to_string(), "bell+abc@relay.example");
        assert_eq!(base.place("Bell+ABC@Relay.Example"), Some(Place::Detail("abc".into())));
        assert_eq!(base.place("bell@relay.example"), Some(Place::Bare));
        for other in ["bells@relay.example", "bell+a@other.example", "ébell@relay.example", "bell", ""] {
            assert_eq!(base.place(other), None, "{other}");
        }
    }

    #[test]
    fn domains_of_one_organisation_belong_together() {
        for (one, other) in [
            ("oak.example", "OAK.example"),
            ("mail.oak.example", "oak.example"),
            ("a.oak.co.uk", "b.oak.co.uk"),
            ("oak.example.", "oak.example"),
        ] {
            assert!(is_aligned(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("oak.example", "ash.example"),
            ("oak.co.uk", "ash.co.uk"),
            ("oak.co.uk", "co.uk"),
            ("notoak.example", "oak.example"),
            ("oak.github.io", "ash.github.io"),
            ("", ""),
        ] {
            assert!(!is_aligned(one, other), "{one} {other}");
        }
    }
}
