//! Pictures. An `img` element can't say in a header who asks, and a key does not belong into
//! an address, so they are fetched and shown from memory.

use super::dom::{self, HtmlElement};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Blob, Url, XmlHttpRequest, XmlHttpRequestResponseType};

/// Says that it was asked for, or has come.
const ASKED: &str = "data-asked";

/// Fetches the picture of an image that has none yet, for who has this key; once it is there,
/// the link around it leads to it. What does not come is fetched when this is called again.
pub(crate) fn fetch(link: &HtmlElement, image: &HtmlElement, address: &str, key: &str) {
    if !image.has_attribute(ASKED) && begin(link, image, address, key).is_some() {
        dom::set(image, ASKED, "");
    }
}

fn begin(link: &HtmlElement, image: &HtmlElement, address: &str, key: &str) -> Option<()> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("GET", address).ok()?;
    request.set_response_type(XmlHttpRequestResponseType::Blob);
    request.set_request_header("authorization", &["Bearer ", key].concat()).ok()?;
    let (answered, link, image) = (request.clone(), link.clone(), image.clone());
    let done = Closure::once_into_js(move || {
        if answered.status().ok() == Some(200)
            && let Ok(blob) = answered.response().unwrap_or_default().dyn_into::<Blob>()
            && let Ok(address) = Url::create_object_url_with_blob(&blob)
        {
            dom::set(&image, "src", &address);
            dom::set(&link, "href", &address);
        } else {
            let _ = image.remove_attribute(ASKED);
        }
    });
    request.set_onloadend(Some(done.unchecked_ref()));
    request.send().ok()
}
