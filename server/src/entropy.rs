//! The relay's one source of randomness; everything else is given it.

use shopbell_protocol::RANDOM_BYTES;

/// Where random bytes come from.
pub(crate) trait Entropy: Send + Sync + 'static {
    /// Fills the bytes, with randomness that is fit for secrets.
    ///
    /// # Errors
    /// When the system has none to give; nothing secret may be made then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub(crate) struct NoEntropy;

impl dyn Entropy {
    /// 32 bytes, as secrets are made from.
    pub(crate) fn secret(&self) -> Result<[u8; 32], NoEntropy> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// As many as an id is made from.
    pub(crate) fn id(&self) -> Result<[u8; RANDOM_BYTES], NoEntropy> {
        let mut bytes = [0; RANDOM_BYTES];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// The operating system's generator.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods, reason = "this is the place where randomness comes from")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Bytes that count up, so that a test's ids and secrets are its own.
    use super::{Entropy, NoEntropy};
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Never the same bytes twice, always the same ones in the same order.
    #[derive(Default)]
    pub(crate) struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = count[count.len() - 1 - i % count.len()];
            }
            Ok(())
        }
    }
}
