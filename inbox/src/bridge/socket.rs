//! A WebSocket to the relay.

use shopbell_protocol::SUBPROTOCOL;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// What a socket tells.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    Open,
    Text(String),
    /// With the WebSocket close code.
    Closed(u16),
}

/// An open socket, or one that opens; it is closed and silent when this is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocket,
    _heard: [Closure<dyn FnMut(Event)>; 3],
}

impl Socket {
    /// Opens one to this path of the relay; none when the browser will not.
    pub(crate) fn open(path: &str, tell: impl Fn(SocketEvent) + Clone + 'static) -> Option<Self> {
        let location = super::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{path}", location.host().ok()?);
        let socket = WebSocket::new_with_str(&url, SUBPROTOCOL).ok()?;
        let opened = tell.clone();
        let closed = tell.clone();
        let heard = [
            Closure::<dyn FnMut(Event)>::new(move |_| opened(SocketEvent::Open)),
            Closure::new(move |event: Event| {
                let message: MessageEvent = event.unchecked_into();
                if let Some(text) = message.data().as_string() {
                    tell(SocketEvent::Text(text));
                }
            }),
            Closure::new(move |event: Event| {
                closed(SocketEvent::Closed(event.unchecked_into::<CloseEvent>().code()));
            }),
        ];
        socket.set_onopen(Some(heard[0].as_ref().unchecked_ref()));
        socket.set_onmessage(Some(heard[1].as_ref().unchecked_ref()));
        socket.set_onclose(Some(heard[2].as_ref().unchecked_ref()));
        Some(Self { socket, _heard: heard })
    }

    /// Says this. What can't be said any more is lost with the connection, which
    /// tells of its end by itself.
    pub(crate) fn say(&self, text: &str) {
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
