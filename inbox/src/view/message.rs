//! One message: its day when that is new, its text, its time, its state.

use super::icons;
use crate::bridge::intl;
use crate::host::Host;
use crate::model::log::{Line, State};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;
use shopbell_client::reading::{Piece, is_only_emoji, pieces};
use shopbell_protocol::MessageId;

/// The id of a message's line, to scroll to.
pub(crate) fn line_id(id: MessageId) -> String {
    format!("m-{id}")
}

/// The line. What can change in it follows the signal; its text never changes.
pub(crate) fn message(host: Host, line: ArcRwSignal<Line>) -> impl IntoView {
    let begun = line.get_untracked();
    let line = RwSignal::from(line);
    let (id, mine) = (begun.id, begun.mine);
    let class = move || {
        let goes_on = line.with(|line| line.place.goes_on);
        match (mine, goes_on) {
            (true, true) => "message mine goes-on",
            (true, false) => "message mine",
            (false, true) => "message goes-on",
            (false, false) => "message",
        }
    };
    let new_day = Memo::new(move |_| line.with(|line| line.place.new_day));
    let at = Memo::new(move |_| line.with(|line| line.at));
    let day = move || {
        new_day.get().then(|| {
            let words = move || intl::day(at.get(), host.now.get());
            view! { <div class="day"><span>{words}</span></div> }
        })
    };
    let first_new = Memo::new(move |_| line.with(|line| line.first_new));
    let mark = move || {
        first_new.get().then(|| view! { <div class="day new"><span>{WORDS.new_messages}</span></div> })
    };
    let bubble = if is_only_emoji(&begun.body) { "bubble large" } else { "bubble" };
    view! {
        <li class=class id=line_id(id)>
            {day}
            {mark}
            <div class=bubble>
                {mine.then(|| view! { <span class="unseen">{WORDS.from_you}": "</span> })}
                <div class="words" dir="auto">{words(&begun.body)}</div>
                <div class="meta">
                    <time title=move || intl::exact(at.get())>{move || intl::clock(at.get())}</time>
                    {mine.then(|| state(line))}
                </div>
            </div>
            {mine.then(|| stuck(host, id, line))}
        </li>
    }
}

/// The text: words as words, links as links, nothing as anything else.
fn words(body: &str) -> Vec<AnyView> {
    let view = |piece| match piece {
        Piece::Text(text) => text.to_owned().into_any(),
        Piece::Link { shown, href } => {
            let shown = shown.to_owned();
            view! { <a href=href target="_blank" rel="noopener noreferrer nofollow" dir="ltr">{shown}</a> }
                .into_any()
        }
    };
    pieces(body).into_iter().map(view).collect()
}

/// The state: a sign for the eye, and the words.
fn state(line: RwSignal<Line>) -> impl IntoView {
    let state = Memo::new(move |_| line.with(|line| line.state.clone()));
    move || {
        let (kind, sign, words) = match state.get()? {
            State::OnDevice => ("on-device", icons::clock().into_any(), WORDS.on_device.to_owned()),
            State::Kept => ("kept", icons::tick().into_any(), WORDS.kept.to_owned()),
            State::HandedOver => ("handed-over", icons::ticks().into_any(), WORDS.handed_over.to_owned()),
            State::Opened => ("opened", icons::eye().into_any(), WORDS.opened.to_owned()),
            State::Stuck(reason) => {
                ("stuck", icons::alert().into_any(), fill(WORDS.stuck, &[("reason", &reason)]))
            }
        };
        Some(view! {
            <span class="state" data-state=kind>{sign}<span class="state-words">{words}</span></span>
        })
    }
}

/// What can be done with a message that is stuck.
fn stuck(host: Host, id: MessageId, line: RwSignal<Line>) -> impl IntoView {
    let is_stuck = Memo::new(move |_| line.with(|line| matches!(line.state, Some(State::Stuck(_)))));
    move || {
        is_stuck.get().then(|| {
            view! {
                <div class="rescue">
                    <button type="button" class="plain" on:click=move |_| host.tell(OwnerEvent::Retry(id))>
                        {WORDS.try_again}
                    </button>
                    <button type="button" class="plain" on:click=move |_| host.tell(OwnerEvent::Discard(id))>
                        {WORDS.remove}
                    </button>
                </div>
            }
        })
    }
}
