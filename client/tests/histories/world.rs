//! A small world: browsers with tabs, a network, and a relay, in simulated time.

use crate::network::{Delivery, Network, Weather};
use crate::relay::{Refusal, Relay, Said};
use crate::script::Action;
use crate::tab::{Device, Event, Spoken, Tab, Whose};
use crate::truth::Truth;
use shopbell_client::{Effect, Millis, Status, Transport};
use shopbell_protocol::{ConversationId, ErrorCode, UnixMillis};

/// Where the true time begins.
const DAWN: Millis = 1_700_000_000_000;
/// A timer that rings more often than this within one millisecond spins.
const RINGS_AT_ONCE: u32 = 10;

/// Everything there is.
pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) relay: Relay,
    pub(crate) network: Network,
    pub(crate) devices: Vec<Device>,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) truth: Truth,
    written: u32,
    rings: (Millis, u32),
}

/// The two visitors' conversations.
pub(crate) fn conversation(which: usize) -> ConversationId {
    ConversationId::from_bytes([if which == 0 { 0xA0 } else { 0xB0 }; 16])
}

impl World {
    /// The first visitor has a phone and a browser with two tabs, the second one
    /// tab; the owner has two devices, the first with two tabs.
    pub(crate) fn new(weather: Weather, slice: usize, seed: u64) -> Self {
        let (first, second) = (Whose::Visitor(conversation(0)), Whose::Visitor(conversation(1)));
        let tabs = [
            (first, 0),
            (first, 0),
            (first, 1),
            (second, 2),
            (Whose::Owner, 3),
            (Whose::Owner, 3),
            (Whose::Owner, 4),
        ];
        Self {
            now: DAWN,
            relay: Relay::new(slice),
            network: Network::new(weather, seed),
            devices: (0..5).map(|_| Device::default()).collect(),
            tabs: tabs.into_iter().map(|(whose, device)| Tab::new(whose, device)).collect(),
            truth: Truth::default(),
            written: 0,
            rings: (0, 0),
        }
    }

    /// Lets time pass, and all happen that is due in it.
    pub(crate) fn pass(&mut self, span: Millis) {
        let end = self.now + span;
        while self.step(end) {}
        self.now = end;
    }

    /// Lets the next thing happen, if it happens before `end`.
    pub(crate) fn step(&mut self, end: Millis) -> bool {
        let rings = (0..self.tabs.len()).filter_map(|tab| Some((self.tabs[tab].rings_at?, tab))).min();
        let delivered_at = self.network.next_at();
        match (rings, delivered_at) {
            (Some((at, tab)), _) if at <= end && delivered_at.is_none_or(|other| at < other) => {
                self.now = self.now.max(at);
                self.rings =
                    if self.rings.0 == self.now { (self.now, self.rings.1 + 1) } else { (self.now, 0) };
                assert!(self.rings.1 < RINGS_AT_ONCE * 7, "a timer spins: {:?}", self.tabs[tab].status());
                self.happen(tab, Event::Wake);
                true
            }
            (_, Some(at)) if at <= end => {
                self.now = self.now.max(at);
                if let Some(delivery) = self.network.take() {
                    self.deliver(delivery);
                }
                true
            }
            _ => false,
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Opened(id, works) => {
                let Some(tab) = self.tab_on(id) else { return };
                if !works {
                    return self.end(tab, None);
                }
                match self.network.connections[&id].transport {
                    Transport::Socket => {
                        self.relay.connect(id);
                        self.happen(tab, Event::Connected);
                    }
                    Transport::Exchange => self.exchange(tab, id),
                }
            }
            Delivery::ToRelay(id, spoken) => {
                let said = self.hear(id, spoken);
                self.pass_on(said);
            }
            Delivery::ToTab(id, frame) => {
                let Some(tab) = self.tab_on(id) else { return };
                self.truth.heard(self.tabs[tab].side(), &frame);
                self.happen(tab, Event::Frame(frame));
            }
            Delivery::Closed(id) => {
                if let Some(tab) = self.tab_on(id) {
                    self.end(tab, None);
                }
            }
            Delivery::Hangup(id) => self.relay.disconnect(id),
            Delivery::Request(id, frames) => self.answer(id, frames),
            Delivery::Reply(id, frames) => {
                for frame in frames {
                    let Some(tab) = self.tab_on(id) else { return };
                    self.truth.heard(self.tabs[tab].side(), &frame);
                    self.happen(tab, Event::Frame(frame));
                }
                if let Some(tab) = self.tab_on(id) {
                    self.end(tab, None);
                }
            }
            Delivery::Stored(tab, draft) => self.happen(tab, Event::Adopt(draft)),
            Delivery::Removed(tab, id) => self.happen(tab, Event::Gone(id)),
        }
    }

