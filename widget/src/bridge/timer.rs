//! One timer, set anew as often as wanted.

use super::page::window;
use wasm_bindgen::{JsCast as _, closure::Closure};

/// Calls always the same function.
pub(crate) struct Timer {
    call: Closure<dyn FnMut()>,
    set: Option<i32>,
}

/// The longest wait that browsers know.
const MOST_MS: u64 = i32::MAX as u64;

impl Timer {
    /// For this function.
    pub(crate) fn new(call: impl FnMut() + 'static) -> Self {
        Self { call: Closure::wrap(Box::new(call)), set: None }
    }

    /// Calls it once after so long, instead of any time set before.
    pub(crate) fn set(&mut self, after_ms: Option<u64>) {
        let window = window();
        if let Some(set) = self.set.take() {
            window.clear_timeout_with_handle(set);
        }
        if let Some(ms) = after_ms {
            let call = self.call.as_ref().unchecked_ref();
            let ms = ms.min(MOST_MS) as i32;
            self.set = window.set_timeout_with_callback_and_timeout_and_arguments_0(call, ms).ok();
        }
    }
}
