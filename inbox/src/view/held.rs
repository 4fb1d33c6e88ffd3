//! Answers that came from outside and wait for the owner's word.

use super::parts::{click, part};
use super::pictures::{Whose, pictures};
use crate::bridge::intl;
use crate::host::Host;
use crate::model::route::Route;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{HeldReply, OwnerFrame};

fn count(host: Host) -> usize {
    host.outside.with(|known| known.as_ref().map_or(0, |known| known.held as usize))
}

/// Above the list, while there are any.
pub(super) fn banner(host: Host) -> impl IntoView {
    part(move || {
        let count = count(host);
        let go = click(move || host.go(Route::Settings));
        (count > 0).then(|| {
            view! { <button type="button" class="held-banner" on:click=go>{WORDS.held_count.of(count)}</button> }
                .into_any()
        })
    })
}

/// They themselves.
pub(super) fn held(host: Host) -> impl IntoView {
    Effect::new(move |last: Option<usize>| {
        let count = count(host);
        if count > 0 && last != Some(count) {
            host.ask_outside(OwnerFrame::Held {});
        }
        count
    });
    part(move || {
        if count(host) == 0 {
            return None;
        }
        let replies = host.outside.with(|known| known.as_ref()?.replies.clone()).unwrap_or_default();
        let replies = replies.into_iter().map(|reply| one(host, reply)).collect_view();
        Some(
            view! {
                <section class="card" aria-labelledby="held">
                    <h2 id="held">{WORDS.held}</h2>
                    <p>{WORDS.held_more}</p>
                    <ul class="channels">{replies}</ul>
                </section>
            }
            .into_any(),
        )
    })
}

fn one(host: Host, reply: HeldReply) -> AnyView {
    let HeldReply { held, conversation, from, reason, body, as_owner, at, pictures: with, .. } = reply;
    let who = if as_owner { WORDS.held_as_you } else { WORDS.held_as_visitor };
    let whose = if as_owner { Whose::Own } else { Whose::Visitors };
    let shown = pictures(&with, &format_args!("held/{held}"), whose);
    let when = move || intl::when(at, host.now.get(), true);
    let release = click(move || host.ask_outside(OwnerFrame::Release { held }));
    let discard = click(move || host.ask_outside(OwnerFrame::Discard { held }));
    let open = click(move || host.go(Route::Conversation(conversation)));
    view! {
        <li class="channel">
            <p><strong>{fill(who, &[("from", &from)])}</strong> " " <span class="hint">{when}</span></p>
            <p class="reason">{reason}</p>
            <blockquote class="held-words" dir="auto">{body} {shown}</blockquote>
            <div class="channel-buttons">
                <button type="button" class="strong" on:click=release>{WORDS.held_send}</button>
                <button type="button" on:click=discard>{WORDS.held_discard}</button>
                <button type="button" on:click=open>{WORDS.held_open}</button>
            </div>
        </li>
    }
    .into_any()
}
