//! The sentence above which an answer is written.

use super::known::key;

/// Stands alone on the first line of every letter that can be answered, in both parts.
/// Whatever a mail program does to it, what comes from there on is ours.
pub const REPLY_ABOVE: &str = "— Please write your answer above this line —";

/// Letters of the sentence that tell it also when it was wrapped.
const LETTERS: usize = 20;

/// Whether a line is that sentence, or the first half of it when it was wrapped.
pub(super) fn is_separator(line: &str) -> bool {
    let ours = key(REPLY_ABOVE);
    let line = key(line);
    line.contains(&ours) || (line.len() >= LETTERS && ours.starts_with(&line))
}
