//! The line to the relay, in words, and what waits on this device for it.

use super::icons;
use crate::host::{Host, LineState};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;

/// One line at the top; nothing while all is well.
pub(crate) fn status(host: Host) -> impl IntoView {
    let line = move || {
        let words = match host.line.get() {
            LineState::Live => return None,
            LineState::Connecting => WORDS.connecting.into(),
            LineState::Offline => WORDS.offline.into(),
            LineState::Waiting => WORDS.no_line.into(),
            LineState::Stopped(reason) => fill(WORDS.stopped, &[("reason", &reason)]),
        };
        Some(words)
    };
    let waits = move || {
        let (unsent, stuck) = host.unsent.get();
        if stuck > 0 {
            Some(WORDS.stuck_somewhere.to_owned())
        } else if unsent > 0 && host.line.get() != LineState::Live {
            Some(WORDS.unsent.of(unsent))
        } else {
            None
        }
    };
    let kind = move || match host.line.get() {
        LineState::Live if host.unsent.get().1 > 0 => "trouble",
        LineState::Live => "live",
        LineState::Connecting => "connecting",
        _ => "trouble",
    };
    let can_try = move || matches!(host.line.get(), LineState::Waiting | LineState::Offline);
    let try_now = move |_| host.tell(OwnerEvent::Start);
    view! {
        <div class="status" role="status" data-kind=kind>
            {move || (kind() == "trouble").then(icons::alert)}
            <span>{line} " " {waits}</span>
            <Show when=can_try>
                <button type="button" class="plain" on:click=try_now>{WORDS.try_now}</button>
            </Show>
        </div>
    }
}
