//! One message: its day when that is new, its text, its time, its state.

use super::icons;
use super::parts::{click, part, text, word};
use super::pictures::{Whose, pictures};
use crate::bridge::{intl, keyboard};
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
pub(crate) fn message(host: Host, line: ArcRwSignal<Line>) -> AnyView {
    let begun = line.get_untracked();
    let line = RwSignal::from(line);
    let (id, mine) = (begun.id, begun.mine);
    let class = word(move || match (mine, line.with(|line| line.place.goes_on)) {
        (true, true) => "message mine goes-on",
        (true, false) => "message mine",
        (false, true) => "message goes-on",
        (false, false) => "message",
    });
    let at = begun.at;
    let day = part(move || {
        let (new_day, at) = line.with(|line| (line.place.new_day, line.at));
        let words = text(move || intl::day(at, host.now.get()));
        new_day.then(|| view! { <div class="day"><span>{words}</span></div> }.into_any())
    });
    let mark = part(move || {
        let first_new = line.with(|line| line.first_new);
        first_new.then(|| view! { <div class="day new"><span>{WORDS.new_messages}</span></div> }.into_any())
    });
    let cut = part(move || {
        let after_cut = line.with(|line| line.after_cut);
        after_cut.then(|| view! { <p class="hint above">{WORDS.cut}</p> }.into_any())
    });
    let state = part(move || line.with(|line| line.state.as_ref().map(state)));
    let rescue = part(move || {
        let is_stuck = line.with(|line| matches!(line.state, Some(State::Stuck(_))));
        is_stuck.then(|| rescue(host, id))
    });
    let clock = text(move || intl::clock(line.with(|line| line.at)));
    let bubble = if is_only_emoji(&begun.body) { "bubble large" } else { "bubble" };
    let from = match (mine, begun.system) {
        (_, true) => Some(view! { <p class="by-system">{WORDS.from_system}</p> }.into_any()),
        (true, false) => Some(view! { <span class="unseen">{WORDS.from_you}": "</span> }.into_any()),
        (false, false) => None,
    };
    let conversation = host.route.get_untracked().conversation();
    let shown = conversation.map(|conversation| {
        let whose = if mine { Whose::Own } else { Whose::Visitors };
        pictures(&begun.pictures, &format_args!("picture/{conversation}"), whose)
    });
    view! {
        <li class=class id=line_id(id)>
            {cut}
            {day}
            {mark}
            <div class=bubble>
                {from}
                {(!begun.body.is_empty())
                    .then(|| view! { <div class="words" dir="auto">{words(&begun.body)}</div> }.into_any())}
                {shown}
                <div class="meta"><time title=intl::exact(at)>{clock}</time> {state}</div>
            </div>
            {rescue}
        </li>
    }
    .into_any()
}

/// The text: words as words, links as links, nothing as anything else.
fn words(body: &str) -> Vec<AnyView> {
    let view = |piece| match piece {
        Piece::Text(text) => text.to_owned().into_any(),
        Piece::Link { text: shown, href } => {
            let shown = shown.to_owned();
            view! { <a href=href target="_blank" rel="noopener noreferrer nofollow" dir="ltr">{shown}</a> }
                .into_any()
        }
    };
    pieces(body).into_iter().map(view).collect()
}

/// The state: a sign for the eye, and the words.
fn state(state: &State) -> AnyView {
    let (kind, sign, words) = match state {
        State::OnDevice => ("on-device", icons::clock(), WORDS.on_device.to_owned()),
        State::Kept => ("kept", icons::tick(), WORDS.kept.to_owned()),
        State::HandedOver => ("handed-over", icons::ticks(), WORDS.handed_over.to_owned()),
        State::Opened => ("opened", icons::eye(), WORDS.opened.to_owned()),
        State::Stuck(reason) => ("stuck", icons::alert(), fill(WORDS.stuck, &[("reason", reason)])),
    };
    view! { <span class="state" data-state=kind>{sign}<span class="state-words">{words}</span></span> }
        .into_any()
}

/// What can be done with a message that is stuck.
fn rescue(host: Host, id: MessageId) -> AnyView {
    let then = move |wish: OwnerEvent| {
        host.tell(wish);
        // The button is gone, and the focus must not go with it.
        keyboard::focus_on(keyboard::LOG_ID);
    };
    view! {
        <div class="rescue">
            <button type="button" class="plain" on:click=click(move || then(OwnerEvent::Retry(id)))>
                {WORDS.try_again}
            </button>
            <button type="button" class="plain" on:click=click(move || then(OwnerEvent::Discard(id)))>
                {WORDS.remove}
            </button>
        </div>
    }
    .into_any()
}