    /// The tab that uses this connection; none when it has gone on since.
    fn tab_on(&self, id: u32) -> Option<usize> {
        let tab = self.network.connections[&id].tab;
        (self.tabs[tab].connection == Some(id)).then_some(tab)
    }

    fn end(&mut self, tab: usize, code: Option<u16>) {
        self.tabs[tab].connection = None;
        self.happen(tab, Event::Closed(code));
    }

    fn hear(&mut self, id: u32, spoken: Spoken) -> Said {
        let at = UnixMillis(self.now);
        match spoken {
            Spoken::Visitor(frame) => self.relay.hear_visitor(id, frame, at),
            Spoken::Owner(frame) => self.relay.hear_owner(id, frame, at),
        }
    }

    fn pass_on(&mut self, said: Said) {
        for (to, frame) in said {
            self.network.tell(to, frame, self.now);
        }
    }

    /// Collects what the talker says at once and sends it as one request.
    fn exchange(&mut self, tab: usize, id: u32) {
        let now = self.devices[self.tabs[tab].device].now(self.now);
        let effects = self.tabs[tab].handle(Event::Connected, now);
        let said = |effect: &Effect<Spoken>| match effect {
            Effect::Transmit(spoken) => Some(spoken.clone()),
            _ => None,
        };
        let request: Vec<_> = effects.iter().filter_map(said).collect();
        assert!(request.len() <= shopbell_protocol::limits::EXCHANGE_FRAMES, "{} frames", request.len());
        let at = self.now + self.network.way();
        if self.tabs[tab].is_offline || self.network.percent(self.network.weather.lost) {
            // Some failures are reported, some are only never answered.
            if self.network.percent(70) {
                self.network.post(at, Delivery::Closed(id));
            }
        } else {
            self.network.post(at, Delivery::Request(id, request));
        }
        let rest = effects.into_iter().filter(|effect| !matches!(effect, Effect::Transmit(_))).collect();
        self.carry_out(tab, rest);
    }

    fn answer(&mut self, id: u32, frames: Vec<Spoken>) {
        self.relay.connect(id);
        let mut reply = Vec::new();
        for spoken in frames {
            for (to, frame) in self.hear(id, spoken) {
                if to == id {
                    reply.push(frame);
                } else {
                    self.network.tell(to, frame, self.now);
                }
            }
        }
        self.relay.disconnect(id);
        let at = self.now + self.network.way();
        if !self.network.percent(self.network.weather.lost) {
            self.network.post(at, Delivery::Reply(id, reply));
        } else if self.network.percent(70) {
            self.network.post(at, Delivery::Closed(id));
        }
    }

    /// An event reaches a tab; its effects are carried out.
    pub(crate) fn happen(&mut self, tab: usize, event: Event) {
        if matches!(event, Event::Seen) {
            self.truth.seen(&self.tabs[tab]);
        }
        let now = self.devices[self.tabs[tab].device].now(self.now);
        let effects = self.tabs[tab].handle(event, now);
        self.carry_out(tab, effects);
    }

    fn carry_out(&mut self, tab: usize, effects: Vec<Effect<Spoken>>) {
        let device = self.tabs[tab].device;
        for effect in effects {
            match effect {
                Effect::Connect(transport) => {
                    assert_eq!(self.tabs[tab].connection, None, "a second connection beside the first");
                    let offline = self.tabs[tab].is_offline;
                    let id = self.network.connect(tab, transport, offline, self.now);
                    self.tabs[tab].connection = Some(id);
                }
                Effect::Disconnect => {
                    if let Some(id) = self.tabs[tab].connection.take() {
                        self.network.post(self.now + 1_000, Delivery::Hangup(id));
                    }
                }
                Effect::Transmit(spoken) => self.transmit(tab, spoken),
                Effect::Keep(draft) => {
                    let stored = shopbell_client::Draft { state: Default::default(), ..draft };
                    self.devices[device].storage.insert(stored.id, stored.clone());
                    self.tell_other_tabs(tab, |other| Delivery::Stored(other, stored.clone()));
                }
                Effect::Forget(id) => {
                    let held = self.devices[device].storage.remove(&id).is_some();
                    if held {
                        self.truth.forgotten(id, &self.relay);
                        self.tell_other_tabs(tab, |other| Delivery::Removed(other, id));
                    }
                }
                Effect::Arrived { message, .. } => self.tabs[tab].ring(message.id),
                Effect::Changed(_) | Effect::Rang(_) => {}
            }
        }
        let local = self.devices[device].now(self.now);
        let wait = self.tabs[tab].wake_at(local).map(|at| at.saturating_sub(local));
        self.tabs[tab].rings_at = wait.map(|wait| self.now + wait);
        self.truth.check(&self.tabs[tab], &self.relay);
        let patient = matches!(self.tabs[tab].status(), Status::Idle | Status::Stopped(_));
        assert!(patient || wait.is_some(), "it waits for ever: {:?}", self.tabs[tab].status());
    }

