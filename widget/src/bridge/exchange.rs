//! A plain HTTP exchange with the relay, where WebSockets don't get through.

use super::{Heard, dom::Event};
use js_sys::{Array, JSON};
use shopbell_protocol::CloseCode;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::XmlHttpRequest;

/// Under way. Dropping it ends it and tells nobody.
pub(crate) struct Exchange {
    request: XmlHttpRequest,
    _call: Closure<dyn FnMut(Event)>,
}

impl Exchange {
    /// Says these frames; the answers come one by one, and then the end.
    pub(crate) fn start(frames: &[String], mut tell: Box<dyn FnMut(Heard)>) -> Option<Self> {
        let request = XmlHttpRequest::new().ok()?;
        request.open("POST", "/exchange?speaker=visitor").ok()?;
        request.set_request_header("content-type", "application/json").ok()?;
        let answered = request.clone();
        let call = Closure::<dyn FnMut(Event)>::wrap(Box::new(move |_| {
            let text = answered.response_text().ok().flatten().unwrap_or_default();
            let said = JSON::parse(&text).ok().and_then(|said| said.dyn_into::<Array>().ok());
            for frame in said.iter().flat_map(|said| said.iter()) {
                if let Ok(text) = JSON::stringify(&frame) {
                    tell(Heard::Text(text.into()));
                }
            }
            let refused = answered.status().is_ok_and(|status| (400..500).contains(&status));
            tell(Heard::Closed(refused.then_some(CloseCode::Refused as u16)));
        }));
        request.set_onloadend(Some(call.as_ref().unchecked_ref()));
        let mut body = String::from("[");
        for (place, frame) in frames.iter().enumerate() {
            if place > 0 {
                body.push(',');
            }
            body.push_str(frame);
        }
        body.push(']');
        request.send_with_opt_str(Some(&body)).ok()?;
        Some(Self { request, _call: call })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        let _ = self.request.abort();
    }
}
