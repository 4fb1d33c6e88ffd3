//! A host as small as one can be: a talker in a tab, with its device's storage and clock.

use shopbell_client::{
    Draft, Effect, MessageState, Millis, OwnerEvent, OwnerTalker, Row, Status, VisitorEvent, VisitorTalker,
};
use shopbell_protocol::{
    ConversationId, Credential, Message, MessageId, OwnerFrame, RelayFrame, Secret, Seq, ShopId, Side,
    VisitorFrame, VisitorHello,
};
use std::collections::{BTreeMap, BTreeSet};

/// What either talker says.
#[derive(Debug, Clone)]
pub enum Spoken {
    Visitor(VisitorFrame),
    Owner(OwnerFrame),
}

/// What happens to either talker.
#[derive(Debug, Clone)]
pub enum Event {
    Start,
    Connected,
    Closed(Option<u16>),
    Frame(RelayFrame),
    Wake,
    Adopt(Draft),
    Gone(MessageId),
    Typing(bool),
    Seen,
    LoadOlder,
    Retry(MessageId),
    Discard(MessageId),
    /// Only to an owner.
    Open(ConversationId),
    /// Only to an owner.
    Leave,
    /// Only to an owner.
    Name(ConversationId, String),
    /// Only to an owner.
    SetClosed(ConversationId, bool),
}

enum Talker {
    Visitor(Box<VisitorTalker>),
    Owner(Box<OwnerTalker>),
}

/// What all tabs of one browser share.
#[derive(Default)]
pub struct Device {
    pub storage: BTreeMap<MessageId, Draft>,
    /// How far its clock is from the true time.
    pub clock_is_off_by: i64,
}

impl Device {
    pub fn now(&self, true_now: Millis) -> Millis {
        true_now.saturating_add_signed(self.clock_is_off_by)
    }
}

/// Whose tab it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Visitor(ConversationId),
    Owner,
}

/// A tab: it may be shut and opened again; what it wrote stays on record here.
pub struct Tab {
    pub whose: Whose,
    pub device: usize,
    talker: Option<Talker>,
    /// The connection in use, as the host knows it.
    pub connection: Option<u32>,
    /// When the timer rings, in true time: timers don't follow a clock that steps.
    pub rings_at: Option<Millis>,
    pub is_offline: bool,
    pub written: Vec<(ConversationId, MessageId)>,
    rung: BTreeSet<MessageId>,
}

impl Tab {
    pub fn new(whose: Whose, device: usize) -> Self {
        let (written, rung) = (Vec::new(), BTreeSet::new());
        Self {
            whose,
            device,
            talker: None,
            connection: None,
            rings_at: None,
            is_offline: false,
            written,
            rung,
        }
    }

    pub fn is_open(&self) -> bool {
        self.talker.is_some()
    }

    pub fn open(&mut self, seed: u64) {
        self.rung.clear();
        self.talker = Some(match self.whose {
            Whose::Visitor(conversation) => {
                let secret = Secret::new(&[7; 32]);
                let hello = VisitorHello {
                    shop: ShopId::parse("oak-and-ash").expect("a shop's id"),
                    credential: Credential { conversation, secret },
                    after: Seq::NONE,
                    locale: None,
                    time_zone: None,
                    page: None,
                };
                Talker::Visitor(Box::new(VisitorTalker::new(hello, seed)))
            }
            Whose::Owner => Talker::Owner(Box::new(OwnerTalker::new(seed))),
        });
    }

    pub fn shut(&mut self) {
        self.talker = None;
        self.connection = None;
        self.rings_at = None;
    }

    pub fn handle(&mut self, event: Event, now: Millis) -> Vec<Effect<Spoken>> {
        match &mut self.talker {
            None => Vec::new(),
            Some(Talker::Visitor(talker)) => {
                let Some(event) = for_visitor(event) else {
                    return Vec::new();
                };
                said(talker.handle(event, now), Spoken::Visitor)
            }
            Some(Talker::Owner(talker)) => said(talker.handle(for_owner(event), now), Spoken::Owner),
        }
    }

    /// Writes; an owner writes into the conversation that is open.
    pub fn write(&mut self, body: String, now: Millis) -> Vec<Effect<Spoken>> {
        let (conversation, written) = match (self.whose, &mut self.talker) {
            (Whose::Visitor(conversation), Some(Talker::Visitor(talker))) => {
                let written = talker.write(body, now).expect("few messages wait");
                (conversation, (written.0, said(written.1, Spoken::Visitor)))
            }
            (Whose::Owner, Some(Talker::Owner(talker))) => {
                let Some(open) = talker.open_conversation() else {
                    return Vec::new();
                };
                let conversation = open.conversation;
                let written = talker.write(conversation, body, now).expect("few messages wait");
                (conversation, (written.0, said(written.1, Spoken::Owner)))
            }
            _ => return Vec::new(),
        };
        self.written.push((conversation, written.0));
        written.1
    }

