//! What a visitor sees: the conversation in the frame. The relay's page works by
//! itself; this takes it over, keeping what was typed, and makes it live.
//!
//! The browser is reached through `bridge` and nowhere else. What can be told
//! without a browser stands in plain modules beside it and is tested natively.

pub mod keys;
pub mod lines;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(target_arch = "wasm32")]
mod talk;
#[cfg(target_arch = "wasm32")]
mod view;

/// Takes the page over.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    view::take_over();
}
