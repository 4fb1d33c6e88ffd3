//! Web push: notifications of browsers and installed apps (RFC 8030, 8188, 8291, 8292).
//!
//! Each browser has a push service of its maker's, which takes a push from anybody who
//! knows the subscription's endpoint and has the key that it was made for. What is said is
//! sealed for the browser alone; the push service sees its size class, how long it is worth
//! something, and a topic that means nothing to it.

mod answer;
mod config;
mod limits;
mod seal;
mod shown;
mod subscription;
mod trim;
mod vapid;

pub use config::{BadContact, Contact, PushConfig};
pub use subscription::Subscription;
pub use vapid::{BadVapidKey, VapidKey};

use crate::{Channel, Failure, Fate, Handed, Notice, Opened, Outbound, Parcel, Target};
use async_trait::async_trait;
use base64::Engine as _;
use p256::SecretKey;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
};
use sha2::{Digest as _, Sha256};
use shopbell_protocol::{ChannelKind, Side};
use std::{fmt, sync::Arc, time::Duration};
use subscription::{BASE64URL, Browser};
use vapid::Tokens;

/// Fills bytes with randomness that is fit for secrets. One that has none leaves them zero:
/// nothing is sent then.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Web push.
pub struct Push {
    tokens: Tokens,
    outbound: Outbound,
    entropy: Entropy,
}

impl Push {
    /// Asks nobody yet. Browsers have to subscribe with [`VapidKey::public_key`].
    pub fn new(config: PushConfig, key: VapidKey, outbound: Outbound, entropy: Entropy) -> Self {
        let contact = config.contact.map(|contact| contact.as_str().to_owned());
        Self { tokens: Tokens::new(key, contact), outbound, entropy }
    }

    fn seal(&self, notice: &Notice, browser: &Browser, hide_words: bool) -> Result<Vec<u8>, Failure> {
        let too_long = || {
            Failure::refused(
                "The relay's address is too long for a notification. Give the relay a shorter `public_url`.",
            )
        };
        let json = shown::json(notice, hide_words).ok_or_else(too_long)?;
        let mut salt = [0; seal::SALT_BYTES];
        (self.entropy)(&mut salt);
        let size = limits::SIZE_CLASSES.into_iter().find(|size| json.len() <= *size);
        let sealed = size.and_then(|size| seal::seal(json.as_bytes(), size, browser, &self.draw()?, &salt));
        sealed.ok_or_else(|| {
            Failure::later("The relay has no random numbers at this moment. It will be tried again.")
        })
    }

    /// A key for one push.
    fn draw(&self) -> Option<SecretKey> {
        let mut bytes = [0; 32];
        (0..limits::DRAWS).find_map(|_| {
            (self.entropy)(&mut bytes);
            SecretKey::from_slice(&bytes).ok()
        })
    }
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("key", self.tokens.key()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for Push {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Push
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let Target::Push(subscription) = parcel.target else {
            return Err(Failure::gone("This channel is no browser. Set it up anew."));
        };
        let browser = subscription.read().map_err(|bad| Failure::gone(bad.0))?;
        let body = self.seal(parcel.notice, &browser, subscription.hide_words)?;
        let (urgency, ttl) = weight(parcel.notice);
        let request = self
            .outbound
            .request(Method::POST, &browser.endpoint)?
            .header("ttl", ttl.as_secs())
            .header("urgency", urgency)
            .header("topic", topic(parcel.notice, &browser.auth))
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(AUTHORIZATION, secret(&self.tokens.authorization(&browser.endpoint, parcel.now)))
            .body(body);
        let answer = self.outbound.send(request).await?;
        answer::read(&answer).map_err(|no| {
            if no.bad_token {
                self.tokens.forget(&browser.endpoint);
            }
            to_owner(no.failure, parcel.notice)
        })?;
        Ok(Handed::default())
    }

    /// Does nothing. A push that only takes a notification away would be a silent one, and
    /// a browser that finds that a push showed nothing shows a notice of its own, and in the
    /// end takes the permission back (`userVisibleOnly` of the Push API). So a device's
    /// notifications go when its inbox opens the conversation, and with the next push that
    /// is shown anyway (`gone` in what is said).
    async fn opened(&self, _opened: Opened<'_>) -> Result<(), Failure> {
        Ok(())
    }

    async fn examine(&self) -> Result<String, String> {
        if !self.tokens.key().is_sound() {
            return Err("Push: the relay's key for pushes cannot be used. Put back a copy of it.".into());
        }
        Ok(match self.tokens.contact() {
            Some(_) => {
                "Push: the relay's key is in order. Each browser has a push service of its own: press \
                        \"Test\" in the inbox to try one."
                    .into()
            }
            None => "Push: the relay's key is in order. There is no `contact` in [push] and no public https \
                     address, so iPhones and Macs get no notifications."
                .into(),
        })
    }
}

/// The sentence is for the owner, who can turn nothing on in a visitor's browser.
fn to_owner(failure: Failure, notice: &Notice) -> Failure {
    match notice {
        Notice::Words(words) if words.to == Side::Visitor && failure.fate == Fate::Gone => {
            Failure::gone("The visitor's browser takes no more notifications.")
        }
        _ => failure,
    }
}

/// How urgent it is (RFC 8030, clause 5.3), and how long it is worth being kept for a device
/// that is off (clause 5.2).
fn weight(notice: &Notice) -> (&'static str, Duration) {
    match notice {
        Notice::Words(_) => ("high", limits::WORDS_TTL),
        Notice::Alarm(_) => ("normal", limits::ALARM_TTL),
        Notice::Test { .. } => ("normal", limits::TEST_TTL),
    }
}

/// What a later push of the same kind replaces while the device is off (RFC 8030, clause
/// 5.4): 32 characters. The device's secret is in it, so that a push service cannot tell
/// that two devices are told of the same conversation.
fn topic(notice: &Notice, auth: &[u8]) -> String {
    let about = match notice {
        Notice::Words(words) => format!("words {}", words.conversation),
        Notice::Alarm(alarm) => format!("alarm {} {}", alarm.shop, alarm.about),
        Notice::Test { shop, .. } => format!("test {shop}"),
    };
    let digest = Sha256::new().chain_update(b"topic\0").chain_update(auth).chain_update(about).finalize();
    BASE64URL.encode(&digest[..24])
}

/// A header that is not written into any log. What stands in it is ASCII.
fn secret(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}
