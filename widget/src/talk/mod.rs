//! The talk that is going on: carries out what the talker asks for, and says to
//! the view what has changed.

mod arrive;
mod line;
mod shown;
mod whose;

pub(crate) use arrive::shop_page;
pub(crate) use shown::Shown;

use crate::bridge::{
    Heard, clock,
    dom::HtmlElement,
    entropy,
    loader::{Loader, News, Said},
    page, picture,
    shelf::Shelf,
    timer::Timer,
};
use crate::keys;
use line::Line;
use shopbell_client::{Effect, Part, Status, Transport, VisitorEvent, VisitorTalker, wire};
use shopbell_protocol::{ErrorCode, ForVisitor, Page, PictureId, RelayFrame, ShopId, VisitorFrame, text};
use std::{cell::RefCell, rc::Rc};

/// Why what was typed is not a message yet.
pub(crate) enum NotTaken {
    /// It is empty or too long.
    Text(ErrorCode),
    /// Too many messages wait already.
    Full,
}

/// One visitor's talk with one shop. Cloning it gives another handle on the same.
#[derive(Clone)]
pub(crate) struct Talk {
    state: Rc<RefCell<State>>,
    /// What the view listens to.
    pub(crate) shown: Shown,
    loader: Option<Loader>,
}

struct State {
    shop: ShopId,
    talker: VisitorTalker,
    shelf: Shelf,
    /// The key is in the storage already.
    stored: bool,
    line: Line,
    wake: Option<Timer>,
    /// The panel is open: what comes in is before the visitor's eyes.
    open: bool,
    page: Option<Page>,
    unread: usize,
    status: String,
    day: i64,
}

impl Talk {
    /// Fetches a picture of this conversation, unless it was.
    pub(crate) fn fetch(&self, link: &HtmlElement, image: &HtmlElement, picture: PictureId) {
        let state = self.state.borrow();
        let address = ["/talk/", state.shop.as_str(), "/picture/", &picture.to_string()].concat();
        picture::fetch(link, image, &address, &keys::key(state.talker.credential()));
    }

