//! One conversation: who it is, what was said, and the box to answer in.

use super::channels::kind_name;
use super::parts::{click, part, truth, word};
use super::{details, icons, list_line, log, rename, reply};
use crate::bridge::{intl, keyboard};
use crate::host::{Host, LineState};
use crate::model::label::page_label;
use crate::model::route::Route;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ConversationId, Page};

/// The id of the heading, which has the focus where no keyboard is to pop up.
const HEADING_ID: &str = "heading";

/// The whole pane.
pub(crate) fn conversation(host: Host, conversation: ConversationId) -> impl IntoView {
    // A keyboard that covers half of a phone comes up only when it is asked for.
    let target = if crate::bridge::device::is_by_finger() { HEADING_ID } else { reply::REPLY_ID };
    keyboard::focus_soon(target.into());
    let closed = move || host.summary.with(|summary| summary.as_ref().is_some_and(|summary| summary.closed));
    let body = part(move || {
        let body = if host.missing.get() {
            view! { <div class="nothing"><h2>{WORDS.not_found}</h2></div> }.into_any()
        } else {
            view! {
                {log::log(host)}
                {undelivered(host)}
                {part(move || closed().then(closed_words))}
                {reply::reply(host, conversation)}
            }
            .into_any()
        };
        Some(body)
    });
    view! {
        {header(host, conversation)}
        {body}
        {details::details(host)}
    }
}

fn header(host: Host, conversation: ConversationId) -> impl IntoView {
    let is_live = move || host.line.get() == LineState::Live;
    let closed = move || host.summary.with(|summary| summary.as_ref().is_some_and(|summary| summary.closed));
    let close = click(move || {
        if is_live() {
            host.tell(OwnerEvent::SetClosed(conversation, !closed()));
        }
    });
    let close_words = move || if closed() { WORDS.reopen } else { WORDS.close };
    let close_title = word(move || if is_live() { close_words() } else { WORDS.needs_line });
    let close_icon = part(move || Some(if closed() { icons::reopen() } else { icons::archive() }));
    view! {
        <header class="bar">
            <button
                type="button"
                class="round back"
                aria-label=WORDS.back
                on:click=click(move || host.go(Route::List))
            >
                {icons::back()}
            </button>
            <div class="grow who">
                {rename::name(host, conversation, HEADING_ID)}
                <p class="facts">{facts(host)}</p>
            </div>
            <button
                type="button"
                class="round wordy"
                aria-label=word(close_words)
                title=close_title
                aria-disabled=truth(move || !is_live())
                on:click=close
            >
                {close_icon}
                <span class="only-wide" aria-hidden="true">
                    {word(move || if closed() { WORDS.reopen } else { WORDS.close_short })}
                </span>
            </button>
            <button
                type="button"
                class="round wordy"
                aria-haspopup="dialog"
                aria-label=WORDS.details
                on:click=click(move || host.covered.set(true))
            >
                {icons::info()}
                <span class="only-wide" aria-hidden="true">{WORDS.details}</span>
            </button>
        </header>
    }
}

/// What a channel could not hand over, of the latest that is so.
fn undelivered(host: Host) -> impl IntoView {
    part(move || {
        let (kind, reason) = host.details.with(|details| {
            let latest = details.as_ref()?.undelivered.first()?;
            Some((latest.kind, latest.reason.clone()))
        })?;
        let words = fill(WORDS.undelivered, &[("kind", kind_name(kind)), ("reason", &reason)]);
        Some(view! { <p class="hint closed" role="status">{words}</p> }.into_any())
    })
}

fn closed_words() -> AnyView {
    view! { <p class="hint closed" role="status">{WORDS.is_closed}</p> }.into_any()
}

/// What is known at a glance: here or waiting, what time it is there, which language, from where.
fn facts(host: Host) -> impl IntoView {
    let zone = move || host.details.with(|details| details.as_ref()?.time_zone.clone());
    let here = move || {
        let here = host.summary.with(|summary| summary.as_ref().is_some_and(|summary| summary.visitor_here));
        (here && host.line.get() == LineState::Live).then(list_line::here_chip)
    };
    let waits = move || {
        let waits = host.summary.with(|summary| list_line::waits(host, summary.as_ref()?))?;
        Some(view! { <span class="only-wide">{waits}</span> }.into_any())
    };
    let time = move || {
        let time = intl::clock_in(&zone()?, host.now.get())?;
        Some(fact(fill(WORDS.their_time, &[("time", &time)]).into_any()))
    };
    let language = move || {
        let tag = host.details.with(|details| details.as_ref()?.locale.clone())?;
        Some(fact(intl::language(&tag)?.into_any()))
    };
    let page = move || {
        let page = host.summary.with(|summary| summary.as_ref()?.page.clone())?;
        Some(fact(page_link(&page)))
    };
    let mail = move || {
        let by_mail = host.details.with(|details| details.as_ref().is_some_and(|details| details.by_mail));
        by_mail.then(|| fact(WORDS.by_mail.into_any()))
    };
    let push = move || {
        let by_push = host.details.with(|details| details.as_ref().is_some_and(|details| details.by_push));
        by_push.then(|| fact(WORDS.by_notification.into_any()))
    };
    view! { {part(here)} {part(waits)} {part(time)} {part(language)} {part(page)} {part(mail)} {part(push)} }
}

fn fact(what: AnyView) -> AnyView {
    view! { <span class="fact">{what}</span> " " }.into_any()
}

/// A link to a page of the shop, by its title.
pub(super) fn page_link(page: &Page) -> AnyView {
    let name = page_label(page);
    if page.url.starts_with("https://") || page.url.starts_with("http://") {
        let url = page.url.clone();
        view! { <a href=url target="_blank" rel="noopener noreferrer"><bdi>{name}</bdi></a> }.into_any()
    } else {
        view! { <bdi>{name}</bdi> }.into_any()
    }
}
