//! What was said, from the oldest that is loaded to the latest.

use super::parts::{click, on, part, truth};
use super::{icons, message};
use crate::bridge::{keyboard, scroll, timer};
use crate::host::{Host, Older};
use crate::model::sight::{NEAR_END_PX, NEAR_START_PX};
use crate::words::WORDS;
use leptos::{html, prelude::*};
use shopbell_client::OwnerEvent;
use shopbell_protocol::MessageId;

/// The log. It begins at its end, so that what comes before moves nothing that is read.
pub(crate) fn log(host: Host) -> impl IntoView {
    let log_box = NodeRef::<html::Div>::new();
    let away = RwSignal::new(false);
    let look = move || {
        // The view may be gone when the next picture is drawn.
        let Some(Some(element)) = log_box.try_get_untracked() else { return };
        let now = scroll::of_log(&element);
        let is_away = now.after >= NEAR_END_PX;
        if away.get_untracked() != is_away {
            away.set(is_away);
        }
        if now.height > 0.0 && now.before < NEAR_START_PX && host.older.get_untracked() == Older::More {
            host.tell(OwnerEvent::LoadOlder);
        }
        host.look();
    };
    Effect::new(move |_| {
        if let Some(element) = log_box.get() {
            host.set_log_box(Some((*element).clone().into()));
        }
    });
    on_cleanup(move || host.set_log_box(None));
    // A log that does not fill its box can't be scrolled, so it looks by itself.
    Effect::new(move |_| {
        host.grown.track();
        host.older.track();
        timer::next_frame(look);
    });
    // What is new is read from its beginning.
    Effect::new(move |_| {
        if let Some(first) = host.first_new.get() {
            timer::next_frame(move || {
                if let Some(Some(element)) = log_box.try_get_untracked() {
                    scroll::log_to(&element, &message::line_id(first));
                }
                look();
            });
        }
    });
    Effect::new(move |before: Option<bool>| {
        let covered = host.covered.get();
        if before == Some(true) && !covered {
            look();
        }
        covered
    });
    let to_end = move || {
        let to_end = click(move || {
            if let Some(element) = log_box.get_untracked() {
                scroll::log_to_end(&element);
            }
        });
        view! {
            <button type="button" class="round to-end" aria-label=WORDS.to_end on:click=to_end>
                {icons::down()}
            </button>
        }
        .into_any()
    };
    let above = part(move || match host.older.get() {
        Older::Unknown | Older::Loading => {
            Some(view! { <p class="hint above">{WORDS.loading_older}</p> }.into_any())
        }
        Older::More => {
            let load = click(move || host.tell(OwnerEvent::LoadOlder));
            Some(view! {
                <p class="above"><button type="button" class="plain" on:click=load>{WORDS.load_older}</button></p>
            }.into_any())
        }
        Older::None => Some(view! { <p class="hint above">{WORDS.beginning}</p> }.into_any()),
    });
    let cut = part(move || {
        host.cut_at_end.get().then(|| view! { <p class="hint above">{WORDS.cut}</p> }.into_any())
    });
    let writes = part(move || {
        host.visitor_writes.get().then(|| {
            view! {
                <div class="writes">
                    <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
                    <span class="unseen">{WORDS.writes_now}</span>
                </div>
            }
            .into_any()
        })
    });
    view! {
        <div class="log-room">
            <div
                class="log"
                id=keyboard::LOG_ID
                role="log"
                tabindex="0"
                aria-label=WORDS.messages
                aria-busy=truth(move || host.older.get() == Older::Loading)
                node_ref=log_box
                on:scroll=on(move |_: leptos::ev::Event| look())
            >
                <div class="log-inner">
                    {above}
                    <div>
                        <For
                            each=move || host.chunks.get()
                            key=|number| *number
                            children=move |number| host.chunk(number).map(|ids| chunk(host, ids))
                        />
                    </div>
                    {cut}
                    <div class="writes-room" role="status">{writes}</div>
                </div>
            </div>
            {part(move || away.get().then(to_end))}
        </div>
    }
}

/// Some fifty messages, which the browser skips as one while they are out of sight.
fn chunk(host: Host, ids: ArcRwSignal<Vec<MessageId>>) -> impl IntoView {
    view! {
        <ol role="list" class="chunk">
            <For
                each=move || ids.get()
                key=|id| *id
                children=move |id| host.line_of(id).map(|line| message::message(host, line))
            />
        </ol>
    }
}
