//! What a conversation is called: the name the owner gave, or what is known of the visitor.

use crate::words::{WORDS, fill};
use shopbell_protocol::{Page, Summary};

/// A name for a person to read; never a number or an id.
pub(crate) fn label(summary: &Summary) -> String {
    if let Some(name) = summary.name.as_deref().filter(|name| !name.trim().is_empty()) {
        return name.into();
    }
    match summary.page.as_ref().map(page_label) {
        Some(page) if !page.is_empty() => fill(WORDS.visitor_on, &[("page", &page)]),
        _ => WORDS.visitor.into(),
    }
}

/// What a page is called: its title, or else its address without what nobody reads.
pub(crate) fn page_label(page: &Page) -> String {
    let title = page.title.trim();
    if title.is_empty() { short_address(&page.url).into() } else { title.into() }
}

/// An address without its scheme, query and fragment.
pub(crate) fn short_address(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    rest[..end].trim_end_matches('/')
}

/// The letter for the round sign beside a name: the name's first one, or none.
pub(crate) fn initial(summary: &Summary) -> Option<String> {
    let first = summary.name.as_deref()?.chars().find(|c| c.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::unread::tests::summary;

    fn page(url: &str, title: &str) -> Option<Page> {
        Some(Page { url: url.into(), title: title.into() })
    }

    #[test]
    fn a_given_name_comes_first() {
        let named =
            Summary { name: Some("Ana".into()), page: page("https://oak.example/", "Oak"), ..summary(1, 0) };
        assert_eq!(label(&named), "Ana");
        assert_eq!(initial(&named).as_deref(), Some("A"));
    }

    #[test]
    fn without_a_name_the_page_says_who_it_is() {
        let of = |page| label(&Summary { page, ..summary(1, 0) });
        assert_eq!(of(page("https://oak.example/side", " Oak side table ")), "Visitor on “Oak side table”");
        assert_eq!(of(page("https://oak.example/side/?utm=1#top", "")), "Visitor on “oak.example/side”");
        assert_eq!(of(None), "Visitor");
        assert_eq!(label(&Summary { name: Some("  ".into()), ..summary(1, 0) }), "Visitor");
    }
}
