//! The device: its line, its screen, its attention, its clipboard.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, MediaQueryList};

/// Whether the device believes to have a network. It may be wrong in saying yes.
pub(crate) fn has_network() -> bool {
    super::window().is_none_or(|window| window.navigator().on_line())
}

/// Tells when the network comes or goes.
pub(crate) fn on_network(tell: impl Fn() + Clone + 'static) {
    on_window(&["online", "offline"], tell);
}

/// Whether the app is not hidden.
pub(crate) fn is_visible() -> bool {
    super::document().is_some_and(|document| !document.hidden())
}

/// Whether the app has the focus of the system.
pub(crate) fn is_focused() -> bool {
    super::document().is_some_and(|document| document.has_focus().unwrap_or(false))
}

/// Tells when the app may have been shown, hidden, focused or left.
pub(crate) fn on_attention(tell: impl Fn() + Clone + 'static) {
    on_window(&["focus", "blur", "pageshow"], tell.clone());
    if let Some(document) = super::document() {
        super::listen(&document, "visibilitychange", move |_: Event| tell());
    }
}

fn on_window(names: &[&str], tell: impl Fn() + Clone + 'static) {
    let Some(window) = super::window() else { return };
    for name in names {
        let tell = tell.clone();
        super::listen(&window, name, move |_: Event| tell());
    }
}

fn media(query: &str) -> Option<MediaQueryList> {
    super::window()?.match_media(query).ok()?
}

/// Whether the person types with fingers on a screen.
pub(crate) fn is_by_finger() -> bool {
    media("(pointer: coarse) and (hover: none)").is_some_and(|query| query.matches())
}

/// Whether list and conversation stand side by side, as in the style sheet.
const WIDE: &str = "(min-width: 52rem)";

/// Whether they do now.
pub(crate) fn is_wide() -> bool {
    media(WIDE).is_some_and(|query| query.matches())
}

/// Tells when that changes.
pub(crate) fn on_width(mut tell: impl FnMut() + 'static) {
    if let Some(query) = media(WIDE) {
        super::listen(&query, "change", move |_: Event| tell());
    }
}

/// Makes the app as high as what is seen of it: not every phone's browser makes
/// room for its keyboard by itself.
pub(crate) fn follow_keyboard() {
    let Some(window) = super::window() else { return };
    let Some(viewport) = window.visual_viewport() else { return };
    let fit = move |_: Event| {
        let viewport = window.visual_viewport();
        let root = super::document().and_then(|document| document.document_element());
        let root = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
        let (Some(viewport), Some(root)) = (viewport, root) else { return };
        // Who has zoomed in looks at a part, and the rest stays where it is.
        if viewport.scale() == 1.0 {
            let _ = root.style().set_property("--seen", &super::scroll::px(viewport.height()));
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    };
    super::listen(&viewport, "resize", fit);
}

/// Tells when the window gets another size.
pub(crate) fn on_resize(tell: impl Fn() + Clone + 'static) {
    on_window(&["resize"], tell);
}

/// The title of the tab or window.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = super::document() {
        document.set_title(title);
    }
}

/// Calls a method of the navigator that not every browser has.
fn call_navigator(method: &str, argument: Option<u32>) -> Option<Promise> {
    let navigator = super::window()?.navigator();
    let method: Function = Reflect::get(&navigator, &method.into()).ok()?.dyn_into().ok()?;
    let answer = match argument {
        Some(argument) => method.call1(&navigator, &argument.into()),
        None => method.call0(&navigator),
    };
    answer.ok()?.dyn_into().ok()
}

/// The number on the app's icon, where there is such a thing.
pub(crate) fn set_badge(count: u32) {
    let promise = match count {
        0 => call_navigator("clearAppBadge", None),
        _ => call_navigator("setAppBadge", Some(count)),
    };
    if let Some(promise) = promise {
        // Refused where the app is not installed; nothing is missing then.
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
}

/// Copies a text; whether the browser has let it.
pub(crate) async fn copy(text: String) -> bool {
    let Some(navigator) = super::window().map(|window| window.navigator()) else { return false };
    // There is none on pages that came without TLS.
    if !Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok()
}

/// Has the shell kept for when there is no network.
pub(crate) fn keep_shell(worker: &str, scope: &str) {
    let Some(navigator) = super::window().map(|window| window.navigator()) else { return };
    // There is none on pages that came without TLS.
    if !Reflect::get(&navigator, &"serviceWorker".into()).is_ok_and(|container| container.is_object()) {
        return;
    }
    let options = web_sys::RegistrationOptions::new();
    options.set_scope(scope);
    let registered = navigator.service_worker().register_with_options(worker, &options);
    wasm_bindgen_futures::spawn_local(async move {
        // Without it the app works as before, only not without a network.
        let _ = JsFuture::from(registered).await;
    });
}
