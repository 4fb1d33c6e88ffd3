//! Adding a channel: a button for each kind that the relay can reach, and what it asks for.

use super::kind_name;
use crate::bridge::{dom, keyboard};
use crate::host::Host;
use crate::view::copied::copied;
use crate::view::parts::{click, on, part, text};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{ChannelKind, ChannelRule, NewChannel, OwnerFrame, When, limits};

const FIELD_ID: &str = "new-channel";

/// The kinds that ask for something to be typed or linked. This very device has a
/// switch of its own.
const ASKED: [ChannelKind; 5] =
    [ChannelKind::Email, ChannelKind::Telegram, ChannelKind::Ntfy, ChannelKind::Webhook, ChannelKind::Sms];

/// The buttons, and the form of the one that was pressed.
pub(super) fn add(host: Host) -> impl IntoView {
    let chosen = RwSignal::new(None::<ChannelKind>);
    let offers = Memo::new(move |_| {
        let offers = |known: &shopbell_client::Outside| -> Vec<ChannelKind> {
            ASKED.into_iter().filter(|kind| known.offer(*kind).is_some()).collect()
        };
        host.outside.with(|known| known.as_ref().map(offers).unwrap_or_default())
    });
    part(move || {
        Some(match chosen.get() {
            Some(ChannelKind::Telegram) => link(host, chosen),
            Some(kind) => form(host, kind, chosen),
            None => {
                let button = |kind: ChannelKind| {
                    let words = fill(WORDS.add_named, &[("kind", kind_name(kind))]);
                    let choose = click(move || {
                        if kind == ChannelKind::Telegram {
                            host.ask_outside(OwnerFrame::LinkCode {});
                        }
                        chosen.set(Some(kind));
                        keyboard::focus_soon(FIELD_ID.into());
                    });
                    view! { <button type="button" on:click=choose>{words}</button> }
                };
                let buttons = offers.get().into_iter().map(button).collect_view();
                view! { <div class="channel-buttons add">{buttons}</div> }.into_any()
            }
        })
    })
}

fn form(host: Host, kind: ChannelKind, chosen: RwSignal<Option<ChannelKind>>) -> AnyView {
    let (label, input, hint, autocomplete) = match kind {
        ChannelKind::Email => (WORDS.email_field, "email", WORDS.email_hint, "email"),
        ChannelKind::Ntfy => (WORDS.ntfy_field, "url", WORDS.ntfy_hint, "off"),
        ChannelKind::Webhook => (WORDS.webhook_field, "url", WORDS.webhook_hint, "off"),
        _ => (WORDS.sms_field, "tel", WORDS.sms_hint, "tel"),
    };
    let typed = RwSignal::new(String::new());
    let token = RwSignal::new(String::new());
    let adding = RwSignal::new(None);
    // It is there, or it can't be: then what is wrong is said, and the words stay.
    Effect::new(move |_| {
        let Some(id) = adding.get() else { return };
        if host.channel(id).is_some() {
            chosen.set(None);
        }
    });
    let problem = part(move || {
        let id = adding.get()?;
        let problem = host.outside.with(|known| match known.as_ref()?.tried(id)? {
            Err(problem) => Some(problem.to_owned()),
            Ok(()) => None,
        })?;
        Some(view! { <p class="reason">{problem}</p> }.into_any())
    });
    let save = on(move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let words = typed.get_untracked().trim().to_owned();
        if words.is_empty() {
            return;
        }
        let (target, when) = match kind {
            ChannelKind::Email => (NewChannel::Email { address: words }, When::Unanswered { minutes: 2 }),
            ChannelKind::Ntfy => {
                let token = Some(token.get_untracked().trim().to_owned()).filter(|token| !token.is_empty());
                (NewChannel::Ntfy { url: words, token }, When::AtOnce)
            }
            ChannelKind::Webhook => (NewChannel::Webhook { url: words }, When::AtOnce),
            _ => (NewChannel::Sms { number: words }, When::Unanswered { minutes: 15 }),
        };
        let rule = ChannelRule { when, only_outside: kind != ChannelKind::Webhook, quiet: None };
        adding.set(Some(host.add_channel(target, rule)));
    });
    let token_field = (kind == ChannelKind::Ntfy).then(|| {
        view! {
            <label>
                {WORDS.ntfy_token}
                <input
                    type="text"
                    autocomplete="off"
                    dir="ltr"
                    on:input=on(move |event: leptos::ev::Event| token.set(dom::value(&event)))
                />
            </label>
        }
    });
    view! {
        <form class="new-channel" on:submit=save novalidate>
            <label>
                {label}
                <input
                    id=FIELD_ID
                    type=input
                    autocomplete=autocomplete
                    dir="ltr"
                    maxlength=limits::TARGET_BYTES.to_string()
                    prop:value=text(move || typed.get())
                    on:input=on(move |event: leptos::ev::Event| typed.set(dom::value(&event)))
                />
            </label>
            {token_field}
            <p class="hint">{hint}</p>
            <div role="status">{problem}</div>
            <div class="channel-buttons">
                <button type="submit" class="strong">{WORDS.add}</button>
                <button type="button" on:click=click(move || chosen.set(None))>{WORDS.cancel}</button>
            </div>
        </form>
    }
    .into_any()
}

/// A chat is linked from the other side, with a code.
fn link(host: Host, chosen: RwSignal<Option<ChannelKind>>) -> AnyView {
    let begun = host.count_channels(ChannelKind::Telegram);
    Effect::new(move |_| {
        host.outside.track();
        if host.count_channels(ChannelKind::Telegram) > begun {
            chosen.set(None);
        }
    });
    let steps = part(move || {
        let (code, bot) = host.outside.with(|known| {
            let known = known.as_ref()?;
            Some((
                known.code.clone()?,
                known.offer(ChannelKind::Telegram).and_then(|offer| offer.key.clone()),
            ))
        })?;
        let command = ["/link ", &code].concat();
        let open = bot.map(|bot| {
            let href = ["https://t.me/", &bot, "?start=", &code].concat();
            let words = fill(WORDS.telegram_open, &[("bot", &bot)]);
            view! { <p><a href=href target="_blank" rel="noopener noreferrer">{words}</a></p> }.into_any()
        });
        Some(
            view! {
                {open}
                <p>{WORDS.telegram_or}</p>
                {copied(host, WORDS.bot_command, move || command.clone())}
                <p class="hint">{WORDS.telegram_more}</p>
            }
            .into_any(),
        )
    });
    view! {
        <div class="new-channel" role="status">
            {steps}
            <div class="channel-buttons">
                <button type="button" id=FIELD_ID on:click=click(move || chosen.set(None))>{WORDS.cancel}</button>
            </div>
        </div>
    }
    .into_any()
}
