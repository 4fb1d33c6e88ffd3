//! The box to answer in.

use super::icons;
use super::parts::{on, part, text, truth};
use crate::bridge::{device, dom, keyboard, scroll, timer};
use crate::host::Host;
use crate::model::keys;
use crate::words::WORDS;
use leptos::{html, prelude::*};
use shopbell_protocol::{ConversationId, limits};

/// The box's id, for the focus.
pub(crate) const REPLY_ID: &str = "reply";
/// From so many characters left on, they are counted aloud.
const COUNT_FROM: usize = 300;

/// The box and its button. What stands in it survives closing the app.
pub(crate) fn reply(host: Host, conversation: ConversationId) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let typed = RwSignal::new(host.unsent_text(conversation));
    let trouble = RwSignal::new(None::<String>);
    let fit = move || {
        if let Some(Some(field)) = field.try_get_untracked() {
            scroll::fit(&field);
        }
    };
    Effect::new(move |_| {
        typed.track();
        timer::next_frame(fit);
    });
    let send = move || {
        let text = typed.get_untracked();
        if text.trim().is_empty() || !host.can_write() {
            return;
        }
        match host.send(conversation, &text) {
            Ok(()) => {
                typed.set(String::new());
                trouble.set(None);
            }
            Err(reason) => trouble.set(Some(reason)),
        }
        keyboard::focus_on(REPLY_ID);
    };
    let input = move |event: leptos::ev::Event| {
        let text = dom::value(&event);
        host.typed(conversation, &text);
        typed.set(text);
        trouble.set(None);
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if keyboard::read(&event, |key| keys::sends(key, device::is_by_finger())) {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let left = move || {
        let used = typed.with(|typed| typed.trim().chars().count());
        let left = limits::BODY_CHARS.saturating_sub(used);
        (left < COUNT_FROM).then(|| view! { <p class="hint">{WORDS.characters_left.of(left)}</p> }.into_any())
    };
    view! {
        <form class="reply" on:submit=on(submit)>
            {part(move || Some(view! { <p class="trouble" role="alert">{trouble.get()?}</p> }.into_any()))}
            {part(left)}
            <div class="reply-row">
                <textarea
                    id=REPLY_ID
                    rows="1"
                    dir="auto"
                    autocomplete="off"
                    aria-label=WORDS.reply
                    placeholder=WORDS.reply_hint
                    node_ref=field
                    prop:value=text(move || typed.get())
                    on:input=on(input)
                    on:keydown=on(key)
                ></textarea>
                <button
                    type="submit"
                    class="send"
                    data-ready=truth(move || typed.with(|typed| !typed.trim().is_empty()))
                    // A press keeps the focus, and the phone's keyboard, where they are.
                    on:pointerdown=|event| event.prevent_default()
                >
                    {icons::send()}
                    <span class="send-word">{WORDS.send}</span>
                </button>
            </div>
        </form>
    }
}
