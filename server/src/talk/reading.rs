//! What came over the wire beside the text of messages, made fit to be kept.

use shopbell_protocol::{Page, limits, text};

/// A page as it may be kept; none when its address is no web address or too
/// long. A shop's address may carry anything, and never keeps a visitor from talking.
pub(super) fn page(page: Page) -> Option<Page> {
    let web = page.url.starts_with("https://") || page.url.starts_with("http://");
    let fits = page.url.len() <= limits::PAGE_URL_CHARS || page.url.chars().count() <= limits::PAGE_URL_CHARS;
    let plain = !page.url.chars().any(|c| c.is_control() || c.is_whitespace());
    (web && fits && plain)
        .then(|| Page { title: text::clean_line(&page.title, limits::PAGE_TITLE_CHARS), url: page.url })
}

/// A language tag or a time zone's name as it may be kept.
pub(super) fn tag(tag: String) -> Option<String> {
    let fits = (1..=limits::TAG_BYTES).contains(&tag.len());
    let plain = tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'+'));
    (fits && plain).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<Page> {
        page(Page { url: url.into(), title: "A\u{202e}\nB".into() })
    }

    #[test]
    fn only_web_addresses_are_kept_into_pages() {
        assert_eq!(of("https://shop.example/a").map(|page| page.title).as_deref(), Some("A B"));
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a\nb",
            &format!("https://{}", "a".repeat(2_000)),
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_tag_is_plain() {
        assert_eq!(tag("America/Sao_Paulo".into()).as_deref(), Some("America/Sao_Paulo"));
        for bad in ["", "<b>", &"a".repeat(65)] {
            assert_eq!(tag(bad.into()), None, "{bad}");
        }
    }
}
