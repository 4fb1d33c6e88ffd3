//! Notifications by push (W3C Push API): what is missing, asking for them, and taking
//! away those that are shown.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What a browser gives when it subscribes.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) endpoint: String,
    pub(crate) p256dh: String,
    pub(crate) auth: String,
}

/// What is missing on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The page came without TLS.
    Secure,
    /// The browser knows no pushes.
    Support,
    /// On an iPhone or iPad only apps on the home screen get them.
    HomeScreen,
    /// The person, or their browser, has said no.
    Permission,
    /// The browser's push service could not be reached.
    Service,
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn call(object: &JsValue, method: &str, arguments: &Array) -> Option<Promise> {
    let method: Function = get(object, method)?.dyn_into().ok()?;
    method.apply(object, arguments).ok()?.dyn_into().ok()
}

/// What can be told without asking anybody.
pub(crate) fn missing() -> Option<Missing> {
    let window: JsValue = super::window()?.into();
    let navigator = get(&window, "navigator")?;
    if get(&window, "isSecureContext").is_none_or(|secure| !secure.is_truthy()) {
        return Some(Missing::Secure);
    }
    let supported = get(&window, "PushManager").is_some()
        && get(&window, "Notification").is_some()
        && get(&navigator, "serviceWorker").is_some();
    if !supported {
        // There, pushes come only to what was put on the home screen.
        let is_touch_apple = get(&navigator, "standalone").is_some();
        return Some(if is_touch_apple { Missing::HomeScreen } else { Missing::Support });
    }
    let permission = get(&get(&window, "Notification")?, "permission").and_then(|value| value.as_string());
    (permission.as_deref() == Some("denied")).then_some(Missing::Permission)
}

async fn registration() -> Option<JsValue> {
    let navigator: JsValue = super::window()?.navigator().into();
    let ready: Promise = get(&get(&navigator, "serviceWorker")?, "ready")?.dyn_into().ok()?;
    JsFuture::from(ready).await.ok()
}

/// Asks for leave and subscribes, with the relay's public key. To be called at a press of
/// a button, for browsers ask only then.
///
/// # Errors
/// [`Missing`], with what is missing.
pub(crate) async fn subscribe(key: &str) -> Result<Subscription, Missing> {
    if let Some(missing) = missing().filter(|missing| *missing != Missing::Permission) {
        return Err(missing);
    }
    let window: JsValue = super::window().ok_or(Missing::Support)?.into();
    let notification = get(&window, "Notification").ok_or(Missing::Support)?;
    let asked = call(&notification, "requestPermission", &Array::new()).ok_or(Missing::Support)?;
    let answer = JsFuture::from(asked).await.ok().and_then(|answer| answer.as_string());
    if answer.as_deref() != Some("granted") {
        return Err(Missing::Permission);
    }
    let registration = registration().await.ok_or(Missing::Support)?;
    let manager = get(&registration, "pushManager").ok_or(Missing::Support)?;
    // One that was made for another relay's key would have to go first.
    if let Some(old) = call(&manager, "getSubscription", &Array::new())
        && let Ok(old) = JsFuture::from(old).await
        && let Some(gone) = call(&old, "unsubscribe", &Array::new())
    {
        let _ = JsFuture::from(gone).await;
    }
    let options = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&options, &name.into(), value).is_ok();
    let key = bytes(key).ok_or(Missing::Service)?;
    if !set("userVisibleOnly", &JsValue::TRUE) || !set("applicationServerKey", &key) {
        return Err(Missing::Support);
    }
    let subscribed = call(&manager, "subscribe", &Array::of1(&options)).ok_or(Missing::Support)?;
    let subscribed = JsFuture::from(subscribed).await.map_err(|_| Missing::Service)?;
    read(&subscribed).ok_or(Missing::Service)
}

fn read(subscription: &JsValue) -> Option<Subscription> {
    let to_json: Function = get(subscription, "toJSON")?.dyn_into().ok()?;
    let json = to_json.call0(subscription).ok()?;
    let keys = get(&json, "keys")?;
    let text = |object: &JsValue, name: &str| get(object, name)?.as_string();
    Some(Subscription {
        endpoint: text(&json, "endpoint")?,
        p256dh: text(&keys, "p256dh")?,
        auth: text(&keys, "auth")?,
    })
}

/// The bytes that base64url stands for.
fn bytes(text: &str) -> Option<JsValue> {
    let plain = text.replace('-', "+").replace('_', "/");
    let decoded = super::window()?.atob(&plain).ok()?;
    let bytes: Vec<u8> = decoded.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(0)).collect();
    Some(Uint8Array::from(bytes.as_slice()).into())
}

/// Takes away the notices with this tag.
pub(crate) fn close_notices(tag: &str) {
    let tag = tag.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        let Some(registration) = registration().await else { return };
        let filter = Object::new();
        let _ = Reflect::set(&filter, &"tag".into(), &tag.as_str().into());
        let Some(shown) = call(&registration, "getNotifications", &Array::of1(&filter)) else { return };
        let Ok(shown) = JsFuture::from(shown).await else { return };
        for notice in Array::from(&shown).iter() {
            if let Some(close) = get(&notice, "close").and_then(|close| close.dyn_into::<Function>().ok()) {
                let _ = close.call0(&notice);
            }
        }
    });
}

/// What the service worker asks the app to open.
pub(crate) struct Order {
    /// A conversation's id.
    pub(crate) open: String,
    /// Words that could not be sent from a notification.
    pub(crate) draft: Option<String>,
    reply: Option<String>,
}

impl Order {
    /// The app has the words: the notification can go.
    pub(crate) fn drafted(&self) {
        if let Some(reply) = &self.reply {
            say("drafted", &reply.as_str().into());
        }
    }
}

/// Says something to the service worker, if one looks after this page.
fn say(name: &str, value: &JsValue) {
    let Some(window) = super::window() else { return };
    let navigator: JsValue = window.navigator().into();
    let worker = get(&navigator, "serviceWorker").and_then(|container| get(&container, "controller"));
    let Some(post) = worker.as_ref().and_then(|worker| get(worker, "postMessage")) else { return };
    let message = Object::new();
    let _ = Reflect::set(&message, &name.into(), value);
    if let (Ok(post), Some(worker)) = (post.dyn_into::<Function>(), worker) {
        let _ = post.call1(&worker, &message);
    }
}

/// Tells what the service worker asks the app to open, and lets it know that it may.
pub(crate) fn on_open(tell: impl Fn(&Order) + 'static) {
    let Some(window) = super::window() else { return };
    let navigator: JsValue = window.navigator().into();
    let Some(container) = get(&navigator, "serviceWorker") else { return };
    super::listen(container.unchecked_ref(), "message", move |event: web_sys::MessageEvent| {
        let text = |name: &str| get(&event.data(), name)?.as_string();
        if let Some(open) = text("open") {
            tell(&Order { open, draft: text("draft"), reply: text("reply") });
        }
    });
    say("ready", &JsValue::TRUE);
}
