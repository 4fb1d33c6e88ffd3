//! What the visitor's talker does about what the relay says.

use super::{About, Effects, Mail, VisitorTalker};
use crate::timeline::Taken;
use crate::{Effect, Millis, Part};
use shopbell_protocol::{Cut, Message, RelayFrame, Seq, Side, VisitorWelcome};

/// The newest messages that a panel left open keeps in memory.
const MESSAGES_HELD: usize = 1_000;

impl VisitorTalker {
    pub(super) fn hear(&mut self, frame: RelayFrame, now: Millis, effects: &mut Effects) {
        let mine = self.hello.credential.conversation;
        match frame {
            RelayFrame::VisitorWelcome(welcome) => self.welcomed(welcome, now, effects),
            RelayFrame::Kept { conversation, id, seq, at } if conversation == mine => {
                self.shell.outbox.accepted();
                let Some(draft) = self.shell.outbox.drafts().iter().find(|draft| draft.id == id) else {
                    // Another tab has taken it out of the storage meanwhile, and to
                    // the one who sent it it does not come as a message.
                    self.timeline.heard_of(seq);
                    return;
                };
                let message = Message {
                    id,
                    seq,
                    from: Side::Visitor,
                    at,
                    body: draft.body.clone(),
                    system: false,
                    pictures: Vec::new(),
                };
                match self.timeline.take(message) {
                    Taken::Gap => self.shell.outbox.kept(id, seq, at),
                    Taken::New | Taken::Known => {
                        self.shell.outbox.remove(id);
                    }
                }
                effects.extend([Effect::Forget(id), Effect::Changed(Part::Timeline)]);
            }
            RelayFrame::Refused { conversation, id, problem } if conversation == mine => {
                self.shell.outbox.refused(id, problem, now);
                effects.push(Effect::Changed(Part::Timeline));
            }
            RelayFrame::Message { conversation, message } if conversation == mine => {
                let copy = (message.from == Side::Owner).then(|| message.clone());
                if message.from == Side::Owner && self.owner_typing.heard(false, now) {
                    effects.push(Effect::Changed(Part::Typing));
                }
                if self.timeline.take(message) == Taken::New {
                    self.settle(effects);
                    if let Some(message) = copy {
                        effects.push(Effect::Arrived { conversation, message });
                    }
                }
            }
            RelayFrame::History { conversation, slice } if conversation == mine => {
                let fresh = self.timeline.take_slice(slice);
                self.settle(effects);
                self.announce(fresh, effects);
            }
            RelayFrame::Receipt { conversation, side, receipt } if conversation == mine => {
                if self.timeline.take_receipt(side, receipt) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            RelayFrame::Typing { conversation, side: Side::Owner, active } if conversation == mine => {
                if self.owner_typing.heard(active, now) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            RelayFrame::OwnerPresence { here, unreachable } => {
                self.owner_here = here;
                self.unreachable = unreachable;
                effects.push(Effect::Changed(Part::Presence));
            }
            RelayFrame::Address { email, refused } => {
                self.address = None;
                self.mail = Mail { possible: true, address: email, refused };
                effects.push(Effect::Changed(Part::Outside));
            }
            RelayFrame::Problem(problem) => {
                let due = self.shell.link.problem(problem);
                self.act(due, now, effects);
            }
            // A pong has done its work by being heard; the rest is not for a visitor.
            _ => {}
        }
    }

    fn welcomed(&mut self, welcome: VisitorWelcome, now: Millis, effects: &mut Effects) {
        self.shell.link.welcomed(now);
        let is_cut_back = self.about.is_some() && Cut::epoch(self.cut) != Cut::epoch(welcome.cut);
        self.cut = welcome.cut;
        let held = is_cut_back.then(|| {
            self.shell.cut_back(effects);
            self.timeline.cut_back()
        });
        self.about = Some(About { shop: welcome.shop, owner: welcome.owner });
        self.owner_here = welcome.owner_here;
        self.unreachable = welcome.unreachable;
        self.mail = Mail { possible: welcome.can_mail, address: welcome.email, refused: false };
        self.told = welcome.visitor_receipt;
        let returning = self.timeline.last() > Seq::NONE;
        let fresh = self.timeline.take_slice(welcome.slice);
        if let Some(held) = held {
            let conversation = self.hello.credential.conversation;
            self.shell.send_missing(conversation, (held, Side::Visitor), self.timeline.messages(), effects);
        }
        self.timeline.take_receipt(Side::Visitor, welcome.visitor_receipt);
        self.timeline.take_receipt(Side::Owner, welcome.owner_receipt);
        effects.extend([Part::Status, Part::Presence, Part::Outside].map(Effect::Changed));
        self.settle(effects);
        // What was there before the panel opened is history, not news.
        self.announce(if returning { fresh } else { 0 }, effects);
    }

    fn announce(&self, fresh: usize, effects: &mut Effects) {
        let messages = self.timeline.messages();
        let conversation = self.hello.credential.conversation;
        let news = messages[messages.len() - fresh..].iter().filter(|message| message.from == Side::Owner);
        effects.extend(news.map(|message| Effect::Arrived { conversation, message: message.clone() }));
    }

    /// The timeline has grown: drafts that are part of it now are drafts no more.
    fn settle(&mut self, effects: &mut Effects) {
        let conversation = self.hello.credential.conversation;
        self.shell.settle(conversation, self.timeline.messages(), self.timeline.last(), effects);
        self.timeline.trim(MESSAGES_HELD);
        effects.push(Effect::Changed(Part::Timeline));
    }
}
