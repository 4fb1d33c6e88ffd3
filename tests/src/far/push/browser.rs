//! A browser: it subscribes, sleeps, wakes, and opens what has waited for it (RFC 8291).

use super::{Held, Inner, Taken};
use crate::clock::fresh;
use aes_gcm::{Aes128Gcm, KeyInit, aead::Aead};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToEncodedPoint};
use sha2::{Digest, Sha256};
use shopbell_channels::{Target, push::Subscription};
use std::sync::Arc;

/// Base64url as the RFCs want it, without padding.
pub(super) const BASE64URL: base64::engine::GeneralPurpose = URL_SAFE_NO_PAD;

/// A browser with one subscription.
pub struct Browser {
    inner: Arc<Inner>,
    id: String,
    key: SecretKey,
    auth: [u8; 16],
}

/// What reached a browser.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What the push service took.
    pub taken: Taken,
    /// What was sealed in it.
    pub plaintext: Vec<u8>,
    /// What filled it up, in bytes.
    pub padding: usize,
}

impl Shown {
    /// The plaintext.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.plaintext).expect("JSON")
    }
}

impl Browser {
    pub(super) fn subscribe(inner: Arc<Inner>, application_server_key: &str) -> Self {
        let number = fresh();
        let digest = |what: &str| Sha256::digest(format!("{what} of browser {number}"));
        let key = SecretKey::from_slice(&digest("key")).expect("a key, but for one in 2^32");
        let mut auth = [0; 16];
        auth.copy_from_slice(&digest("secret")[..16]);
        let id = format!("browser-{number}");
        let key_held = application_server_key.to_owned();
        let held = Held { key: key_held, waiting: Vec::new(), over: false, browser: None, channel: None };
        inner.state().subscriptions.insert(id.clone(), held);
        Self { inner, id, key, auth }
    }

    /// What it gives to the page that subscribes.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            endpoint: format!("{}/push/{}", self.inner.origin, self.id),
            p256dh: BASE64URL.encode(self.key.public_key().to_encoded_point(false)),
            auth: BASE64URL.encode(self.auth),
            device: format!("Browser {}", self.id),
            hide_words: false,
        }
    }

    /// The same as a channel's target.
    pub fn target(&self) -> Target {
        Target::Push(self.subscription())
    }

    /// Its private key: 32 bytes, for another implementation to open a push with.
    pub fn private_key(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// It has unsubscribed.
    pub fn unsubscribe(&self) {
        if let Some(held) = self.inner.state().subscriptions.get_mut(&self.id) {
            held.over = true;
        }
    }

    /// It goes on, and fetches what has waited for it.
    ///
    /// # Panics
    /// When a push was not sealed for it.
    pub fn wake(&self) -> Vec<Shown> {
        let mut state = self.inner.state();
        let held = state.subscriptions.get_mut(&self.id).expect("it has subscribed");
        let waiting = std::mem::take(&mut held.waiting);
        drop(state);
        waiting.into_iter().map(|waiting| self.open(waiting.taken)).collect()
    }

    fn open(&self, taken: Taken) -> Shown {
        let (salt, rest) = taken.body.split_at(16);
        let (sender, record) = rest.split_at(4 + 1 + 65);
        let sender = &sender[5..];
        let sender_key = PublicKey::from_sec1_bytes(sender).expect("a point on the curve");
        let shared = diffie_hellman(self.key.to_nonzero_scalar(), sender_key.as_affine());
        let own = self.key.public_key().to_encoded_point(false);
        let info = [b"WebPush: info\0", own.as_bytes(), sender].concat();
        let key = derive(&self.auth, shared.raw_secret_bytes(), &info, 32);
        let content_key = derive(salt, &key, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = derive(salt, &key, b"Content-Encoding: nonce\0", 12);
        let cipher = Aes128Gcm::new_from_slice(&content_key).expect("16 bytes");
        let opened = cipher.decrypt(nonce.as_slice().into(), record).expect("sealed for this browser");
        let end = opened.iter().rposition(|byte| *byte != 0).expect("a delimiter");
        assert_eq!(opened[end], 2, "the last record ends with a 2 (RFC 8188, clause 2)");
        Shown { taken, plaintext: opened[..end].to_vec(), padding: opened.len() - end - 1 }
    }
}

fn derive(salt: &[u8], key: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Hkdf::<Sha256>::new(Some(salt), key).expand(info, &mut bytes).expect("a short key");
    bytes
}
