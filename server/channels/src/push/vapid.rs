//! Who sends a push: the relay's key, and the tokens it signs (RFC 8292).

use super::{limits, seal, subscription::BASE64URL};
use base64::Engine as _;
use p256::{
    SecretKey,
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
};
use shopbell_protocol::UnixMillis;
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};
use url::Url;

/// The relay's own key for pushes. Browsers subscribe for its public half, so every
/// subscription is over when it changes. `Debug` redacts it.
#[derive(Clone)]
pub struct VapidKey(SecretKey);

/// These 32 bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The key for pushes is no private key of the curve P-256. Put back a copy of it, or draw another.")]
pub struct BadVapidKey;

impl VapidKey {
    /// From the 32 bytes of a P-256 private key, as drawn at random: one draw in 2³² is none.
    ///
    /// # Errors
    /// [`BadVapidKey`] for zero, and for what is not below the curve's order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BadVapidKey> {
        SecretKey::from_slice(bytes).map(Self).map_err(|_| BadVapidKey)
    }

    /// What browsers subscribe for (`applicationServerKey` of `PushManager.subscribe`): 65
    /// bytes as base64url without padding.
    pub fn public_key(&self) -> String {
        BASE64URL.encode(seal::point(&self.0.public_key()))
    }

    /// Whether what it signs can be verified by its public half.
    pub(super) fn is_sound(&self) -> bool {
        let signature = self.sign(b"sound");
        VerifyingKey::from(self.0.public_key()).verify(b"sound", &signature).is_ok()
    }

    /// ES256 (RFC 7518, clause 3.4); takes no randomness (RFC 6979).
    fn sign(&self, message: &[u8]) -> Signature {
        SigningKey::from(&self.0).sign(message)
    }

    /// A token for one push service (RFC 8292, clause 2).
    fn token(&self, audience: &str, expires_s: u64, contact: Option<&str>) -> String {
        let mut claims = serde_json::json!({ "aud": audience, "exp": expires_s });
        if let Some(contact) = contact {
            claims["sub"] = contact.into();
        }
        let header = BASE64URL.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{header}.{}", BASE64URL.encode(claims.to_string()));
        let signature = BASE64URL.encode(self.sign(signed.as_bytes()).to_bytes());
        format!("{signed}.{signature}")
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(redacted)")
    }
}

/// The tokens that still hold. A push service looks a known token up sooner than it verifies
/// a new one, so each is used for hours.
pub(super) struct Tokens {
    key: VapidKey,
    contact: Option<String>,
    /// By the push service's origin.
    kept: Mutex<HashMap<String, Token>>,
}

struct Token {
    text: String,
    expires: UnixMillis,
}

impl Tokens {
    pub(super) fn new(key: VapidKey, contact: Option<String>) -> Self {
        Self { key, contact, kept: Mutex::default() }
    }

    pub(super) fn key(&self) -> &VapidKey {
        &self.key
    }

    pub(super) fn contact(&self) -> Option<&str> {
        self.contact.as_deref()
    }

    /// The `Authorization` of a push (RFC 8292, clause 3).
    pub(super) fn authorization(&self, endpoint: &Url, now: UnixMillis) -> String {
        let audience = endpoint.origin().ascii_serialization();
        let mut kept = self.kept();
        // A clock that was put back must not leave tokens that end too late.
        let holds =
            now.0.saturating_add(limits::TOKEN_LEFT_MS)..=now.0.saturating_add(limits::TOKEN_HOLDS_MS);
        kept.retain(|_, token| holds.contains(&token.expires.0));
        if kept.len() >= limits::TOKENS && !kept.contains_key(&audience) {
            kept.clear();
        }
        let token = kept.entry(audience).or_insert_with_key(|audience| {
            let expires = UnixMillis(*holds.end());
            let text = self.key.token(audience, expires.0 / 1000, self.contact());
            Token { text, expires }
        });
        format!("vapid t={}, k={}", token.text, self.key.public_key())
    }

    /// A push service did not take the token: the next one is made anew.
    pub(super) fn forget(&self, endpoint: &Url) {
        self.kept().remove(&endpoint.origin().ascii_serialization());
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 60 * 60 * 1000;

    fn tokens() -> Tokens {
        Tokens::new(VapidKey::from_bytes(&[9; 32]).unwrap(), Some("mailto:ana@relay.example".into()))
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// The claims of an `Authorization`, whose signature is looked at.
    fn claims(authorization: &str) -> serde_json::Value {
        let (token, key) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = VerifyingKey::from_sec1_bytes(&BASE64URL.decode(key).unwrap()).unwrap();
        let signature = Signature::from_slice(&BASE64URL.decode(signature).unwrap()).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let header = BASE64URL.decode(header).unwrap();
        assert_eq!(header, br#"{"typ":"JWT","alg":"ES256"}"#);
        serde_json::from_slice(&BASE64URL.decode(claims).unwrap()).unwrap()
    }

    #[test]
    fn a_token_is_signed_for_one_push_service_and_half_a_day() {
        let now = UnixMillis(1_700_000_000_999);
        let authorization = tokens().authorization(&url("https://push.example:8443/a/b?c"), now);
        assert_eq!(
            claims(&authorization),
            serde_json::json!({
                "aud": "https://push.example:8443",
                "exp": 1_700_000_000 + 12 * 60 * 60,
                "sub": "mailto:ana@relay.example",
            })
        );
        let nobody = Tokens::new(VapidKey::from_bytes(&[9; 32]).unwrap(), None);
        let authorization = nobody.authorization(&url("https://push.example/"), now);
        assert_eq!(claims(&authorization).get("sub"), None);
    }

    #[test]
    fn a_token_is_used_while_it_holds_long_enough() {
        let tokens = tokens();
        let at = |hours| tokens.authorization(&url("https://push.example/1"), UnixMillis(hours * HOUR_MS));
        let first = at(100);
        assert_eq!(at(111), first);
        assert_ne!(at(112), first, "it would end too soon");
        let back = at(90);
        assert_eq!(claims(&back)["exp"], 102 * 60 * 60, "the clock was put back");
        tokens.forget(&url("https://push.example/2"));
        assert!(tokens.kept().is_empty());
    }

    #[test]
    fn no_more_tokens_are_kept_than_there_are_push_services() {
        let tokens = tokens();
        for number in 0..2 * limits::TOKENS {
            tokens.authorization(&url(&format!("https://{number}.example/")), UnixMillis(HOUR_MS));
            assert!(tokens.kept().len() <= limits::TOKENS);
        }
    }

    #[test]
    fn a_key_is_below_the_curves_order_and_never_shown() {
        assert_eq!(VapidKey::from_bytes(&[0; 32]).unwrap_err(), BadVapidKey);
        assert_eq!(VapidKey::from_bytes(&[255; 32]).unwrap_err(), BadVapidKey);
        let key = VapidKey::from_bytes(&[9; 32]).unwrap();
        assert!(key.is_sound());
        assert_eq!(format!("{key:?}"), "VapidKey(redacted)");
        let public = BASE64URL.decode(key.public_key()).unwrap();
        assert_eq!((public.len(), public[0]), (65, 4));
    }
}
