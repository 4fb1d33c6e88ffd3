//! One channel: where it leads, how it does, and what can be done with it.

use super::{kind_name, rule, signing};
use crate::bridge::{intl, keyboard};
use crate::host::Host;
use crate::view::icons;
use crate::view::parts::{click, part, word};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ChannelId, ChannelKind, ChannelLine, OwnerFrame};

/// The line. What can change in it follows what the relay tells.
pub(super) fn line(host: Host, id: ChannelId) -> AnyView {
    let read = move || host.channel(id);
    let Some(begun) = host
        .outside
        .with_untracked(|known| known.as_ref()?.channels.iter().find(|line| line.channel == id).cloned())
    else {
        return ().into_any();
    };
    let name = [kind_name(begun.kind), " ", &begun.label].concat();
    let state = word(move || read().as_ref().map_or("untried", state_of));
    let words = word(move || read().as_ref().map_or(WORDS.is_untried, state_words));
    let reason = part(move || {
        let reason = read()?.health.reason?;
        Some(view! { <p class="reason">{reason}</p> }.into_any())
    });
    let counts = part(move || {
        let line = read()?;
        let stuck = (line.stuck > 0).then(|| WORDS.stuck_at.of(line.stuck as usize));
        let waiting = (line.waiting > 0).then(|| WORDS.waiting_at.of(line.waiting as usize));
        let used = line
            .health
            .handed_at
            .map(|at| fill(WORDS.last_used, &[("when", &intl::when(at, host.now.get(), true))]));
        let said: Vec<_> = used.into_iter().chain(stuck).chain(waiting).collect();
        (!said.is_empty()).then(|| view! { <p class="hint">{said.join(" ")}</p> }.into_any())
    });
    let label = begun.label.clone();
    let named = name.clone();
    view! {
        <li class="channel" aria-label=named>
            <div class="channel-head">
                <div class="grow">
                    <strong>{kind_name(begun.kind)}</strong>
                    <p class="channel-label"><bdi>{label}</bdi></p>
                </div>
                <span class="chip health" data-health=state>{words}</span>
            </div>
            {reason}
            {counts}
            {rule::rule(host, begun.channel, begun.rule.clone())}
            {(begun.kind == ChannelKind::Webhook).then(|| signing::signing(host, id))}
            {buttons(host, id, name)}
        </li>
    }
    .into_any()
}

fn state_of(line: &ChannelLine) -> &'static str {
    let health = &line.health;
    if health.gone || health.sick_since.is_some() {
        "sick"
    } else if health.reason.is_some() {
        "failing"
    } else if health.handed_at.is_some() {
        "well"
    } else {
        "untried"
    }
}

fn state_words(line: &ChannelLine) -> &'static str {
    match state_of(line) {
        "sick" if line.health.gone => WORDS.is_gone,
        "sick" => WORDS.is_sick,
        "failing" => WORDS.is_failing,
        "well" => WORDS.is_well,
        _ => WORDS.is_untried,
    }
}

fn buttons(host: Host, id: ChannelId, name: String) -> AnyView {
    let trying = RwSignal::new(false);
    let tried = Memo::new(move |_| {
        let read =
            |known: &shopbell_client::Outside| known.tried(id).map(|tried| tried.map_err(str::to_owned));
        host.outside.with(|known| known.as_ref().and_then(read))
    });
    Effect::new(move |_| {
        host.outside.track();
        if tried.with(Option::is_some) {
            trying.set(false);
        }
    });
    let test = click(move || {
        trying.set(true);
        host.ask_outside(OwnerFrame::TestChannel { channel: id });
    });
    let result = part(move || {
        let words = match (trying.get(), tried.get()) {
            (true, _) => view! { <p class="hint">{WORDS.trying}</p> }.into_any(),
            (false, Some(Ok(()))) => {
                view! { <p class="well">{icons::tick()} {WORDS.test_worked}</p> }.into_any()
            }
            (false, Some(Err(problem))) => {
                view! { <p class="reason">{icons::alert()} {problem}</p> }.into_any()
            }
            (false, None) => return None,
        };
        Some(words)
    });
    let first = move || {
        host.outside.with(|known| {
            known.as_ref().is_none_or(|known| known.channels.first().is_some_and(|line| line.channel == id))
        })
    };
    let up = part(move || {
        if first() {
            return None;
        }
        let label = fill(WORDS.earlier_named, &[("channel", &name)]);
        let raise = click(move || host.raise_channel(id));
        Some(
            view! { <button type="button" aria-label=label on:click=raise>{WORDS.earlier}</button> }
                .into_any(),
        )
    });
    view! {
        <div class="channel-buttons">
            <button type="button" on:click=test>{WORDS.test}</button>
            {up}
            {remove(host, id)}
        </div>
        <div role="status">{result}</div>
    }
    .into_any()
}

fn remove(host: Host, id: ChannelId) -> impl IntoView {
    let sure = RwSignal::new(false);
    let ask = move || {
        sure.set(true);
        keyboard::focus_soon(format!("sure-{id}"));
    };
    part(move || {
        Some(if sure.get() {
            view! {
                <button type="button" class="strong" id=format!("sure-{id}") on:click=click(move || host.tell(OwnerEvent::Outside(OwnerFrame::RemoveChannel { channel: id })))>
                    {WORDS.remove_now}
                </button>
                <button type="button" on:click=click(move || sure.set(false))>{WORDS.cancel}</button>
            }
            .into_any()
        } else {
            view! { <button type="button" on:click=click(ask)>{WORDS.remove}</button> }.into_any()
        })
    })
}
