//! Web push: notifications of browsers and installed apps (RFC 8030, 8188, 8291, 8292).

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// What a browser gave when it subscribed (`PushSubscription.toJSON()`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where pushes are sent to. Whoever has it can send, so it is a secret.
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

impl Subscription {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        Ok(())
    }
}
