//! What a shop's owner sees: the inbox, an installable app.
//!
//! Top down: the views (`view`) draw what the host (`host`) shows and tell it what
//! a person does; the host carries out what the talker (`shopbell_client`) asks
//! for; what is worked out on the way stands in plain structs (`model`) that are
//! tested natively; the browser is touched in `bridge` only.

// Natively only the model is run, by its tests; all else is for the browser.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "runs in a browser only"))]

mod bridge;
mod codec;
mod host;
mod model;
mod view;
mod words;

/// Draws the app into the page that the relay has served.
#[cfg_attr(target_family = "wasm", wasm_bindgen::prelude::wasm_bindgen(start))]
pub fn start() {
    let Some(room) = bridge::dom::room() else { return };
    let host = host::Host::new();
    leptos::mount::mount_to(room, move || view::app(host)).forget();
    bridge::device::follow_keyboard();
    host.start();
    bridge::device::keep_shell("/inbox/sw.js", "/inbox");
}
