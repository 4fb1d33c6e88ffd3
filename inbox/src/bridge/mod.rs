//! The browser: the only place in the inbox that touches its interfaces.

pub(crate) mod address;
pub(crate) mod chance;
pub(crate) mod clock;
pub(crate) mod device;
pub(crate) mod dom;
pub(crate) mod http;
pub(crate) mod intl;
pub(crate) mod keyboard;
pub(crate) mod push;
pub(crate) mod scroll;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod timer;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The window. A page always has one; a worker, where this never runs, has none.
fn window() -> Option<web_sys::Window> {
    web_sys::window()
}

fn document() -> Option<web_sys::Document> {
    window()?.document()
}

/// Listens as long as the app lives.
fn listen<E>(target: &web_sys::EventTarget, name: &str, mut hear: impl FnMut(E) + 'static)
where
    E: JsCast + 'static,
{
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        hear(event.unchecked_into());
    });
    // Fails for a listener that is no function only, which a closure is.
    if target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()).is_ok() {
        closure.forget();
    }
}
