//! A model of the relay: strict, simple, and written without a look at the real one.

use crate::frames::{objection, welcome_owner};
use shopbell_protocol::{
    ConversationId, Details, ErrorCode, Message, MessageId, OwnerFrame, Place, Problem, Receipt, RelayFrame,
    Seq, Side, Slice, Summary, UnixMillis, VisitorFrame, VisitorWelcome,
};
use std::collections::BTreeMap;

/// Names a connection; no two of a history share one.
pub(crate) type ConnectionId = u32;

/// Everything that was said in one conversation.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) messages: Vec<Message>,
    pub(crate) visitor: Receipt,
    pub(crate) owner: Receipt,
    name: Option<String>,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Speaker {
    /// Connected, and has not said `hello`.
    Unknown,
    Visitor(ConversationId),
    Owner(Option<ConversationId>),
}

/// What the next sends are refused with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) retry_after_ms: Option<u32>,
}

/// The relay's whole state. Connections are lost at a restart, messages never.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) conversations: BTreeMap<ConversationId, Conversation>,
    connections: BTreeMap<ConnectionId, Speaker>,
    pub(crate) refusals: Vec<Refusal>,
    /// So many of the next frames that are neither `hello` nor sends are not done.
    pub(crate) objections: usize,
    /// Messages in one slice: small, so that gaps and pages are met often.
    slice: usize,
}

/// What the relay says, and to whom.
pub(crate) type Said = Vec<(ConnectionId, RelayFrame)>;

impl Relay {
    pub(crate) fn new(slice: usize) -> Self {
        Self {
            conversations: BTreeMap::new(),
            connections: BTreeMap::new(),
            refusals: Vec::new(),
            objections: 0,
            slice,
        }
    }

    pub(crate) fn connect(&mut self, connection: ConnectionId) {
        self.connections.insert(connection, Speaker::Unknown);
    }

    pub(crate) fn disconnect(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
    }

    pub(crate) fn restart(&mut self) {
        self.connections.clear();
    }

    pub(crate) fn messages(&self, conversation: ConversationId) -> &[Message] {
        self.conversations.get(&conversation).map_or(&[], |conversation| &conversation.messages)
    }

    pub(crate) fn hear_visitor(&mut self, from: ConnectionId, frame: VisitorFrame, at: UnixMillis) -> Said {
        match (self.connections.get(&from).copied(), frame) {
            // The connection is gone, and with it all that was under way on it.
            (None, _) => Vec::new(),
            (Some(Speaker::Unknown), VisitorFrame::Hello(hello)) => {
                let conversation = hello.credential.conversation;
                self.connections.insert(from, Speaker::Visitor(conversation));
                vec![(from, self.welcome_visitor(conversation, hello.after))]
            }
            (Some(Speaker::Visitor(conversation)), frame) => self.visitor_says(from, conversation, frame, at),
            (Some(speaker), frame) => panic!("a visitor's talker spoke out of turn: {speaker:?} {frame:?}"),
        }
    }

    fn visitor_says(
        &mut self,
        from: ConnectionId,
        conversation: ConversationId,
        frame: VisitorFrame,
        at: UnixMillis,
    ) -> Said {
        match frame {
            VisitorFrame::Hello(_) => panic!("a second hello on one connection"),
            VisitorFrame::Send { id, body } => self.keep(from, conversation, Side::Visitor, id, body, at),
            _ if self.objects() => objection(from),
            VisitorFrame::Received { upto } => {
                self.advance(from, conversation, Side::Visitor, Receipt { handed: upto, opened: Seq::NONE })
            }
            VisitorFrame::Opened { upto } => {
                self.advance(from, conversation, Side::Visitor, Receipt { handed: upto, opened: upto })
            }
            VisitorFrame::Typing { active } => {
                let typing = RelayFrame::Typing { conversation, side: Side::Visitor, active };
                self.to_watchers(conversation, &typing)
            }
            VisitorFrame::Before { seq } => vec![(from, self.before(conversation, seq))],
            VisitorFrame::After { seq } => vec![(from, self.after(conversation, seq))],
            VisitorFrame::Visit { .. } | VisitorFrame::Notify(_) => Vec::new(),
            VisitorFrame::Address { email } => {
                vec![(from, RelayFrame::Address { email: Some(email), refused: false })]
            }
            VisitorFrame::Ping {} => vec![(from, RelayFrame::Pong {})],
        }
    }

