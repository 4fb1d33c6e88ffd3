//! What went wrong with a request, in words for the owner, and whether the far side may
//! have had it. An error of the client's own words never gets out: it names addresses.

use super::lookup::NoAddress;
use crate::Failure;
use std::{error::Error, io};
use tokio_rustls::rustls::{self, CertificateError};

pub(super) const NO_ANSWER: &str = "It did not answer in time. It will be tried again.";
pub(super) const MOVED: &str =
    "It has moved: it answers with another address. Set that address in its place.";
pub(super) const BAD_REDIRECT: &str =
    "It answers with another address that the relay does not go to. Set the right address.";
pub(super) const TOO_MANY_REDIRECTS: &str =
    "It sends every request on to yet another address. Check its configuration, or set the last address.";

/// Sorts an error of the client's. It is certain that a request was not sent whole only
/// when there was no connection to send it on, or no request.
pub(super) fn failure(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::refused("The relay could not make a request of this. Please report this.");
    }
    if !error.is_connect() {
        let words = if error.is_timeout() { NO_ANSWER } else { CUT };
        return Failure::later(words).maybe_taken();
    }
    if let Some(no_address) = find::<NoAddress>(error) {
        return Failure::later(no_address.to_string());
    }
    Failure::later(match find::<rustls::Error>(error) {
        Some(fault) => tls(fault),
        None if error.is_timeout() => "It could not be reached in time. It will be tried again.",
        None => connecting(find::<io::Error>(error).map(io::Error::kind)),
    })
}

const CUT: &str = "It cut the connection before it had answered. It will be tried again.";

fn connecting(kind: Option<io::ErrorKind>) -> &'static str {
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            "It refuses connections: nothing listens there at this moment. Check that it runs, and on which port."
        }
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            "No way leads there from the relay at this moment. Check the relay's own network."
        }
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            "It cut the connection at once. Check that something speaks https there."
        }
        _ => "It cannot be reached at this moment. It will be tried again.",
    }
}

fn tls(error: &rustls::Error) -> &'static str {
    use CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => {
                "Its certificate has expired. It has to be renewed there."
            }
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "Its certificate is not valid yet. Check the clocks there and of the relay."
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "Its certificate is for another name. Set the name that stands in the certificate, or have the right one installed there."
            }
            // A bad signature is that of an issuer who only has a known one's name.
            Bad::UnknownIssuer | Bad::BadSignature => {
                "Its certificate is from an issuer that the relay does not know. Have its whole chain sent there, or name the issuer in the relay's configuration (extra_roots in [outbound])."
            }
            Bad::Revoked => "Its certificate was revoked. It has to be replaced there.",
            _ => "Its certificate is not in order. It has to be replaced there.",
        },
        rustls::Error::InvalidMessage(_) => "It does not speak https. Check the address and its port.",
        _ => "No safe connection (TLS) could be agreed on. Check the TLS settings there.",
    }
}

/// The first cause of a kind. What stands inside an I/O error is not among its sources.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_inside_an_io_error() {
        let inner = io::Error::other(io::Error::other(NoAddress::NotPublic));
        assert_eq!(find::<NoAddress>(&inner), Some(&NoAddress::NotPublic));
        assert_eq!(find::<NoAddress>(&io::Error::other("words")), None);
    }
}
