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

#[cfg(test)]
mod tests {
    use crate::email::reply::lines::{Mark, join};

    /// What is shown and has no mark.
    fn plain(html: &str) -> String {
        let shown = super::lines(html).unwrap();
        join(shown.lines.iter().filter(|line| line.mark == Mark::Plain).map(|line| line.text.as_str()))
    }

    #[test]
    fn paragraphs_breaks_and_lists_are_kept() {
        assert_eq!(plain("<p>One\n two<br>three</p><p>four</p>"), "One two\nthree\n\nfour");
        assert_eq!(plain("<div>a</div><div><br></div><div>b<br></div>c"), "a\n\nb\nc");
        assert_eq!(plain("a<ol start=3><li>b<ul><li>c</ul><li>d</ol>e"), "a\n\n3. b\n  - c\n4. d\n\ne");
        assert_eq!(plain("<pre>a\n  b</pre>"), "a\n  b");
    }

    #[test]
    fn a_link_says_where_it_leads_unless_its_text_does() {
        let link = |target: &str, text: &str| plain(&format!("<a href='{target}'>{text}</a>"));
        assert_eq!(link("https://oak.example/blue", "this one"), "this one (https://oak.example/blue)");
        assert_eq!(link("http://www.oak.example/", "oak.example"), "oak.example");
        assert_eq!(link("mailto:ana@oak.example?subject=x", "Ana"), "Ana (ana@oak.example)");
        assert_eq!(link("tel:+35621234567", "+356 2123 4567"), "+356 2123 4567");
        assert_eq!(link("javascript:alert(1)", "here"), "here");
    }

    #[test]
    fn what_nobody_sees_is_not_shown() {
        let html = "<title>t</title><style>s</style><script>s</script><p style='Display: none'>h</p>\
                    <img src='https://track.example/p.gif' alt='Logo' width=1><img alt='😀'>yes";
        assert_eq!(plain(html), "😀yes");
    }

    #[test]
    fn a_line_that_ends_inside_of_an_items_mark_does_no_harm() {
        assert_eq!(plain("x<span style='mso-list:Ignore'><br>é</span>y"), "x\n- y");
    }

    #[test]
    fn what_is_nested_too_deep_is_said_unless_it_is_quoted() {
        let deep = "<div>".repeat(1_000) + "x";
        assert!(super::lines(&deep).unwrap().too_deep);
        assert!(!super::lines(&format!("yes<blockquote type=cite>{deep}")).unwrap().too_deep);
    }
}
