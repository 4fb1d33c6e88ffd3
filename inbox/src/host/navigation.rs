//! From one view to the next, by touch, by key and by the browser's "back".

use super::Host;
use crate::bridge::{address, keyboard};
use crate::model::keys::{Command, Focus, Key, command, moved};
use crate::model::route::{Route, Step, step};
use shopbell_client::OwnerEvent;
use shopbell_protocol::ConversationId;

impl Host {
    /// Shows something else.
    pub(crate) fn go(self, to: Route) {
        let from = self.route.get_untracked();
        if from == to {
            return;
        }
        match step(from, to, address::depth()) {
            Step::Push => address::push(&to.fragment()),
            Step::Replace => address::replace(&to.fragment()),
            // What is shown follows when the browser has gone back.
            Step::Back => return address::back(),
        }
        self.show(to);
    }

    /// Shows what the address names.
    pub(super) fn follow(self) {
        self.show(Route::parse(&address::fragment()));
    }

    fn show(self, route: Route) {
        let left = self.route.get_untracked();
        super::set(self.route, route);
        self.open(route.conversation());
        if route == Route::Settings {
            self.tell(OwnerEvent::ShowSessions);
        }
        if route == Route::List
            && let Some(conversation) = left.conversation()
        {
            self.focus_line(conversation);
        }
        self.look_soon();
    }

    pub(super) fn press(self, key: Key<'_>, focus: Focus) -> bool {
        if self.phase.get_untracked() != super::Phase::In {
            return false;
        }
        let Some(command) = command(key, focus) else { return false };
        let route = self.route.get_untracked();
        let list_is_shown = self.wide.get_untracked() || route == Route::List;
        match command {
            Command::Back if route == Route::List => return false,
            Command::Back => self.go(Route::List),
            _ if !list_is_shown => return false,
            Command::Search => return keyboard::focus_on(keyboard::SEARCH_ID),
            Command::Move(by) => self.move_in_list(|from, lines| moved(from, by, lines)),
            Command::First => self.move_in_list(|_, lines| lines.checked_sub(1).map(|_| 0)),
        }
        true
    }

    fn move_in_list(self, to: impl FnOnce(Option<usize>, usize) -> Option<usize>) {
        let current = self.cursor.get_untracked().or(self.route.get_untracked().conversation());
        let target = self.talker(|talker| {
            let conversations = talker.list().conversations();
            let from = current.and_then(|id| conversations.iter().position(|line| line.conversation == id));
            to(from, conversations.len()).map(|line| conversations[line].conversation)
        });
        if let Some(conversation) = target {
            self.focus_line(conversation);
        }
    }

    /// Puts the focus on a conversation's line, once it is drawn.
    fn focus_line(self, conversation: ConversationId) {
        self.cursor.set(Some(conversation));
        self.focus_wanted.rise();
    }
}
