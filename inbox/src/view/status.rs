//! The line to the relay, in words, and what waits on this device for it.

use super::icons;
use super::parts::{click, part, text, word};
use crate::host::{Host, LineState};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;

/// One line at the top; nothing while all is well.
pub(crate) fn status(host: Host) -> impl IntoView {
    let line = move || match host.line.get() {
        LineState::Live => String::new(),
        LineState::Connecting => WORDS.connecting.into(),
        LineState::Offline => WORDS.offline.into(),
        LineState::Waiting => WORDS.no_line.into(),
        LineState::Stopped(reason) => fill(WORDS.stopped, &[("reason", &reason)]),
    };
    let waits = move || {
        let (unsent, stuck) = host.unsent.get();
        if stuck > 0 {
            WORDS.stuck_somewhere.to_owned()
        } else if unsent > 0 && host.line.get() != LineState::Live {
            WORDS.unsent.of(unsent)
        } else {
            String::new()
        }
    };
    let kind = move || match host.line.get() {
        LineState::Live if host.unsent.get().1 > 0 => "trouble",
        LineState::Live => "live",
        LineState::Connecting => "connecting",
        _ => "trouble",
    };
    let can_try = move || matches!(host.line.get(), LineState::Waiting | LineState::Offline);
    let try_now = move || {
        let try_now = click(move || host.tell(OwnerEvent::Start));
        view! { <button type="button" class="plain" on:click=try_now>{WORDS.try_now}</button> }.into_any()
    };
    view! {
        <div class="status" role="status" data-kind=word(kind)>
            {part(move || (kind() == "trouble").then(icons::alert))}
            <span>{text(line)} " " {text(waits)}</span>
            {part(move || can_try().then(try_now))}
        </div>
    }
}