    pub(crate) fn hear_owner(&mut self, from: ConnectionId, frame: OwnerFrame, at: UnixMillis) -> Said {
        match (self.connections.get(&from), &frame) {
            (None, _) => return Vec::new(),
            (Some(Speaker::Unknown), OwnerFrame::Hello {}) => {
                self.connections.insert(from, Speaker::Owner(None));
                let unheard = |held: &Conversation| {
                    let last = held.messages.last();
                    last.is_some_and(|last| last.from == Side::Visitor && held.owner.handed < last.seq)
                };
                let unheard: Vec<_> =
                    self.conversations.iter().filter(|(_, held)| unheard(held)).map(|(id, _)| *id).collect();
                let lines = unheard.into_iter().filter_map(|id| self.summary(id));
                let lines = lines.map(|summary| (from, RelayFrame::Changed { summary }));
                return [(from, welcome_owner())].into_iter().chain(lines).collect();
            }
            (Some(Speaker::Owner(_)), OwnerFrame::Hello {}) => panic!("a second hello on one connection"),
            (Some(Speaker::Owner(_)), _) => {}
            (Some(speaker), frame) => panic!("an owner's talker spoke out of turn: {speaker:?} {frame:?}"),
        }
        match frame {
            OwnerFrame::Send { conversation, id, body } => {
                self.keep(from, conversation, Side::Owner, id, body, at)
            }
            _ if self.objects() => objection(from),
            OwnerFrame::List { filter, search, cursor } => {
                let conversations = self.list(filter == shopbell_protocol::ListFilter::Closed);
                let page = RelayFrame::Conversations { filter, search, cursor, conversations, next: None };
                vec![(from, page)]
            }
            OwnerFrame::Watch { conversation, after } => {
                self.connections.insert(from, Speaker::Owner(Some(conversation)));
                let Some(details) = self.details(conversation) else {
                    let problem = Problem::new(ErrorCode::NoSuchConversation);
                    return vec![(from, RelayFrame::Problem(problem))];
                };
                vec![(from, RelayFrame::Details(details)), (from, self.resume(conversation, after))]
            }
            OwnerFrame::Unwatch {} => {
                self.connections.insert(from, Speaker::Owner(None));
                Vec::new()
            }
            OwnerFrame::Received { places } => {
                let mut said = Vec::new();
                for Place { conversation, upto } in &places {
                    let receipt = Receipt { handed: *upto, opened: Seq::NONE };
                    said.extend(self.advance(from, *conversation, Side::Owner, receipt));
                }
                said.push((from, RelayFrame::Received { places }));
                said
            }
            OwnerFrame::Opened { conversation, upto } => {
                self.advance(from, conversation, Side::Owner, Receipt { handed: upto, opened: upto })
            }
            OwnerFrame::Typing { conversation, active } => {
                let typing = RelayFrame::Typing { conversation, side: Side::Owner, active };
                self.to_visitors(conversation, &typing)
            }
            OwnerFrame::Before { conversation, seq } => vec![(from, self.before(conversation, seq))],
            OwnerFrame::After { conversation, seq } => vec![(from, self.after(conversation, seq))],
            OwnerFrame::Name { conversation, name } => {
                self.change(conversation, |held| held.name = (!name.is_empty()).then_some(name))
            }
            OwnerFrame::Close { conversation, closed } => {
                self.change(conversation, |held| held.closed = closed)
            }
            OwnerFrame::Sessions {} => vec![(from, RelayFrame::Sessions { sessions: Vec::new() })],
            OwnerFrame::EndSession { .. } => Vec::new(),
            // What is about channels has no history: it is shown as the relay tells it.
            OwnerFrame::Channels {}
            | OwnerFrame::AddChannel { .. }
            | OwnerFrame::EditChannel { .. }
            | OwnerFrame::OrderChannels { .. }
            | OwnerFrame::RemoveChannel { .. }
            | OwnerFrame::TestChannel { .. }
            | OwnerFrame::Signing { .. }
            | OwnerFrame::LinkCode {}
            | OwnerFrame::Held {}
            | OwnerFrame::Release { .. }
            | OwnerFrame::Discard { .. } => Vec::new(),
            OwnerFrame::Ping {} => vec![(from, RelayFrame::Pong {})],
            OwnerFrame::Hello {} => unreachable!("answered above"),
        }
    }

