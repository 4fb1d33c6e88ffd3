//! What the owner's talker makes of what the relay says.

use super::{Effects, OpenConversation, OwnerTalker};
use crate::notices::Notices;
use crate::timeline::Taken;
use crate::{Effect, Millis, Outside, Part};
use shopbell_protocol::{
    ConversationId, Cut, Message, MessageId, Place, Presence, Receipt, RelayFrame, Seq, Side, SiteSeen,
    Summary, UnixMillis,
};

impl OwnerTalker {
    /// The open conversation, when it is this one.
    fn opened(&mut self, conversation: ConversationId) -> Option<&mut OpenConversation> {
        self.open.as_mut().filter(|open| open.conversation == conversation)
    }

    pub(super) fn hear(&mut self, frame: RelayFrame, now: Millis, effects: &mut Effects) {
        match frame {
            RelayFrame::OwnerWelcome(welcome) => {
                self.shell.link.welcomed(now);
                let epoch = Cut::epoch(welcome.cut);
                if self.about.as_ref().is_some_and(|about| Cut::epoch(about.cut) != epoch) {
                    self.cut_back(effects);
                }
                self.about = Some(welcome);
                effects.extend([Effect::Changed(Part::Status), Effect::Changed(Part::Account)]);
            }
            RelayFrame::Kept { conversation, id, seq, at } => {
                self.kept(conversation, id, seq, at);
                effects.extend([Effect::Forget(id), Effect::Changed(Part::Timeline)]);
            }
            RelayFrame::Refused { id, problem, .. } => {
                self.shell.outbox.refused(id, problem, now);
                effects.push(Effect::Changed(Part::Timeline));
            }
            RelayFrame::Message { conversation, message } => {
                let Some(open) = self.opened(conversation) else {
                    return;
                };
                if message.from == Side::Visitor && open.typing.heard(false, now) {
                    effects.push(Effect::Changed(Part::Typing));
                }
                open.timeline.take(message);
                self.settle(effects);
            }
            RelayFrame::History { conversation, slice } => {
                let Some(open) = self.open.as_mut().filter(|open| open.conversation == conversation) else {
                    return;
                };
                open.timeline.take_slice(slice);
                if let Some(held) = open.held.take() {
                    let there = open.timeline.messages();
                    self.shell.send_missing(conversation, (held, Side::Owner), there, effects);
                }
                self.settle(effects);
            }
            RelayFrame::Receipt { conversation, side, receipt } => {
                let Some(open) = self.opened(conversation) else {
                    return;
                };
                if open.timeline.take_receipt(side, receipt) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            RelayFrame::Received { .. } => self.notices.noted(),
            RelayFrame::Typing { conversation, side: Side::Visitor, active } => {
                if self.opened(conversation).is_some_and(|open| open.typing.heard(active, now)) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            RelayFrame::VisitorPresence { visitors } => {
                let mut shown = false;
                for Presence { conversation, here } in visitors {
                    if let Some(details) = self.opened(conversation).and_then(|open| open.details.as_mut()) {
                        details.summary.visitor_here = here;
                        effects.push(Effect::Changed(Part::Details));
                    }
                    shown |= self.list.take_presence(conversation, here);
                }
                if shown {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            RelayFrame::Conversations { filter, search, cursor, conversations, next } => {
                self.take_notice_of(&conversations, effects);
                self.has_heard = true;
                if self.list.take_page(filter, search, cursor, conversations, next) {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            RelayFrame::Changed { summary } => self.changed(summary, effects),
            RelayFrame::Details(details) => {
                let Some(open) = self.opened(details.summary.conversation) else {
                    return;
                };
                open.timeline.take_receipt(Side::Owner, details.owner_receipt);
                open.timeline.take_receipt(Side::Visitor, details.visitor_receipt);
                open.told = details.owner_receipt;
                open.details = Some(details);
                effects.extend([Effect::Changed(Part::Details), Effect::Changed(Part::Timeline)]);
            }
            RelayFrame::Sessions { sessions } => {
                self.sessions = Some(sessions);
                effects.push(Effect::Changed(Part::Account));
            }
            RelayFrame::BellSeen { site } => self.bell_seen(site, effects),
            RelayFrame::Problem(problem) => {
                let due = self.shell.link.problem(problem);
                self.act(due, now, effects);
            }
            // A pong has done its work by being heard; the rest is not for an owner.
            frame => {
                if Outside::take(&mut self.outside, frame) {
                    effects.push(Effect::Changed(Part::Outside));
                }
            }
        }
    }

    /// The relay's memory was put back: what is held here means nothing any more.
    fn cut_back(&mut self, effects: &mut Effects) {
        self.shell.cut_back(effects);
        self.notices = Notices::default();
        if let Some(open) = &mut self.open {
            open.held = Some(open.timeline.cut_back());
            open.told = Receipt::default();
        }
        effects.push(Effect::Changed(Part::Timeline));
    }

    fn bell_seen(&mut self, site: SiteSeen, effects: &mut Effects) {
        let Some(about) = &mut self.about else { return };
        match about.sites.iter_mut().find(|known| known.origin == site.origin) {
            Some(known) => *known = site,
            None => about.sites.push(site),
        }
        effects.push(Effect::Changed(Part::Account));
    }

    fn changed(&mut self, summary: Summary, effects: &mut Effects) {
        let conversation = summary.conversation;
        self.take_notice_of(std::slice::from_ref(&summary), effects);
        if let Some(details) = self.opened(conversation).and_then(|open| open.details.as_mut()) {
            details.summary = summary.clone();
            effects.push(Effect::Changed(Part::Details));
        }
        if self.list.take_change(&summary) {
            effects.push(Effect::Changed(Part::List));
        }
    }

    /// This device has heard of the visitors' last words: it says so, and they
    /// see them handed over. What is newer than all that was heard before rings.
    fn take_notice_of(&mut self, conversations: &[Summary], effects: &mut Effects) {
        let heard_upto = self.heard_upto;
        for summary in conversations {
            self.heard_upto = self.heard_upto.max(summary.last_at);
            if summary.unread == 0 {
                continue;
            }
            self.notices.heard_of(Place { conversation: summary.conversation, upto: summary.last_seq });
            if self.has_heard && summary.last_from == Side::Visitor && summary.last_at > heard_upto {
                effects.push(Effect::Rang(Box::new(summary.clone())));
            }
        }
    }

    fn kept(&mut self, conversation: ConversationId, id: MessageId, seq: Seq, at: UnixMillis) {
        self.shell.outbox.accepted();
        let Some(draft) = self.shell.outbox.drafts().iter().find(|draft| draft.id == id) else {
            // Another tab has taken it out of the storage meanwhile, and to the
            // one who sent it it does not come as a message.
            if let Some(open) = self.opened(conversation) {
                open.timeline.heard_of(seq);
            }
            return;
        };
        let message = Message {
            id,
            seq,
            from: Side::Owner,
            at,
            body: draft.body.clone(),
            system: false,
            pictures: Vec::new(),
        };
        let taken = self.opened(conversation).map(|open| open.timeline.take(message));
        match taken {
            Some(Taken::Gap) => self.shell.outbox.kept(id, seq, at),
            _ => {
                self.shell.outbox.remove(id);
            }
        }
    }

    /// The timeline has grown: drafts that are part of it now are drafts no more.
    fn settle(&mut self, effects: &mut Effects) {
        effects.push(Effect::Changed(Part::Timeline));
        if let Some(open) = &self.open {
            let (messages, last) = (open.timeline.messages(), open.timeline.last());
            self.shell.settle(open.conversation, messages, last, effects);
        }
    }
}
