//! The visitor's name, to be changed where it stands.

use super::icons;
use super::parts::{click, on, part, text, truth, word};
use crate::bridge::{dom, keyboard};
use crate::host::{Host, LineState};
use crate::model::label::label;
use crate::words::WORDS;
use leptos::prelude::*;
use shopbell_protocol::{ConversationId, limits};

const FIELD_ID: &str = "name";
const BUTTON_ID: &str = "rename";

/// The heading; a field while it is being changed.
pub(crate) fn name(host: Host, conversation: ConversationId, heading_id: &'static str) -> impl IntoView {
    let editing = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let is_live = move || host.line.get() == LineState::Live;
    let shown = move || {
        let name = host.summary.with(|summary| summary.as_ref().map(label));
        name.unwrap_or_else(|| WORDS.visitor.into())
    };
    let begin = move || {
        if is_live() {
            let name = host.summary.with(|summary| summary.as_ref()?.name.clone());
            typed.set(name.unwrap_or_default());
            editing.set(true);
            keyboard::focus_soon(FIELD_ID.into());
        }
    };
    let end = move || {
        editing.set(false);
        keyboard::focus_soon(BUTTON_ID.into());
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        host.name(conversation, &typed.get_untracked());
        end();
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if keyboard::read(&event, |key| key.name == "Escape" && !key.composing) {
            event.prevent_default();
            end();
        }
    };
    let title = move || if is_live() { WORDS.rename } else { WORDS.needs_line };
    part(move || {
        let view = if editing.get() {
            view! {
                <form class="rename" on:submit=on(save) on:keydown=on(key)>
                    <input
                        id=FIELD_ID
                        type="text"
                        autocomplete="off"
                        dir="auto"
                        maxlength=limits::NAME_CHARS.to_string()
                        aria-label=WORDS.name
                        placeholder=WORDS.name
                        prop:value=text(move || typed.get())
                        on:input=on(move |event: leptos::ev::Event| typed.set(dom::value(&event)))
                    />
                    <button type="submit" class="strong">{WORDS.save}</button>
                    <button type="button" on:click=click(end)>{WORDS.cancel}</button>
                </form>
            }
            .into_any()
        } else {
            view! {
                <div class="named">
                    <h1 id=heading_id tabindex="-1"><bdi>{text(shown)}</bdi></h1>
                    <button
                        type="button"
                        id=BUTTON_ID
                        class="round small"
                        aria-label=WORDS.rename
                        title=word(title)
                        aria-disabled=truth(move || !is_live())
                        on:click=click(begin)
                    >
                        {icons::pen()}
                    </button>
                </div>
            }
            .into_any()
        };
        Some(view)
    })
}
