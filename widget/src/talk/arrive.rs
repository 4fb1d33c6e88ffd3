//! The beginning: who the visitor is, and what waits from an earlier visit.

use super::{Line, Shown, State, Talk};
use crate::{
    bridge::{clock, dom, entropy, intl, loader::Loader, page, shelf::Shelf, timer::Timer},
    keys,
};
use shopbell_client::{Part, Status, VisitorEvent, VisitorTalker};
use shopbell_protocol::{ConversationId, Credential, Page, Secret, ShopId, VisitorHello, limits, text};
use std::{cell::RefCell, rc::Rc};

impl Talk {
    /// Finds out who the visitor is and listens to everything that can happen.
    /// Nothing is stored and nobody is called yet. `page_key` is the key in the
    /// relay's page; it is `known` when there is a conversation already.
    pub(crate) fn arrive(shop: ShopId, page_key: Option<Credential>, known: bool) -> Option<Self> {
        let shelf = Shelf::new(&shop);
        let stored = shelf.key();
        let drafts = shelf.drafts();
        let waiting =
            stored.as_ref().is_some_and(|key| drafts.iter().any(|d| d.conversation == key.conversation));
        let relays = shelf.relays_key().or(page_key.clone().filter(|_| known));
        let chosen = keys::choose(stored.clone(), relays, waiting);
        let is_stored = chosen.is_some() && chosen == stored;
        // The page's own form speaks by the same fresh key, so both go into one conversation.
        let credential = chosen.or(page_key).or_else(fresh)?;
        let conversation = credential.conversation;
        let state = State {
            talker: talker(&shop, credential, None)?,
            shop,
            shelf,
            stored: is_stored,
            line: Line::None,
            wake: None,
            open: false,
            page: None,
            unread: 0,
            status: String::new(),
            day: 0,
        };
        let talk = Self { state: Rc::new(RefCell::new(state)), shown: Shown::new(), loader: Loader::find() };
        for draft in drafts.into_iter().filter(|draft| draft.conversation == conversation) {
            talk.handle(VisitorEvent::Adopt(draft));
        }
        talk.listen();
        Some(talk)
    }

    fn listen(&self) {
        let talk = self.clone();
        self.state.borrow_mut().wake = Some(Timer::new(move || talk.handle(VisitorEvent::Wake)));
        let talk = self.clone();
        self.state.borrow().shelf.on_change(move |change| talk.changed_elsewhere(change));
        let talk = self.clone();
        dom::on(&page::window(), "online", move |_| talk.back());
        let talk = self.clone();
        dom::on(&page::window(), "offline", move |_| {
            // Whatever line there is leads nowhere now, and would only be found
            // dead when the relay had not answered for a while.
            if talk.is_started() {
                talk.state.borrow_mut().line = Line::None;
                talk.handle(VisitorEvent::Closed(None));
            }
        });
        let talk = self.clone();
        dom::on(&page::document(), "visibilitychange", move |_| {
            if page::is_visible() {
                talk.back();
            }
        });
    }

    /// The network or the visitor is back: no more waiting, and what came is seen.
    fn back(&self) {
        if self.is_started() {
            self.handle(VisitorEvent::Start);
            self.shown.changed(Part::Timeline);
        }
    }

    fn is_started(&self) -> bool {
        self.read(|talker| talker.status() != Status::Idle)
    }
}

/// A talker for this visitor.
pub(super) fn talker(shop: &ShopId, credential: Credential, page: Option<Page>) -> Option<VisitorTalker> {
    let fits = |tag: &String| tag.len() <= limits::TAG_BYTES;
    let hello = VisitorHello {
        shop: shop.clone(),
        credential,
        after: shopbell_protocol::Seq::NONE,
        epoch: 0,
        locale: page::language().filter(fits),
        time_zone: intl::time_zone().filter(fits),
        page,
    };
    Some(VisitorTalker::new(hello, Talk::seed()?))
}

/// A credential that nobody has.
pub(super) fn fresh() -> Option<Credential> {
    Some(Credential {
        conversation: ConversationId::new(clock::now(), entropy::bytes()?),
        secret: Secret::new(&entropy::bytes()?),
    })
}

/// A page of the shop, as the loader names it; `None` when it can't be told to
/// the owner.
pub(crate) fn shop_page(url: String, title: &str) -> Option<Page> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let fits = web && url.chars().count() <= limits::PAGE_URL_CHARS;
    fits.then(|| Page { url, title: text::clean_line(title, limits::PAGE_TITLE_CHARS) })
}