    fn objects(&mut self) -> bool {
        let objects = self.objections > 0;
        self.objections = self.objections.saturating_sub(1);
        objects
    }

    fn keep(
        &mut self,
        from: ConnectionId,
        conversation: ConversationId,
        side: Side,
        id: MessageId,
        body: String,
        at: UnixMillis,
    ) -> Said {
        if let Some(Refusal { code, retry_after_ms }) = self.refusals.pop() {
            let problem = Problem { retry_after_ms, ..Problem::new(code) };
            return vec![(from, RelayFrame::Refused { conversation, id, problem })];
        }
        let held = self.conversations.entry(conversation).or_default();
        if let Some(known) = held.messages.iter().find(|message| message.id == id) {
            assert_eq!(known.body, body, "the same id came with another text");
            return vec![(from, RelayFrame::Kept { conversation, id, seq: known.seq, at: known.at })];
        }
        let seq = Seq(u32::try_from(held.messages.len()).expect("a short conversation")).next();
        let message = Message { id, seq, from: side, at, body, system: false, pictures: Vec::new() };
        held.messages.push(message.clone());
        held.closed &= side == Side::Owner;
        let mut said = vec![(from, RelayFrame::Kept { conversation, id, seq, at })];
        let message = RelayFrame::Message { conversation, message };
        said.extend(self.to_visitors(conversation, &message));
        said.extend(self.to_watchers(conversation, &message));
        said.retain(|(to, frame)| *to != from || matches!(frame, RelayFrame::Kept { .. }));
        said.extend(self.to_owners(conversation));
        said
    }

    fn advance(&mut self, from: ConnectionId, id: ConversationId, side: Side, receipt: Receipt) -> Said {
        let Some(held) = self.conversations.get_mut(&id) else {
            return Vec::new();
        };
        let last = Seq(u32::try_from(held.messages.len()).expect("a short conversation"));
        assert!(receipt.handed <= last, "a receipt for a message that does not exist");
        let own = if side == Side::Visitor { &mut held.visitor } else { &mut held.owner };
        let risen =
            Receipt { handed: own.handed.max(receipt.handed), opened: own.opened.max(receipt.opened) };
        if std::mem::replace(own, risen) == risen {
            return Vec::new();
        }
        let frame = RelayFrame::Receipt { conversation: id, side, receipt: risen };
        let mut said = self.to_visitors(id, &frame);
        said.extend(self.to_watchers(id, &frame));
        said.retain(|(to, _)| *to != from);
        said.extend(self.to_owners(id));
        said
    }

    fn change(&mut self, id: ConversationId, change: impl FnOnce(&mut Conversation)) -> Said {
        let Some(held) = self.conversations.get_mut(&id) else {
            return Vec::new();
        };
        change(held);
        self.to_owners(id)
    }

    fn to_visitors(&self, id: ConversationId, frame: &RelayFrame) -> Said {
        let visitors = self.connections.iter().filter(|(_, speaker)| **speaker == Speaker::Visitor(id));
        visitors.map(|(to, _)| (*to, frame.clone())).collect()
    }

    fn to_watchers(&self, id: ConversationId, frame: &RelayFrame) -> Said {
        let watchers = self.connections.iter().filter(|(_, speaker)| **speaker == Speaker::Owner(Some(id)));
        watchers.map(|(to, _)| (*to, frame.clone())).collect()
    }

