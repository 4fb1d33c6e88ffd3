//! Who asks: the address that limits count by, and what is never logged in full.

use super::HttpError;
use crate::{guard::Permit, relay::Relay};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;
use std::{net::IpAddr, sync::Arc};

/// What the listener knows of a connection; it rides on each of its requests.
#[derive(Clone)]
pub(crate) struct Peer {
    /// Who is at the other end of the connection.
    pub(crate) address: IpAddr,
    /// Leave to keep the connection open.
    pub(crate) permit: Option<Arc<Permit>>,
}

/// Who asks.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The address that limits count by.
    pub(crate) address: IpAddr,
    /// Whether a trusted proxy told it.
    pub(crate) forwarded: bool,
    /// Leave to keep the connection open, to be held by what outlives the request.
    pub(crate) permit: Option<Arc<Permit>>,
}

impl FromRequestParts<Arc<Relay>> for Caller {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, HttpError> {
        let peer = parts.extensions.get::<Peer>().ok_or_else(HttpError::unavailable)?;
        let address = client_address(peer.address, &parts.headers, &relay.config.server.trusted_proxies);
        Ok(Self { address, forwarded: address != peer.address, permit: peer.permit.clone() })
    }
}

/// Whether this address is a proxy that the configuration trusts.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address.to_canonical()))
}

/// The client's address: the connection's own, or, behind trusted proxies, the
/// last one in `X-Forwarded-For` that is not a trusted proxy itself. What stands
/// before that one is whatever the client made up.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let mut client = peer;
    let hops = lines.iter().rev().filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    client
}

/// A device by its browser and system, as far as its `User-Agent` says.
pub(crate) fn device_name(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let first = |table: &[(&str, &'static str)], none| {
        table.iter().find(|(mark, _)| agent.contains(mark)).map_or(none, |&(_, name)| name)
    };
    // Each browser also names those it descends from, so the order counts.
    let browser = first(
        &[
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ],
        "A browser",
    );
    let system = first(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "Mac"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
        "an unknown device",
    );
    format!("{browser} on {system}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn forwarded(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let headers = forwarded(&["203.0.113.9"]);
        assert_eq!(client_address(ip("192.0.2.1"), &headers, &trusted), ip("192.0.2.1"));
        assert_eq!(client_address(ip("10.0.0.1"), &headers, &trusted), ip("203.0.113.9"));
    }

    #[test]
    fn what_the_client_itself_put_before_is_not_believed() {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let headers = forwarded(&["1.2.3.4, 203.0.113.9", "10.0.0.2"]);
        assert_eq!(client_address(ip("10.0.0.1"), &headers, &trusted), ip("203.0.113.9"));
        let nonsense = forwarded(&["1.2.3.4, nonsense"]);
        assert_eq!(client_address(ip("10.0.0.1"), &nonsense, &trusted), ip("10.0.0.1"));
    }

    #[test]
    fn a_device_is_named_for_people() {
        let mut headers = HeaderMap::new();
        let agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36";
        headers.insert(header::USER_AGENT, agent.parse().expect("a header"));
        assert_eq!(device_name(&headers), "Chrome on Android");
        assert_eq!(device_name(&HeaderMap::new()), "A browser on an unknown device");
    }
}
