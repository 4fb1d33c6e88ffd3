//! What the two talkers have in common, so that one host can run either.

use serde::Serialize;
use shopbell_client::{Draft, Effect, Millis, OwnerEvent, OwnerTalker, Status, VisitorEvent, VisitorTalker};
use shopbell_protocol::{MessageId, OwnerFrame, RelayFrame, VisitorFrame};

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
}

macro_rules! speaker {
    ($talker:ty, $frame:ty, $event:ident, $side:literal) => {
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

            fn event(common: Common) -> $event {
                match common {
                    Common::Start => $event::Start,
                    Common::Connected => $event::Connected,
                    Common::Closed(code) => $event::Closed(code),
                    Common::Frame(frame) => $event::Frame(frame),
                    Common::Wake => $event::Wake,
                    Common::Adopt(draft) => $event::Adopt(draft),
                    Common::Gone(id) => $event::Gone(id),
                }
            }
        }
    };
}

speaker!(VisitorTalker, VisitorFrame, VisitorEvent, "visitor");
speaker!(OwnerTalker, OwnerFrame, OwnerEvent, "owner");
