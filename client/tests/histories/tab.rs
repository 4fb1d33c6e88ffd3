//! A host as small as one can be: a talker in a tab, with its device's storage and clock.

use shopbell_client::{
    Draft, DraftState, Effect, MessageState, Millis, OwnerEvent, OwnerTalker, Row, Status, VisitorEvent,
    VisitorTalker,
};
use shopbell_protocol::{
    ConversationId, Credential, Message, MessageId, OwnerFrame, RelayFrame, Secret, Seq, ShopId, Side,
    VisitorFrame, VisitorHello,
};
use std::collections::{BTreeMap, BTreeSet};

/// What either talker says.
#[derive(Debug, Clone)]
pub(crate) enum Spoken {
    Visitor(VisitorFrame),
    Owner(OwnerFrame),
}

/// What happens to either talker.
#[derive(Debug, Clone)]
pub(crate) enum Event {
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
}

enum Talker {
    Visitor(Box<VisitorTalker>),
    Owner(Box<OwnerTalker>),
}

/// What all tabs of one browser share.
#[derive(Default)]
pub(crate) struct Device {
    pub(crate) storage: BTreeMap<MessageId, Draft>,
    /// How far its clock is from the true time.
    pub(crate) clock_is_off_by: i64,
}

impl Device {
    pub(crate) fn now(&self, true_now: Millis) -> Millis {
        true_now.saturating_add_signed(self.clock_is_off_by)
    }
}

/// Whose tab it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Visitor(ConversationId),
    Owner,
}

/// A tab: it may be shut and opened again; what it wrote stays on record here.
pub(crate) struct Tab {
    pub(crate) whose: Whose,
    pub(crate) device: usize,
    talker: Option<Talker>,
    /// The connection in use, as the host knows it.
    pub(crate) connection: Option<u32>,
    /// When the timer rings, in true time: timers don't follow a clock that steps.
    pub(crate) rings_at: Option<Millis>,
    pub(crate) is_offline: bool,
    pub(crate) written: Vec<(ConversationId, MessageId)>,
    rung: BTreeSet<MessageId>,
}

impl Tab {
    pub(crate) fn new(whose: Whose, device: usize) -> Self {
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

    pub(crate) fn is_open(&self) -> bool {
        self.talker.is_some()
    }

    pub(crate) fn open(&mut self, seed: u64) {
        self.rung.clear();
        self.talker = Some(match self.whose {
            Whose::Visitor(conversation) => {
                let secret = Secret::new(&[7; 32]);
                let hello = VisitorHello {
                    shop: ShopId::parse("oak-and-ash").expect("a shop's id"),
                    credential: Credential { conversation, secret },
                    after: Seq::NONE,
                    epoch: 0,
                    locale: None,
                    time_zone: None,
                    page: None,
                };
                Talker::Visitor(Box::new(VisitorTalker::new(hello, seed)))
            }
            Whose::Owner => Talker::Owner(Box::new(OwnerTalker::new(seed))),
        });
    }

    pub(crate) fn shut(&mut self) {
        self.talker = None;
        self.connection = None;
        self.rings_at = None;
    }

    pub(crate) fn handle(&mut self, event: Event, now: Millis) -> Vec<Effect<Spoken>> {
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
    pub(crate) fn write(&mut self, body: String, now: Millis) -> Vec<Effect<Spoken>> {
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

    pub(crate) fn wake_at(&self, now: Millis) -> Option<Millis> {
        match self.talker.as_ref()? {
            Talker::Visitor(talker) => talker.wake_at(now),
            Talker::Owner(talker) => talker.wake_at(now),
        }
    }

    pub(crate) fn status(&self) -> Status<'_> {
        match &self.talker {
            None => Status::Idle,
            Some(Talker::Visitor(talker)) => talker.status(),
            Some(Talker::Owner(talker)) => talker.status(),
        }
    }

    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        match &self.talker {
            None => Vec::new(),
            Some(Talker::Visitor(talker)) => talker.rows().collect(),
            Some(Talker::Owner(talker)) => talker.rows().collect(),
        }
    }

    pub(crate) fn messages(&self) -> &[Message] {
        match &self.talker {
            None => &[],
            Some(Talker::Visitor(talker)) => talker.timeline().messages(),
            Some(Talker::Owner(talker)) => {
                talker.open_conversation().map_or(&[], |open| open.timeline.messages())
            }
        }
    }

    /// The conversation that is before this tab's person.
    pub(crate) fn conversation(&self) -> Option<ConversationId> {
        match (self.whose, &self.talker) {
            (Whose::Visitor(conversation), _) => Some(conversation),
            (Whose::Owner, Some(Talker::Owner(talker))) => {
                talker.open_conversation().map(|open| open.conversation)
            }
            _ => None,
        }
    }

    /// The messages that wait for a person, in whichever conversation.
    pub(crate) fn stuck(&self) -> Vec<MessageId> {
        if let Some(Talker::Owner(talker)) = &self.talker {
            let drafts = talker.drafts().iter();
            let stuck = drafts.filter(|draft| matches!(draft.state, DraftState::Stuck(_)));
            return stuck.map(|draft| draft.id).collect();
        }
        let is_stuck = |row: &&Row<'_>| matches!(row.state, Some(MessageState::Stuck(_)));
        self.rows().iter().filter(is_stuck).map(|row| row.id).collect()
    }

    pub(crate) fn side(&self) -> Side {
        match self.whose {
            Whose::Visitor(_) => Side::Visitor,
            Whose::Owner => Side::Owner,
        }
    }

    /// A message is news to a visitor once.
    pub(crate) fn ring(&mut self, id: MessageId) {
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
        Event::Open(_) | Event::Leave => return None,
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
    }
}
