//! What the owner sees and what draws their attention: focus, title, badge, words said aloud.

use super::Host;
use crate::bridge::{address, clock, device, keyboard, push, scroll, timer};
use crate::model::label::label;
use crate::model::route::{Route, sign_in_code};
use crate::model::sight::{NEAR_END_PX, Sight};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ConversationId, Summary};

impl Host {
    /// Listens to everything outside that matters.
    pub(super) fn watch_outside(self) {
        device::on_attention(move || {
            self.now.set(clock::now());
            if device::is_visible() && self.phase.get_untracked() == super::Phase::In {
                // The network may have come back while nobody looked.
                self.tell(OwnerEvent::Start);
                self.look();
            }
        });
        device::on_network(move || {
            if self.phase.get_untracked() == super::Phase::In {
                if device::has_network() {
                    self.tell(OwnerEvent::Start);
                } else {
                    // Whatever line there is leads nowhere now, and would only be found
                    // dead when the relay had not answered for a while.
                    self.disconnect();
                    self.tell(OwnerEvent::Closed(None));
                }
            }
            self.refresh_line();
        });
        device::on_width(move || self.wide.set(device::is_wide()));
        address::on_step(move || {
            if sign_in_code(&address::fragment()).is_some() { self.enter() } else { self.follow() }
        });
        push::on_open(move |order| {
            let Some(conversation) = ConversationId::parse(&order.open) else { return };
            if let Some(words) = &order.draft {
                if self.route.get_untracked() == Route::Conversation(conversation) {
                    // Its box is filled when it is opened.
                    self.go(Route::List);
                }
                self.keep_text(conversation, words);
                order.drafted();
            }
            self.go(Route::Conversation(conversation));
        });
        keyboard::on_key(move |key, focus| self.press(key, focus));
    }

    /// Tells as opened what the owner has before their eyes now.
    pub(crate) fn look(self) {
        let at_end = self.inner.with_value(|inner| {
            let log = inner.log_box.as_ref().map(scroll::of_log);
            log.is_some_and(|log| log.height > 0.0 && log.after < NEAR_END_PX)
        });
        let sight = Sight {
            visible: device::is_visible(),
            focused: device::is_focused(),
            shown: matches!(self.route.get_untracked(), Route::Conversation(_))
                && self.phase.get_untracked() == super::Phase::In
                && !self.covered.get_untracked(),
            at_end,
        };
        // Before the details have come it is not known what was new.
        let unread = self.talker(|talker| {
            let open = talker.open_conversation();
            open.is_some_and(|open| open.details.is_some() && open.timeline.unread() > 0)
        });
        if unread && sight.sees() {
            self.tell(OwnerEvent::Seen);
            if let Route::Conversation(conversation) = self.route.get_untracked() {
                self.close_notices(conversation);
            }
        }
    }

    /// The same, when what has changed is drawn.
    pub(crate) fn look_soon(self) {
        timer::next_frame(move || self.look());
    }

    /// Puts the number of unread messages where it is seen from outside.
    pub(super) fn show_unread(self) {
        let (count, said) = self.inner.with_value(|inner| (inner.unread.count(), inner.unread.said()));
        let shop = self.account.with_untracked(|about| about.as_ref().map(|about| about.shop.clone()));
        let title = match shop {
            Some(shop) => fill(WORDS.title, &[("shop", &shop)]),
            None => WORDS.inbox.into(),
        };
        device::set_title(&match said {
            None => title,
            Some(said) => fill(WORDS.unread_title, &[("n", &said), ("title", &title)]),
        });
        device::set_badge(count);
    }

    pub(super) fn rang(self, summary: &Summary) {
        if self.route.get_untracked().conversation() != Some(summary.conversation) {
            self.say(fill(WORDS.rang, &[("name", &label(summary))]));
        }
    }

    /// Says something aloud to those who do not see the screen.
    pub(crate) fn say(self, words: String) {
        self.said.set(words);
    }
}
