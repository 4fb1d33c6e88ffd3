//! What this device keeps: the visitor's key and the messages that wait, one
//! entry each, so that several tabs don't overwrite each other's.

use super::{dom, page};
use crate::keys::{self, Entry, Names};
use shopbell_client::{Draft, wire};
use shopbell_protocol::{Credential, MessageId, ShopId};
use wasm_bindgen::JsCast as _;
use web_sys::{Storage, StorageEvent};

const COOKIE: &str = "shopbell-visitor";

/// One shop's entries in the browser's storage.
pub(crate) struct Shelf {
    names: Names,
    /// Where the relay sets its cookie.
    path: String,
    /// None where the browser gives none: then everything stays in memory.
    storage: Option<Storage>,
}

/// What another tab has done.
pub(crate) enum Change {
    /// The visitor's key is another one now, or was forgotten.
    Key(Option<Credential>),
    /// A message waits.
    Came(Draft),
    /// A message waits no more.
    Went(MessageId),
}

impl Shelf {
    /// For this shop. Touches nothing yet.
    pub(crate) fn new(shop: &ShopId) -> Self {
        Self {
            names: Names::new(shop),
            path: ["/talk/", shop.as_str()].concat(),
            storage: page::window().local_storage().ok().flatten(),
        }
    }

    /// Whether what is kept here survives closing the tab.
    pub(crate) fn is_lasting(&self) -> bool {
        self.storage.is_some()
    }

    /// The visitor's key, as this device has stored it.
    pub(crate) fn key(&self) -> Option<Credential> {
        keys::parse_key(&self.get(&self.names.name(Entry::Key))?)
    }

    /// The visitor's key, as the relay has set it.
    pub(crate) fn relays_key(&self) -> Option<Credential> {
        keys::parse_key(keys::cookie(&page::cookies(), COOKIE)?)
    }

    /// Stores the key, also where the page without scripts finds it.
    pub(crate) fn keep_key(&mut self, credential: &Credential) {
        let key = keys::key(credential);
        let name = self.names.name(Entry::Key);
        self.put(&name, &key);
        page::set_cookie(COOKIE, Some(&key), &self.path);
    }

    /// Stores a message. Nothing is done about one that can't be stored, but
    /// from then on nobody is promised that it is.
    pub(crate) fn keep(&mut self, draft: &Draft) {
        if let Ok(text) = wire::write(draft) {
            let name = self.names.name(Entry::Draft(draft.id));
            self.put(&name, &text);
        }
    }

    /// Takes a message out.
    pub(crate) fn forget(&self, id: MessageId) {
        self.remove(&self.names.name(Entry::Draft(id)));
    }

    /// Stores what stands in the box, for the next page; but nothing is stored before
    /// the first message.
    pub(crate) fn keep_typed(&mut self, typed: &str) {
        let name = self.names.name(Entry::Typed);
        if typed.is_empty() {
            self.remove(&name);
        } else if self.key().is_some() {
            self.put(&name, typed);
        }
    }

    /// What stood in the box on an earlier page.
    pub(crate) fn typed(&self) -> Option<String> {
        self.get(&self.names.name(Entry::Typed))
    }

    /// Takes everything of this shop's out.
    pub(crate) fn clear(&self) {
        for name in self.all() {
            self.remove(&name);
        }
        page::set_cookie(COOKIE, None, &self.path);
    }

    /// The messages that wait.
    pub(crate) fn drafts(&self) -> Vec<Draft> {
        let waiting = |name: &&String| matches!(self.names.entry(name), Some(Entry::Draft(_)));
        self.all().iter().filter(waiting).filter_map(|name| wire::read(&self.get(name)?).ok()).collect()
    }

    /// Calls a function whenever another tab has changed something of this shop's.
    pub(crate) fn on_change(&self, call: impl Fn(Change) + 'static) {
        let names = self.names.clone();
        dom::on(&page::window(), "storage", move |event| {
            let event: &StorageEvent = event.unchecked_ref();
            let Some(entry) = event.key().and_then(|name| names.entry(&name)) else { return };
            let value = event.new_value();
            match entry {
                // Every tab has a box of its own.
                Entry::Typed => {}
                Entry::Key => call(Change::Key(value.and_then(|key| keys::parse_key(&key)))),
                Entry::Draft(id) => match value.and_then(|text| wire::read(&text).ok()) {
                    Some(draft) => call(Change::Came(draft)),
                    None => call(Change::Went(id)),
                },
            }
        });
    }

    fn all(&self) -> Vec<String> {
        let Some(storage) = &self.storage else { return Vec::new() };
        let all = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok()?);
        all.filter(|name| self.names.entry(name).is_some()).collect()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.storage.as_ref()?.get_item(name).ok()?
    }

    fn put(&mut self, name: &str, text: &str) {
        if self.storage.as_ref().is_some_and(|storage| storage.set_item(name, text).is_err()) {
            self.storage = None;
        }
    }

    fn remove(&self, name: &str) {
        if let Some(storage) = &self.storage {
            let _ = storage.remove_item(name);
        }
    }
}
