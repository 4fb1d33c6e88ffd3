//! Which addresses are everybody's, and which are somebody's inside.
//!
//! After the registries of special-purpose addresses (RFC 6890 and what IANA has added):
//! what is not reachable from everywhere, or leads elsewhere through a translator or a
//! tunnel, is not called.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// How far a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// To all public addresses, and to allowed ones.
    Anywhere,
    /// To allowed ones only.
    Inside,
}

/// The networks that may be called though they are not public.
#[derive(Debug)]
pub(super) struct Allowed {
    networks: Vec<IpNet>,
}

impl Allowed {
    pub(super) fn new(networks: &[IpNet]) -> Self {
        Self { networks: networks.to_vec() }
    }

    /// Whether this very address may be connected to.
    pub(super) fn permits(&self, address: IpAddr, reach: Reach) -> bool {
        // An IPv4 address inside an IPv6 one is connected to by IPv4.
        let address = address.to_canonical();
        let allowed = self.networks.iter().any(|network| network.contains(&address));
        allowed || (reach == Reach::Anywhere && is_public(address))
    }

    /// How far a request to this address may reach, or a sentence why it may not be sent.
    /// An address that is written as a number is decided here; a name when it has been
    /// looked up.
    pub(super) fn reach(&self, url: &Url) -> Result<Reach, String> {
        let port = url.port_or_known_default().unwrap_or(0);
        let reach = match url.scheme() {
            "https" if matches!(port, 80 | 443 | 1024..) => Reach::Anywhere,
            "http" | "https" => Reach::Inside,
            _ => return Err("The address has to begin with https://.".into()),
        };
        let number: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(name)) if !name.is_empty() => {
                return if reach == Reach::Inside && self.networks.is_empty() {
                    Err(why_not(url.scheme()).into())
                } else {
                    Ok(reach)
                };
            }
            _ => return Err("The address names no machine.".into()),
        };
        if self.permits(number, reach) {
            Ok(reach)
        } else if reach == Reach::Inside && self.permits(number, Reach::Anywhere) {
            Err(why_not(url.scheme()).into())
        } else {
            Err(NOT_PUBLIC.into())
        }
    }
}

/// For the owner, of an address that is not public.
pub(super) const NOT_PUBLIC: &str = "This address leads to a machine that is not public. The relay calls it \
    only when its configuration allows that network (allow_networks in [outbound]).";

/// For the owner, of a public address that is not called like this.
pub(super) fn why_not(scheme: &str) -> &'static str {
    if scheme == "http" {
        "The address has to begin with https://, so that nobody on the way can read what is sent."
    } else {
        "The relay calls no port below 1024 other than 80 and 443. Set an address without that port."
    }
}

/// Whether an address can be reached from everywhere and stands for one machine there.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// What is not public of IPv4, with where it is written down.
const NOT_PUBLIC_V4: &[Ipv4Net] = &[
    v4([0, 0, 0, 0], 8),        // "this network" (RFC 791)
    v4([10, 0, 0, 0], 8),       // private use (RFC 1918)
    v4([100, 64, 0, 0], 10),    // shared by a provider's customers (RFC 6598), some clouds' metadata
    v4([127, 0, 0, 0], 8),      // loopback (RFC 1122)
    v4([168, 63, 129, 16], 32), // a cloud's own services beside each of its machines
    v4([169, 254, 0, 0], 16),   // link-local (RFC 3927), most clouds' metadata
    v4([172, 16, 0, 0], 12),    // private use (RFC 1918)
    v4([192, 0, 0, 0], 24),     // protocol assignments (RFC 6890)
    v4([192, 0, 2, 0], 24),     // documentation (RFC 5737)
    v4([192, 88, 99, 0], 24),   // relays of 6to4 (RFC 7526)
    v4([192, 168, 0, 0], 16),   // private use (RFC 1918)
    v4([198, 18, 0, 0], 15),    // benchmarks (RFC 2544)
    v4([198, 51, 100, 0], 24),  // documentation (RFC 5737)
    v4([203, 0, 113, 0], 24),   // documentation (RFC 5737)
    v4([224, 0, 0, 0], 4),      // multicast (RFC 1112)
    v4([240, 0, 0, 0], 4),      // reserved (RFC 1112) and broadcast (RFC 919)
];

/// The one part of IPv6 that is given out (RFC 4291): loopback, unspecified, mapped and
/// compatible IPv4, discard-only, unique local, link-local, site-local, multicast, local
/// translators (64:ff9b:1::/48, RFC 8215) and segment routing lie outside of it.
const GIVEN_OUT_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What is not public within it.
const NOT_PUBLIC_V6: &[Ipv6Net] = &[
    // Protocol assignments (RFC 2928): Teredo (RFC 4380), benchmarks, ORCHID.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation (RFC 3849)
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),     // 6to4 (RFC 3056): an IPv4 address inside
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),     // documentation (RFC 9637)
];

/// Where a network without IPv4 finds the IPv4 addresses of others (RFC 6052).
const TRANSLATED: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

fn is_public_v4(address: Ipv4Addr) -> bool {
    NOT_PUBLIC_V4.iter().all(|network| !network.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if TRANSLATED.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    GIVEN_OUT_V6.contains(&address) && NOT_PUBLIC_V6.iter().all(|network| !network.contains(&address))
}

const fn v4([a, b, c, d]: [u8; 4], bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
