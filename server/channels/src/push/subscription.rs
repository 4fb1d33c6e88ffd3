//! A browser's subscription: what is taken for one, and what it means.

use super::limits;
use crate::BadTarget;
use base64::{
    Engine as _,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use p256::PublicKey;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// Base64url without padding (RFC 4648, clause 5); reads it also with padding, as some
/// scripts that pass a subscription on write it.
pub(super) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A point without compression (SEC 1, clause 2.3.3): how RFC 8291, clause 2.1 wants it.
pub(super) const POINT_BYTES: usize = 65;
const UNCOMPRESSED: u8 = 4;
const AUTH_BYTES: usize = 16;

/// What a browser gave when it subscribed (`PushSubscription.toJSON()`). `Debug` shows the
/// device and leaves out the rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where pushes are sent to: `https`, or `http` where [`crate::OutboundConfig`] allows
    /// it; at most 2,048 bytes. Whoever has it can send, so it is a secret.
    pub endpoint: String,
    /// The browser's public key: 65 bytes, base64url without padding.
    pub p256dh: String,
    /// The authentication secret: 16 bytes, base64url without padding.
    pub auth: String,
    /// The device, for people: "Chrome on Android".
    pub device: String,
    /// Leave the words out of the notification.
    #[serde(default)]
    pub hide_words: bool,
}

/// A subscription whose parts were read.
pub(super) struct Browser {
    pub(super) endpoint: Url,
    pub(super) key: PublicKey,
    pub(super) auth: [u8; AUTH_BYTES],
}

impl Subscription {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        self.read().map(drop)
    }

    /// The parts.
    ///
    /// # Errors
    /// [`BadTarget`], for the person at the browser.
    pub(super) fn read(&self) -> Result<Browser, BadTarget> {
        let endpoint = Some(&self.endpoint).filter(|endpoint| endpoint.len() <= limits::ENDPOINT_BYTES);
        let endpoint = endpoint.and_then(|endpoint| Url::parse(endpoint).ok());
        let endpoint = endpoint.filter(|url| matches!(url.scheme(), "https" | "http") && is_bare(url));
        let endpoint = endpoint.ok_or_else(|| bad("has no address to send to"))?;
        let point = BASE64URL.decode(&self.p256dh).ok();
        let point = point.filter(|point| point.len() == POINT_BYTES && point.first() == Some(&UNCOMPRESSED));
        // A point that is not on the curve would give the relay's ephemeral key away.
        let key = point.and_then(|point| PublicKey::from_sec1_bytes(&point).ok());
        let key = key.ok_or_else(|| bad("has no proper key"))?;
        let auth = BASE64URL.decode(&self.auth).ok().and_then(|auth| auth.try_into().ok());
        let auth = auth.ok_or_else(|| bad("has no proper authentication secret"))?;
        Ok(Browser { endpoint, key, auth })
    }
}

/// Without a name and a password, which no push service gives out.
fn is_bare(url: &Url) -> bool {
    url.has_host() && url.username().is_empty() && url.password().is_none()
}

fn bad(what: &str) -> BadTarget {
    BadTarget(format!(
        "What this browser gave for notifications {what}. Turn notifications off and on again there."
    ))
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("device", &self.device)
            .field("hide_words", &self.hide_words)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The browser of RFC 8291, appendix A.
    pub(in crate::push) fn rfc_8291() -> Subscription {
        Subscription {
            endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV".into(),
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .into(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
            device: "Firefox on Linux".into(),
            hide_words: false,
        }
    }

    #[test]
    fn a_browsers_subscription_is_taken() {
        assert_eq!(rfc_8291().check(), Ok(()));
        let padded = Subscription { auth: "BTBZMqHH6r4Tts7J_aSIgg==".into(), ..rfc_8291() };
        assert_eq!(padded.check(), Ok(()));
        // Whether plain http may be called is for the outbound configuration to say.
        let plain = Subscription { endpoint: "http://127.0.0.1:9000/push/1".into(), ..rfc_8291() };
        assert_eq!(plain.check(), Ok(()));
    }

    #[test]
    fn what_no_browser_gives_is_refused_with_a_sentence() {
        let good = rfc_8291();
        let endpoint = |endpoint: &str| Subscription { endpoint: endpoint.into(), ..good.clone() };
        let key = |bytes: &[u8]| Subscription { p256dh: BASE64URL.encode(bytes), ..good.clone() };
        let auth = |auth: &str| Subscription { auth: auth.into(), ..good.clone() };
        let mut off_the_curve = BASE64URL.decode(&good.p256dh).unwrap();
        off_the_curve[64] ^= 1;
        let point = PublicKey::from_sec1_bytes(&BASE64URL.decode(&good.p256dh).unwrap()).unwrap();
        let compressed = {
            use p256::elliptic_curve::sec1::ToEncodedPoint as _;
            point.to_encoded_point(true)
        };
        for (bad, word) in [
            (endpoint(""), "address"),
            (endpoint("ftp://push.example.net/1"), "address"),
            (endpoint("https://u:p@push.example.net/1"), "address"),
            (endpoint(&format!("https://push.example.net/{}", "x".repeat(2048))), "address"),
            (key(&off_the_curve), "key"),
            (key(compressed.as_bytes()), "key"),
            (key(&[0]), "key"),
            (Subscription { p256dh: "é".into(), ..good.clone() }, "key"),
            (auth("AAAA"), "secret"),
            (auth(""), "secret"),
        ] {
            let BadTarget(sentence) = bad.check().unwrap_err();
            assert!(sentence.contains(word), "{sentence}");
            assert!(!sentence.contains("push.example"), "{sentence}");
        }
    }

    #[test]
    fn debug_shows_nothing_by_which_one_could_send() {
        let good = rfc_8291();
        let shown = format!("{good:?}");
        assert!(shown.contains("Firefox on Linux"), "{shown}");
        for secret in ["push.example", &good.p256dh, &good.auth, "JzLQ3"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
