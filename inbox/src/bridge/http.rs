//! Plain requests to the relay.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCredentials, RequestInit, Response};

/// What the relay answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Posts JSON to a path of the relay; none when there is no line to it.
pub(crate) async fn post_json(path: &str, body: &str) -> Option<Answer> {
    let headers = js_sys::Object::new();
    js_sys::Reflect::set(&headers, &"content-type".into(), &"application/json".into()).ok()?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from_str(body));
    request.set_credentials(RequestCredentials::SameOrigin);
    let sent = super::window()?.fetch_with_str_and_init(path, &request);
    let response: Response = JsFuture::from(sent).await.ok()?.dyn_into().ok()?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?;
    Some(Answer { status: response.status(), body: body.as_string().unwrap_or_default() })
}
