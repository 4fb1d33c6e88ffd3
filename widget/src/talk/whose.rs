//! Whose conversation it is: several tabs as one, and what becomes of it when it
//! is forgotten or refused.

use super::{Line, Talk, arrive};
use crate::bridge::shelf::Change;
use shopbell_client::{MessageState, Part, Status, VisitorEvent};
use shopbell_protocol::{Credential, ErrorCode, limits};

impl Talk {
    /// The texts that are still with their sender.
    fn waiting(&self) -> Vec<String> {
        self.read(|talker| {
            let here =
                |state: &MessageState<'_>| matches!(state, MessageState::OnDevice | MessageState::Stuck(_));
            let rows = talker.rows().filter(|row| row.state.as_ref().is_some_and(here));
            rows.map(|row| row.body.to_owned()).take(limits::OUTBOX_MESSAGES).collect()
        })
    }

    /// Another tab may have spoken first: then this one goes on in its conversation.
    pub(super) fn join_other_tabs(&self) {
        let (stored, theirs) = {
            let state = self.state.borrow();
            (state.stored, state.shelf.key())
        };
        if let Some(theirs) = theirs.filter(|_| !stored) {
            self.take_up(theirs, true);
        }
    }

    /// Another tab has changed what this device keeps.
    pub(super) fn changed_elsewhere(&self, change: Change) {
        let ours = self.read(|talker| talker.credential().clone());
        match change {
            Change::Came(draft) if draft.conversation == ours.conversation => {
                self.handle(VisitorEvent::Adopt(draft));
            }
            Change::Came(_) => {}
            Change::Went(id) => self.handle(VisitorEvent::Gone(id)),
            Change::Key(Some(theirs)) if theirs != ours && self.waiting().is_empty() => {
                self.take_up(theirs, true);
            }
            Change::Key(Some(_)) => {}
            Change::Key(None) => self.forget_all(),
        }
    }

    /// Forgets the conversation on this device and begins another.
    pub(crate) fn forget_all(&self) {
        self.state.borrow().shelf.clear();
        if let Some(fresh) = arrive::fresh() {
            self.take_up(fresh, false);
        }
    }

    /// The relay says that the conversation is not ours: what waits goes into a
    /// new one, so that nothing is lost.
    pub(super) fn begin_anew_if_refused(&self) {
        let refused =
            self.read(|talker| talker.problem().is_some_and(|problem| problem.code == ErrorCode::NotYours));
        if !refused {
            return;
        }
        let waiting = self.waiting();
        self.forget_all();
        for body in waiting {
            let _ = self.write(&body);
        }
    }

    /// Goes on with another conversation.
    fn take_up(&self, credential: Credential, stored: bool) {
        let (talker, drafts) = {
            let state = self.state.borrow();
            (arrive::talker(&state.shop, credential, state.page.clone()), state.shelf.drafts())
        };
        let Some(talker) = talker else { return };
        let conversation = talker.credential().conversation;
        let mut state = self.state.borrow_mut();
        let was_live = !matches!(state.talker.status(), Status::Idle);
        state.line = Line::None;
        state.stored = stored;
        state.talker = talker;
        drop(state);
        for draft in drafts.into_iter().filter(|draft| draft.conversation == conversation) {
            self.handle(VisitorEvent::Adopt(draft));
        }
        if was_live {
            self.handle(VisitorEvent::Start);
        }
        for part in [Part::Timeline, Part::Status, Part::Presence, Part::Typing] {
            self.shown.changed(part);
        }
    }
}
