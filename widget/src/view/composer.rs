//! The box: Enter sends, Shift and Enter make a new line, and the limit is told
//! before it is reached.

use super::Panel;
use crate::{
    bridge::{dom, page},
    talk::NotTaken,
};
use shopbell_client::VisitorEvent;
use shopbell_protocol::{ErrorCode, limits};

/// From so many characters left on, they are counted.
const COUNTED: usize = 200;

pub(super) fn mount(panel: &Panel) {
    let text_box = &panel.parts.text_box;
    // Nothing that is pasted is cut off in silence: the counter tells of it.
    let _ = text_box.remove_attribute("maxlength");
    let _ = text_box.remove_attribute("required");

    let on = panel.clone();
    dom::on(&panel.parts.form, "submit", move |event| {
        event.prevent_default();
        send(&on);
    });

    let on = panel.clone();
    dom::on(text_box, "keydown", move |event| {
        if dom::is_send_key(&event) && page::has_keyboard() {
            event.prevent_default();
            send(&on);
        }
    });

    let on = panel.clone();
    dom::on(text_box, "input", move |_| {
        let typed = on.parts.text_box.value();
        on.talk.handle(VisitorEvent::Typing(!typed.trim().is_empty()));
        on.talk.keep_typed(&typed);
        dom::fit(&on.parts.text_box);
        count(&on, &typed);
    });

    // A press on the button leaves the keyboard of a phone where it is.
    dom::on(&panel.parts.form, "mousedown", |event| {
        if dom::nearest(&event, "type").as_deref() == Some("submit") {
            event.prevent_default();
        }
    });
    // What was typed before this came to life counts more than an earlier page's.
    if text_box.value().is_empty()
        && let Some(typed) = panel.talk.typed()
    {
        text_box.set_value(&typed);
    }
    dom::fit(text_box);
    count(panel, &text_box.value());
}

fn send(panel: &Panel) {
    let text_box = &panel.parts.text_box;
    let typed = text_box.value();
    match panel.talk.write(&typed) {
        Ok(()) => {
            text_box.set_value("");
            panel.talk.keep_typed("");
            dom::fit(text_box);
            count(panel, "");
        }
        Err(NotTaken::Text(ErrorCode::TooLong)) => count(panel, &typed),
        Err(NotTaken::Text(_)) => {}
        Err(NotTaken::Full) => tell(panel, panel.words.outbox_full, true),
    }
    let _ = text_box.focus();
}

/// Tells how many characters are left, when few are.
fn count(panel: &Panel, typed: &str) {
    // A character has at least one byte: most texts need no counting.
    let used = if typed.len() > limits::BODY_CHARS - COUNTED { typed.trim().chars().count() } else { 0 };
    let over = used > limits::BODY_CHARS;
    let text = if over {
        (panel.words.over)(used - limits::BODY_CHARS)
    } else if used >= limits::BODY_CHARS - COUNTED {
        (panel.words.left)(limits::BODY_CHARS - used)
    } else {
        String::new()
    };
    tell(panel, &text, over);
}

fn tell(panel: &Panel, text: &str, wrong: bool) {
    dom::say(&panel.parts.count, text);
    dom::class(&panel.parts.count, "over", wrong);
    panel.parts.count.set_hidden(text.is_empty());
    dom::set(&panel.parts.text_box, "aria-invalid", if wrong { "true" } else { "false" });
}
