//! The sheet with what is known of the visitor.

use super::parts::{click, on, part, text};
use super::{conversation::page_link, icons};
use crate::bridge::{dom, intl};
use crate::host::{Host, Watched};
use crate::words::WORDS;
use leptos::{html, prelude::*};
use shopbell_protocol::{Details, UnixMillis, Visit};

/// The sheet; it lies over the conversation while it is open.
pub(crate) fn details(host: Host) -> impl IntoView {
    let sheet = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(sheet) = sheet.get() {
            if host.covered.get() {
                dom::show(&sheet);
            } else {
                sheet.close();
            }
        }
    });
    let beside = move |event: leptos::ev::MouseEvent| {
        // What shows of the page beside the sheet belongs to the sheet's own element.
        if sheet.get_untracked().is_some_and(|sheet| dom::is_about(&event, &sheet)) {
            host.covered.set(false);
        }
    };
    let known = part(move || {
        let details = if host.covered.get() { host.details.get() } else { None };
        Some(facts(host, details?).into_any())
    });
    view! {
        <dialog
            class="sheet"
            aria-labelledby="about"
            node_ref=sheet
            on:close=on(move |_: leptos::ev::Event| host.covered.set(false))
            on:click=on(beside)
        >
            <div class="sheet-inner">
                <header class="bar">
                    <h2 id="about" class="grow">{WORDS.about_visitor}</h2>
                    <button type="button" class="round" aria-label=WORDS.done on:click=click(move || host.covered.set(false))>
                        {icons::cross()}
                    </button>
                </header>
                {known}
            </div>
        </dialog>
    }
}

fn facts(host: Host, details: Details) -> impl IntoView {
    let zone = details.time_zone.clone();
    let time = move || zone.as_deref().and_then(|zone| intl::clock_in(zone, host.now.get()));
    let unknown = || WORDS.nothing_known.to_owned();
    let language = details.locale.as_deref().map(|tag| intl::language(tag).unwrap_or_else(|| tag.to_owned()));
    let zone_name = details.time_zone.as_deref().map(|zone| zone.replace('_', " "));
    let page = details.summary.page.as_ref().map(page_link);
    view! {
        <dl class="facts-list">
            <dt>{WORDS.wrote_first}</dt>
            <dd>{intl::exact(details.began_at)}</dd>
            <dt>{WORDS.began_on}</dt>
            <dd>{page.unwrap_or_else(|| unknown().into_any())}</dd>
            <dt>{WORDS.local_time}</dt>
            <dd>{text(move || time().unwrap_or_else(unknown))} {zone_name.map(|zone| view! { <span class="hint">" " {zone}</span> })}</dd>
            <dt>{WORDS.language_of}</dt>
            <dd>{language.unwrap_or_else(unknown)}</dd>
        </dl>
        <h3>{WORDS.looked_at}</h3>
        {if details.visits.is_empty() {
            view! { <p class="hint">{WORDS.no_visits}</p> }.into_any()
        } else {
            let visits = details.visits.into_iter().map(|visit| seen(host.now, visit));
            view! { <ul class="visits">{visits.collect_view()}</ul> }.into_any()
        }}
    }
}

fn seen(now: Watched<UnixMillis>, visit: Visit) -> impl IntoView {
    let at = visit.at;
    view! {
        <li>
            {page_link(&visit.page)}
            <span class="hint" title=intl::exact(at)>{text(move || intl::when(at, now.get(), true))}</span>
        </li>
    }
}