    fn to_owners(&self, id: ConversationId) -> Said {
        let Some(summary) = self.summary(id) else { return Vec::new() };
        let owners = self.connections.iter().filter(|(_, speaker)| matches!(speaker, Speaker::Owner(_)));
        owners.map(|(to, _)| (*to, RelayFrame::Changed { summary: summary.clone() })).collect()
    }

    fn welcome_visitor(&self, id: ConversationId, after: Seq) -> RelayFrame {
        let held = self.conversations.get(&id);
        RelayFrame::VisitorWelcome(VisitorWelcome {
            shop: "Oak and Ash".into(),
            owner: "Ana".into(),
            owner_here: false,
            unreachable: false,
            email: None,
            can_mail: false,
            owner_receipt: held.map_or(Receipt::default(), |held| held.owner),
            visitor_receipt: held.map_or(Receipt::default(), |held| held.visitor),
            slice: self.latest(id, after),
            cut: None,
        })
    }

    /// What stands after a place, and when that is more than a slice, the latest.
    fn latest(&self, id: ConversationId, after: Seq) -> Slice {
        let messages = self.messages(id);
        let from = (after.0 as usize).max(messages.len().saturating_sub(self.slice));
        self.slice(id, from..messages.len())
    }

    fn resume(&self, conversation: ConversationId, after: Seq) -> RelayFrame {
        RelayFrame::History { conversation, slice: self.latest(conversation, after) }
    }

    fn after(&self, conversation: ConversationId, seq: Seq) -> RelayFrame {
        let from = seq.0 as usize;
        let to = (from + self.slice).min(self.messages(conversation).len());
        RelayFrame::History { conversation, slice: self.slice(conversation, from..to.max(from)) }
    }

    fn before(&self, conversation: ConversationId, seq: Seq) -> RelayFrame {
        let to = seq.previous().0 as usize;
        let from = to.saturating_sub(self.slice);
        RelayFrame::History { conversation, slice: self.slice(conversation, from..to) }
    }

    fn slice(&self, id: ConversationId, range: std::ops::Range<usize>) -> Slice {
        let messages = self.messages(id);
        Slice {
            messages: messages.get(range).unwrap_or(&[]).to_vec(),
            last: messages.last().map_or(Seq::NONE, |message| message.seq),
        }
    }

    fn list(&self, closed: bool) -> Vec<Summary> {
        let ids = self.conversations.iter().filter(|(_, held)| held.closed == closed);
        let mut list: Vec<_> = ids.filter_map(|(id, _)| self.summary(*id)).collect();
        list.sort_by_key(|summary| match summary.waiting_since {
            Some(since) if !closed => (0, since.0),
            _ => (1, u64::MAX - summary.last_at.0),
        });
        list
    }

    fn summary(&self, id: ConversationId) -> Option<Summary> {
        let held = self.conversations.get(&id)?;
        let last = held.messages.last()?;
        let theirs = held.messages.iter().rev().take_while(|message| message.from == Side::Visitor);
        let unread = held.messages.iter().filter(|m| m.from == Side::Visitor && m.seq > held.owner.opened);
        Some(Summary {
            conversation: id,
            name: held.name.clone(),
            waiting_since: theirs.last().map(|message| message.at),
            last_seq: last.seq,
            last_at: last.at,
            last_from: last.from,
            preview: last.body.clone(),
            last_by_system: false,
            last_pictures: 0,
            unread: u32::try_from(unread.count()).expect("a short conversation"),
            closed: held.closed,
            visitor_here: false,
            page: None,
        })
    }

    fn details(&self, id: ConversationId) -> Option<Details> {
        let held = self.conversations.get(&id)?;
        Some(Details {
            summary: self.summary(id)?,
            began_at: held.messages.first()?.at,
            locale: None,
            time_zone: None,
            visits: Vec::new(),
            owner_receipt: held.owner,
            visitor_receipt: held.visitor,
            undelivered: Vec::new(),
            by_mail: false,
            by_push: false,
        })
    }
}
