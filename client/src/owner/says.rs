//! What the owner's talker says, and when.

use super::{Effects, OwnerTalker};
use crate::link::Due;
use crate::{Effect, Millis, Part};
use shopbell_protocol::{OwnerFrame, limits};

/// Wishes that wait for a connection; the oldest go beyond that.
const WISHES: usize = 32;

impl OwnerTalker {
    pub(super) fn typing(&mut self, active: bool, now: Millis, effects: &mut Effects) {
        if !active {
            return self.stop_typing(effects);
        }
        let Some(open) = &self.open else { return };
        if self.shell.my_typing.key(now) && self.shell.link.is_ready() {
            let conversation = open.conversation;
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active }));
        }
    }

    pub(super) fn stop_typing(&mut self, effects: &mut Effects) {
        let Some(open) = &self.open else { return };
        if self.shell.my_typing.stop() && self.shell.link.is_ready() {
            let conversation = open.conversation;
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active: false }));
        }
    }

    pub(super) fn wish(&mut self, frame: OwnerFrame) {
        if self.wishes.len() >= WISHES {
            self.wishes.remove(0);
        }
        self.wishes.push(frame);
    }

    pub(super) fn act(&mut self, due: Due, now: Millis, effects: &mut Effects) {
        if self.shell.act(due, OwnerFrame::Ping {}, effects) {
            self.lost(None, now, effects);
        }
    }

    pub(super) fn lost(&mut self, code: Option<u16>, now: Millis, effects: &mut Effects) {
        self.shell.lost(code, now, effects);
        self.list.connection_lost();
        self.notices.connection_lost();
        if let Some(open) = &mut self.open {
            open.timeline.connection_lost();
            open.watched = false;
            open.typing.heard(false, now);
        }
        effects.push(Effect::Changed(Part::Typing));
    }

    /// Says everything that the relay does not know yet, or asks for what is missing.
    pub(super) fn say_what_is_due(&mut self, now: Millis, effects: &mut Effects) {
        if !self.shell.link.is_ready() {
            let something = !self.wishes.is_empty()
                || self.open.as_ref().is_some_and(|open| !open.watched)
                || (self.shell.outbox.has_waiting() && self.shell.outbox.wake_at(now).is_none());
            let due = if something { self.shell.link.hurry(now) } else { Due::Nothing };
            return self.act(due, now, effects);
        }
        let said_before = effects.len();
        let mut say = |frame| effects.push(Effect::Transmit(frame));
        if let Some(cursor) = self.list.ask() {
            let (filter, search) = (self.list.filter(), self.list.search().map(Into::into));
            say(OwnerFrame::List { filter, search, cursor });
        }
        if let Some(open) = &mut self.open {
            let conversation = open.conversation;
            if !open.watched {
                open.watched = true;
                say(OwnerFrame::Watch { conversation, after: open.timeline.last() });
            }
            let opened = open.timeline.mine.opened;
            if opened > open.told.opened {
                open.told.opened = opened;
                say(OwnerFrame::Opened { conversation, upto: opened });
            }
            if let Some(seq) = open.timeline.ask_newer() {
                say(OwnerFrame::After { conversation, seq });
            }
            if let Some(seq) = open.timeline.ask_older() {
                say(OwnerFrame::Before { conversation, seq });
            }
        }
        for wish in self.wishes.drain(..) {
            say(wish);
        }
        // What finds no room now goes with the next thing that happens; one
        // exchange, with the `hello` before all this, takes no more.
        let mut room = (limits::EXCHANGE_FRAMES - 1).saturating_sub(effects.len() - said_before);
        let mut asked = false;
        if room > 0
            && let Some(places) = self.notices.say_next()
        {
            effects.push(Effect::Transmit(OwnerFrame::Received { places }));
            asked = true;
            room -= 1;
        }
        room = room.min(limits::SENDS_AT_ONCE);
        while room > 0
            && let Some(draft) = self.shell.outbox.send_next(now)
        {
            let (conversation, id) = (draft.conversation, draft.id);
            effects.push(Effect::Transmit(OwnerFrame::Send { conversation, id, body: draft.body.clone() }));
            asked = true;
            room -= 1;
        }
        if asked {
            self.shell.link.asked(now);
        }
    }
}
