//! Keys, and where they are struck.

use crate::model::keys::{Focus, Key};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

/// The search field's id: arrow keys lead from it into the list.
pub(crate) const SEARCH_ID: &str = "search";
/// The log.
pub(crate) const LOG_ID: &str = "log";

/// Reads a key for as long as `then` runs.
pub(crate) fn read<T>(event: &KeyboardEvent, then: impl FnOnce(Key<'_>) -> T) -> T {
    let name = event.key();
    then(Key {
        name: &name,
        modified: event.ctrl_key() || event.meta_key() || event.alt_key(),
        shift: event.shift_key(),
        composing: event.is_composing(),
    })
}

fn focus() -> Focus {
    let Some(active) = super::document().and_then(|document| document.active_element()) else {
        return Focus::Elsewhere;
    };
    let within = |selector: &str| matches!(active.closest(selector), Ok(Some(_)));
    if within("dialog[open]") {
        Focus::Dialog
    } else if active.id() == SEARCH_ID {
        Focus::Search
    } else if within("input, textarea, select") {
        Focus::Text
    } else if within("[data-line]") || active.tag_name().eq_ignore_ascii_case("body") {
        Focus::Elsewhere
    } else {
        Focus::Control
    }
}

/// Tells of every key; one that is taken (`true`) does nothing else.
pub(crate) fn on_key(mut take: impl FnMut(Key<'_>, Focus) -> bool + 'static) {
    let Some(window) = super::window() else { return };
    super::listen(&window, "keydown", move |event: KeyboardEvent| {
        // What a part of the page has taken is not told again.
        if !event.default_prevented() && read(&event, |key| take(key, focus())) {
            event.prevent_default();
        }
    });
}

/// Puts the focus on the element with this id, without scrolling. Whether it is there.
pub(crate) fn focus_on(id: &str) -> bool {
    let element = super::document().and_then(|document| document.get_element_by_id(id));
    let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    element.focus_with_options(&options).is_ok()
}

/// The same, when what has changed is drawn.
pub(crate) fn focus_soon(id: String) {
    super::timer::next_frame(move || {
        focus_on(&id);
    });
}
