//! The HTML part as lines: where a mail program marks what it quotes, its marks count.

mod events;
mod marks;
mod render;

use super::limits;
use super::lines::Line;

/// What an HTML part shows.
pub(super) struct Shown {
    /// Its lines.
    pub(super) lines: Vec<Line>,
    /// Something outside of every quote was nested too deep for its structure to be known.
    pub(super) too_deep: bool,
}

/// Lines of an HTML part; none when it is too long.
pub(super) fn lines(html: &str) -> Option<Shown> {
    if html.len() > limits::HTML_BYTES {
        return None;
    }
    let events = events::read(html)?;
    let shown = render::render(&events);
    (shown.lines.len() <= limits::LINES).then_some(shown)
}
