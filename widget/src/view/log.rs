//! The log: keyed by hand, so that a message that is drawn stays the very same
//! element, and what the visitor reads stays where it is.

use super::{Panel, bubble::Drawn};
use crate::{
    bridge::{
        clock,
        dom::{self, HtmlElement},
        scroll,
    },
    lines::{Line, lay_out},
};
use shopbell_client::{Part, Status, VisitorEvent};
use shopbell_protocol::{MessageId, UnixMillis};
use std::{cell::RefCell, rc::Rc};

/// A line that stands in the log.
enum Standing {
    Day(i64, HtmlElement),
    Cut(HtmlElement),
    Message(MessageId, Drawn),
}

impl Standing {
    fn element(&self) -> &HtmlElement {
        match self {
            Standing::Day(_, element) | Standing::Cut(element) => element,
            Standing::Message(_, drawn) => &drawn.row,
        }
    }

    fn is(&self, line: &Line<'_>) -> bool {
        match (self, line) {
            (Standing::Day(day, _), Line::Day(other, _)) => day == other,
            (Standing::Cut(_), Line::Cut) => true,
            (Standing::Message(id, _), Line::Bubble(bubble)) => *id == bubble.id,
            _ => false,
        }
    }
}

/// The log as it stands.
#[derive(Default)]
struct Log {
    standing: Vec<Standing>,
    /// The relay's own rendering is gone.
    taken_over: bool,
    /// The visitor reads the end, and is kept there.
    at_end: bool,
    /// The last of the visitor's own messages that was drawn.
    mine: Option<MessageId>,
    /// The owner's last message when the visitor was last at the end.
    read: Option<MessageId>,
    /// The owner's messages that have come since.
    news: usize,
}

pub(super) fn mount(panel: &Panel) {
    let log = Rc::new(RefCell::new(Log { at_end: true, ..Log::default() }));
    let Some(jump) = dom::make("button", "jump") else { return };
    dom::set(&jump, "type", "button");
    jump.set_hidden(true);
    dom::put_before(&panel.parts.form, &jump, None);
    let older = dom::make("p", "note");

    let (held, button) = (log.clone(), jump.clone());
    panel.follow(&[Part::Timeline], move |panel| {
        held.borrow_mut().draw(panel, older.as_ref());
        after(panel, &held.borrow(), &button);
    });

    let (held, button, on) = (log.clone(), jump.clone(), panel.clone());
    dom::on(&panel.parts.log, "scroll", move |_| {
        held.borrow_mut().scrolled(scroll::is_at_end(&on.parts.log));
        let more =
            on.talk.read(|talker| talker.timeline().has_older() && !talker.timeline().is_loading_older());
        if more && scroll::is_near_begin(&on.parts.log) {
            on.talk.handle(VisitorEvent::LoadOlder);
        }
        after(&on, &held.borrow(), &button);
    });

    let on = panel.clone();
    dom::on(&jump, "click", move |_| {
        scroll::to_end(&on.parts.log);
        let _ = on.parts.text_box.focus();
    });

    let on = panel.clone();
    scroll::on_resize(&panel.parts.log, move || {
        if log.borrow().at_end {
            scroll::to_end(&on.parts.log);
        }
    });

    let on = panel.clone();
    dom::on(&panel.parts.log, "click", move |event| {
        let id = |attribute: &str| MessageId::parse(&dom::nearest(&event, attribute)?);
        let retry = id("data-retry").map(VisitorEvent::Retry);
        if let Some(wish) = retry.or_else(|| id("data-remove").map(VisitorEvent::Discard)) {
            on.talk.handle(wish);
            // The button is gone, and the focus must not go with it.
            let _ = on.parts.log.focus();
        }
    });
}

/// What follows from where the log stands: the end was seen, or there is news below.
fn after(panel: &Panel, log: &Log, jump: &HtmlElement) {
    let unread = panel.talk.read(|talker| talker.timeline().unread());
    if unread > 0 && log.at_end && panel.talk.is_watched() {
        panel.talk.handle(VisitorEvent::Seen);
    }
    let news = if log.at_end { 0 } else { log.news };
    if news > 0 {
        dom::say(jump, &(panel.words.new_messages)(news));
    }
    jump.set_hidden(news == 0);
}