    /// On a socket it goes out now. On an exchange only what was said at its
    /// beginning goes along; what comes later is not carried anywhere.
    fn transmit(&mut self, tab: usize, spoken: Spoken) {
        let Some(id) = self.tabs[tab].connection else {
            panic!("said without a connection: {spoken:?}");
        };
        if self.network.connections[&id].transport == Transport::Socket {
            if self.tabs[tab].is_offline {
                self.network.silence(id);
            }
            self.network.say(id, spoken, self.now);
        }
    }

    fn tell_other_tabs(&mut self, tab: usize, news: impl Fn(usize) -> Delivery) {
        let device = self.tabs[tab].device;
        // Storage events keep their order, so all take the same time.
        let at = self.now + 2;
        for other in 0..self.tabs.len() {
            if other != tab && self.tabs[other].device == device && self.tabs[other].is_open() {
                self.network.post(at, news(other));
            }
        }
    }

    /// Opens a tab: what its device's storage holds is taken in before anything else.
    pub(crate) fn open_tab(&mut self, tab: usize) {
        if self.tabs[tab].is_open() {
            return;
        }
        let seed = self.network.dice.draw();
        self.tabs[tab].open(seed);
        let drafts: Vec<_> = self.devices[self.tabs[tab].device].storage.values().cloned().collect();
        for draft in drafts {
            self.happen(tab, Event::Adopt(draft));
        }
        self.happen(tab, Event::Start);
    }

    /// An owner opens a conversation, which stands in the list since it exists.
    pub(crate) fn watch(&mut self, tab: usize, which: usize) {
        let id = conversation(which);
        if self.tabs[tab].whose == Whose::Owner && self.relay.conversations.contains_key(&id) {
            self.happen(tab, Event::Open(id));
        }
    }

    /// Something happens that a history tells of.
    pub(crate) fn act(&mut self, action: &Action) {
        let tab = action.tab();
        let now = self.devices[self.tabs[tab].device].now(self.now);
        let connection = self.tabs[tab].connection;
        match *action {
            Action::Write(_) => {
                self.written += 1;
                let body = format!("{} from tab {tab}", self.written);
                let effects = self.tabs[tab].write(body, now);
                self.carry_out(tab, effects);
            }
            Action::See(_) => self.happen(tab, Event::Seen),
            Action::ScrollUp(_) => self.happen(tab, Event::LoadOlder),
            Action::Type(_, active) => self.happen(tab, Event::Typing(active)),
            Action::Nudge(_) => self.happen(tab, Event::Start),
            Action::RetryStuck(_) => {
                if let Some(&id) = self.tabs[tab].stuck().first() {
                    self.happen(tab, Event::Retry(id));
                }
            }
            Action::DiscardStuck(_) => {
                if let Some(&id) = self.tabs[tab].stuck().first() {
                    self.truth.discarded.insert(id);
                    self.happen(tab, Event::Discard(id));
                }
            }
            Action::Open(_) => self.open_tab(tab),
            Action::Shut(_) => {
                if let Some(id) = connection {
                    self.network.post(self.now + 1, Delivery::Hangup(id));
                }
                self.tabs[tab].shut();
            }
            Action::Cut(_) => {
                if let Some(id) = connection {
                    self.network.silence(id);
                    self.network.cut(id, self.now);
                }
            }
            Action::Silence(_) => {
                if let Some(id) = connection {
                    self.network.silence(id);
                }
            }
            Action::Offline(_, offline) => self.tabs[tab].is_offline = offline,
            Action::StepClock(_, step) => {
                self.devices[self.tabs[tab].device].clock_is_off_by += step;
            }
            Action::Watch(_, which) => self.watch(tab, which),
            Action::Leave(_) => self.happen(tab, Event::Leave),
            Action::RestartRelay => self.restart_relay(),
            Action::BlockSockets(blocked) => self.network.sockets_blocked = blocked,
            Action::Refuse { times, for_good } => {
                let refusal = if for_good {
                    Refusal { code: ErrorCode::OverLimit, retry_after_ms: None }
                } else {
                    Refusal { code: ErrorCode::TooFast, retry_after_ms: Some(1_500) }
                };
                self.relay.refusals.extend(std::iter::repeat_n(refusal, times));
            }
            Action::Object(times) => self.relay.objections += times,
        }
    }

    fn restart_relay(&mut self) {
        self.relay.restart();
        for tab in 0..self.tabs.len() {
            if let Some(id) = self.tabs[tab].connection {
                self.network.silence(id);
                self.network.cut(id, self.now);
            }
        }
    }
}
