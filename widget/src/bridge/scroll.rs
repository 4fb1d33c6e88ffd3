//! Where a log stands, and how to keep it there.

use super::dom::Element;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::ResizeObserver;

/// So near to the end counts as at the end.
const NEAR_PX: i32 = 80;

/// Whether the end can be seen.
pub(crate) fn is_at_end(log: &Element) -> bool {
    log.scroll_height() - log.scroll_top() - log.client_height() <= NEAR_PX
}

/// Whether the beginning is near.
pub(crate) fn is_near_begin(log: &Element) -> bool {
    log.scroll_top() <= log.client_height()
}

/// Goes to the end.
pub(crate) fn to_end(log: &Element) {
    log.set_scroll_top(log.scroll_height());
}

/// How far an element is from what is seen of the page.
pub(crate) fn place(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

/// Moves the log by so much.
pub(crate) fn by(log: &Element, pixels: f64) {
    if pixels != 0.0 {
        log.set_scroll_top(log.scroll_top() + pixels as i32);
    }
}

/// Calls a function whenever the log becomes taller or shorter, for as long as
/// the page lives.
pub(crate) fn on_resize(log: &Element, call: impl FnMut() + 'static) {
    let call = Closure::<dyn FnMut()>::wrap(Box::new(call));
    if let Ok(observer) = ResizeObserver::new(call.as_ref().unchecked_ref()) {
        observer.observe(log);
    }
    call.forget();
}
