//! The open conversation: what the views show of it, and what is done in it.

use super::Host;
use crate::bridge::{clock, intl, scroll, timer};
use crate::model::log::Line;
use leptos::prelude::*;
use shopbell_client::{OutboxFull, OwnerEvent};
use shopbell_protocol::{ConversationId, ErrorCode, MessageId, limits, text};

/// What lies above the first message held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Older {
    /// Nothing has come yet.
    Unknown,
    /// It is the first one.
    None,
    /// There are more.
    More,
    /// They are on their way.
    Loading,
}

impl Host {
    /// The log's box, once it is drawn.
    pub(crate) fn set_log_box(self, element: Option<web_sys::Element>) {
        self.inner.write_value().log_box = element;
    }

    /// One line of the log.
    pub(crate) fn line_of(self, id: MessageId) -> Option<ArcRwSignal<Line>> {
        self.inner.with_value(|inner| inner.lines.get(&id).cloned())
    }

    /// One chunk of the log.
    pub(crate) fn chunk(self, number: u32) -> Option<ArcRwSignal<Vec<MessageId>>> {
        self.inner.with_value(|inner| {
            let found = inner.chunk_ids.iter().find(|(held, _)| *held == number);
            found.map(|(_, ids)| ids.clone())
        })
    }

    pub(super) fn refresh_log(self) {
        let (older, new) = self.talker(|talker| {
            let Some(open) = talker.open_conversation() else { return (Older::Unknown, None) };
            let older = match (open.timeline.messages().is_empty(), open.timeline.has_older()) {
                (true, _) if open.details.is_none() => Older::Unknown,
                (true, _) | (_, false) => Older::None,
                _ if open.timeline.is_loading_older() => Older::Loading,
                _ => Older::More,
            };
            let new = open.details.is_some().then(|| open.timeline.first_unread()).flatten();
            (older, new)
        });
        // It stays where it was when the conversation was opened, though it is read now.
        let is_first_look = self.inner.with_value(|inner| inner.log.is_empty());
        if self.first_new.get_untracked().is_none() && new.is_some() && self.marks_new(is_first_look) {
            self.first_new.set(new);
        }
        let first_new = self.first_new.get_untracked();
        let (change, held) = {
            let mut inner = self.inner.write_value();
            let inner = &mut *inner;
            let change = {
                let cut = inner.talker.cut().map(|cut| cut.until);
                inner.log.look(inner.talker.rows(), first_new, cut, intl::day_number)
            };
            for line in &change.lines {
                match inner.lines.get(&line.id) {
                    Some(held) => held.set(line.clone()),
                    None => {
                        inner.lines.insert(line.id, ArcRwSignal::new(line.clone()));
                    }
                }
            }
            let moves = change.order || !change.chunks.is_empty();
            let held = if moves { inner.log_box.as_ref().and_then(scroll::hold) } else { None };
            for &number in &change.chunks {
                let ids = inner.log.chunk(number).to_vec();
                match inner.chunk_ids.iter().find(|(held, _)| *held == number) {
                    Some((_, held)) => held.set(ids),
                    None => inner.chunk_ids.push((number, ArcRwSignal::new(ids))),
                }
            }
            if moves {
                let log = &inner.log;
                inner.lines.retain(|id, _| log.has(*id));
            }
            (change, held)
        };
        super::set(self.older, older);
        super::set(self.cut_at_end, change.cut_at_end);
        if change.order {
            let numbers = self.inner.with_value(|inner| inner.log.numbers());
            self.inner.write_value().chunk_ids.retain(|(number, _)| numbers.contains(number));
            self.chunks.set(numbers);
        }
        if change.order || !change.chunks.is_empty() {
            self.grown.rise();
            timer::next_frame(move || {
                if let Some(held) = held {
                    held.restore();
                }
                self.look();
            });
        }
    }

    /// Whether new messages get a mark: those that were there when the
    /// conversation was opened, and those that come while nobody looks.
    fn marks_new(self, is_first_look: bool) -> bool {
        let looks = crate::bridge::device::is_visible() && crate::bridge::device::is_focused();
        is_first_look || !looks || self.details.with_untracked(Option::is_none)
    }

    pub(super) fn refresh_details(self) {
        let details = self.talker(|talker| talker.open_conversation()?.details.clone());
        super::set(self.details, details);
        self.refresh_summary();
    }

    pub(super) fn refresh_summary(self) {
        let summary = self.talker(|talker| {
            let open = talker.open_conversation()?;
            let details = open.details.as_ref().map(|details| &details.summary);
            details.or_else(|| talker.list().get(open.conversation)).cloned()
        });
        if summary.is_some() {
            super::set(self.missing, false);
        }
        super::set(self.summary, summary);
    }

    /// Shows this conversation, or none.
    pub(super) fn open(self, conversation: Option<ConversationId>) {
        let open = self.talker(|talker| talker.open_conversation().map(|open| open.conversation));
        if open == conversation {
            return;
        }
        super::set(self.first_new, None);
        super::set(self.missing, false);
        super::set(self.covered, false);
        super::set(self.chunks, Vec::new());
        {
            let mut inner = self.inner.write_value();
            inner.log = crate::model::log::Log::default();
            inner.lines.clear();
            inner.chunk_ids.clear();
        }
        self.tell(conversation.map_or(OwnerEvent::Leave, OwnerEvent::Open));
        super::set(self.visitor_writes, false);
    }

    /// Sends what was typed.
    ///
    /// # Errors
    /// Why it can't be: empty, too long, or too much waits already.
    pub(crate) fn send(self, conversation: ConversationId, typed: &str) -> Result<(), String> {
        let body = text::clean_body(typed).map_err(|code: ErrorCode| code.sentence().to_owned())?;
        let now = clock::now().0;
        let written = self.inner.write_value().talker.write(conversation, body, now);
        let (_, effects) = written.map_err(|OutboxFull| crate::words::WORDS.outbox_full.to_owned())?;
        self.keep_text(conversation, "");
        let log = self.inner.with_value(|inner| inner.log_box.clone());
        self.carry_out(effects);
        if let Some(log) = log {
            timer::next_frame(move || scroll::log_to_end(&log));
        }
        Ok(())
    }

    /// A key was struck in the box, which holds this now.
    pub(crate) fn typed(self, conversation: ConversationId, text: &str) {
        self.keep_text(conversation, text);
        self.tell(OwnerEvent::Typing(!text.trim().is_empty()));
    }

    /// Calls the visitor by another name.
    pub(crate) fn name(self, conversation: ConversationId, name: &str) {
        let name = text::clean_line(name, limits::NAME_CHARS);
        self.tell(OwnerEvent::Name(conversation, name));
    }
}
