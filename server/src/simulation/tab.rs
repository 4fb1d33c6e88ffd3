//! A host as small as one can be: a shipped talker in a tab, on a device with a storage and a clock.

use super::{event::LineId, house::Caller};
use serde::Serialize;
use shopbell_client::{
    Draft, Effect, MessageState, Millis, OutboxFull, OwnerEvent, OwnerTalker, Row, Status, VisitorEvent,
    VisitorTalker, wire,
};
use shopbell_protocol::{
    ConversationId, Credential, Message, MessageId, OwnerFrame, Receipt, RelayFrame, Seq, Side, VisitorFrame,
    VisitorHello,
};
use std::collections::BTreeMap;

/// Which tab.
pub(super) type TabId = usize;

/// A frame as it goes out, and how far it says that its device has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) claims: Vec<(ConversationId, Receipt)>,
    /// The message that it carries, if it carries one.
    pub(super) sends: Option<MessageId>,
}

/// What happens to either talker.
#[derive(Debug, Clone)]
pub(super) enum Happens {
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
    /// Only to an owner.
    Open(ConversationId),
    /// Only to an owner.
    Leave,
}

#[expect(clippy::large_enum_variant, reason = "a handful of them in a run")]
enum Talker {
    Visitor(VisitorTalker),
    Owner(OwnerTalker),
}

/// What all tabs of one browser share.
#[derive(Default)]
pub(super) struct Device {
    pub(super) storage: BTreeMap<MessageId, Draft>,
    /// How far its clock is from the true time.
    pub(super) clock_is_off_by: i64,
}

impl Device {
    pub(super) fn now(&self, unix_ms: Millis) -> Millis {
        unix_ms.saturating_add_signed(self.clock_is_off_by)
    }
}

/// Whose tab it is.
#[derive(Debug, Clone)]
pub(super) enum Whose {
    Visitor(VisitorHello),
    /// Who has a conversation's id and not its secret.
    Stranger(VisitorHello),
    Owner,
}

/// A tab: it may be shut and opened again; what was written in it stays on record here.
pub(super) struct Tab {
    pub(super) whose: Whose,
    pub(super) device: usize,
    pub(super) caller: Caller,
    talker: Option<Talker>,
    /// The connection in use, as the host knows it.
    pub(super) line: Option<LineId>,
    /// When the timer rings, in true time: timers don't follow a clock that steps.
    pub(super) rings_ms: Option<u64>,
    pub(super) is_offline: bool,
    /// What its exchange goes off with.
    pub(super) collected: Option<Vec<Said>>,
    pub(super) written: Vec<(ConversationId, MessageId)>,
}

impl Tab {
    pub(super) fn new(whose: Whose, device: usize, caller: Caller) -> Self {
        Self {
            whose,
            device,
            caller,
            talker: None,
            line: None,
            rings_ms: None,
            is_offline: false,
            collected: None,
            written: Vec::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.talker.is_some()
    }

    pub(super) fn is_strange(&self) -> bool {
        matches!(self.whose, Whose::Stranger(_))
    }

    pub(super) fn open(&mut self, seed: u64) {
        self.talker = Some(match &self.whose {
            Whose::Visitor(hello) | Whose::Stranger(hello) => {
                Talker::Visitor(VisitorTalker::new(hello.clone(), seed))
            }
            Whose::Owner => Talker::Owner(OwnerTalker::new(seed)),
        });
    }

    pub(super) fn shut(&mut self) {
        (self.talker, self.line, self.rings_ms, self.collected) = (None, None, None, None);
    }

    pub(super) fn handle(&mut self, happens: Happens, now: Millis) -> Vec<Effect<Said>> {
        match &mut self.talker {
            None => Vec::new(),
            Some(Talker::Visitor(talker)) => {
                let own = talker.credential().conversation;
                let Some(event) = for_visitor(happens) else { return Vec::new() };
                said(talker.handle(event, now), |frame| of_visitor(own, frame))
            }
            Some(Talker::Owner(talker)) => said(talker.handle(for_owner(happens), now), of_owner),
        }
    }

    /// Writes; an owner writes into the conversation that is open, or nothing.
    pub(super) fn write(&mut self, body: String, now: Millis) -> Option<(MessageId, Vec<Effect<Said>>)> {
        let conversation = self.conversation()?;
        let written: Result<_, OutboxFull> = match self.talker.as_mut()? {
            Talker::Visitor(talker) => talker
                .write(body, now)
                .map(|(id, effects)| (id, said(effects, |frame| of_visitor(conversation, frame)))),
            Talker::Owner(talker) => {
                talker.write(conversation, body, now).map(|(id, effects)| (id, said(effects, of_owner)))
            }
        };
        let (id, effects) = written.expect("few messages wait");
        self.written.push((conversation, id));
        Some((id, effects))
    }

    pub(super) fn wake_at(&self, now: Millis) -> Option<Millis> {
        match self.talker.as_ref()? {
            Talker::Visitor(talker) => talker.wake_at(now),
            Talker::Owner(talker) => talker.wake_at(now),
        }
    }

    pub(super) fn status(&self) -> Status<'_> {
        match &self.talker {
            None => Status::Idle,
            Some(Talker::Visitor(talker)) => talker.status(),
            Some(Talker::Owner(talker)) => talker.status(),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        match &self.talker {
            None => Vec::new(),
            Some(Talker::Visitor(talker)) => talker.rows().collect(),
            Some(Talker::Owner(talker)) => talker.rows().collect(),
        }
    }

    pub(super) fn messages(&self) -> &[Message] {
        match &self.talker {
            None => &[],
            Some(Talker::Visitor(talker)) => talker.timeline().messages(),
            Some(Talker::Owner(talker)) => {
                talker.open_conversation().map_or(&[], |open| open.timeline.messages())
            }
        }
    }

    /// The conversation that is before this tab's person.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        match (&self.whose, &self.talker) {
            (Whose::Visitor(hello) | Whose::Stranger(hello), _) => Some(hello.credential.conversation),
            (Whose::Owner, Some(Talker::Owner(talker))) => {
                talker.open_conversation().map(|open| open.conversation)
            }
            _ => None,
        }
    }

    /// Whether a message waits for a person: here nothing is said that the relay would not take.
    pub(super) fn is_stuck(&self) -> bool {
        self.rows().iter().any(|row| matches!(row.state, Some(MessageState::Stuck(_))))
    }

    pub(super) fn side(&self) -> Side {
        if matches!(self.whose, Whose::Owner) { Side::Owner } else { Side::Visitor }
    }
}

