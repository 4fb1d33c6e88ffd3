//! Where answers go that the visitor misses: an address, if they want to leave one, or a
//! notification.

use super::Panel;
use crate::bridge::{dom, page};
use crate::keys;
use shopbell_client::{Part, VisitorEvent};
use shopbell_protocol::Seq;

pub(super) fn mount(panel: &Panel) {
    mount_push(panel);
    // Not there when the relay sends no mail.
    let Some((details, says, form, text_box)) = dom::find("mail").and_then(|details| {
        Some((details, dom::find("mail-says")?, dom::find("mail-form")?, dom::find_any_box("mail-box")?))
    }) else {
        return;
    };
    let on = panel.clone();
    dom::on(&form, "submit", {
        let (text_box, details) = (text_box.clone(), details.clone());
        move |event| {
            event.prevent_default();
            on.talk.handle(VisitorEvent::Address(text_box.value().trim().into()));
            let _ = details.remove_attribute("open");
        }
    });
    panel.follow(&[Part::Outside, Part::Timeline], move |panel| {
        let (mail, begun) =
            panel.talk.read(|talker| (talker.mail().clone(), talker.timeline().last() > Seq::NONE));
        details.set_hidden(!(mail.possible && begun));
        let text = match &mail.address {
            _ if mail.refused => panel.words.no_address.to_owned(),
            Some(address) => (panel.words.mailed)(address),
            None => panel.words.mail.to_owned(),
        };
        dom::say(&says, &text);
        dom::class(&says, "over", mail.refused);
    });
}

/// The way to be notified leads to this conversation's own page, for a frame may not ask.
fn mount_push(panel: &Panel) {
    // Not there when the relay sends no pushes.
    let Some((part, link)) = dom::find("push").and_then(|part| Some((part, dom::find("push-link")?))) else {
        return;
    };
    if !page::knows_pushes() {
        return;
    }
    panel.follow(&[Part::Timeline], move |panel| {
        let way = panel
            .talk
            .read(|talker| (talker.timeline().last() > Seq::NONE).then(|| keys::key(talker.credential())));
        if let Some(key) = &way {
            dom::set(&link, "href", &["/talk/", &panel.shop_id, "/link/", key].concat());
        }
        part.set_hidden(way.is_none());
    });
}
