//! Which lines of a long list are drawn: those in sight and a few around them.

/// Lines drawn beyond each edge, so that a flick of the thumb meets no gap.
const AROUND: usize = 8;
/// So near to the end more is asked for.
const NEAR_END: usize = 15;

/// A stretch of lines, and the empty room before and after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    pub(crate) first: usize,
    /// One after the last.
    pub(crate) end: usize,
    pub(crate) room_before_px: f64,
    pub(crate) room_after_px: f64,
}

/// The stretch to draw, for lines of one height.
pub(crate) fn window(lines: usize, line_px: f64, scrolled_px: f64, height_px: f64) -> Window {
    let line_px = line_px.max(1.0);
    let whole = |px: f64| (px.max(0.0) / line_px).floor() as usize;
    let first = whole(scrolled_px).saturating_sub(AROUND).min(lines);
    let end = (whole(scrolled_px + height_px) + 1 + AROUND).min(lines);
    let room = |lines: usize| lines as f64 * line_px;
    Window { first, end, room_before_px: room(first), room_after_px: room(lines - end) }
}

impl Window {
    /// Whether the end of what is loaded is near.
    pub(crate) fn is_near_end(&self, lines: usize) -> bool {
        self.end + NEAR_END >= lines
    }
}

/// How far to scroll so that a line is in sight; none when it is already.
pub(crate) fn scroll_to(line: usize, line_px: f64, scrolled_px: f64, height_px: f64) -> Option<f64> {
    let (top, bottom) = (line as f64 * line_px, (line + 1) as f64 * line_px);
    if top < scrolled_px {
        Some(top)
    } else if bottom > scrolled_px + height_px {
        Some(bottom - height_px)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_ten_thousand_lines_only_those_around_the_eye_are_drawn() {
        let shown = window(10_000, 80.0, 400_000.0, 800.0);
        assert_eq!((shown.first, shown.end), (4_992, 5_019));
        let drawn = (shown.end - shown.first) as f64 * 80.0;
        assert_eq!(shown.room_before_px + drawn + shown.room_after_px, 800_000.0);
    }

    #[test]
    fn the_ends_and_an_empty_list_hold() {
        let empty = window(0, 80.0, 0.0, 800.0);
        assert_eq!((empty.first, empty.end), (0, 0));
        let beyond = window(3, 80.0, 9_000.0, 800.0);
        assert_eq!((beyond.first, beyond.end), (3, 3));
        let bounced = window(100, 80.0, -60.0, 800.0);
        assert_eq!(bounced.first, 0);
        assert!(window(20, 80.0, 0.0, 800.0).is_near_end(20));
        assert!(!window(10_000, 80.0, 0.0, 800.0).is_near_end(10_000));
    }

    #[test]
    fn a_line_out_of_sight_is_scrolled_to_by_the_least() {
        assert_eq!(scroll_to(5, 80.0, 0.0, 800.0), None);
        assert_eq!(scroll_to(10, 80.0, 0.0, 800.0), Some(80.0));
        assert_eq!(scroll_to(0, 80.0, 200.0, 800.0), Some(0.0));
    }
}
