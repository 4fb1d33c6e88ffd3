//! Secrets that the relay hands out, and how they are compared: it keeps only
//! their digests, and looks at those in constant time.

use crate::entropy::{Entropy, NoEntropy};
use core::fmt;
use sha2::{Digest as _, Sha256};
use shopbell_protocol::{ConversationId, Credential, Secret};
use shopbell_store::{Conversation, Digest};
use subtle::ConstantTimeEq;

/// The digest of a secret.
pub(crate) fn digest(secret: &Secret) -> Digest {
    Digest(Sha256::digest(secret.reveal().as_bytes()).into())
}

/// Whether two digests are equal, without telling by the time it takes where they differ.
pub(crate) fn same(one: Digest, other: Digest) -> bool {
    one.0.ct_eq(&other.0).into()
}

/// What opens a conversation: its own secret, and the one of its private links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys {
    own: Digest,
    link: Option<Digest>,
}

impl Keys {
    /// Those of a conversation.
    pub(crate) fn of(kept: &Conversation) -> Self {
        Self { own: kept.secret, link: kept.link_secret }
    }

    /// Its own only.
    pub(crate) fn only(own: Digest) -> Self {
        Self { own, link: None }
    }

    /// Whether a secret is one of them.
    pub(crate) fn open(&self, secret: Digest) -> bool {
        same(self.own, secret) | self.link.is_some_and(|link| same(link, secret))
    }
}

/// Whatever proves to be an owner: the token of a session, or the code of a
/// one-time sign-in link. 32 random bytes as 64 hexadecimal digits.
#[derive(Clone)]
pub(crate) struct Token(Secret);

impl Token {
    /// Draws a new one.
    pub(crate) fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self(Secret::new(&entropy.secret()?)))
    }

    /// Reads the digits; `None` for anything that is not a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Secret::parse(text).map(Self)
    }

    /// What the store keeps of it.
    pub(crate) fn digest(&self) -> Digest {
        digest(&self.0)
    }

    /// The digits: to be given to the owner's own browser, and for nothing else.
    pub(crate) fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// A visitor's key as it stands in the cookie and in the private link:
/// the conversation's id, a dot, and the secret.
pub(crate) fn key(credential: &Credential) -> String {
    format!("{}.{}", credential.conversation, credential.secret.reveal())
}

/// Reads a visitor's key; `None` for anything else.
pub(crate) fn parse_key(key: &str) -> Option<Credential> {
    let (conversation, secret) = key.split_once('.')?;
    Some(Credential { conversation: ConversationId::parse(conversation)?, secret: Secret::parse(secret)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::testing::Counting;

    #[test]
    fn a_key_reads_back_and_nothing_else_is_one() {
        let credential =
            Credential { conversation: ConversationId::new(5, [1; 10]), secret: Secret::new(&[2; 32]) };
        assert_eq!(parse_key(&key(&credential)), Some(credential));
        for bad in ["", ".", "a.b", "018bcfe5-6800-7707-8707-070707070707."] {
            assert_eq!(parse_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_never_shows_and_its_digest_is_not_the_token() {
        let entropy = Counting::default();
        let token = Token::draw(&entropy as &dyn Entropy).expect("counting never ends");
        assert_eq!(format!("{token:?}"), "Token(redacted)");
        let again = Token::parse(token.reveal()).expect("reads back");
        assert!(same(token.digest(), again.digest()));
        let other = Token::draw(&entropy as &dyn Entropy).expect("counting never ends");
        assert!(!same(token.digest(), other.digest()));
    }
}
