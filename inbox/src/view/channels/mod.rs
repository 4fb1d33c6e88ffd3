//! How the owner is told when they are not looking: their channels, and new ones.

mod add;
mod line;
mod push;
mod rule;
mod signing;

use super::parts::part;
use crate::host::Host;
use crate::words::WORDS;
use leptos::prelude::*;
use shopbell_protocol::{ChannelId, ChannelKind};

/// The card; nothing where the relay has no channels at all.
pub(super) fn channels(host: Host) -> impl IntoView {
    let offered = Memo::new(move |_| {
        host.outside.with(|known| known.as_ref().is_some_and(|known| !known.offers.is_empty()))
    });
    part(move || offered.get().then(|| card(host)))
}

fn card(host: Host) -> AnyView {
    let ids = Memo::new(move |_| {
        let ids = |known: &shopbell_client::Outside| -> Vec<ChannelId> {
            known.channels.iter().map(|line| line.channel).collect()
        };
        host.outside.with(|known| known.as_ref().map(ids).unwrap_or_default())
    });
    let none = part(move || {
        let words = || view! { <p class="hint">{WORDS.no_channels}</p> }.into_any();
        ids.with(Vec::is_empty).then(words)
    });
    view! {
        <section class="card" aria-labelledby="channels">
            <h2 id="channels">{WORDS.channels}</h2>
            <p>{WORDS.channels_more}</p>
            {push::this_device(host)}
            <ol class="channels" aria-label=WORDS.channels>
                <For each=move || ids.get() key=|id| *id let:id>
                    {line::line(host, id)}
                </For>
            </ol>
            {none}
            {add::add(host)}
        </section>
    }
    .into_any()
}

/// What a kind is called.
pub(super) fn kind_name(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => WORDS.by_email,
        ChannelKind::Push => WORDS.by_push,
        ChannelKind::Telegram => WORDS.by_telegram,
        ChannelKind::Ntfy => WORDS.by_ntfy,
        ChannelKind::Webhook => WORDS.by_webhook,
        ChannelKind::Sms => WORDS.by_sms,
    }
}
