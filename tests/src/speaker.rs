//! What the two talkers have in common, so that one host can run either.

use serde::Serialize;
use shopbell_client::{
    Draft, Effect, Millis, OwnerEvent, OwnerTalker, Row, Status, Timeline, VisitorEvent, VisitorTalker,
};
use shopbell_protocol::{ConversationId, MessageId, OwnerFrame, Receipt, RelayFrame, Seq, VisitorFrame};

/// A talker, as its host sees it.
pub trait Speaker: Send + 'static {
    /// What it says.
    type Frame: Serialize + Send + 'static;
    /// What happens to it.
    type Event: Send + 'static;
    /// `?speaker=` of its connections.
    const SIDE: &'static str;

    /// See [`VisitorTalker::handle`].
    fn handle(&mut self, event: Self::Event, now: Millis) -> Vec<Effect<Self::Frame>>;
    /// See [`VisitorTalker::wake_at`].
    fn wake_at(&self, now: Millis) -> Option<Millis>;
    /// See [`VisitorTalker::status`].
    fn status(&self) -> Status<'_>;
    /// See [`VisitorTalker::rows`].
    fn rows(&self) -> impl Iterator<Item = Row<'_>>;
    /// What the relay does not have yet, and where each of it stands.
    fn drafts(&self) -> &[Draft];
    /// The conversation that is shown, if one is.
    fn timeline(&self) -> Option<&Timeline>;
    /// How far this says that its device has come, and where; without a place, in the only one.
    fn claims(frame: &Self::Frame) -> Vec<(Option<ConversationId>, Receipt)>;
    /// The events that every host makes.
    fn event(common: Common) -> Self::Event;
}

/// Events of both talkers.
#[derive(Debug)]
pub enum Common {
    /// The panel or the inbox was opened, or the network came back.
    Start,
    /// The connection is open.
    Connected,
    /// It is over.
    Closed(Option<u16>),
    /// The relay said something.
    Frame(RelayFrame),
    /// The timer rang.
    Wake,
    /// A draft from the storage.
    Adopt(Draft),
    /// A draft that left the storage.
    Gone(MessageId),
    /// Everything is before the person's eyes.
    Seen,
    /// The person scrolled up to the first message.
    LoadOlder,
}

macro_rules! speaker {
    ($talker:ty, $frame:ty, $event:ident, $side:literal, $timeline:expr, $claims:expr) => {
        impl Speaker for $talker {
            type Frame = $frame;
            type Event = $event;
            const SIDE: &'static str = $side;

            fn handle(&mut self, event: $event, now: Millis) -> Vec<Effect<$frame>> {
                self.handle(event, now)
            }

            fn wake_at(&self, now: Millis) -> Option<Millis> {
                self.wake_at(now)
            }

            fn status(&self) -> Status<'_> {
                self.status()
            }

            fn rows(&self) -> impl Iterator<Item = Row<'_>> {
                self.rows()
            }

            fn drafts(&self) -> &[Draft] {
                self.drafts()
            }

            fn timeline(&self) -> Option<&Timeline> {
                let timeline: fn(&Self) -> Option<&Timeline> = $timeline;
                timeline(self)
            }

            fn claims(frame: &$frame) -> Vec<(Option<ConversationId>, Receipt)> {
                let claims: fn(&$frame) -> Vec<(Option<ConversationId>, Receipt)> = $claims;
                claims(frame)
            }

            fn event(common: Common) -> $event {
                match common {
                    Common::Start => $event::Start,
                    Common::Connected => $event::Connected,
                    Common::Closed(code) => $event::Closed(code),
                    Common::Frame(frame) => $event::Frame(frame),
                    Common::Wake => $event::Wake,
                    Common::Adopt(draft) => $event::Adopt(draft),
                    Common::Gone(id) => $event::Gone(id),
                    Common::Seen => $event::Seen,
                    Common::LoadOlder => $event::LoadOlder,
                }
            }
        }
    };
}

fn taken(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: Seq::NONE }
}

fn opened(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: upto }
}

speaker!(VisitorTalker, VisitorFrame, VisitorEvent, "visitor", |talker| Some(talker.timeline()), |frame| {
    match frame {
        VisitorFrame::Received { upto } => vec![(None, taken(*upto))],
        VisitorFrame::Opened { upto } => vec![(None, opened(*upto))],
        _ => Vec::new(),
    }
});
speaker!(
    OwnerTalker,
    OwnerFrame,
    OwnerEvent,
    "owner",
    |talker| talker.open_conversation().map(|open| &open.timeline),
    |frame| match frame {
        OwnerFrame::Received { places } => {
            places.iter().map(|place| (Some(place.conversation), taken(place.upto))).collect()
        }
        OwnerFrame::Opened { conversation, upto } => vec![(Some(*conversation), opened(*upto))],
        _ => Vec::new(),
    }
);
