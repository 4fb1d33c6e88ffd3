//! Where scrolled boxes stand, and keeping what is read in its place.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A scrolled box, in CSS pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Scroll {
    /// What lies above the visible part.
    pub(crate) before: f64,
    /// The visible part.
    pub(crate) height: f64,
    /// What lies below the visible part.
    pub(crate) after: f64,
}

/// Of a box that begins at its top.
pub(crate) fn of_list(element: &Element) -> Scroll {
    let (before, height) = (f64::from(element.scroll_top()), f64::from(element.client_height()));
    Scroll { before, height, after: f64::from(element.scroll_height()) - height - before }
}

/// Of a box that begins at its end (`flex-direction: column-reverse`), in which
/// the place is counted backwards from 0.
pub(crate) fn of_log(element: &Element) -> Scroll {
    let (after, height) = (-f64::from(element.scroll_top()), f64::from(element.client_height()));
    Scroll { before: f64::from(element.scroll_height()) - height - after, height, after }
}

/// Scrolls a list to this place.
pub(crate) fn list_to(element: &Element, before: f64) {
    element.set_scroll_top(before.round() as i32);
}

/// Scrolls a log to its end.
pub(crate) fn log_to_end(element: &Element) {
    element.set_scroll_top(0);
}

/// Scrolls so that this element of a log begins at its top, a little below the edge.
pub(crate) fn log_to(element: &Element, id: &str) {
    let Some(target) = super::document().and_then(|document| document.get_element_by_id(id)) else { return };
    let by = target.get_bounding_client_rect().top() - element.get_bounding_client_rect().top() - 24.0;
    // What stands in sight at the end already needs no scrolling.
    if by < 0.0 {
        element.set_scroll_top(element.scroll_top() + by.round() as i32);
    }
}

/// What was read, and where it stood.
#[derive(Debug)]
pub(crate) struct Held {
    log: Element,
    line: Element,
    top: f64,
}

/// Remembers the first line in sight of a log that is not at its end.
pub(crate) fn hold(log: &Element) -> Option<Held> {
    if of_log(log).after < crate::model::sight::NEAR_END_PX {
        return None;
    }
    let edge = log.get_bounding_client_rect();
    let middle = edge.left() + edge.width() / 2.0;
    // The line at the upper edge of what is seen, found by where it stands.
    let document = super::document()?;
    let at = |y: f64| document.element_from_point(middle as f32, y as f32);
    let line =
        (1..6).find_map(|step| at(edge.top() + f64::from(step) * 40.0)?.closest("li").ok().flatten())?;
    let top = line.get_bounding_client_rect().top();
    Some(Held { log: log.clone(), line, top })
}

impl Held {
    /// Puts it back to where it stood, whatever came before or after it.
    pub(crate) fn restore(self) {
        if !self.line.is_connected() {
            return;
        }
        let moved = self.line.get_bounding_client_rect().top() - self.top;
        if moved.abs() >= 1.0 {
            self.log.set_scroll_top(self.log.scroll_top() + moved.round() as i32);
        }
    }
}

/// The height of the list's first line, in CSS pixels; none while there is none.
pub(crate) fn line_height(list: &Element) -> Option<f64> {
    let line = list.query_selector("[data-line]").ok()??;
    let height = line.get_bounding_client_rect().height();
    (height > 0.0).then_some(height)
}

/// Makes a text box as high as its text, up to what its style allows.
pub(crate) fn fit(textarea: &HtmlElement) {
    // Where the style sheet does it alone, the page is not laid out twice for each letter.
    if style_does_it() {
        return;
    }
    let style = textarea.style();
    let _ = style.set_property("block-size", "auto");
    let border = f64::from(textarea.offset_height() - textarea.client_height());
    let height = f64::from(textarea.unchecked_ref::<Element>().scroll_height()) + border;
    let _ = style.set_property("block-size", &px(height));
}

/// Whether the browser lets a text box grow with its text by style alone.
fn style_does_it() -> bool {
    let css = js_sys::Reflect::get(&js_sys::global(), &"CSS".into()).unwrap_or_default();
    let supports = js_sys::Reflect::get(&css, &"supports".into()).unwrap_or_default();
    let supports = supports.dyn_ref::<js_sys::Function>();
    let answer =
        supports.and_then(|supports| supports.call2(&css, &"field-sizing".into(), &"content".into()).ok());
    answer.is_some_and(|answer| answer.is_truthy())
}

/// A length, as styles say it: whole pixels, for their fractions nobody sees.
pub(crate) fn px(length: f64) -> String {
    format!("{}px", length.round() as i64)
}
