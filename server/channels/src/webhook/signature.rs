//! Signatures (Standard Webhooks, "Signature scheme"): HMAC-SHA256 over id, timestamp and
//! body with full stops between them.

use crate::BadTarget;
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;

pub(super) const ID: &str = "webhook-id";
pub(super) const TIMESTAMP: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";
/// How long a secret is, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Secrets that hold at a time: the new one and the old one.
const SECRETS: usize = 2;
/// Signatures of one request that are looked at.
const SIGNATURES: usize = 8;

/// The secrets that hold. `Debug` redacts them.
pub(super) struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// Reads one or two, with a space between them.
    pub(super) fn parse(text: &str) -> Result<Self, BadTarget> {
        let secrets: Option<Vec<_>> = text.split_ascii_whitespace().map(read).collect();
        match secrets {
            Some(secrets) if (1..=SECRETS).contains(&secrets.len()) => Ok(Self(secrets)),
            _ => Err(BadTarget(
                "This is no secret. It is whsec_ and then 24 to 64 bytes in base64; at most two, with a space between them.".into(),
            )),
        }
    }

    /// What stands in the header: a signature by each secret.
    pub(super) fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let timestamp = timestamp.to_string();
        let signatures = self.0.iter().map(|secret| {
            let signature = mac(secret, id, &timestamp, body).finalize().into_bytes();
            format!("{VERSION}{}", STANDARD.encode(signature))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }

    /// Whether one of the signatures is by one of the secrets. What the time it takes
    /// tells is how many there are, and not how near they came.
    pub(super) fn verify(&self, id: &str, timestamp: &str, body: &[u8], signatures: &str) -> bool {
        let given: Vec<_> = signatures
            .split(' ')
            .take(SIGNATURES)
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix(VERSION)?).ok())
            .collect();
        self.0.iter().any(|secret| {
            let expected = mac(secret, id, timestamp, body);
            // `verify_slice` compares in constant time.
            given.iter().any(|given| expected.clone().verify_slice(given).is_ok())
        })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(redacted)")
    }
}

fn read(text: &str) -> Option<Vec<u8>> {
    let secret = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
    SECRET_BYTES.contains(&secret.len()).then_some(secret)
}

fn mac(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a secret of any length will do");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A known answer of the reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const MESSAGE: (&str, u64, &[u8]) =
        ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn verify(secret: &str, signatures: &str) -> bool {
        let (id, timestamp, body) = MESSAGE;
        Secrets::parse(secret).unwrap().verify(id, &timestamp.to_string(), body, signatures)
    }

    #[test]
    fn it_signs_as_the_reference_does() {
        let (id, timestamp, body) = MESSAGE;
        assert_eq!(Secrets::parse(SECRET).unwrap().sign(id, timestamp, body), SIGNED);
        assert!(verify(SECRET, SIGNED));
    }

    #[test]
    fn while_a_secret_changes_both_hold() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let (both, (id, timestamp, body)) = (format!("{other} {SECRET}"), MESSAGE);
        let signed = Secrets::parse(&both).unwrap().sign(id, timestamp, body);
        assert!(signed.ends_with(SIGNED) && signed.split(' ').count() == 2);
        for secret in [SECRET, &other, &both] {
            assert!(verify(secret, &signed), "{secret}");
        }
        assert!(verify(&both, SIGNED));
        assert!(!verify(&other, SIGNED));
        assert!(Secrets::parse(&format!("{both} {SECRET}")).is_err(), "three");
    }

    #[test]
    fn nothing_else_passes() {
        let (id, _, body) = MESSAGE;
        for signatures in [
            "",
            "v1,",
            "v1",
            SIGNED.trim_start_matches("v1,"),
            &SIGNED.replace("v1,", "v1a,"),
            &SIGNED.replace("v1,", "v2,"),
            &SIGNED.replace('g', "h"),
            &SIGNED[..SIGNED.len() - 4],
            &format!("{}{SIGNED}", "v1,AAAA ".repeat(SIGNATURES)),
        ] {
            assert!(!verify(SECRET, signatures), "{signatures}");
        }
        assert!(verify(SECRET, &format!("v1a,x v1,AAAA {SIGNED}")));
        let secrets = Secrets::parse(SECRET).unwrap();
        assert!(!secrets.verify(id, "1614265331", body, SIGNED));
        assert!(!secrets.verify("msg_other", "1614265330", body, SIGNED));
        assert!(!secrets.verify(id, "1614265330", b"{}", SIGNED));
    }
}
