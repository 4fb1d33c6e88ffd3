//! One conversation's line in the list.

use super::icons;
use super::parts::{on, part, text, truth, word};
use crate::bridge::{dom, intl};
use crate::host::{Host, LineState};
use crate::model::label::{initial, label, page_label};
use crate::model::route::Route;
use crate::model::span::Span;
use crate::model::window::Window;
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{ConversationId, Side, Summary, limits, text};

/// The id of a conversation's line, for the focus.
pub(crate) fn line_id(conversation: ConversationId) -> String {
    format!("line-{conversation}")
}

/// How long the visitor has been waiting, in words; none when it is the visitor's turn.
pub(super) fn waits(host: Host, summary: &Summary) -> Option<AnyView> {
    let since = summary.waiting_since?;
    let words = match Span::between(since, host.now.get()) {
        Some(span) => fill(WORDS.waits, &[("span", &intl::amount(span))]),
        None => WORDS.waits_now.into(),
    };
    Some(view! { <span class="chip waits">{icons::clock()}{words}</span> " " }.into_any())
}

/// That the visitor has the panel open now.
pub(super) fn here_chip() -> AnyView {
    view! { <span class="chip here">{WORDS.here}</span> " " }.into_any()
}

fn unread_count(unread: u32) -> Option<AnyView> {
    let words = WORDS.unread.of(unread as usize);
    let count = move || {
        view! {
            <span class="count">
                <span aria-hidden="true">{unread.min(99).to_string()}</span>
                <span class="unseen">{words}</span>
            </span>
        }
        .into_any()
    };
    (unread > 0).then(count)
}

/// What a line knows of the list around it.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The conversations that are drawn.
    pub(super) rows: Memo<Vec<Summary>>,
    /// Which stretch they are.
    pub(super) drawn: Memo<Window>,
    /// How many are loaded.
    pub(super) count: Memo<usize>,
    /// The one that the tab key leads to.
    pub(super) tab_stop: Memo<Option<ConversationId>>,
}

/// The line. It draws itself again when its conversation changes, and only then.
pub(crate) fn list_line(host: Host, row: Summary, lines: Lines) -> impl IntoView {
    let Lines { rows, drawn, count, tab_stop } = lines;
    let conversation = row.conversation;
    let held = Memo::new(move |_| {
        let held = rows.with(|rows| rows.iter().find(|row| row.conversation == conversation).cloned());
        held.unwrap_or_else(|| row.clone())
    });
    let place = text(move || {
        let place = rows.with(|rows| rows.iter().position(|row| row.conversation == conversation));
        (drawn.with(|drawn| drawn.first) + place.unwrap_or(0) + 1).to_string()
    });
    // -1 stands for a list whose end is not known yet (WAI-ARIA, aria-setsize).
    let size = text(move || {
        host.list.track();
        let has_more = host.talker(|talker| talker.list().has_more());
        if has_more { "-1".into() } else { count.get().to_string() }
    });
    let tab_index = word(move || if tab_stop.get() == Some(conversation) { "0" } else { "-1" });
    let current = truth(move || host.route.get() == Route::Conversation(conversation));
    let click = on(move |event: leptos::ev::MouseEvent| {
        if !dom::is_browsers_own(&event) {
            event.prevent_default();
            host.cursor.set(Some(conversation));
            host.go(Route::Conversation(conversation));
        }
    });
    let here = move || held.with(|row| row.visitor_here) && host.line.get() == LineState::Live;
    let unread = move || held.with(|row| row.unread);
    view! {
        <li aria-setsize=size aria-posinset=place>
            <a
                id=line_id(conversation)
                class="line"
                data-line
                data-unread=truth(move || unread() > 0)
                href=Route::Conversation(conversation).fragment()
                tabindex=tab_index
                aria-current=current
                on:click=click
            >
                <span class="face" aria-hidden="true" data-here=truth(here)>
                    {part(move || Some(held.with(initial).map_or_else(icons::person, IntoAny::into_any)))}
                </span>
                <span class="line-words">
                    <span class="line-top">
                        <bdi class="line-name">{text(move || held.with(label))}</bdi>
                        <span class="line-when">
                            {text(move || intl::when(held.with(|row| row.last_at), host.now.get(), false))}
                        </span>
                    </span>
                    <span class="line-middle">
                        {part(move || Some(held.with(|row| preview(host, row))))}
                        {part(move || unread_count(unread()))}
                    </span>
                    <span class="line-bottom">
                        {part(move || held.with(|row| waits(host, row)))}
                        {part(move || here().then(here_chip))}
                        {part(move || held.with(where_from))}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// The page, where the name does not say it already.
fn where_from(row: &Summary) -> Option<AnyView> {
    row.name.as_ref()?;
    let page = row.page.as_ref().map(page_label)?;
    Some(view! { <bdi class="line-page">{page}</bdi> }.into_any())
}

/// How the last message begins, or the one that waits on this device.
fn preview(host: Host, row: &Summary) -> AnyView {
    host.unsent.track();
    let waiting = host.talker(|talker| {
        let mut drafts = talker.drafts().iter().rev();
        let last = drafts.find(|draft| draft.conversation == row.conversation)?;
        Some(text::preview(&last.body, limits::PREVIEW_CHARS))
    });
    let said = || match (row.preview.as_str(), row.last_pictures as usize) {
        ("", pictures) if pictures > 0 => WORDS.pictures.of(pictures),
        (preview, _) => preview.to_owned(),
    };
    let (lead, words) = match waiting {
        Some(words) => (WORDS.draft, words),
        None if row.last_by_system => (WORDS.system_said, said()),
        None if row.last_from == Side::Owner => (WORDS.you_said, said()),
        None => ("", said()),
    };
    // A text that begins with itself also begins at its own side.
    let words = if lead.is_empty() { words.into_any() } else { view! { <bdi>{words}</bdi> }.into_any() };
    view! { <span class="line-preview" dir="auto">{lead}{words}</span> }.into_any()
}
