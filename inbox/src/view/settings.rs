//! The bell's tag and the signed-in devices.

use super::parts::{click, part, text};
use super::{bell, channels, held, icons};
use crate::bridge::intl;
use crate::host::Host;
use crate::model::route::Route;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;
use shopbell_protocol::Session;

/// The page.
pub(crate) fn settings(host: Host) -> impl IntoView {
    view! {
        <header class="bar">
            <button type="button" class="round" aria-label=WORDS.back on:click=click(move || host.go(Route::List))>
                {icons::back()}
            </button>
            <h1 tabindex="-1">{WORDS.settings}</h1>
        </header>
        <div class="page" tabindex="0" role="group" aria-label=WORDS.settings>
            {held::held(host)}
            {channels::channels(host)}
            <section class="card">
                <h2>{WORDS.your_bell}</h2>
                <p>{WORDS.bell_more}</p>
                {bell::tag(host)}
                {bell::sites(host)}
            </section>
            <section class="card">
                <h2>{WORDS.devices}</h2>
                <p>{WORDS.devices_more}</p>
                {devices(host)}
            </section>
        </div>
    }
}

fn devices(host: Host) -> impl IntoView {
    let sessions = move || host.sessions.get();
    view! {
        {part(move || Some(match sessions() {
            None => view! { <p class="hint">{WORDS.loading}</p> }.into_any(),
            Some(sessions) => view! {
                <ul class="devices">{sessions.into_iter().map(|session| device(host, session)).collect_view()}</ul>
            }.into_any(),
        }))}
    }
}

fn device(host: Host, session: Session) -> impl IntoView {
    let times = text(move || {
        let now = host.now.get();
        let signed_in = fill(WORDS.signed_in, &[("when", &intl::when(session.began_at, now, true))]);
        let seen = fill(WORDS.last_seen, &[("when", &intl::when(session.seen_at, now, true))]);
        if session.this_one { signed_in } else { [signed_in, seen].join(", ") }
    });
    let named = move |device: &str| {
        let when = intl::when(session.began_at, host.now.get_untracked(), true);
        fill(WORDS.end_named, &[("device", device), ("when", &when)])
    };
    let unsent = move || {
        let count = host.unsent.get().0;
        (session.this_one && count > 0)
            .then(|| view! { <p class="hint">{WORDS.sign_out_unsent.of(count)}</p> }.into_any())
    };
    // Not on one touch: the way back in leads over whoever runs the relay.
    let sure = RwSignal::new(false);
    let ask = click(move || sure.set(true));
    let button = if session.this_one {
        view! { <button type="button" on:click=ask>{WORDS.sign_out}</button> }.into_any()
    } else {
        let label = named(&session.device);
        view! { <button type="button" aria-label=label on:click=ask>{WORDS.end}</button> }.into_any()
    };
    let question = move || {
        sure.get().then(|| {
            view! {
                <div class="question" role="alert">
                    <p>{WORDS.needs_new_link}</p>
                    <button
                        type="button"
                        class="strong"
                        on:click=click(move || host.tell(OwnerEvent::EndSession(session.session)))
                    >
                        {WORDS.end_now}
                    </button>
                    <button type="button" on:click=click(move || sure.set(false))>{WORDS.cancel}</button>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <li class="device">
            <div class="grow">
                <strong dir="auto">{session.device}</strong>
                {session.this_one.then(|| view! { " " <span class="chip">{WORDS.this_device}</span> })}
                <p class="hint">{times}</p>
                {part(unsent)}
                {part(question)}
            </div>
            {button}
        </li>
    }
}
