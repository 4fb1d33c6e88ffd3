//! All that happens in a run, as one number, and for people when they ask for it.

use super::event::Event;
use std::fmt::Write;

/// The beginning and the prime of the FNV-1a hash (64 bits), here over eight bytes at a time.
const BASIS: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01B3;

/// All that happens in a run.
pub(super) struct Trace {
    hash: u64,
    line: String,
    /// Whether each line is told as it comes.
    loud: bool,
}

impl Trace {
    pub(super) fn new(loud: bool) -> Self {
        Self { hash: BASIS, line: String::new(), loud }
    }

    /// Something happens.
    pub(super) fn note(&mut self, ms: u64, event: &Event) {
        self.write(format_args!("{ms} {event:?}"));
    }

    /// A tab says something.
    pub(super) fn said(&mut self, ms: u64, tab: usize, text: &str) {
        self.write(format_args!("{ms} tab {tab} says {text}"));
    }

    /// Anything else.
    #[expect(clippy::print_stderr, reason = "whoever replays a seed wants to see it")]
    pub(super) fn write(&mut self, line: std::fmt::Arguments<'_>) {
        self.line.clear();
        // A text takes whatever is written into it.
        let _ = self.line.write_fmt(line);
        // A line's end counts as well, so that no two lines are taken for one.
        self.line.push('\n');
        for chunk in self.line.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.hash = (self.hash ^ u64::from_le_bytes(word)).wrapping_mul(PRIME).rotate_left(29);
        }
        if self.loud {
            eprint!("{}", self.line);
        }
    }

    /// All of it as one number.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}
