//! One message as it is drawn.

use super::Panel;
use crate::{
    bridge::dom::{self, HtmlElement},
    lines::Bubble,
};
use shopbell_client::MessageState;
use shopbell_client::reading::{Piece, pieces};
use shopbell_protocol::{Picture, UnixMillis};

/// A message that stands in the log, and how it looks at the moment.
pub(super) struct Drawn {
    pub(super) row: HtmlElement,
    pub(super) mine: bool,
    body: HtmlElement,
    time: HtmlElement,
    state: Option<HtmlElement>,
    /// Each with the link around it.
    pictures: Vec<(HtmlElement, HtmlElement)>,
    buttons: Option<HtmlElement>,
    at: UnixMillis,
}

impl Drawn {
    /// Draws a message for the first time.
    pub(super) fn new(panel: &Panel, bubble: &Bubble<'_>) -> Option<Self> {
        let row = dom::make("div", "row")?;
        dom::class(&row, "mine", bubble.mine);
        // For those who don't see on which side it stands.
        let who = dom::add(&row, "span", "who")?;
        if bubble.system {
            dom::class(&row, "system", true);
            dom::say(&who, &(panel.words.system)(&panel.shop));
        } else {
            let name = if bubble.mine { panel.words.you } else { panel.owner.as_str() };
            dom::say(&who, &[name, ": "].concat());
        }
        let body = dom::add(&row, "p", "body")?;
        dom::set(&body, "dir", "auto");
        if bubble.is_emoji() {
            dom::class(&body, "emoji", true);
        }
        body.set_hidden(bubble.body.is_empty());
        let pictures = add_pictures(&row, panel, bubble);
        let meta = dom::add(&row, "p", "meta")?;
        let time = dom::add(&meta, "time", "")?;
        let state = if bubble.mine { Some(dom::add(&meta, "span", "state")?) } else { None };
        let (mine, at) = (bubble.mine, UnixMillis(u64::MAX));
        let mut drawn = Self { row, mine, body, time, state, pictures, buttons: None, at };
        drawn.update(panel, bubble);
        Some(drawn)
    }

    /// Draws what has changed.
    pub(super) fn update(&mut self, panel: &Panel, bubble: &Bubble<'_>) {
        dom::class(&self.row, "on", bubble.on);
        dom::class(&self.row, "more", bubble.more);
        if self.at != bubble.at {
            self.at = bubble.at;
            dom::say(&self.time, &panel.format.time(bubble.at));
            // What the relay has kept counts, should it not be what was written here.
            if self.body.text_content().as_deref() != Some(bubble.body) {
                let _ = self.fill(bubble.body);
            }
        }
        for ((link, image), picture) in self.pictures.iter().zip(bubble.pictures) {
            panel.talk.fetch(link, image, picture.id);
        }
        let (Some(shown), Some(state)) = (&self.state, &bubble.state) else { return };
        let words = panel.words;
        let stuck;
        let (name, text) = match state {
            MessageState::OnDevice => ("device", words.on_device),
            MessageState::Kept => ("kept", words.kept),
            MessageState::HandedOver => ("handed", words.handed_over),
            MessageState::Opened => ("opened", words.opened),
            MessageState::Stuck(problem) => {
                stuck = (words.stuck)(&problem.sentence);
                ("stuck", stuck.as_str())
            }
        };
        dom::set(shown, "data-state", name);
        dom::say(shown, text);
        let is_stuck = name == "stuck";
        dom::class(&self.row, "stuck", is_stuck);
        if is_stuck && self.buttons.is_none() {
            self.buttons = self.add_buttons(panel, &bubble.id.to_string());
        } else if !is_stuck && let Some(buttons) = self.buttons.take() {
            buttons.remove();
        }
    }

    fn fill(&self, text: &str) -> Option<()> {
        self.body.set_text_content(None);
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => dom::add_text(&self.body, text),
                Piece::Link { text, href } => {
                    let link = dom::add(&self.body, "a", "")?;
                    dom::set(&link, "href", &href);
                    dom::set(&link, "target", "_blank");
                    dom::set(&link, "rel", "noopener nofollow ugc");
                    dom::say(&link, text);
                }
            }
        }
        Some(())
    }

    fn add_buttons(&self, panel: &Panel, id: &str) -> Option<HtmlElement> {
        let buttons = dom::add(&self.row, "p", "meta")?;
        for (what, text) in [("data-retry", panel.words.try_again), ("data-remove", panel.words.remove)] {
            let button = dom::add(&buttons, "button", "")?;
            dom::set(&button, "type", "button");
            dom::set(&button, what, id);
            dom::say(&button, text);
        }
        Some(buttons)
    }
}

/// Their places stand there before they have come, so that nothing jumps.
fn add_pictures(row: &HtmlElement, panel: &Panel, bubble: &Bubble<'_>) -> Vec<(HtmlElement, HtmlElement)> {
    let add = |picture: &Picture| {
        let link = dom::add(row, "a", "picture")?;
        dom::set(&link, "target", "_blank");
        let image = dom::add(&link, "img", "")?;
        let (width, height) = picture.shown();
        dom::set(&image, "width", &width.to_string());
        dom::set(&image, "height", &height.to_string());
        dom::set(&image, "alt", &(panel.words.picture)(bubble.mine, &panel.owner));
        Some((link, image))
    };
    bubble.pictures.iter().filter_map(add).collect()
}
