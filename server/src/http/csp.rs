//! Content security policies: what each document may do, and nothing else.

use super::{Framed, Origin};
use axum::http::HeaderValue;

/// For everything that is not a document.
pub(crate) const NOTHING: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A service worker that shows notifications: their icons are images of its own.
pub(crate) const WORKER: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'");

/// The talk page and frame: opens only on the shop's own sites.
///
/// `style` is the base64 SHA-256 of the one style element. The relay's own
/// origin stands twice in `connect-src` because not every browser takes `'self'`
/// to hold for WebSockets. The widget proves in a header who it is, which no `img` element
/// can, and shows the pictures that it has fetched from memory.
pub(crate) fn talk<'a>(own: &Origin, style: &str, sites: impl Iterator<Item = &'a str>) -> String {
    let mut ancestors = String::from("'self'");
    // A site that is no origin could smuggle in another directive.
    for site in sites.filter_map(|site| Origin::parse(site).ok()) {
        ancestors.push(' ');
        ancestors.push_str(site.as_str());
    }
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'sha256-{style}'; \
         connect-src 'self' {}; img-src 'self' blob:; form-action 'self'; base-uri 'none'; \
         frame-ancestors {ancestors}",
        own.for_sockets()
    )
}

/// The owner's inbox: never in a frame.
pub(crate) fn inbox(own: &Origin) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self' {}; img-src 'self' data:; manifest-src 'self'; worker-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        own.for_sockets()
    )
}

/// A page with one style element and perhaps one button.
pub(crate) fn plain(style: &str, framed: &Framed) -> String {
    let ancestors = match framed {
        Framed::Nowhere => "'none'",
        Framed::On(page) => page.as_str(),
    };
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'self'; \
         frame-ancestors {ancestors}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_opens_on_the_shops_sites_only() {
        let own = Origin::parse("https://bell.example").expect("an origin");
        let policy = talk(&own, "abc", ["https://shop.example", "https://x; script-src *"].into_iter());
        assert!(policy.ends_with("frame-ancestors 'self' https://shop.example"), "{policy}");
        assert!(policy.contains("connect-src 'self' wss://bell.example;"), "{policy}");
        assert!(!policy.contains("unsafe-inline"));
    }
}
