//! Carries out what the talker asks for, and keeps what the views show up to date.

mod account;
mod attention;
mod conversation;
mod keep;
mod line;
mod navigation;
mod outside;
mod watched;

pub(crate) use account::Phase;
pub(crate) use conversation::Older;
pub(crate) use line::LineState;
pub(crate) use watched::Watched;

use crate::bridge::push::{self, Missing};
use crate::bridge::timer::Timer;
use crate::bridge::{chance, clock, timer};
use crate::model::log::{Line, Log};
use crate::model::route::Route;
use crate::model::unread::Unread;
use leptos::prelude::*;
use shopbell_client::{Effect, Outside, OwnerEvent, OwnerTalker, Part};
use shopbell_protocol::{
    ConversationId, Details, MessageId, OwnerFrame, OwnerWelcome, RelayFrame, Session, Summary, UnixMillis,
};
use std::collections::HashMap;

/// How often the words for times are looked at again.
const TICK_MS: i32 = 15_000;

/// The app's one host. A copy is a handle to the same one.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    inner: StoredValue<Inner, LocalStorage>,
    /// Whether somebody is signed in.
    pub(crate) phase: Watched<Phase>,
    /// What is shown.
    pub(crate) route: Watched<Route>,
    /// The line to the relay.
    pub(crate) line: Watched<LineState>,
    /// Rises when the list has changed; the list itself stays with the talker.
    pub(crate) list: Watched<u32>,
    /// The open conversation's messages in chunks, by their numbers.
    pub(crate) chunks: Watched<Vec<u32>>,
    /// Rises when messages have come or gone.
    pub(crate) grown: Watched<u32>,
    /// The first message that was new when the conversation was opened.
    pub(crate) first_new: Watched<Option<MessageId>>,
    /// What lies above the first message held.
    pub(crate) older: Watched<Older>,
    /// After the last message something may be missing.
    pub(crate) cut_at_end: Watched<bool>,
    /// The open conversation's line of the list, from wherever it is known.
    pub(crate) summary: Watched<Option<Summary>>,
    /// What is known of the visitor.
    pub(crate) details: Watched<Option<Details>>,
    /// The relay does not know the open conversation.
    pub(crate) missing: Watched<bool>,
    /// The visitor is writing.
    pub(crate) visitor_writes: Watched<bool>,
    /// The sheet with the details lies over the conversation.
    pub(crate) covered: Watched<bool>,
    /// The shop and its sites.
    pub(crate) account: Watched<Option<OwnerWelcome>>,
    /// The bell had never been seen on a page of the shop's when the app began.
    pub(crate) is_new: Watched<bool>,
    /// The signed-in devices.
    pub(crate) sessions: Watched<Option<Vec<Session>>>,
    /// The owner's channels.
    pub(crate) outside: Watched<Option<Outside>>,
    /// What this device lacks for notifications, as far as that is known.
    pub(crate) push_missing: Watched<Option<Missing>>,
    /// Messages that the relay does not have yet, and how many of them are stuck.
    pub(crate) unsent: Watched<(usize, usize)>,
    /// The time, looked at now and then.
    pub(crate) now: Watched<UnixMillis>,
    /// List and conversation stand side by side.
    pub(crate) wide: Watched<bool>,
    /// The line of the list that keys move from.
    pub(crate) cursor: Watched<Option<ConversationId>>,
    /// Rises when the focus is to go to that line.
    pub(crate) focus_wanted: Watched<u32>,
    /// What is said aloud to those who do not see the screen.
    pub(crate) said: Watched<String>,
}

struct Inner {
    talker: OwnerTalker,
    line: line::Line,
    wake: Option<(u64, Timer)>,
    log: Log,
    lines: HashMap<MessageId, ArcRwSignal<Line>>,
    chunk_ids: Vec<(u32, ArcRwSignal<Vec<MessageId>>)>,
    log_box: Option<web_sys::Element>,
    unread: Unread,
    shop: Option<String>,
    code: Option<String>,
}

impl Host {
    /// With everything still to come.
    pub(crate) fn new() -> Self {
        let inner = Inner {
            talker: OwnerTalker::new(chance::seed()),
            line: line::Line::default(),
            wake: None,
            log: Log::default(),
            lines: HashMap::new(),
            chunk_ids: Vec::new(),
            log_box: None,
            unread: Unread::default(),
            shop: keep::shop(),
            code: None,
        };
        Self {
            inner: StoredValue::new_local(inner),
            phase: Watched::new(Phase::In),
            route: Watched::new(Route::List),
            line: Watched::new(LineState::Connecting),
            list: Watched::new(0),
            chunks: Watched::new(Vec::new()),
            grown: Watched::new(0),
            first_new: Watched::new(None),
            older: Watched::new(Older::Unknown),
            cut_at_end: Watched::new(false),
            summary: Watched::new(None),
            details: Watched::new(None),
            missing: Watched::new(false),
            visitor_writes: Watched::new(false),
            covered: Watched::new(false),
            account: Watched::new(None),
            is_new: Watched::new(false),
            sessions: Watched::new(None),
            outside: Watched::new(None),
            push_missing: Watched::new(push::missing()),
            unsent: Watched::new((0, 0)),
            now: Watched::new(clock::now()),
            wide: Watched::new(crate::bridge::device::is_wide()),
            cursor: Watched::new(None),
            focus_wanted: Watched::new(0),
            said: Watched::new(String::new()),
        }
    }

