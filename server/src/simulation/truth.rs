//! What is really so, to hold against what the relay says and the tabs show.

use shopbell_protocol::{
    ConversationId, ErrorCode, Message, MessageId, Receipt, RelayFrame, Seq, Side, Slice,
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Broken promises of one run that are told, at most.
const TOLD: usize = 12;

/// A side of a conversation.
type Half = (ConversationId, bool);

fn half(conversation: ConversationId, side: Side) -> Half {
    (conversation, side == Side::Owner)
}

/// An acknowledgement that a device has heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) conversation: ConversationId,
    pub(super) id: MessageId,
    pub(super) seq: Seq,
}

/// Kept by the world itself, beside the talkers and the relay.
#[derive(Default)]
pub(super) struct Truth {
    /// What was acknowledged.
    pub(super) kept: Vec<Kept>,
    /// What was written, where.
    pub(super) bodies: BTreeMap<MessageId, (ConversationId, String)>,
    /// Which message anybody has ever been told to stand where.
    places: BTreeMap<(ConversationId, Seq), MessageId>,
    /// How far a side's devices have said that they have come.
    come: BTreeMap<Half, Receipt>,
    /// How far a side's devices have really heard,
    heard: BTreeMap<Half, Seq>,
    /// and its people really seen.
    seen: BTreeMap<Half, Seq>,
    /// How often somebody without the secret was told so.
    pub(super) strangers_refused: u64,
    /// Promises that were broken, in sentences.
    pub(super) wrong: Vec<String>,
}

fn raise(map: &mut BTreeMap<Half, Seq>, half: Half, seq: Seq) {
    let held = map.entry(half).or_default();
    *held = seq.max(*held);
}

impl Truth {
    /// A promise was broken.
    pub(super) fn broken(&mut self, sentence: String) {
        if self.wrong.len() < TOLD {
            self.wrong.push(sentence);
        }
    }

    /// A device of this side is told this; `own` is a visitor's conversation.
    pub(super) fn heard(&mut self, side: Side, own: Option<ConversationId>, frame: &RelayFrame) {
        match frame {
            RelayFrame::Kept { conversation, id, seq, .. } => {
                self.stands(*conversation, *seq, *id);
                self.kept.push(Kept { conversation: *conversation, id: *id, seq: *seq });
            }
            RelayFrame::Message { conversation, message } => self.message(side, *conversation, message),
            RelayFrame::History { conversation, slice } => self.slice(side, *conversation, slice),
            RelayFrame::Receipt { conversation, side, receipt } => self.told(*conversation, *side, *receipt),
            RelayFrame::VisitorWelcome(welcome) => {
                let Some(own) = own else { return };
                self.slice(side, own, &welcome.slice);
                self.told(own, Side::Owner, welcome.owner_receipt);
                self.told(own, Side::Visitor, welcome.visitor_receipt);
            }
            RelayFrame::Details(details) => {
                let conversation = details.summary.conversation;
                self.told(conversation, Side::Owner, details.owner_receipt);
                self.told(conversation, Side::Visitor, details.visitor_receipt);
            }
            RelayFrame::Changed { summary } => {
                raise(&mut self.heard, half(summary.conversation, side), summary.last_seq);
            }
            RelayFrame::Conversations { conversations, .. } => {
                for summary in conversations {
                    raise(&mut self.heard, half(summary.conversation, side), summary.last_seq);
                }
            }
            _ => {}
        }
    }

    /// Who has not the secret is told nothing but that.
    pub(super) fn heard_by_stranger(&mut self, frame: &RelayFrame) {
        let refused = matches!(frame, RelayFrame::Problem(problem) if problem.code == ErrorCode::NotYours);
        self.strangers_refused += u64::from(refused);
        let harmless =
            matches!(frame, RelayFrame::Problem(_) | RelayFrame::Pong {} | RelayFrame::OwnerPresence { .. });
        if !harmless {
            self.broken(format!("somebody without the secret was told {frame:?}"));
        }
    }

    fn slice(&mut self, side: Side, conversation: ConversationId, slice: &Slice) {
        for message in &slice.messages {
            self.message(side, conversation, message);
        }
    }

    fn message(&mut self, side: Side, conversation: ConversationId, message: &Message) {
        self.stands(conversation, message.seq, message.id);
        raise(&mut self.heard, half(conversation, side), message.seq);
        match self.bodies.get(&message.id) {
            Some((its, body)) if *its == conversation && *body == message.body => {}
            written => {
                let sentence = format!("{} was written as {written:?} and told as {message:?}", message.id);
                self.broken(sentence);
            }
        }
    }

    /// Everybody is told the same order, always.
    fn stands(&mut self, conversation: ConversationId, seq: Seq, id: MessageId) {
        match self.places.entry((conversation, seq)) {
            Entry::Vacant(free) => drop(free.insert(id)),
            Entry::Occupied(taken) if *taken.get() != id => {
                let sentence = format!("{conversation}: {} and {id} were both told to be {seq}", taken.get());
                self.broken(sentence);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// A device says that it has come so far. It must have.
    pub(super) fn says(&mut self, conversation: ConversationId, side: Side, receipt: Receipt) {
        let half = half(conversation, side);
        let heard = self.heard.get(&half).copied().unwrap_or_default();
        let seen = self.seen.get(&half).copied().unwrap_or_default();
        if receipt.handed > heard || receipt.opened > seen {
            self.broken(format!(
                "{conversation}: a device of the {side:?}'s says {receipt:?}, and has heard {heard} and seen {seen}"
            ));
        }
        let come = self.come.entry(half).or_default();
        come.handed = come.handed.max(receipt.handed).max(receipt.opened);
        come.opened = come.opened.max(receipt.opened);
    }

    /// A person has everything before their eyes that their tab holds.
    pub(super) fn sees(&mut self, conversation: ConversationId, side: Side, messages: &[Message]) {
        if let Some(last) = messages.last() {
            raise(&mut self.seen, half(conversation, side), last.seq);
        }
    }

    /// Somebody is told how far a side has come: no further than one of its devices has said.
    pub(super) fn told(&mut self, conversation: ConversationId, side: Side, receipt: Receipt) {
        let come = self.come(conversation, side);
        if receipt.handed > come.handed || receipt.opened > come.opened {
            self.broken(format!(
                "{conversation}: {side:?} was said to be at {receipt:?}, and is at {come:?}"
            ));
        }
    }

    /// How far a side has said that it has come.
    pub(super) fn come(&self, conversation: ConversationId, side: Side) -> Receipt {
        self.come.get(&half(conversation, side)).copied().unwrap_or_default()
    }
}
