//! Origins: whose page speaks, and which one is the relay's own.

use axum::http::{HeaderMap, header};
use core::fmt;
use serde::{Deserialize, Deserializer, de};
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// A name in the domain name system (RFC 1035, clause 2.3.4), less its length bytes.
const HOST_BYTES: usize = 253;

/// The origin of a web page (RFC 6454), like `https://shop.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin(String);

/// The text is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin looks like \"https://shop.example\": http or https, a host, perhaps a port, and no path")]
pub(crate) struct OriginError;

impl Origin {
    /// Reads an origin; a slash at its end is forgiven.
    ///
    /// # Errors
    /// [`OriginError`] for anything else, also for an address with a path.
    pub(crate) fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError)?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if bare { Self::of(&url).ok_or(OriginError) } else { Err(OriginError) }
    }

    /// The origin of any address.
    pub(crate) fn of_url(text: &str) -> Option<Self> {
        Self::of(&Url::parse(text).ok()?)
    }

    /// Of the page that a request comes from, as its `Referer` says.
    pub(crate) fn of_referer(headers: &HeaderMap) -> Option<Self> {
        headers.get(header::REFERER).and_then(|page| page.to_str().ok()).and_then(Self::of_url)
    }

    fn of(url: &Url) -> Option<Self> {
        let known =
            matches!(url.scheme(), "http" | "https") && url.host().is_some_and(|host| is_plain(&host));
        known.then(|| Self(url.origin().ascii_serialization()))
    }

    /// Of a server that listens here, without TLS.
    pub(crate) fn of_address(address: SocketAddr) -> Self {
        Self(format!("http://{address}"))
    }

    /// The origin as text, without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The same host's origin for WebSockets.
    pub(crate) fn for_sockets(&self) -> String {
        // `http` becomes `ws`, and `https` becomes `wss`.
        self.0.replacen("http", "ws", 1)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// What the relay is called from outside.
#[derive(Debug, Clone)]
pub(crate) struct OwnAddress {
    /// As the configuration says.
    pub(crate) public: Option<Origin>,
    /// Where it really listens.
    pub(crate) listen: SocketAddr,
}

impl OwnAddress {
    /// The relay's own origin. Without a public address in the configuration a
    /// request may name it by any name of this very machine, and by no other: a
    /// name that somebody else points here must not count as our own.
    pub(crate) fn origin(&self, headers: &HeaderMap) -> Origin {
        if let Some(public) = &self.public {
            return public.clone();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let named = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
        match named {
            Some(url) if is_loopback(&url) => Origin::of(&url).unwrap_or_else(|| self.fallback()),
            _ => self.fallback(),
        }
    }

    /// The origin, when there is no request to ask.
    pub(crate) fn fallback(&self) -> Origin {
        self.public.clone().unwrap_or_else(|| Origin::of_address(self.listen))
    }

    /// Whether a request comes from a page of the relay's own.
    pub(crate) fn is_own(&self, headers: &HeaderMap) -> bool {
        said_origin(headers) == Some(self.origin(headers).as_str())
    }
}

/// Whether a host can stand in a header: the URL standard lets names hold marks
/// like `;`, which end a directive of a content security policy.
fn is_plain(host: &Host<&str>) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match host {
        Host::Domain(name) => name.len() <= HOST_BYTES && name.chars().all(plain),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// The `Origin` header as it stands.
pub(crate) fn said_origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a host"));
        headers.insert(header::ORIGIN, origin.parse().expect("an origin"));
        headers
    }

    fn own(public: Option<&str>) -> OwnAddress {
        OwnAddress {
            public: public.map(|text| Origin::parse(text).expect("an origin")),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(Origin::parse("https://Shop.Example/").expect("parses").as_str(), "https://shop.example");
        assert_eq!(Origin::parse("http://a:8080").expect("parses").for_sockets(), "ws://a:8080");
        for bad in [
            "shop.example",
            "https://a/b",
            "https://a?b",
            "ftp://a",
            "https://u@a",
            "https://a;sandbox",
            "https://a,b",
            "null",
            "",
        ] {
            assert_eq!(Origin::parse(bad), Err(OriginError), "{bad}");
        }
    }

    #[test]
    fn on_this_machine_the_host_that_was_asked_for_counts() {
        let own = own(None);
        assert!(own.is_own(&headers("localhost:8080", "http://localhost:8080")));
        assert!(own.is_own(&headers("[::1]:8080", "http://[::1]:8080")));
        assert!(!own.is_own(&headers("localhost:8080", "http://localhost:8081")));
    }

    #[test]
    fn a_name_that_somebody_points_here_is_not_our_own() {
        assert!(!own(None).is_own(&headers("evil.example:8080", "http://evil.example:8080")));
    }

    #[test]
    fn with_a_public_address_only_that_one_counts() {
        let own = own(Some("https://bell.example"));
        assert!(own.is_own(&headers("whatever", "https://bell.example")));
        assert!(!own.is_own(&headers("localhost:8080", "http://localhost:8080")));
        assert!(!own.is_own(&headers("bell.example", "http://bell.example")));
        assert!(!own.is_own(&headers("bell.example", "null")));
    }
}
