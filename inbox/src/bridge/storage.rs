//! What this device keeps, shared by all of the app's tabs.

use web_sys::{Storage, StorageEvent};

fn storage() -> Option<Storage> {
    super::window()?.local_storage().ok()?
}

/// What is kept under this key.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps it; whether the device has taken it.
pub(crate) fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Takes it out.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        // Fails only where nothing can be kept either.
        let _ = storage.remove_item(key);
    }
}

/// All keys that begin so.
pub(crate) fn keys(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let count = storage.length().unwrap_or(0);
    let key = |place| storage.key(place).ok().flatten();
    (0..count).filter_map(key).filter(|key| key.starts_with(prefix)).collect()
}

/// Tells what another tab keeps (`Some`) or takes out (`None`).
pub(crate) fn on_change(mut tell: impl FnMut(String, Option<String>) + 'static) {
    let Some(window) = super::window() else { return };
    super::listen(&window, "storage", move |event: StorageEvent| {
        if let Some(key) = event.key() {
            tell(key, event.new_value());
        }
    });
}
