//! One conversation's line in the list.

use super::icons;
use crate::bridge::{dom, intl};
use crate::host::{Host, LineState};
use crate::model::label::{initial, label, page_label};
use crate::model::route::Route;
use crate::model::span::Span;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{ConversationId, Side, Summary, limits, text};

/// The id of a conversation's line, for the focus.
pub(crate) fn line_id(conversation: ConversationId) -> String {
    format!("line-{conversation}")
}

/// How long the visitor has been waiting, in words; none when it is their turn.
pub(crate) fn waits(host: Host, summary: &Summary) -> Option<String> {
    let since = summary.waiting_since?;
    Some(match Span::between(since, host.now.get()) {
        Some(span) => fill(WORDS.waits, &[("span", &intl::amount(span))]),
        None => WORDS.waits_now.into(),
    })
}

/// The line. It draws itself again when its conversation changes, and only then.
pub(crate) fn list_line(
    host: Host,
    row: Summary,
    rows: Memo<Vec<Summary>>,
    first: Memo<usize>,
    size: Memo<i64>,
    tab_stop: Memo<Option<ConversationId>>,
) -> impl IntoView {
    let conversation = row.conversation;
    let held = Memo::new(move |_| {
        let held = rows.with(|rows| rows.iter().find(|row| row.conversation == conversation).cloned());
        held.unwrap_or_else(|| row.clone())
    });
    let place = move || {
        let place = rows.with(|rows| rows.iter().position(|row| row.conversation == conversation));
        (first.get() + place.unwrap_or(0) + 1).to_string()
    };
    let tab_index = move || if tab_stop.get() == Some(conversation) { "0" } else { "-1" };
    let current = move || (host.route.get() == Route::Conversation(conversation)).then_some("true");
    let click = move |event: leptos::ev::MouseEvent| {
        if !dom::is_browsers_own(&event) {
            event.prevent_default();
            host.cursor.set(Some(conversation));
            host.go(Route::Conversation(conversation));
        }
    };
    let here = move || held.with(|row| row.visitor_here) && host.line.get() == LineState::Live;
    let unread = move || held.with(|row| row.unread);
    view! {
        <li aria-setsize=move || size.get().to_string() aria-posinset=place>
            <a
                id=line_id(conversation)
                class="line"
                data-line
                data-unread=move || (unread() > 0).to_string()
                href=Route::Conversation(conversation).fragment()
                tabindex=tab_index
                aria-current=current
                on:click=click
            >
                <span class="face" aria-hidden="true" data-here=move || here().to_string()>
                    {move || match held.with(initial) {
                        Some(letter) => letter.into_any(),
                        None => icons::person().into_any(),
                    }}
                </span>
                <span class="line-words">
                    <span class="line-top">
                        <bdi class="line-name">{move || held.with(label)}</bdi>
                        <span class="line-when">
                            {move || intl::when(held.with(|row| row.last_at), host.now.get(), false)}
                        </span>
                    </span>
                    <span class="line-middle">
                        {move || preview(host, &held.get())}
                        {move || (unread() > 0).then(|| view! {
                            <span class="count">
                                <span aria-hidden="true">{unread().min(99).to_string()}</span>
                                <span class="unseen">{WORDS.unread.of(unread() as usize)}</span>
                            </span>
                        })}
                    </span>
                    <span class="line-bottom">
                        {move || held.with(|row| waits(host, row)).map(|words| view! {
                            <span class="chip waits">{icons::clock()}{words}</span>
                        })}
                        {move || here().then(|| view! { <span class="chip here">{WORDS.here}</span> })}
                        {move || held.with(|row| where_from(row)).map(|page| view! {
                            <bdi class="line-page">{page}</bdi>
                        })}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// The page, where the name does not say it already.
fn where_from(row: &Summary) -> Option<String> {
    row.name.as_ref()?;
    row.page.as_ref().map(page_label)
}

/// How the last message begins, or the one that waits on this device.
fn preview(host: Host, row: &Summary) -> impl IntoView + use<> {
    host.unsent.track();
    let waiting = host.talker(|talker| {
        let mut drafts = talker.drafts().iter().rev();
        let last = drafts.find(|draft| draft.conversation == row.conversation)?;
        Some(text::preview(&last.body, limits::PREVIEW_CHARS))
    });
    let (lead, words) = match waiting {
        Some(words) => (WORDS.draft, words),
        None if row.last_from == Side::Owner => (WORDS.you_said, row.preview.clone()),
        None => ("", row.preview.clone()),
    };
    // A text that begins with itself also begins at its own side.
    let words = if lead.is_empty() { words.into_any() } else { view! { <bdi>{words}</bdi> }.into_any() };
    view! { <span class="line-preview" dir="auto">{lead}{words}</span> }
}
