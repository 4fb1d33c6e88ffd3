//! What is really so, to hold against what the tabs show.

use crate::relay::Relay;
use crate::tab::{Tab, Whose};
use shopbell_client::MessageState;
use shopbell_protocol::{ConversationId, MessageId, RelayFrame, Seq, Side};
use std::collections::{BTreeMap, BTreeSet};

/// Kept by the world itself, beside the talkers and the relay.
#[derive(Default)]
pub(crate) struct Truth {
    /// How far a person of each side has really looked.
    opened: BTreeMap<(ConversationId, bool), Seq>,
    /// How far a device of each side has really heard.
    handed: BTreeMap<(ConversationId, bool), Seq>,
    /// Given up by a person.
    pub(crate) discarded: BTreeSet<MessageId>,
    /// Was stuck once, so that others may have gone before it.
    pub(crate) was_stuck: BTreeSet<MessageId>,
}

fn raise(map: &mut BTreeMap<(ConversationId, bool), Seq>, id: ConversationId, side: Side, seq: Seq) {
    let held = map.entry((id, side == Side::Owner)).or_default();
    *held = seq.max(*held);
}

impl Truth {
    /// A frame reaches a device of this side.
    pub(crate) fn heard(&mut self, side: Side, frame: &RelayFrame) {
        let mut raise = |id, seq| raise(&mut self.handed, id, side, seq);
        match frame {
            RelayFrame::Message { conversation, message } => raise(*conversation, message.seq),
            RelayFrame::History { conversation, slice } => {
                if let Some(message) = slice.messages.last() {
                    raise(*conversation, message.seq);
                }
            }
            RelayFrame::Conversations { conversations, .. } => {
                for summary in conversations {
                    raise(summary.conversation, summary.last_seq);
                }
            }
            RelayFrame::Changed { summary } => raise(summary.conversation, summary.last_seq),
            // Only a visitor is welcomed with messages; whose they are is known by `check`.
            _ => {}
        }
    }

    /// A person has everything before their eyes that their tab holds.
    pub(crate) fn seen(&mut self, tab: &Tab) {
        if let (Some(conversation), Some(message)) = (tab.conversation(), tab.messages().last()) {
            raise(&mut self.opened, conversation, tab.side(), message.seq);
            raise(&mut self.handed, conversation, tab.side(), message.seq);
        }
    }

    /// A device let go of a draft: only what the relay has, or a person gave up.
    pub(crate) fn forgotten(&self, id: MessageId, relay: &Relay) {
        let kept = relay.conversations.values().any(|held| held.messages.iter().any(|m| m.id == id));
        assert!(kept || self.discarded.contains(&id), "{id} was forgotten and is lost");
    }

    /// Everything that a tab shows is true and in order.
    pub(crate) fn check(&mut self, tab: &Tab, relay: &Relay) {
        self.was_stuck.extend(tab.stuck());
        let Some(conversation) = tab.conversation() else { return };
        if let (Whose::Visitor(_), Some(message)) = (tab.whose, tab.messages().last()) {
            raise(&mut self.handed, conversation, Side::Visitor, message.seq);
        }
        let kept = relay.messages(conversation);
        let other = (conversation, tab.side() == Side::Visitor);
        let opened = self.opened.get(&other).copied().unwrap_or_default();
        let handed = self.handed.get(&other).copied().unwrap_or_default();
        let mut shown = BTreeSet::new();
        let mut last: Option<Seq> = None;
        for message in tab.messages() {
            assert!(last.is_none_or(|last| last.next() == message.seq), "a hole in what is shown");
            last = Some(message.seq);
        }
        for row in tab.rows() {
            assert!(shown.insert(row.id), "{} is shown twice", row.id);
            if let Some(seq) = row.seq {
                let at_relay = &kept[seq.previous().0 as usize];
                assert_eq!(
                    (at_relay.id, at_relay.body.as_str()),
                    (row.id, row.body),
                    "another message at {seq}"
                );
            }
            match (row.state, row.seq) {
                (None, _) => assert!(row.from != tab.side() && row.seq.is_some(), "their draft is shown"),
                (Some(MessageState::OnDevice), seq) => assert_eq!(seq, None),
                (Some(MessageState::Stuck(_)), _) => {}
                (Some(_), None) => panic!("a draft is shown as more than it is"),
                (Some(MessageState::Kept), Some(_)) => {}
                (Some(MessageState::HandedOver), Some(seq)) => {
                    assert!(seq <= handed, "{seq} is shown as handed over and was not");
                }
                (Some(MessageState::Opened), Some(seq)) => {
                    assert!(seq <= opened, "{seq} is shown as opened and was not");
                }
            }
        }
    }
}
