//! Something to be pasted elsewhere, with a button that copies it.

use super::parts::{click, part, text, word};
use crate::bridge::device;
use crate::host::Host;
use crate::words::WORDS;
use leptos::prelude::*;

/// Whether it was copied; none before it was tried.
type Copied = RwSignal<Option<bool>>;

/// A text under a name, to be selected by hand where the browser copies nothing.
pub(crate) fn copied(
    host: Host,
    name: &'static str,
    what: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> AnyView {
    let copied: Copied = RwSignal::new(None);
    let copy = {
        let what = what.clone();
        move || {
            let text = what();
            wasm_bindgen_futures::spawn_local(async move {
                let done = device::copy(text).await;
                copied.set(Some(done));
                host.say(if done { WORDS.copied } else { WORDS.copy_by_hand }.into());
            });
        }
    };
    let label = move || if copied.get() == Some(true) { WORDS.copied } else { WORDS.copy };
    view! {
        <div class="tag-box">
            <pre class="tag" dir="ltr" tabindex="0" role="group" aria-label=name><code>{text(what)}</code></pre>
            <button type="button" class="strong" on:click=click(copy)>{word(label)}</button>
        </div>
        {part(move || (copied.get() == Some(false)).then(by_hand))}
    }
    .into_any()
}

fn by_hand() -> AnyView {
    view! { <p class="hint">{WORDS.copy_by_hand}</p> }.into_any()
}
