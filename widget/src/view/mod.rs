//! The page that the relay rendered, made live: each effect is bound to an
//! element that stands there already, so nothing that was typed, focused or
//! selected is lost.

mod bubble;
mod composer;
mod head;
mod log;
mod mail;

use crate::bridge::{
    dom::{self, HtmlElement, TextBox},
    intl::Format,
    loader::{News, Said},
    page,
};
use crate::talk::{Talk, shop_page};
use crate::{keys, words::Words};
use reactive_graph::{effect::Effect, owner::Owner};
use shopbell_client::Part;
use shopbell_protocol::ShopId;

/// The relay's page, by its ids.
#[derive(Clone)]
struct Parts {
    presence: HtmlElement,
    status: HtmlElement,
    log: HtmlElement,
    greeting: HtmlElement,
    typing: HtmlElement,
    form: HtmlElement,
    text_box: TextBox,
    count: HtmlElement,
}

impl Parts {
    fn find() -> Option<Self> {
        Some(Self {
            presence: dom::find("presence")?,
            status: dom::find("status")?,
            log: dom::find("log")?,
            greeting: dom::find("greeting")?,
            typing: dom::find("typing")?,
            form: dom::find("form")?,
            text_box: dom::find_box("box")?,
            count: dom::find("count")?,
        })
    }
}

/// What every part of the view needs.
#[derive(Clone)]
struct Panel {
    talk: Talk,
    words: &'static Words,
    format: Format,
    shop_id: String,
    shop: String,
    owner: String,
    parts: Parts,
}

impl Panel {
    /// Runs now, and again whenever one of these parts has changed.
    fn follow(&self, parts: &'static [Part], draw: impl FnMut(&Panel) + 'static) {
        // Boxed: every other type of effect is another copy of Leptos's own code.
        self.follow_boxed(parts, Box::new(draw));
    }

    fn follow_boxed(&self, parts: &'static [Part], mut draw: Box<dyn FnMut(&Panel)>) {
        let panel = self.clone();
        Effect::new(move |_| {
            for &part in parts {
                panel.talk.shown.listen(part);
            }
            draw(&panel);
        });
    }
}

/// Takes the page over. Whatever is missing for that, the page goes on working
/// by itself, as it does without scripts.
pub(crate) fn take_over() {
    let Some(talk_page) = dom::find("talk") else { return };
    // It can be set only once, which is here.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let _ = owner.with(|| begin(&talk_page));
    // It lives as long as the page does.
    core::mem::forget(owner);
}

fn begin(talk_page: &HtmlElement) -> Option<()> {
    let said = |name: &str| talk_page.get_attribute(name);
    let shop_id = said("data-shop")?;
    let shop = ShopId::parse(&shop_id).ok()?;
    let page_key = dom::find("key").and_then(|key| keys::parse_key(&key.get_attribute("value")?));
    let parts = Parts::find()?;
    page::take_colour();
    let panel = Panel {
        talk: Talk::arrive(shop, page_key, said("data-known").is_some())?,
        words: Words::of(&page::page_language()),
        format: Format::new(),
        shop_id,
        shop: said("data-name")?,
        owner: said("data-owner")?,
        parts,
    };
    page::mark_live();
    page::fit_to_keyboard();
    head::mount(&panel);
    log::mount(&panel);
    composer::mount(&panel);
    mail::mount(&panel);
    panel.open();
    Some(())
}

impl Panel {
    /// In a frame the panel is open when the loader says so, else at once.
    fn open(&self) {
        let panel = self.clone();
        let in_frame = self.talk.listen_to_loader(move |said| match said {
            Said::Open { url, title } => {
                panel.talk.tell(&News::Owner(&panel.owner));
                panel.talk.opened(shop_page(url, &title));
                let _ = panel.parts.text_box.focus();
            }
            Said::Close => panel.talk.closed(),
            Said::Reset => panel.talk.forget_all(),
        });
        if !in_frame {
            self.talk.opened(None);
        }
        let talk = self.talk.clone();
        dom::on(&page::document(), "keydown", move |event| {
            if dom::is_key(&event, "Escape") {
                talk.tell(&News::Close);
            }
        });
    }
}