    /// Reads what the panel shows.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&VisitorTalker) -> T) -> T {
        read(&self.state.borrow().talker)
    }

    /// Whether what is written here survives closing the tab.
    pub(crate) fn is_lasting(&self) -> bool {
        self.state.borrow().shelf.is_lasting()
    }

    /// What stood in the box on an earlier page.
    pub(crate) fn typed(&self) -> Option<String> {
        self.state.borrow().shelf.typed()
    }

    /// What stands in the box now, for a later page.
    pub(crate) fn keep_typed(&self, typed: &str) {
        self.state.borrow_mut().shelf.keep_typed(typed);
    }

    /// Whether the panel is open and can be seen.
    pub(crate) fn is_watched(&self) -> bool {
        self.state.borrow().open && page::is_visible()
    }

    /// Says to the page around the frame that something happened.
    pub(crate) fn tell(&self, news: &News<'_>) {
        if let Some(loader) = &self.loader {
            loader.say(news);
        }
    }

    /// Hears the loader; `false` when the page is in no frame.
    pub(crate) fn listen_to_loader(&self, call: impl Fn(Said) + 'static) -> bool {
        match &self.loader {
            Some(loader) => loader.listen(call),
            None => return false,
        }
        true
    }

    /// Sends what was typed.
    pub(crate) fn write(&self, typed: &str) -> Result<(), NotTaken> {
        let body = text::clean_body(typed).map_err(NotTaken::Text)?;
        self.join_other_tabs();
        let written = self.state.borrow_mut().talker.write(body, clock::now());
        let (_, effects) = written.map_err(|_| NotTaken::Full)?;
        self.carry_out(effects);
        Ok(())
    }

    /// Takes an event in and does all that follows from it.
    pub(crate) fn handle(&self, event: VisitorEvent) {
        let begins = matches!(event, VisitorEvent::Connected);
        let effects = self.state.borrow_mut().talker.handle(event, clock::now());
        self.carry_out(effects);
        if begins {
            // An exchange goes out with all that is to be said on it.
            self.state.borrow_mut().line.go(self.listener());
        }
    }

    fn carry_out(&self, effects: Vec<Effect<VisitorFrame>>) {
        let mut begins = false;
        for effect in effects {
            let mut state = self.state.borrow_mut();
            match effect {
                Effect::Connect(Transport::Socket) => state.line.open_socket(self.listener()),
                Effect::Connect(Transport::Exchange) => {
                    state.line = Line::Gathering(Vec::new());
                    begins = true;
                }
                Effect::Disconnect => state.line = Line::None,
                Effect::Transmit(frame) => {
                    if let Ok(text) = wire::write(&frame) {
                        state.line.send(text);
                    }
                }
                Effect::Keep(draft) => {
                    let state = &mut *state;
                    if !state.stored {
                        state.stored = true;
                        state.shelf.keep_key(state.talker.credential());
                    }
                    state.shelf.keep(&draft);
                }
                Effect::Forget(id) => state.shelf.forget(id),
                Effect::Changed(part) => {
                    drop(state);
                    self.shown.changed(part);
                }
                Effect::Arrived { .. } => {
                    drop(state);
                    self.tell(&News::Message);
                }
                Effect::Rang(_) => {}
            }
        }
        if begins {
            self.handle(VisitorEvent::Connected);
        }
        self.settle();
    }

    /// After whatever happened: the next time to wake, the count, the day.
    fn settle(&self) {
        let mut state = self.state.borrow_mut();
        let now = clock::now();
        let after = state.talker.wake_at(now).map(|at| at.saturating_sub(now));
        if let Some(wake) = &mut state.wake {
            wake.set(after);
        }
        let unread = state.talker.timeline().unread();
        let counted = std::mem::replace(&mut state.unread, unread) != unread;
        let day = clock::day_of(shopbell_protocol::UnixMillis(now));
        let midnight = std::mem::replace(&mut state.day, day) != day;
        let word = match state.talker.status() {
            Status::Idle => "idle",
            Status::Connecting => "connecting",
            Status::Live => "live",
            Status::Waiting(_) => "waiting",
            Status::Stopped(_) => "stopped",
        };
        let moved = state.status != word;
        if moved {
            word.clone_into(&mut state.status);
        }
        drop(state);
        if counted {
            self.tell(&News::Unread(unread));
        }
        if moved {
            self.tell(&News::Status(word));
        }
        if midnight {
            self.shown.changed(Part::Timeline);
        }
    }

    /// What a line tells goes to the talker.
    fn listener(&self) -> Box<dyn FnMut(Heard)> {
        let talk = self.clone();
        Box::new(move |heard| match heard {
            Heard::Open => talk.handle(VisitorEvent::Connected),
            Heard::Text(text) => {
                // What can't be read is of a newer relay and not for this page.
                let Ok(frame) = wire::read::<ForVisitor>(&text) else { return };
                let frame = RelayFrame::from(frame);
                let kept = matches!(frame, RelayFrame::Kept { .. });
                talk.handle(VisitorEvent::Frame(frame));
                if kept {
                    talk.tell(&News::Sent);
                }
            }
            Heard::Closed(code) => {
                talk.handle(VisitorEvent::Closed(code));
                talk.begin_anew_if_refused();
            }
        })
    }

    /// The panel was opened, on this page of the shop.
    pub(crate) fn opened(&self, page: Option<Page>) {
        {
            let mut state = self.state.borrow_mut();
            state.open = true;
            state.page.clone_from(&page);
        }
        if let Some(page) = page {
            self.handle(VisitorEvent::Visit(page));
        }
        self.handle(VisitorEvent::Start);
        self.shown.changed(Part::Timeline);
    }

    /// The panel was closed; the line stays, so that an answer can ring.
    pub(crate) fn closed(&self) {
        self.state.borrow_mut().open = false;
        self.handle(VisitorEvent::Typing(false));
    }

    /// Seeds; `None` where the browser has no randomness.
    fn seed() -> Option<u64> {
        entropy::bytes().map(u64::from_be_bytes)
    }
}
