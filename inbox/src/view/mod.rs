//! What the owner sees.

mod bell;
mod conversation;
mod details;
mod door;
mod icons;
mod list;
mod list_line;
mod log;
mod message;
mod rename;
mod reply;
mod settings;
mod status;

use crate::bridge::keyboard;
use crate::host::{Host, Phase};
use crate::model::route::Route;
use crate::words::WORDS;
use leptos::prelude::*;

/// The whole app.
pub(crate) fn app(host: Host) -> impl IntoView {
    let room = move || match host.phase.get() {
        Phase::In => inside(host).into_any(),
        phase => door::door(host, phase).into_any(),
    };
    view! {
        {room}
        <div class="unseen" role="status">{move || host.said.get()}</div>
    }
}

/// Signed in: the list, and beside or over it what was chosen.
fn inside(host: Host) -> impl IntoView {
    let main = move || match host.route.get() {
        Route::List => nothing_chosen(host).into_any(),
        Route::Conversation(conversation) => conversation::conversation(host, conversation).into_any(),
        Route::Settings => settings::settings(host).into_any(),
    };
    let shown = move || if host.route.get() == Route::List { "list" } else { "main" };
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        keyboard::focus_on(reply::REPLY_ID);
    };
    view! {
        <div class="app" data-shows=shown>
            <a class="skip" href="#" on:click=skip hidden=move || host.route.get().conversation().is_none()>
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
    move || {
        if !host.wide.get() {
            None
        } else if list::is_empty_inbox(host) {
            Some(bell::welcome(host).into_any())
        } else {
            let words = view! {
                <div class="nothing">
                    {icons::bell()}
                    <h2>{WORDS.choose}</h2>
                    <p>{WORDS.choose_more}</p>
                </div>
            };
            Some(words.into_any())
        }
    }
}
