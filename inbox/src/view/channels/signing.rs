//! How the shop's own system and the relay know each other: an address and a secret, shown
//! when they are asked for.

use crate::host::Host;
use crate::view::copied::copied;
use crate::view::parts::{click, part};
use crate::words::WORDS;
use leptos::prelude::*;
use shopbell_client::Signing;
use shopbell_protocol::{ChannelId, OwnerFrame};

/// A button, and then both.
pub(super) fn signing(host: Host, id: ChannelId) -> impl IntoView {
    let told = Memo::new(move |_| {
        let of_this = |signing: &Signing| signing.channel == id;
        host.outside.with(|known| known.as_ref()?.signing.clone().filter(of_this))
    });
    part(move || {
        Some(match told.get() {
            Some(Signing { address, secret, .. }) => view! {
                <div class="new-channel" role="status">
                    <p>{WORDS.signing_secret_more}</p>
                    {copied(host, WORDS.signing_secret, move || secret.0.clone())}
                    <p>{WORDS.signing_address_more}</p>
                    {copied(host, WORDS.signing_address, move || address.clone())}
                </div>
            }
            .into_any(),
            None => {
                let ask = click(move || host.ask_outside(OwnerFrame::Signing { channel: id }));
                view! {
                    <div class="channel-buttons">
                        <button type="button" on:click=ask>{WORDS.signing}</button>
                    </div>
                }
                .into_any()
            }
        })
    })
}
