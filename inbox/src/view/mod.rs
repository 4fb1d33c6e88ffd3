//! What the owner sees.

mod bell;
mod channels;
mod conversation;
mod copied;
mod details;
mod door;
mod held;
mod icons;
mod list;
mod list_line;
mod log;
mod message;
mod parts;
mod pictures;
mod rename;
mod reply;
mod settings;
mod status;

use crate::bridge::keyboard;
use crate::host::{Host, Phase};
use crate::model::route::Route;
use crate::words::WORDS;
use leptos::prelude::*;
use parts::{on, part, text, word};

/// The whole app.
pub(crate) fn app(host: Host) -> impl IntoView {
    let room = part(move || match host.phase.get() {
        Phase::In => Some(inside(host).into_any()),
        phase => Some(door::door(host, phase).into_any()),
    });
    view! {
        {room}
        <div class="unseen" role="status">{text(move || host.said.get())}</div>
    }
}

/// Signed in: the list, and beside or over it what was chosen.
fn inside(host: Host) -> impl IntoView {
    let main = part(move || match host.route.get() {
        Route::List => Some(nothing_chosen(host).into_any()),
        Route::Conversation(conversation) => Some(conversation::conversation(host, conversation).into_any()),
        Route::Settings => Some(settings::settings(host).into_any()),
    });
    let shown = word(move || if host.route.get() == Route::List { "list" } else { "main" });
    let skip = on(|event: leptos::ev::MouseEvent| {
        event.prevent_default();
        keyboard::focus_on(reply::REPLY_ID);
    });
    let no_skip = move || !host.wide.get() || host.route.get().conversation().is_none();
    view! {
        <div class="app" data-shows=shown>
            <a class="skip" href="#main" on:click=skip hidden=no_skip>
                {WORDS.skip_to_reply}
            </a>
            {status::status(host)}
            {list::list_pane(host)}
            <main class="pane main" id="main">{main}</main>
        </div>
    }
}

/// Beside the list, while no conversation is open.
fn nothing_chosen(host: Host) -> impl IntoView {
    // On a phone the same stands in the list itself, which fills the screen.
    part(move || {
        if !host.wide.get() {
            None
        } else if list::is_empty_inbox(host) && host.is_new.get() {
            Some(bell::welcome(host).into_any())
        } else {
            let (title, more) = if list::is_empty_inbox(host) {
                (WORDS.all_done, WORDS.all_done_more)
            } else {
                (WORDS.choose, WORDS.choose_more)
            };
            let words = view! {
                <div class="nothing">
                    {icons::bell()}
                    <h2>{title}</h2>
                    <p>{more}</p>
                </div>
            };
            Some(words.into_any())
        }
    })
}
