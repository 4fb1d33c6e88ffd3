//! The address bar and the browser's history.

use wasm_bindgen::JsValue;

/// What stands in the address after its path, with the `#`.
pub(crate) fn fragment() -> String {
    super::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// How many entries of this app lie before the current one.
pub(crate) fn depth() -> u32 {
    let state = super::window().and_then(|window| window.history().ok()?.state().ok());
    state.and_then(|state| state.as_f64()).unwrap_or(0.0) as u32
}

fn with_history(url: &str, depth: u32, change: impl Fn(&web_sys::History, &JsValue, &str)) {
    let Some(window) = super::window() else { return };
    let path = window.location().pathname().unwrap_or_default();
    if let Ok(history) = window.history() {
        change(&history, &JsValue::from_f64(f64::from(depth)), &format!("{path}{url}"));
    }
}

/// A new entry with this fragment.
pub(crate) fn push(fragment: &str) {
    with_history(fragment, depth() + 1, |history, depth, url| {
        let _ = history.push_state_with_url(depth, "", Some(url));
    });
}

/// The same entry, with this fragment.
pub(crate) fn replace(fragment: &str) {
    with_history(fragment, depth(), |history, depth, url| {
        let _ = history.replace_state_with_url(depth, "", Some(url));
    });
}

/// One entry back.
pub(crate) fn back() {
    if let Some(history) = super::window().and_then(|window| window.history().ok()) {
        let _ = history.back();
    }
}

/// Tells of every step through the history.
pub(crate) fn on_step(mut tell: impl FnMut() + 'static) {
    let Some(window) = super::window() else { return };
    super::listen(&window, "popstate", move |_: web_sys::Event| tell());
}

/// Loads the app anew.
pub(crate) fn reload() {
    if let Some(window) = super::window() {
        let _ = window.location().reload();
    }
}