    pub fn wake_at(&self, now: Millis) -> Option<Millis> {
        match self.talker.as_ref()? {
            Talker::Visitor(talker) => talker.wake_at(now),
            Talker::Owner(talker) => talker.wake_at(now),
        }
    }

    pub fn status(&self) -> Status<'_> {
        match &self.talker {
            None => Status::Idle,
            Some(Talker::Visitor(talker)) => talker.status(),
            Some(Talker::Owner(talker)) => talker.status(),
        }
    }

    pub fn rows(&self) -> Vec<Row<'_>> {
        match &self.talker {
            None => Vec::new(),
            Some(Talker::Visitor(talker)) => talker.rows().collect(),
            Some(Talker::Owner(talker)) => talker.rows().collect(),
        }
    }

    pub fn messages(&self) -> &[Message] {
        match &self.talker {
            None => &[],
            Some(Talker::Visitor(talker)) => talker.timeline().messages(),
            Some(Talker::Owner(talker)) => {
                talker.open_conversation().map_or(&[], |open| open.timeline.messages())
            }
        }
    }

    /// The conversation that is before this tab's person.
    pub fn conversation(&self) -> Option<ConversationId> {
        match (self.whose, &self.talker) {
            (Whose::Visitor(conversation), _) => Some(conversation),
            (Whose::Owner, Some(Talker::Owner(talker))) => {
                talker.open_conversation().map(|open| open.conversation)
            }
            _ => None,
        }
    }

    pub fn owner(&self) -> Option<&OwnerTalker> {
        match &self.talker {
            Some(Talker::Owner(talker)) => Some(talker),
            _ => None,
        }
    }

    pub fn stuck(&self) -> Option<MessageId> {
        let is_stuck = |row: &Row<'_>| matches!(row.state, Some(MessageState::Stuck(_)));
        self.rows().iter().find(|row| is_stuck(row)).map(|row| row.id)
    }

    pub fn side(&self) -> Side {
        match self.whose {
            Whose::Visitor(_) => Side::Visitor,
            Whose::Owner => Side::Owner,
        }
    }

    /// A message is news to a visitor once.
    pub fn ring(&mut self, id: MessageId) {
        assert!(self.rung.insert(id), "{id} rang twice");
    }
}

fn said<F>(effects: Vec<Effect<F>>, speaker: fn(F) -> Spoken) -> Vec<Effect<Spoken>> {
    let each = |effect| match effect {
        Effect::Connect(transport) => Effect::Connect(transport),
        Effect::Disconnect => Effect::Disconnect,
        Effect::Transmit(frame) => Effect::Transmit(speaker(frame)),
        Effect::Keep(draft) => Effect::Keep(draft),
        Effect::Forget(id) => Effect::Forget(id),
        Effect::Changed(part) => Effect::Changed(part),
        Effect::Arrived { conversation, message } => Effect::Arrived { conversation, message },
        Effect::Rang(summary) => Effect::Rang(summary),
    };
    effects.into_iter().map(each).collect()
}

fn for_visitor(event: Event) -> Option<VisitorEvent> {
    Some(match event {
        Event::Start => VisitorEvent::Start,
        Event::Connected => VisitorEvent::Connected,
        Event::Closed(code) => VisitorEvent::Closed(code),
        Event::Frame(frame) => VisitorEvent::Frame(frame),
        Event::Wake => VisitorEvent::Wake,
        Event::Adopt(draft) => VisitorEvent::Adopt(draft),
        Event::Gone(id) => VisitorEvent::Gone(id),
        Event::Typing(active) => VisitorEvent::Typing(active),
        Event::Seen => VisitorEvent::Seen,
        Event::LoadOlder => VisitorEvent::LoadOlder,
        Event::Retry(id) => VisitorEvent::Retry(id),
        Event::Discard(id) => VisitorEvent::Discard(id),
        Event::Open(_) | Event::Leave | Event::Name(..) | Event::SetClosed(..) => return None,
    })
}

fn for_owner(event: Event) -> OwnerEvent {
    match event {
        Event::Start => OwnerEvent::Start,
        Event::Connected => OwnerEvent::Connected,
        Event::Closed(code) => OwnerEvent::Closed(code),
        Event::Frame(frame) => OwnerEvent::Frame(frame),
        Event::Wake => OwnerEvent::Wake,
        Event::Adopt(draft) => OwnerEvent::Adopt(draft),
        Event::Gone(id) => OwnerEvent::Gone(id),
        Event::Typing(active) => OwnerEvent::Typing(active),
        Event::Seen => OwnerEvent::Seen,
        Event::LoadOlder => OwnerEvent::LoadOlder,
        Event::Retry(id) => OwnerEvent::Retry(id),
        Event::Discard(id) => OwnerEvent::Discard(id),
        Event::Open(conversation) => OwnerEvent::Open(conversation),
        Event::Leave => OwnerEvent::Leave,
        Event::Name(conversation, name) => OwnerEvent::Name(conversation, name),
        Event::SetClosed(conversation, closed) => OwnerEvent::SetClosed(conversation, closed),
    }
}
