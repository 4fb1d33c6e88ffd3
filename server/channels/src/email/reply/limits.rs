//! How much of a mail is looked at: what is over a limit is held, not guessed at.

/// The text part.
pub(super) const TEXT_BYTES: usize = 256 * 1024;
/// The HTML part. Long threads with pictures in them reach some hundred kilobytes.
pub(super) const HTML_BYTES: usize = 1024 * 1024;
/// Elements and texts of the HTML part.
pub(super) const NODES: usize = 60_000;
/// Open elements within each other. What is deeper is read without its structure, and
/// held when it is not in a quote.
pub(super) const DEPTH: usize = 200;
/// An attribute's value, like a style; the rest of it is not looked at.
pub(super) const ATTRIBUTE_BYTES: usize = 4 * 1024;
/// Lines of one part.
pub(super) const LINES: usize = 10_000;
/// Levels of `>` that are told apart.
pub(super) const QUOTE_LEVELS: u16 = 100;

/// Lines of ours that are known again.
pub(super) const OURS_LINES: usize = 1_000;
/// Bytes of ours that are known again.
pub(super) const OURS_BYTES: usize = 64 * 1024;
/// Letters and digits in a row that two texts have only when one was copied.
pub(super) const RUN: usize = 24;
/// The same where one character is a syllable or a word.
pub(super) const RUN_WIDE: usize = 10;
/// The weight (a wide character weighs two) from which a whole line of ours is known
/// again; under it are greetings, which anybody writes.
pub(super) const LINE_WEIGHT: usize = 12;

/// Lines that an attribution like "On … Ana wrote:" can be wrapped over.
pub(super) const ATTRIBUTION_LINES: usize = 4;
/// Characters of an attribution.
pub(super) const ATTRIBUTION_CHARS: usize = 400;
/// Lines of a header block: From, Sent, To, Cc, Subject and their continuations.
pub(super) const HEADER_LINES: usize = 14;
/// Lines after `-- ` that can be a signature.
pub(super) const SIGNATURE_LINES: usize = 20;
/// Lines at the end of a text that can be a signature without a mark.
pub(super) const UNMARKED_SIGNATURE_LINES: usize = 10;
/// Letters in a row of the other side's that are no echo any more: who answers says some of the
/// question again.
pub(super) const ECHO_RUN: usize = 40;
/// The same of a script without letters.
pub(super) const ECHO_RUN_WIDE: usize = 14;
/// Letters of a whole line of the other side's that are no greeting any more.
pub(super) const ECHO_LINE: usize = 14;
/// The same of a script without letters, whose greetings are long.
pub(super) const ECHO_LINE_WIDE: usize = 12;
