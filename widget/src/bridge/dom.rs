//! Elements: found, made, filled and listened to.

use super::page::document;
use wasm_bindgen::{JsCast as _, closure::Closure};
pub(crate) use web_sys::{
    Element, Event, EventTarget, HtmlElement, HtmlTextAreaElement as TextBox, KeyboardEvent,
};

/// The element with this id.
pub(crate) fn find(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id).map(|element| element.unchecked_into())
}

/// A text box with this id.
pub(crate) fn find_box(id: &str) -> Option<TextBox> {
    find(id)?.dyn_into().ok()
}

/// A box of one line with this id. It has a value as the other kind does, and only that is asked for.
pub(crate) fn find_any_box(id: &str) -> Option<TextBox> {
    find(id).map(|element| element.unchecked_into())
}

/// A new element. `None` never comes for the names that are used here.
pub(crate) fn make(name: &str, class: &str) -> Option<HtmlElement> {
    let element: HtmlElement = document().create_element(name).ok()?.unchecked_into();
    if !class.is_empty() {
        element.set_class_name(class);
    }
    Some(element)
}

/// Puts a new element at the end of another.
pub(crate) fn add(parent: &Element, name: &str, class: &str) -> Option<HtmlElement> {
    let element = make(name, class)?;
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Puts text at the end of an element.
pub(crate) fn add_text(parent: &Element, text: &str) {
    let _ = parent.append_child(&document().create_text_node(text));
}

/// Shows this text and nothing else. What is shown already is left alone, so
/// that nobody is read the same again.
pub(crate) fn say(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Puts an element before another, or at the end.
pub(crate) fn put_before(parent: &Element, element: &Element, next: Option<&Element>) {
    let _ = parent.insert_before(element, next.map(AsRef::as_ref));
}

/// Sets an attribute.
pub(crate) fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Sets or takes a class.
pub(crate) fn class(element: &Element, name: &str, on: bool) {
    let _ = element.class_list().toggle_with_force(name, on);
}

/// Calls a function at each such event, for as long as the page lives.
pub(crate) fn on(target: &EventTarget, event: &str, call: impl FnMut(Event) + 'static) {
    on_boxed(target, event, Box::new(call));
}

/// Boxed, so that the way from the browser to here exists once.
fn on_boxed(target: &EventTarget, event: &str, call: Box<dyn FnMut(Event)>) {
    let call = Closure::wrap(call);
    let _ = target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
    call.forget();
}

/// What was clicked on, and what is around it up to `within`: the value of the
/// nearest such attribute.
pub(crate) fn nearest(event: &Event, attribute: &str) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let selector = ["[", attribute, "]"].concat();
    target.closest(&selector).ok()??.get_attribute(attribute)
}

/// Whether the Enter key was struck to send: not to make a new line, and not to
/// choose a word in an input method.
pub(crate) fn is_send_key(event: &Event) -> bool {
    let key: &KeyboardEvent = event.unchecked_ref();
    // 229 stands for an input method in browsers that end composing too early.
    key.key() == "Enter" && !key.shift_key() && !key.is_composing() && key.key_code() != 229
}

/// Whether this key was struck.
pub(crate) fn is_key(event: &Event, name: &str) -> bool {
    event.unchecked_ref::<KeyboardEvent>().key() == name
}

/// Lets a box grow with its text, where the browser does not by itself.
pub(crate) fn fit(text_box: &TextBox) {
    let style = text_box.style();
    if style.get_property_value("field-sizing").is_ok_and(|known| known.is_empty()) {
        let _ = style.set_property("height", "auto");
        let _ = style.set_property("height", &[&text_box.scroll_height().to_string(), "px"].concat());
    }
}
