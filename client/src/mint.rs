//! Where message ids come from: the time and a seed, both from outside.

use crate::Millis;
use shopbell_protocol::{MessageId, RANDOM_BYTES};

/// Makes ids that rise with every call, even when the clock steps back, so that
/// a device's messages sort in the order they were written in. Also draws the
/// jitter of reconnects.
#[derive(Debug, Clone)]
pub struct Mint {
    state: u64,
    latest_ms: Millis,
}

impl Mint {
    /// From a seed that no other device has: 64 random bits.
    pub fn new(seed: u64) -> Self {
        Self { state: seed, latest_ms: 0 }
    }

    /// The next 64 bits (SplitMix64).
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A fresh id, above every one made or seen before.
    pub fn message_id(&mut self, now: Millis) -> MessageId {
        self.latest_ms = now.max(self.latest_ms + 1);
        let mut random = [0; RANDOM_BYTES];
        let (head, tail) = random.split_at_mut(8);
        head.copy_from_slice(&self.draw().to_be_bytes());
        tail.copy_from_slice(&self.draw().to_be_bytes()[..RANDOM_BYTES - 8]);
        MessageId::new(self.latest_ms, random)
    }

    /// Takes note of an id from storage: those made from now on come after it.
    pub fn saw(&mut self, id: MessageId) {
        let mut unix_ms = [0; 8];
        unix_ms[2..].copy_from_slice(&id.as_bytes()[..6]);
        self.latest_ms = self.latest_ms.max(Millis::from_be_bytes(unix_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_although_the_clock_steps_back() {
        let mut mint = Mint::new(1);
        let first = mint.message_id(86_400_000);
        let second = mint.message_id(5);
        assert!(second > first);
    }

    #[test]
    fn ids_rise_above_what_an_earlier_visit_left() {
        let left = Mint::new(1).message_id(86_400_000);
        let mut mint = Mint::new(2);
        mint.saw(left);
        assert!(mint.message_id(5) > left);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let (mut a, mut b) = (Mint::new(7), Mint::new(7));
        assert_eq!(a.message_id(1), b.message_id(1));
        assert_ne!(a.message_id(1), Mint::new(8).message_id(1));
    }
}
