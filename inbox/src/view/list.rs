//! The conversations: search, filter, and as many lines as are in sight.

use super::list_line::Lines;
use super::parts::{click, on, part, text, truth};
use super::{bell, held, icons, list_line};
use crate::bridge::{device, dom, keyboard, scroll, timer, timer::Timer};
use crate::host::Host;
use crate::model::route::Route;
use crate::model::window::{Window, scroll_to, window};
use crate::words::{WORDS, fill};
use leptos::{html, prelude::*};
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ListFilter, limits, text};

/// How long the search waits for the next letter.
const SEARCH_AFTER_MS: u64 = 250;
/// A line's height before the first one was measured.
const LINE_PX: f64 = 92.0;

/// Whether the inbox is loaded and nobody has written, or all of it is closed.
pub(crate) fn is_empty_inbox(host: Host) -> bool {
    host.list.track();
    host.talker(|talker| {
        let list = talker.list();
        let everything = list.search().is_none() && list.filter() == ListFilter::Open;
        everything && list.is_loaded() && list.conversations().is_empty()
    })
}

/// The pane with the list.
pub(crate) fn list_pane(host: Host) -> impl IntoView {
    let shop = text(move || {
        let name = host.account.with(|about| about.as_ref().map(|about| about.shop.clone()));
        name.unwrap_or_else(|| WORDS.inbox.into())
    });
    view! {
        <nav class="pane list" aria-label=WORDS.conversations>
            <header class="bar">
                <h1 class="grow"><bdi>{shop}</bdi></h1>
                <button
                    type="button"
                    class="round"
                    aria-label=WORDS.settings
                    on:click=click(move || host.go(Route::Settings))
                >
                    {icons::settings()}
                </button>
            </header>
            {held::banner(host)}
            {tools(host)}
            {lines(host)}
        </nav>
    }
}

/// The search field and the filter.
fn tools(host: Host) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let filter = RwSignal::new(ListFilter::Open);
    let waits = StoredValue::new_local(None::<Timer>);
    let ask = move || {
        let words = text::clean_line(&search.get_untracked(), limits::SEARCH_CHARS);
        let words = (!words.is_empty()).then_some(words);
        host.tell(OwnerEvent::Show(filter.get_untracked(), words));
    };
    let typed = on(move |event: leptos::ev::Event| {
        search.set(dom::value(&event));
        waits.set_value(Some(Timer::after(SEARCH_AFTER_MS, ask)));
    });
    let clear = move || {
        search.set(String::new());
        waits.set_value(None);
        ask();
    };
    let key = on(move |event: leptos::ev::KeyboardEvent| {
        let escape = keyboard::read(&event, |key| key.name == "Escape" && !key.composing);
        if escape && !search.with_untracked(String::is_empty) {
            event.prevent_default();
            clear();
        }
    });
    let choice = move |which: ListFilter, words: &'static str| {
        let choose = click(move || {
            filter.set(which);
            ask();
        });
        let pressed = truth(move || filter.get() == which);
        view! { <button type="button" aria-pressed=pressed on:click=choose>{words}</button> }
    };
    let clear_button = part(move || {
        let clear = click(move || {
            clear();
            keyboard::focus_on(keyboard::SEARCH_ID);
        });
        (!search.with(String::is_empty)).then(|| {
            view! {
                <button type="button" class="round" aria-label=WORDS.clear_search on:click=clear>
                    {icons::cross()}
                </button>
            }
            .into_any()
        })
    });
    view! {
        <div class="tools">
            <div class="search" role="search">
                {icons::search()}
                <input
                    id=keyboard::SEARCH_ID
                    type="text"
                    enterkeyhint="search"
                    autocomplete="off"
                    maxlength=limits::SEARCH_CHARS.to_string()
                    dir="auto"
                    placeholder=WORDS.search
                    aria-label=WORDS.search
                    prop:value=text(move || search.get())
                    on:input=typed
                    on:keydown=key
                />
                {clear_button}
            </div>
            <div class="choice" role="group" aria-label=WORDS.which>
                {choice(ListFilter::Open, WORDS.open)}
                {choice(ListFilter::Closed, WORDS.closed)}
            </div>
        </div>
    }
}

