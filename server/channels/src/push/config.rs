//! `[push]`: the relay's own end of it.

use serde::Deserialize;
use url::Url;

/// `[push]`. The section can be empty: it takes nothing but a key, which the relay draws.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    /// Whom a push service writes to when the relay's pushes trouble it:
    /// `mailto:you@relay.example` or `https://…` (RFC 8292, clause 2.1). Without it, the
    /// relay's public address. Apple's takes no push without one.
    pub contact: Option<Contact>,
}

impl PushConfig {
    /// With the relay's own address as the contact when none is configured. An address
    /// without TLS is none that the RFC allows, and leaves it empty.
    pub fn with_default_contact(mut self, public_url: Option<&Url>) -> Self {
        let origin = || Contact::try_from(public_url?.origin().ascii_serialization()).ok();
        self.contact = self.contact.or_else(origin);
        self
    }
}

/// A `mailto:` or `https:` address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Contact(String);

impl Contact {
    /// As it stands in the `sub` claim.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no contact for [push]. Give one like \"mailto:you@relay.example\" or \"https://relay.example\"."
)]
pub struct BadContact(String);

impl TryFrom<String> for Contact {
    type Error = BadContact;

    fn try_from(text: String) -> Result<Self, BadContact> {
        let url = Url::parse(&text).ok();
        let fits = url.is_some_and(|url| match url.scheme() {
            "mailto" => url.path().parse::<lettre::Address>().is_ok(),
            "https" => url.has_host(),
            _ => false,
        });
        if fits { Ok(Self(text)) } else { Err(BadContact(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<PushConfig, serde_json::Error> {
        serde_json::from_value(json)
    }

    #[test]
    fn a_contact_is_a_mail_address_or_a_page() {
        for good in ["mailto:ana@relay.example", "https://relay.example/contact"] {
            let config = read(serde_json::json!({ "contact": good })).unwrap();
            assert_eq!(config.contact.unwrap().as_str(), good);
        }
        for bad in ["ana@relay.example", "mailto:ana", "http://relay.example", "https:", "", "mailto:"] {
            let error = read(serde_json::json!({ "contact": bad })).unwrap_err().to_string();
            assert!(error.contains("no contact for [push]"), "{bad}: {error}");
        }
        assert!(read(serde_json::json!({ "contacts": "mailto:ana@relay.example" })).is_err());
    }

    #[test]
    fn the_relays_own_address_is_the_contact_unless_another_is_given() {
        let contact = |config: PushConfig, url: &str| {
            let config = config.with_default_contact(Some(&Url::parse(url).unwrap()));
            config.contact.map(|contact| contact.as_str().to_owned())
        };
        let given = read(serde_json::json!({ "contact": "mailto:ana@relay.example" })).unwrap();
        assert_eq!(contact(given, "https://relay.example/").as_deref(), Some("mailto:ana@relay.example"));
        let none = PushConfig::default;
        assert_eq!(contact(none(), "https://relay.example/x").as_deref(), Some("https://relay.example"));
        assert_eq!(contact(none(), "http://127.0.0.1:8080/"), None);
        assert_eq!(none().with_default_contact(None), none());
    }
}
