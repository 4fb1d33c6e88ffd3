//! The page as a whole: window, document, what the browser says of the visitor.

use super::dom;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, HtmlDocument, HtmlElement, UrlSearchParams, VisibilityState, Window};

/// The window.
pub(crate) fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The document.
pub(crate) fn document() -> Document {
    // A window that runs scripts has a document.
    window().document().unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into())
}

/// Whether the page stands in a frame of another page.
pub(crate) fn is_framed() -> bool {
    window().parent().ok().flatten().is_some_and(|parent| parent != window())
}

/// Whether the page can be seen at all.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Whether the device has a network, as far as the browser knows.
pub(crate) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether the visitor has a keyboard and a mouse. Where they type with their
/// thumbs, the Enter key makes a new line.
pub(crate) fn has_keyboard() -> bool {
    window()
        .match_media("(any-hover:hover) and (any-pointer:fine)")
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}

/// Whether the browser knows pushes, where this page was loaded safely.
pub(crate) fn knows_pushes() -> bool {
    js_sys::Reflect::has(&window(), &"PushManager".into()).is_ok_and(|known| known)
}

/// A parameter of the page's address.
pub(crate) fn parameter(name: &str) -> Option<String> {
    UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()?.get(name)
}

/// The language that the visitor reads (BCP 47).
pub(crate) fn language() -> Option<String> {
    window().navigator().language()
}

/// The language that the page is written in.
pub(crate) fn page_language() -> String {
    root().map(|root| root.lang()).unwrap_or_default()
}

/// The page's title.
pub(crate) fn title() -> String {
    document().title()
}

/// Sets the page's title.
pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

/// Takes the shop's colour up, when it is one.
pub(crate) fn take_colour() {
    let is_colour = |hex: &str| {
        let digits = hex.strip_prefix('#').unwrap_or_default();
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if let (Some(root), Some(colour)) = (root(), parameter("color").filter(|hex| is_colour(hex))) {
        let _ = root.style().set_property("--own", &colour);
        dom::class(&root, "own", true);
    }
}

/// Says to the style sheet that the page is live.
pub(crate) fn mark_live() {
    if let Some(root) = root() {
        dom::class(&root, "live", true);
    }
}

/// Keeps the page as tall as what can be seen of it: on some phones the keyboard
/// covers the page without making it smaller.
pub(crate) fn fit_to_keyboard() {
    let Some(seen) = window().visual_viewport() else { return };
    let whole = seen.clone();
    dom::on(&seen, "resize", move |_| {
        // Who zooms in wants to see more of less, not a smaller page.
        if whole.scale() == 1.0
            && let Some(root) = root()
        {
            let tall = (whole.height() as u32).to_string();
            let _ = root.style().set_property("--tall", &[tall.as_str(), "px"].concat());
        }
    });
}

/// The page's cookies; none where they are blocked.
pub(crate) fn cookies() -> String {
    document().unchecked_into::<HtmlDocument>().cookie().unwrap_or_default()
}

/// Sets a cookie for one path of the relay's, as long as browsers let it live,
/// or takes it away when there is no value. Where cookies are blocked nothing
/// happens.
pub(crate) fn set_cookie(name: &str, value: Option<&str>, path: &str) {
    let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
    let age = if value.is_some() { "34560000" } else { "0" };
    let reach = if secure { "SameSite=None; Secure; Partitioned" } else { "SameSite=Lax" };
    let cookie =
        [name, "=", value.unwrap_or_default(), "; Path=", path, "; Max-Age=", age, "; ", reach].concat();
    let _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
}

fn root() -> Option<HtmlElement> {
    document().document_element().map(|root| root.unchecked_into())
}
