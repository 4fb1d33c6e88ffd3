//! Outside: signing in, or how to get a new link.

use super::icons;
use crate::host::{Host, Phase};
use crate::words::WORDS;
use leptos::prelude::*;

/// What stands where the inbox would.
pub(crate) fn door(host: Host, phase: Phase) -> impl IntoView {
    let (title, more) = match phase {
        Phase::SigningIn | Phase::In => (WORDS.signing_in, None),
        Phase::NoRelay => (WORDS.no_relay, Some(WORDS.no_relay_more)),
        Phase::LinkUsed => (WORDS.link_used, Some(WORDS.link_used_more)),
        Phase::Elsewhere => (WORDS.elsewhere, Some(WORDS.elsewhere_more)),
        Phase::SignedOut => (WORDS.signed_out, Some(WORDS.signed_out_more)),
    };
    let needs_link = matches!(phase, Phase::LinkUsed | Phase::SignedOut);
    view! {
        <main class="door">
            <div class="door-sign">{icons::bell()}</div>
            <h1>{title}</h1>
            {more.map(|more| view! { <p>{more}</p> })}
            {needs_link.then(|| view! {
                <p>{WORDS.how_to_get_link}</p>
                <pre class="tag"><code>{WORDS.link_command}</code></pre>
            })}
            {(phase == Phase::LinkUsed).then(|| view! {
                // The device may have been signed in all the while.
                <button type="button" class="strong" on:click=move |_| host.stay()>{WORDS.open_inbox}</button>
            })}
            {(phase == Phase::NoRelay).then(|| view! {
                <button type="button" class="strong" on:click=move |_| host.sign_in(false)>{WORDS.try_again}</button>
            })}
            {(phase == Phase::Elsewhere).then(|| view! {
                <div class="door-choice">
                    <button type="button" class="strong" on:click=move |_| host.stay()>{WORDS.stay}</button>
                    <button type="button" class="plain" on:click=move |_| host.sign_in(true)>{WORDS.change_shop}</button>
                </div>
            })}
        </main>
    }
}
