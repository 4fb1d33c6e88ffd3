//! The simulated network: what is under way, when it arrives, and what goes wrong.

use crate::relay::ConnectionId;
use crate::tab::Spoken;
use shopbell_client::{Draft, Millis, Mint, Transport};
use shopbell_protocol::{MessageId, RelayFrame};
use std::collections::BTreeMap;

/// How bad a network is.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    /// The longest way of a frame.
    pub(crate) latency_ms: u64,
    /// Frames of a hundred that are lost. As on any stream, what is lost takes
    /// with it all that follows on its connection in that direction.
    pub(crate) lost: u64,
    /// Frames of a hundred that arrive twice.
    pub(crate) doubled: u64,
    /// Whether the relay's frames about a conversation may overtake each other.
    pub(crate) reordered: bool,
}

impl Weather {
    pub(crate) fn fair() -> Self {
        Self { latency_ms: 20, lost: 0, doubled: 0, reordered: false }
    }
}

/// Something that is under way.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// A connection that was asked for comes to be, or doesn't.
    Opened(ConnectionId, bool),
    ToRelay(ConnectionId, Spoken),
    ToTab(ConnectionId, RelayFrame),
    /// The tab learns that its connection is over.
    Closed(ConnectionId),
    /// The relay learns it.
    Hangup(ConnectionId),
    Request(ConnectionId, Vec<Spoken>),
    Reply(ConnectionId, Vec<RelayFrame>),
    /// Another tab of the device put a draft into the storage,
    Stored(usize, Draft),
    /// or took one out.
    Removed(usize, MessageId),
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) tab: usize,
    pub(crate) transport: Transport,
    /// Nothing that the tab says arrives any more,
    pub(crate) deaf_up: bool,
    /// nor what the relay says.
    pub(crate) deaf_down: bool,
    /// On a stream nothing arrives before what was said earlier.
    up_to: Millis,
    down_to: Millis,
}

/// All that is under way.
pub(crate) struct Network {
    pub(crate) weather: Weather,
    pub(crate) sockets_blocked: bool,
    pub(crate) dice: Mint,
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    queue: BTreeMap<(Millis, u64), Delivery>,
    posted: u64,
}

/// The list and all beside it lean on the order of their stream; what belongs to
/// a conversation does not.
fn leans_on_order(frame: &RelayFrame) -> bool {
    !matches!(
        frame,
        RelayFrame::Message { .. }
            | RelayFrame::History { .. }
            | RelayFrame::Kept { .. }
            | RelayFrame::Refused { .. }
            | RelayFrame::Receipt { .. }
    )
}

impl Network {
    pub(crate) fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            sockets_blocked: false,
            dice: Mint::new(seed),
            connections: BTreeMap::new(),
            queue: BTreeMap::new(),
            posted: 0,
        }
    }

    /// A number below `most`, which is not 0.
    pub(crate) fn roll(&mut self, most: u64) -> u64 {
        self.dice.draw() % most
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }

    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn take(&mut self) -> Option<Delivery> {
        self.queue.pop_first().map(|(_, delivery)| delivery)
    }

    pub(crate) fn post(&mut self, at: Millis, delivery: Delivery) {
        self.posted += 1;
        self.queue.insert((at, self.posted), delivery);
    }

    pub(crate) fn way(&mut self) -> u64 {
        let latency = self.weather.latency_ms;
        1 + self.roll(latency.max(1))
    }

    pub(crate) fn connect(
        &mut self,
        tab: usize,
        transport: Transport,
        offline: bool,
        now: Millis,
    ) -> ConnectionId {
        let id = ConnectionId::try_from(self.connections.len()).expect("few connections");
        let (up_to, down_to) = (now, now);
        let connection = Connection { tab, transport, deaf_up: false, deaf_down: false, up_to, down_to };
        self.connections.insert(id, connection);
        match transport {
            // A request is collected before it meets the network.
            Transport::Exchange => self.post(now, Delivery::Opened(id, true)),
            Transport::Socket => {
                let works = !self.sockets_blocked && !offline && !self.percent(self.weather.lost);
                let at = now + self.way();
                // Sometimes a network swallows the attempt and nobody ever answers.
                if works || self.percent(80) {
                    self.post(at, Delivery::Opened(id, works));
                }
            }
        }
        id
    }

    /// A tab says something on a socket.
    pub(crate) fn say(&mut self, id: ConnectionId, spoken: Spoken, now: Millis) {
        if self.weather_strikes(id, now) {
            self.connections.get_mut(&id).expect("a known connection").deaf_up = true;
        }
        let way = self.way();
        let hello = matches!(
            spoken,
            Spoken::Visitor(shopbell_protocol::VisitorFrame::Hello(_))
                | Spoken::Owner(shopbell_protocol::OwnerFrame::Hello {})
        );
        let doubled = !hello && self.percent(self.weather.doubled);
        let connection = self.connections.get_mut(&id).expect("a known connection");
        if connection.deaf_up {
            return;
        }
        connection.up_to = (now + way).max(connection.up_to);
        let at = connection.up_to;
        if doubled {
            self.post(at, Delivery::ToRelay(id, spoken.clone()));
        }
        self.post(at, Delivery::ToRelay(id, spoken));
    }

    /// The relay says something on a socket.
    pub(crate) fn tell(&mut self, id: ConnectionId, frame: RelayFrame, now: Millis) {
        if self.weather_strikes(id, now) {
            self.connections.get_mut(&id).expect("a known connection").deaf_down = true;
        }
        let way = self.way();
        let leans = leans_on_order(&frame);
        let doubled = !leans && self.percent(self.weather.doubled);
        let late = now + way + self.way() * 3;
        let may_overtake = self.weather.reordered && !leans;
        let connection = self.connections.get_mut(&id).expect("a known connection");
        if connection.deaf_down {
            return;
        }
        let mut at = now + way;
        if !may_overtake {
            connection.down_to = at.max(connection.down_to);
            at = connection.down_to;
        }
        if doubled {
            self.post(late, Delivery::ToTab(id, frame.clone()));
        }
        self.post(at, Delivery::ToTab(id, frame));
    }

    /// Whether a frame is lost now. Both ends learn of it later, or from silence alone.
    fn weather_strikes(&mut self, id: ConnectionId, now: Millis) -> bool {
        let strikes = self.percent(self.weather.lost);
        if strikes {
            self.cut(id, now);
        }
        strikes
    }

    /// Both ends will learn that this connection is over, each in its own time or never.
    pub(crate) fn cut(&mut self, id: ConnectionId, now: Millis) {
        if self.percent(70) {
            let at = now + self.roll(5_000);
            self.post(at, Delivery::Closed(id));
        }
        let at = now + self.roll(20_000);
        self.post(at, Delivery::Hangup(id));
    }

    /// Nothing passes on this connection any more, and nobody says so.
    pub(crate) fn silence(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.deaf_up = true;
            connection.deaf_down = true;
        }
    }
}