/// The list itself.
fn lines(host: Host) -> impl IntoView {
    let list_box = NodeRef::<html::Div>::new();
    let place = RwSignal::new(scroll::Scroll { height: 900.0, ..scroll::Scroll::default() });
    let line_px = RwSignal::new(LINE_PX);
    let measure = move || {
        // The view may be gone when the next picture is drawn.
        let Some(Some(element)) = list_box.try_get_untracked() else { return };
        place.set(scroll::of_list(&element));
        if let Some(height) = scroll::line_height(&element) {
            line_px.set(height);
        }
    };
    let count = Memo::new(move |_| {
        host.list.track();
        host.talker(|talker| talker.list().conversations().len())
    });
    let drawn: Memo<Window> = Memo::new(move |_| {
        place.with(|place| window(count.get(), line_px.get(), place.before, place.height))
    });
    let rows = Memo::new(move |_| {
        host.list.track();
        let Window { first, end, .. } = drawn.get();
        let rows = |talker: &shopbell_client::OwnerTalker| {
            let all = talker.list().conversations();
            all.get(first..end.min(all.len())).unwrap_or_default().to_vec()
        };
        host.talker(rows)
    });
    Effect::new(move |_| {
        host.list.track();
        let near_end = drawn.with(|drawn| drawn.is_near_end(count.get()));
        if near_end && host.talker(|talker| talker.list().is_loaded() && talker.list().has_more()) {
            host.tell(OwnerEvent::LoadMore);
        }
    });
    // The first lines, a wider font, another size of the window: all may change the height.
    Effect::new(move |_| {
        let _any = count.get() > 0;
        host.route.track();
        timer::next_frame(measure);
    });
    device::on_resize(measure);
    Effect::new(move |before: Option<u32>| {
        let wanted = host.focus_wanted.get();
        if before.is_some_and(|before| before != wanted) {
            focus_line(host, list_box, place, line_px.get_untracked());
        }
        wanted
    });
    let room_before = text(move || drawn.with(|drawn| scroll::px(drawn.room_before_px)));
    let room_after = text(move || drawn.with(|drawn| scroll::px(drawn.room_after_px)));
    let tab_stop = Memo::new(move |_| {
        let wanted = host.cursor.get().or(host.route.get().conversation());
        rows.with(|rows| {
            let held = wanted.filter(|wanted| rows.iter().any(|row| row.conversation == *wanted));
            held.or_else(|| rows.first().map(|row| row.conversation))
        })
    });
    let has_more = move || {
        host.list.track();
        host.talker(|talker| talker.list().has_more())
    };
    view! {
        <div class="lines" node_ref=list_box on:scroll=on(move |_| measure())>
            <ul
                role="list"
                aria-label=WORDS.conversations
                style:padding-block-start=room_before
                style:padding-block-end=room_after
            >
                <For
                    each=move || rows.get()
                    key=|row| row.conversation
                    children=move |row| list_line::list_line(host, row, Lines { rows, drawn, count, tab_stop })
                />
            </ul>
            {part(move || has_more().then(|| hint(WORDS.loading.into())))}
            {part(move || if count.get() == 0 { nobody(host) } else { None })}
        </div>
    }
}

/// A quiet word where lines would be.
fn hint(words: String) -> AnyView {
    view! { <p class="hint more" role="status" dir="auto">{words}</p> }.into_any()
}

/// What stands where no line is.
fn nobody(host: Host) -> Option<AnyView> {
    host.list.track();
    let (loaded, search, filter) = host.talker(|talker| {
        let list = talker.list();
        (list.is_loaded(), list.search().map(str::to_owned), list.filter())
    });
    match search {
        _ if !loaded && host.line.get() != crate::host::LineState::Live => None,
        Some(_) if !loaded => Some(hint(WORDS.searching.into())),
        None if !loaded => Some(hint(WORDS.loading.into())),
        Some(search) => Some(hint(fill(WORDS.nothing_found, &[("search", &search)]))),
        None if filter == ListFilter::Closed => Some(hint(WORDS.nobody_closed.into())),
        None if host.wide.get() => None,
        None if !host.is_new.get() => {
            let check = bell::sites(host);
            let words = view! {
                <div class="nothing">
                    <h2>{WORDS.all_done}</h2>
                    <p>{WORDS.all_done_more}</p>
                    {check}
                </div>
            };
            Some(words.into_any())
        }
        None => Some(bell::welcome(host).into_any()),
    }
}

/// Brings the line that keys moved to into sight and puts the focus on it.
fn focus_line(host: Host, list_box: NodeRef<html::Div>, place: RwSignal<scroll::Scroll>, line_px: f64) {
    let (Some(element), Some(wanted)) = (list_box.get_untracked(), host.cursor.get_untracked()) else {
        return;
    };
    let line = host.talker(|talker| {
        let mut lines = talker.list().conversations().iter();
        lines.position(|line| line.conversation == wanted)
    });
    let Some(line) = line else { return };
    let now = scroll::of_list(&element);
    if let Some(before) = scroll_to(line, line_px, now.before, now.height) {
        scroll::list_to(&element, before);
        place.set(scroll::Scroll { before, ..now });
    }
    let id = list_line::line_id(wanted);
    if !keyboard::focus_on(&id) {
        keyboard::focus_soon(id);
    }
}