/// What a visitor's device begins with.
pub(super) fn hello(credential: Credential) -> VisitorHello {
    VisitorHello {
        shop: super::seeded::shop(),
        credential,
        after: Seq::NONE,
        epoch: 0,
        locale: Some("en".into()),
        time_zone: None,
        page: None,
    }
}

/// As the talkers' own writer writes it.
fn text(frame: &impl Serialize) -> String {
    wire::write(frame).expect("a frame is text")
}

fn claim(upto: Seq, is_opened: bool) -> Receipt {
    Receipt { handed: upto, opened: if is_opened { upto } else { Seq::NONE } }
}

fn of_visitor(own: ConversationId, frame: VisitorFrame) -> Said {
    let claims = match &frame {
        VisitorFrame::Received { upto } => vec![(own, claim(*upto, false))],
        VisitorFrame::Opened { upto } => vec![(own, claim(*upto, true))],
        _ => Vec::new(),
    };
    let sends = if let VisitorFrame::Send { id, .. } = &frame { Some(*id) } else { None };
    Said { text: text(&frame), claims, sends }
}

fn of_owner(frame: OwnerFrame) -> Said {
    let claims = match &frame {
        OwnerFrame::Received { places } => {
            places.iter().map(|place| (place.conversation, claim(place.upto, false))).collect()
        }
        OwnerFrame::Opened { conversation, upto } => vec![(*conversation, claim(*upto, true))],
        _ => Vec::new(),
    };
    let sends = if let OwnerFrame::Send { id, .. } = &frame { Some(*id) } else { None };
    Said { text: text(&frame), claims, sends }
}

fn said<F>(effects: Vec<Effect<F>>, say: impl Fn(F) -> Said) -> Vec<Effect<Said>> {
    let each = |effect| match effect {
        Effect::Connect(transport) => Effect::Connect(transport),
        Effect::Disconnect => Effect::Disconnect,
        Effect::Transmit(frame) => Effect::Transmit(say(frame)),
        Effect::Keep(draft) => Effect::Keep(draft),
        Effect::Forget(id) => Effect::Forget(id),
        Effect::Changed(part) => Effect::Changed(part),
        Effect::Arrived { conversation, message } => Effect::Arrived { conversation, message },
        Effect::Rang(summary) => Effect::Rang(summary),
    };
    effects.into_iter().map(each).collect()
}

fn for_visitor(happens: Happens) -> Option<VisitorEvent> {
    Some(match happens {
        Happens::Start => VisitorEvent::Start,
        Happens::Connected => VisitorEvent::Connected,
        Happens::Closed(code) => VisitorEvent::Closed(code),
        Happens::Frame(frame) => VisitorEvent::Frame(frame),
        Happens::Wake => VisitorEvent::Wake,
        Happens::Adopt(draft) => VisitorEvent::Adopt(draft),
        Happens::Gone(id) => VisitorEvent::Gone(id),
        Happens::Typing(active) => VisitorEvent::Typing(active),
        Happens::Seen => VisitorEvent::Seen,
        Happens::LoadOlder => VisitorEvent::LoadOlder,
        Happens::Open(_) | Happens::Leave => return None,
    })
}

fn for_owner(happens: Happens) -> OwnerEvent {
    match happens {
        Happens::Start => OwnerEvent::Start,
        Happens::Connected => OwnerEvent::Connected,
        Happens::Closed(code) => OwnerEvent::Closed(code),
        Happens::Frame(frame) => OwnerEvent::Frame(frame),
        Happens::Wake => OwnerEvent::Wake,
        Happens::Adopt(draft) => OwnerEvent::Adopt(draft),
        Happens::Gone(id) => OwnerEvent::Gone(id),
        Happens::Typing(active) => OwnerEvent::Typing(active),
        Happens::Seen => OwnerEvent::Seen,
        Happens::LoadOlder => OwnerEvent::LoadOlder,
        Happens::Open(conversation) => OwnerEvent::Open(conversation),
        Happens::Leave => OwnerEvent::Leave,
    }
}
