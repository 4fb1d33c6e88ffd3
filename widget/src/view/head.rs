//! The head: who is there, whether there is a connection, who is writing, and
//! the count in the page's title.

use super::Panel;
use crate::bridge::{clock, dom, page};
use shopbell_client::{Part, Status};

/// A wait shorter than this is not worth a word.
const SHORT_MS: u64 = 1_500;

pub(super) fn mount(panel: &Panel) {
    panel.follow(&[Part::Presence, Part::Status], |panel| {
        let (here, unreachable) =
            panel.talk.read(|talker| (talker.is_owner_here(), talker.is_owner_unreachable()));
        let text = match here {
            Some(true) => panel.words.here.to_owned(),
            Some(false) if unreachable => (panel.words.unreachable)(&panel.owner),
            Some(false) => (panel.words.away)(&panel.owner),
            None => panel.shop.clone(),
        };
        dom::say(&panel.parts.presence, &text);
        dom::class(&panel.parts.presence, "here", here == Some(true));
    });
    panel.follow(&[Part::Status], |panel| {
        if let Some(text) = status(panel) {
            dom::say(&panel.parts.status, &text);
        }
    });
    panel.follow(&[Part::Typing], |panel| {
        let typing = panel.talk.read(|talker| talker.is_owner_typing());
        let text = if typing { (panel.words.writing)(&panel.owner) } else { String::new() };
        dom::say(&panel.parts.typing, &text);
        panel.parts.typing.set_hidden(!typing);
    });
    if !page::is_framed() {
        let plain = page::title();
        panel.follow(&[Part::Timeline], move |panel| {
            let unread = panel.talk.read(|talker| talker.timeline().unread());
            let title = match unread {
                0 => plain.clone(),
                unread => ["(", &unread.to_string(), ") ", &plain].concat(),
            };
            if page::title() != title {
                page::set_title(&title);
            }
        });
    }
}

/// What is to be said of the connection; `None` leaves what stands there.
fn status(panel: &Panel) -> Option<String> {
    let lasting = panel.talk.is_lasting();
    let offline = !page::is_online();
    panel.talk.read(|talker| match talker.status() {
        Status::Stopped(problem) => Some(problem.sentence.clone()),
        Status::Idle | Status::Live => Some(String::new()),
        _ if offline => Some((panel.words.offline)(lasting)),
        Status::Waiting(until) if until.saturating_sub(clock::now()) > SHORT_MS => {
            Some((panel.words.no_relay)(lasting))
        }
        Status::Waiting(_) | Status::Connecting => None,
    })
}