    /// Begins: signs in if the address asks for it, shows what it names, connects.
    pub(crate) fn start(self) {
        self.watch_outside();
        self.adopt_drafts();
        timer::every(TICK_MS, move || self.now.set(clock::now()));
        self.enter();
    }

    /// Reads something of the talker's.
    pub(crate) fn talker<T>(self, read: impl FnOnce(&OwnerTalker) -> T) -> T {
        self.inner.with_value(|inner| read(&inner.talker))
    }

    /// Tells the talker of an event and carries out what it asks for.
    pub(crate) fn tell(self, event: OwnerEvent) {
        if let OwnerEvent::Frame(frame) = &event {
            self.overhear(frame);
        }
        let now = clock::now().0;
        let effects = self.inner.write_value().talker.handle(event, now);
        self.carry_out(effects);
    }

    /// What the host itself needs of a frame.
    fn overhear(self, frame: &RelayFrame) {
        match frame {
            RelayFrame::Conversations { search: None, cursor, conversations, filter, next } => {
                let is_open = *filter == shopbell_protocol::ListFilter::Open;
                let mut inner = self.inner.write_value();
                if cursor.is_none() && is_open {
                    inner.unread.begin();
                }
                conversations.iter().for_each(|summary| inner.unread.take(summary));
                if is_open {
                    inner.unread.list_goes_on(conversations.last().filter(|_| next.is_some()));
                }
            }
            RelayFrame::Changed { summary } => self.inner.write_value().unread.take(summary),
            RelayFrame::Problem(problem) => self.note(problem),
            _ => return,
        }
        self.show_unread();
    }

    fn carry_out(self, effects: Vec<Effect<OwnerFrame>>) {
        let mut changed = Vec::new();
        for effect in effects {
            match effect {
                Effect::Connect(transport) => self.connect(transport),
                Effect::Disconnect => self.disconnect(),
                Effect::Transmit(frame) => self.transmit(frame),
                Effect::Keep(draft) => self.keep(&draft),
                Effect::Forget(id) => self.forget(id),
                Effect::Changed(part) if !changed.contains(&part) => changed.push(part),
                Effect::Rang(summary) => self.rang(&summary),
                Effect::Changed(_) | Effect::Arrived { .. } => {}
            }
        }
        for part in changed {
            self.refresh(part);
        }
        self.count_unsent();
        self.wake_later();
    }

    fn refresh(self, part: Part) {
        match part {
            Part::Status => self.refresh_line(),
            Part::Timeline => self.refresh_log(),
            Part::List => {
                self.list.rise();
                self.refresh_summary();
            }
            Part::Details | Part::Presence => self.refresh_details(),
            Part::Typing => {
                let writes = |talker: &OwnerTalker| {
                    talker.open_conversation().is_some_and(|open| open.is_visitor_typing())
                };
                set(self.visitor_writes, self.talker(writes));
            }
            Part::Account => self.refresh_account(),
            Part::Outside => self.refresh_outside(),
        }
    }

    fn count_unsent(self) {
        let stuck =
            |draft: &&shopbell_client::Draft| matches!(draft.state, shopbell_client::DraftState::Stuck(_));
        let count = |talker: &OwnerTalker| {
            let drafts = talker.drafts();
            (drafts.len(), drafts.iter().filter(stuck).count())
        };
        set(self.unsent, self.talker(count));
    }

    fn wake_later(self) {
        let now = clock::now().0;
        let mut inner = self.inner.write_value();
        let due = inner.talker.wake_at(now);
        if inner.wake.as_ref().map(|(at, _)| *at) != due {
            inner.wake = due.map(|at| {
                let wake = move || {
                    self.inner.write_value().wake = None;
                    self.tell(OwnerEvent::Wake);
                };
                (at, Timer::after(at.saturating_sub(now).max(1), wake))
            });
        }
    }
}

/// Sets a value only when that changes it, so that nothing is drawn again for nothing.
fn set<T: PartialEq>(watched: Watched<T>, value: T) {
    if watched.with_untracked(|held| *held != value) {
        watched.set(value);
    }
}
