//! Notifications on this very device: a button, or plainly what is missing.

use crate::bridge::push::Missing;
use crate::host::Host;
use crate::view::parts::{click, part, truth};
use crate::words::WORDS;
use leptos::prelude::*;
use shopbell_protocol::ChannelKind;

/// The button; nothing where the relay sends no pushes, or this device gets them already.
pub(super) fn this_device(host: Host) -> impl IntoView {
    let key = Memo::new(move |_| {
        let key = |known: &shopbell_client::Outside| known.offer(ChannelKind::Push)?.key.clone();
        host.outside.with(|known| known.as_ref().and_then(key))
    });
    let hide = RwSignal::new(false);
    let asking = RwSignal::new(false);
    part(move || {
        let key = key.get()?;
        host.outside.track();
        if host.own_push_channel().is_some() {
            return None;
        }
        let missing = host.push_missing.get();
        let words = missing.map(|missing| match missing {
            Missing::Secure => WORDS.push_needs_https,
            Missing::Support => WORDS.push_unsupported,
            Missing::HomeScreen => WORDS.push_needs_home_screen,
            Missing::Permission => WORDS.push_blocked,
            Missing::Service => WORDS.push_failed,
        });
        let can = !matches!(missing, Some(Missing::Secure | Missing::Support | Missing::HomeScreen));
        let begin = click(move || {
            if can && !asking.get_untracked() {
                asking.set(true);
                host.subscribe(key.clone(), hide.get_untracked(), move || asking.set(false));
            }
        });
        Some(
            view! {
                <div class="new-channel">
                    <button type="button" class="strong" aria-disabled=truth(move || !can || asking.get()) on:click=begin>
                        {WORDS.push_here}
                    </button>
                    <label class="check">
                        <input type="checkbox" on:change=move |event| hide.set(crate::bridge::dom::is_checked(&event))/>
                        {WORDS.push_hide}
                    </label>
                    <p class="hint" role="status">{words}</p>
                </div>
            }
            .into_any(),
        )
    })
}
