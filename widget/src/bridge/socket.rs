//! A WebSocket to the relay.

use super::{Heard, dom::Event, page};
use shopbell_protocol::SUBPROTOCOL;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// Open or about to be. Dropping it ends it and tells nobody.
pub(crate) struct Socket {
    socket: WebSocket,
    _call: Closure<dyn FnMut(Event)>,
}

impl Socket {
    /// Opens one; `None` where the browser refuses at once.
    pub(crate) fn open(mut tell: Box<dyn FnMut(Heard)>) -> Option<Self> {
        let origin = page::window().location().origin().ok()?;
        // `http` becomes `ws`, and `https` becomes `wss`.
        let address = ["ws", origin.strip_prefix("http")?, "/ws?speaker=visitor"].concat();
        let socket = WebSocket::new_with_str(&address, SUBPROTOCOL).ok()?;
        let call =
            Closure::<dyn FnMut(Event)>::wrap(Box::new(move |event: Event| match event.type_().as_str() {
                "open" => tell(Heard::Open),
                "message" => {
                    if let Some(text) = event.unchecked_ref::<MessageEvent>().data().as_string() {
                        tell(Heard::Text(text));
                    }
                }
                _ => tell(Heard::Closed(Some(event.unchecked_ref::<CloseEvent>().code()))),
            }));
        let function = Some(call.as_ref().unchecked_ref());
        socket.set_onopen(function);
        socket.set_onmessage(function);
        // After an error there always comes a close.
        socket.set_onclose(function);
        Some(Self { socket, _call: call })
    }

    /// Says this, or nothing when it is over: then the close is on its way.
    pub(crate) fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
