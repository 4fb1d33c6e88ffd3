//! Things that happen later, once or again and again.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Something that will happen; it does not when this is dropped before.
#[derive(Debug)]
pub(crate) struct Timer {
    handle: Option<i32>,
    _then: Closure<dyn FnMut()>,
}

/// The longest wait that a browser's timers can count, in milliseconds.
const MOST_MS: u64 = i32::MAX as u64;

impl Timer {
    /// Once, after so many milliseconds.
    pub(crate) fn after(ms: u64, then: impl FnOnce() + 'static) -> Self {
        let then = Closure::once(then);
        let handle = super::window().and_then(|window| {
            let ms = ms.min(MOST_MS) as i32;
            window
                .set_timeout_with_callback_and_timeout_and_arguments_0(then.as_ref().unchecked_ref(), ms)
                .ok()
        });
        Self { handle, _then: then }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(handle), Some(window)) = (self.handle, super::window()) {
            window.clear_timeout_with_handle(handle);
        }
    }
}

/// Again and again, as long as the app lives.
pub(crate) fn every(ms: i32, then: impl FnMut() + 'static) {
    let then = Closure::<dyn FnMut()>::new(then);
    let set = super::window().map(|window| {
        window.set_interval_with_callback_and_timeout_and_arguments_0(then.as_ref().unchecked_ref(), ms)
    });
    if matches!(set, Some(Ok(_))) {
        then.forget();
    }
}

/// Before the next picture is drawn, when what was changed stands in the page.
pub(crate) fn next_frame(then: impl FnOnce() + 'static) {
    let then = Closure::once_into_js(then);
    if let Some(window) = super::window() {
        // Fails for what is no function only.
        let _ = window.request_animation_frame(then.unchecked_ref());
    }
}
