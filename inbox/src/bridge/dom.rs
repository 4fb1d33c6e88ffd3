//! Small things of the page itself.

use wasm_bindgen::JsCast;
use web_sys::{
    Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement,
};

/// The text of the field that an event is about.
pub(crate) fn value(event: &Event) -> String {
    let target = event.target();
    let input = target.as_ref().and_then(|target| target.dyn_ref::<HtmlInputElement>());
    let area = target.as_ref().and_then(|target| target.dyn_ref::<HtmlTextAreaElement>());
    let choice = target.as_ref().and_then(|target| target.dyn_ref::<HtmlSelectElement>());
    if let Some(choice) = choice {
        return choice.value();
    }
    input.map(HtmlInputElement::value).or_else(|| area.map(HtmlTextAreaElement::value)).unwrap_or_default()
}

/// Whether the box that an event is about is ticked.
pub(crate) fn is_checked(event: &Event) -> bool {
    let target = event.target();
    let input = target.as_ref().and_then(|target| target.dyn_ref::<HtmlInputElement>());
    input.is_some_and(HtmlInputElement::checked)
}

/// The element that the app is drawn into; it is emptied of what it said while it was loading.
pub(crate) fn room() -> Option<HtmlElement> {
    let room = super::document()?.get_element_by_id("inbox")?;
    room.set_text_content(None);
    room.dyn_into().ok()
}

/// Opens a dialog over the page.
pub(crate) fn show(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        // Fails for one that is open already.
        let _ = dialog.show_modal();
    }
}

/// Whether an event is about this very element, not about what it holds.
pub(crate) fn is_about(event: &Event, element: &Element) -> bool {
    event.target().is_some_and(|target| target.dyn_ref::<Element>() == Some(element))
}

/// Whether the person wants the browser's own way of following a link: a new tab, a download.
pub(crate) fn is_browsers_own(event: &web_sys::MouseEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || event.button() != 0
}
