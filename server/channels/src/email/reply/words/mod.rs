//! What mail programs and people write around what they say, in their languages.

pub(super) mod attribution;
pub(super) mod closings;
pub(super) mod footers;
pub(super) mod headers;
