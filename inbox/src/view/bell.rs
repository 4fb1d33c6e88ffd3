//! How to put the bell on a page, and whether it was seen there.

use super::copied::copied;
use super::icons;
use super::parts::part;
use crate::bridge::intl;
use crate::host::Host;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::SiteSeen;

/// For an inbox in which nobody has written yet.
pub(crate) fn welcome(host: Host) -> impl IntoView {
    view! {
        <section class="welcome">
            <div class="door-sign">{icons::bell()}</div>
            <h2>{WORDS.welcome}</h2>
            <p>{WORDS.welcome_more}</p>
            {tag(host)}
            {sites(host)}
        </section>
    }
}

/// The line to paste, with a button that copies it.
pub(crate) fn tag(host: Host) -> impl IntoView {
    let tag =
        move || host.account.with(|about| about.as_ref().map(|about| about.tag.clone())).unwrap_or_default();
    copied(host, WORDS.tag, tag)
}

/// Where the bell may hang, and whether it was seen there. It changes by itself.
pub(crate) fn sites(host: Host) -> impl IntoView {
    let sites = move || {
        host.account.with(|about| about.as_ref().map(|about| about.sites.clone())).unwrap_or_default()
    };
    let line = move |site: SiteSeen| {
        let words = match site.seen_at {
            Some(at) => {
                let when = intl::when(at, host.now.get(), true);
                fill(WORDS.seen_on, &[("site", &site.origin), ("when", &when)])
            }
            None => fill(WORDS.not_seen_on, &[("site", &site.origin)]),
        };
        let seen = site.seen_at.is_some();
        let sign = if seen { icons::tick().into_any() } else { icons::clock().into_any() };
        view! { <li class="site" data-seen=seen.to_string()>{sign}<span dir="auto">{words}</span></li> }
    };
    view! {
        <div class="sites" role="status">
            <h3>{WORDS.check}</h3>
            {part(move || Some(if sites().is_empty() {
                view! { <p>{WORDS.no_sites}</p> }.into_any()
            } else {
                view! {
                    <ul>{sites().into_iter().map(line).collect_view()}</ul>
                    <p class="hint">{WORDS.check_more}</p>
                }.into_any()
            }))}
        </div>
    }
}
