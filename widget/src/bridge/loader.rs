//! What is said between this frame and the loader on the shop's page.
//!
//! The shop's page hears that something happened, never what was said.

use super::{dom, page};
use js_sys::{Object, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Window};

const KIND: &str = "shopbell";

/// What the loader says.
pub(crate) enum Said {
    /// The panel is open, on the page with this address and title.
    Open {
        /// Without its query and fragment.
        url: String,
        /// Likewise the page's.
        title: String,
    },
    /// The panel is closed.
    Close,
    /// This device is to forget the conversation.
    Reset,
}

/// What the loader is told.
pub(crate) enum News<'a> {
    /// Somebody listens here now.
    Ready,
    /// The owner's name.
    Owner(&'a str),
    /// The panel is to be closed.
    Close,
    /// A message of the visitor's was kept.
    Sent,
    /// A message of the owner's came in.
    Message,
    /// So many messages are unread.
    Unread(usize),
    /// How the connection is.
    Status(&'a str),
}

/// The page around the frame.
#[derive(Clone)]
pub(crate) struct Loader {
    parent: Window,
    /// Whose page it is, as its first message says. Nobody can frame this page
    /// whom the shop does not allow (`frame-ancestors`).
    origin: Rc<RefCell<Option<String>>>,
}

impl Loader {
    /// The loader; `None` when the page is not in a frame.
    pub(crate) fn find() -> Option<Self> {
        let parent = page::window().parent().ok().flatten().filter(|_| page::is_framed())?;
        Some(Self { parent, origin: Rc::default() })
    }

    /// Calls a function with all that the loader says, and tells it that
    /// somebody listens now.
    pub(crate) fn listen(&self, call: impl Fn(Said) + 'static) {
        let (parent, origin) = (self.parent.clone(), self.origin.clone());
        dom::on(&page::window(), "message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            let known = origin.borrow().clone();
            let from_there =
                event.source().is_some_and(|source| JsValue::from(source) == JsValue::from(parent.clone()));
            if !from_there || known.is_some_and(|known| known != event.origin()) {
                return;
            }
            let data = event.data();
            let text = |name: &str| Reflect::get(&data, &name.into()).ok()?.as_string();
            let Some(kind) = text(KIND) else { return };
            origin.borrow_mut().get_or_insert_with(|| event.origin());
            match kind.as_str() {
                "open" => call(Said::Open {
                    url: text("url").unwrap_or_default(),
                    title: text("title").unwrap_or_default(),
                }),
                "close" => call(Said::Close),
                "reset" => call(Said::Reset),
                _ => {}
            }
        });
        self.post("*", &News::Ready);
    }

    /// Says something.
    pub(crate) fn say(&self, news: &News<'_>) {
        // Before the loader has spoken there is nobody to tell.
        if let Some(origin) = self.origin.borrow().as_deref() {
            self.post(origin, news);
        }
    }

    fn post(&self, origin: &str, news: &News<'_>) {
        let (kind, more): (&str, Option<(&str, JsValue)>) = match *news {
            News::Ready => ("ready", None),
            News::Owner(owner) => ("owner", Some(("owner", owner.into()))),
            News::Close => ("close", None),
            News::Sent => ("sent", None),
            News::Message => ("message", None),
            News::Unread(count) => ("unread", Some(("count", (count as u32).into()))),
            News::Status(status) => ("status", Some(("status", status.into()))),
        };
        let message = Object::new();
        let _ = Reflect::set(&message, &KIND.into(), &kind.into());
        if let Some((name, value)) = more {
            let _ = Reflect::set(&message, &name.into(), &value);
        }
        let _ = self.parent.post_message(&message, origin);
    }
}