impl Log {
    fn scrolled(&mut self, at_end: bool) {
        if self.at_end && !at_end {
            let last = self.standing.iter().rev().find_map(|standing| match standing {
                Standing::Message(id, drawn) if !drawn.mine => Some(*id),
                _ => None,
            });
            self.read = last;
            self.news = 0;
        }
        self.at_end = at_end;
    }

    fn draw(&mut self, panel: &Panel, older: Option<&HtmlElement>) {
        let element = &panel.parts.log;
        panel.talk.read(|talker| {
            let lines = lay_out(talker.rows(), talker.cut().map(|cut| cut.until), clock::day_of);
            if !self.taken_over {
                // Until the conversation is here, what the relay rendered is the best there is.
                if lines.is_empty() && talker.status() != Status::Live {
                    return;
                }
                self.taken_over = true;
                element.replace_children_with_node_1(&panel.parts.greeting);
            }
            // A day's name stays at the top while messages come in below it.
            let first = self.standing.iter().find(|standing| matches!(standing, Standing::Message(..)));
            let anchor = first.map(|first| first.element().clone());
            let before = anchor.as_ref().map(|anchor| scroll::place(anchor));

            let timeline = talker.timeline();
            panel.parts.greeting.set_hidden(timeline.has_older());
            if let Some(older) = older {
                if timeline.is_loading_older() {
                    dom::say(older, panel.words.loading_older);
                    dom::put_before(element, older, element.first_element_child().as_ref());
                } else {
                    older.remove();
                }
            }
            self.set(panel, &lines);

            let theirs = || {
                lines.iter().rev().filter_map(|line| match line {
                    Line::Bubble(bubble) if !bubble.mine => Some(bubble.id),
                    _ => None,
                })
            };
            self.news = theirs().take_while(|id| Some(*id) != self.read).count();

            let mine = lines.iter().rev().find_map(|line| match line {
                Line::Bubble(bubble) if bubble.mine => Some(bubble.id),
                _ => None,
            });
            let wrote = mine > self.mine;
            self.mine = mine;
            if self.at_end || wrote {
                self.at_end = true;
                scroll::to_end(element);
            } else if let (Some(anchor), Some(before)) = (anchor, before) {
                scroll::by(element, scroll::place(&anchor) - before);
            }
        });
    }

    /// Makes the log's lines these, by the fewest changes.
    fn set(&mut self, panel: &Panel, lines: &[Line<'_>]) {
        let fresh = !self.standing.is_empty();
        for (place, line) in lines.iter().enumerate() {
            let found = self.standing.iter().skip(place).position(|standing| standing.is(line));
            let standing = match found {
                Some(0) => None,
                Some(ahead) => Some(self.standing.remove(place + ahead)),
                None => make(panel, line, fresh),
            };
            if let Some(standing) = standing {
                let next = self.standing.get(place).map(|next| (**next.element()).clone());
                dom::put_before(&panel.parts.log, standing.element(), next.as_ref());
                self.standing.insert(place.min(self.standing.len()), standing);
            }
            match (self.standing.get_mut(place), line) {
                (Some(Standing::Day(_, element)), Line::Day(day, at)) => {
                    dom::say(element, &day_name(panel, *day, *at));
                }
                (Some(Standing::Message(_, drawn)), Line::Bubble(bubble)) => drawn.update(panel, bubble),
                _ => {}
            }
        }
        for gone in self.standing.drain(lines.len().min(self.standing.len())..) {
            gone.element().remove();
        }
    }
}

fn make(panel: &Panel, line: &Line<'_>, fresh: bool) -> Option<Standing> {
    Some(match line {
        Line::Day(day, _) => Standing::Day(*day, dom::make("p", "day")?),
        Line::Cut => {
            let element = dom::make("p", "note")?;
            dom::say(&element, panel.words.cut);
            Standing::Cut(element)
        }
        Line::Bubble(bubble) => {
            let drawn = Drawn::new(panel, bubble)?;
            dom::class(&drawn.row, "new", fresh);
            Standing::Message(bubble.id, drawn)
        }
    })
}

fn day_name(panel: &Panel, day: i64, at: UnixMillis) -> String {
    let today = clock::day_of(UnixMillis(clock::now()));
    panel.format.day(at, today - day)
}
