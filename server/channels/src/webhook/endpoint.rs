//! Where the shop's system listens, and what both sides sign with.

use super::signature::Secrets;
use crate::BadTarget;
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use serde::{Deserialize, Serialize};
use url::Url;

/// Where the shop's system listens. `Debug` shows neither secret nor path, for a path can
/// hold a secret as well.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its address.
    pub url: String,
    /// The secret that both sides sign with, as `whsec_…`. While it is being changed, the
    /// new one and after a space the old one: then both hold.
    pub secret: String,
}

impl Endpoint {
    pub(super) fn secrets(&self) -> Result<Secrets, BadTarget> {
        Secrets::parse(&self.secret)
    }

    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        let bad = |words: &str| Err(BadTarget(words.into()));
        let Some(url) = self.parsed() else {
            return bad("This is no address. It looks like https://shop.example/shopbell.");
        };
        if !matches!(url.scheme(), "https" | "http") {
            return bad("The address has to begin with https://.");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return bad("Leave name and password out of the address; the signature proves who sends.");
        }
        if url.fragment().is_some() {
            return bad("Leave out of the address what stands after #: it is never sent.");
        }
        self.secrets().map(drop)
    }

    pub(crate) fn label(&self) -> String {
        let host = self.parsed().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "a system".into())
    }

    fn parsed(&self) -> Option<Url> {
        Url::parse(&self.url).ok().filter(Url::has_host)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.label()).finish_non_exhaustive()
    }
}

/// Draws the secret of an endpoint, from 32 random bytes.
pub fn draw_secret(random: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint { url: url.into(), secret: draw_secret(&[7; 32]) }
    }

    #[test]
    fn an_endpoint_is_an_address_and_a_secret() {
        for url in ["https://shop.example/hook?key=1", "http://10.0.0.1:8080/", "https://[2606:4700::1]/x"] {
            assert_eq!(endpoint(url).check(), Ok(()), "{url}");
        }
        for url in [
            "",
            "shop",
            "ftp://shop.example",
            "https://",
            "https://u:p@shop.example",
            "https://shop.example/#x",
        ] {
            assert!(endpoint(url).check().is_err(), "{url}");
        }
        let both = format!("{} {}", draw_secret(&[1; 32]), draw_secret(&[2; 32]));
        assert_eq!(Endpoint { secret: both, ..endpoint("https://shop.example") }.check(), Ok(()));
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        for secret in ["", "whsec_", "hush", "whsec_!!!", short.as_str()] {
            let endpoint = Endpoint { secret: secret.into(), ..endpoint("https://shop.example") };
            assert!(endpoint.check().is_err(), "{secret}");
        }
    }

    #[test]
    fn neither_secret_nor_path_is_shown() {
        let endpoint = endpoint("https://shop.example/hook/hush?key=hush");
        assert_eq!(endpoint.label(), "shop.example");
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("hush") && !shown.contains(&endpoint.secret), "{shown}");
    }
}
