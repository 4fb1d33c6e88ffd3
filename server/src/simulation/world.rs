//! Everything there is: tabs on devices, a network, a relay on a disk; and what happens, one
//! thing after the other, in simulated time.

use super::{
    Planted,
    disk::Disk,
    event::{Event, LineId},
    house::{Ground, House},
    net::Net,
    plot::Plot,
    seeded,
    tab::{Device, Happens, Said, Tab, TabId, Whose, hello},
    time::Time,
    trace::Trace,
    truth::Truth,
};
use crate::config::Config;
use fastrand::Rng;
use shopbell_client::{Draft, Effect, MessageState, Part, Status, Transport, wire};
use shopbell_protocol::{MessageId, RelayFrame, Side};
use shopbell_store::Memory;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicI64},
};
use tokio::{select, task::yield_now};

/// Timers that ring at the same moment before it counts as spinning.
const RINGS_AT_ONCE: u32 = 100;
/// What the storage of a browser takes to tell another tab.
const STORAGE_MS: u64 = 2;

/// Everything there is.
pub(super) struct World {
    pub(super) ground: Ground,
    pub(super) memory: Memory,
    /// What the disk has really written down, where it says more than it does.
    pub(super) written_down: Option<Memory>,
    pub(super) house: Option<House>,
    pub(super) houses: u64,
    pub(super) devices: Vec<Device>,
    pub(super) tabs: Vec<Tab>,
    pub(super) truth: Truth,
    pub(super) trace: Trace,
    pub(super) plot: Plot,
    pub(super) dice: Rng,
    pub(super) planted: Planted,
    rings: (u64, u32),
}

impl World {
    /// The first visitor has a browser with two tabs and a phone, the second one tab; the owner
    /// has two devices, the first with two tabs. A stranger has one tab.
    pub(super) fn new(seeded: &Memory, seed: u64, planted: Planted, trace: Trace) -> Self {
        let mut dice = Rng::with_seed(seed);
        let time = Time::begin();
        let net = Arc::new(Net::new(time, dice.fork()));
        let disk = Disk::new(time, Arc::clone(&net), dice.fork());
        let plot = Plot::draw(&mut dice);
        let mut config = Config::default();
        plot.set(&mut config);
        net.lock().weather.most_ms = plot.frame_ms;
        net.lock().weather.failing = plot.failing;
        net.lock().crossed = planted == Planted::CrossedLines;
        let memory = seeded.copy().expect("there is room for it");
        let visitor = |which, device| {
            Tab::new(Whose::Visitor(hello(seeded::credential(which))), device, seeded::visitor(device))
        };
        let owner = |which, device| Tab::new(Whose::Owner, device, seeded::inbox(which, device));
        let strange = Whose::Stranger(hello(seeded::wrong_credential(0)));
        let tabs = vec![
            visitor(0, 0),
            visitor(0, 0),
            visitor(0, 1),
            visitor(1, 2),
            owner(0, 3),
            owner(0, 3),
            owner(1, 4),
            Tab::new(strange, 5, seeded::visitor(5)),
        ];
        let clock_off_by_ms = Arc::new(AtomicI64::new(0));
        let written_down =
            (planted == Planted::LyingDisk).then(|| memory.copy().expect("there is room for it"));
        let mut world = Self {
            ground: Ground { time, net, disk, config, clock_off_by_ms },
            memory,
            written_down,
            house: None,
            houses: 0,
            devices: (0..6).map(|_| Device::default()).collect(),
            tabs,
            truth: Truth::default(),
            trace,
            plot,
            dice,
            planted,
            rings: (0, 0),
        };
        world.start();
        world
    }

    pub(super) fn net(&self) -> &Net {
        &self.ground.net
    }

    pub(super) fn now(&self) -> u64 {
        self.ground.time.ms()
    }

    /// Lets things happen until all is as wanted, or until this time. False when it is not.
    pub(super) async fn until(&mut self, end: u64, wanted: impl Fn(&Self) -> bool) -> bool {
        loop {
            if wanted(self) {
                return true;
            }
            let ring = (0..self.tabs.len()).filter_map(|tab| Some((self.tabs[tab].rings_ms?, tab))).min();
            let next = [self.net().next_ms(), ring.map(|(at, _)| at)].into_iter().flatten().min();
            let now = self.now();
            match (ring, next) {
                (_, Some(next)) if next > now => self.wait(next.min(end)).await,
                (_, None) => self.wait(end).await,
                (Some((at, tab)), _) if self.net().next_ms().is_none_or(|other| at < other) => {
                    self.rings = if self.rings.0 == now { (now, self.rings.1 + 1) } else { (now, 0) };
                    assert!(self.rings.1 < RINGS_AT_ONCE, "a timer spins: {:?}", self.tabs[tab].status());
                    self.happen(tab, Happens::Wake);
                }
                _ => {
                    if let Some(event) = self.ground.net.take() {
                        self.take(event);
                    }
                }
            }
            // The relay does what it can with what has just arrived.
            yield_now().await;
            if self.now() >= end {
                return wanted(self);
            }
        }
    }

    async fn wait(&self, until: u64) {
        select! {
            biased;
            () = self.ground.net.news.notified() => {}
            () = self.ground.time.until(until) => {}
        }
    }

    fn take(&mut self, event: Event) {
        self.trace.note(self.now(), &event);
        match event {
            Event::Called(line) => {
                let (tab, _) = self.net().line(line);
                let caller = self.tabs[tab].caller.clone();
                match self.house.as_mut().filter(|house| house.is_open()) {
                    Some(house) => house.called(line, caller),
                    None => self.net().turn_away(line),
                }
            }
            Event::Answered(line, works) => {
                let Some(tab) = self.tab_on(line) else { return };
                let happens = if works { Happens::Connected } else { Happens::Closed(None) };
                if !works {
                    self.tabs[tab].line = None;
                }
                self.happen(tab, happens);
            }
            Event::ToRelay(line, text) => self.net().heard(line, text),
            Event::HungUp(line) => self.net().no_more(line),
            Event::ToTab(line, text) => {
                self.net().read(line);
                self.tell(line, &text);
            }
            Event::Ended(line, code) => self.ended(line, code),
            Event::Request(line, frames) => {
                let (tab, _) = self.net().line(line);
                let caller = self.tabs[tab].caller.clone();
                match self.house.as_mut().filter(|house| house.is_open()) {
                    Some(house) => house.asked(line, caller, frames),
                    None => self.net().reply(line, None),
                }
            }
            Event::Reply(line, frames) => {
                for text in frames {
                    self.tell(line, &text);
                }
                self.ended(line, None);
            }
            Event::Stored(tab, draft) => self.happen(tab, Happens::Adopt(draft)),
            Event::Removed(tab, id) => self.happen(tab, Happens::Gone(id)),
            Event::Died => self.died(),
            Event::WentDown(number) => {
                if self.house.as_ref().is_some_and(|house| house.number == number) {
                    self.clear_away();
                }
            }
            Event::Starts => self.start(),
            Event::Plot => self.go_on(),
        }
    }

    /// The tab that uses this connection; none when it has gone on since.
    fn tab_on(&self, line: LineId) -> Option<TabId> {
        let (tab, _) = self.net().line(line);
        (self.tabs[tab].line == Some(line)).then_some(tab)
    }

    fn ended(&mut self, line: LineId, code: Option<u16>) {
        if let Some(tab) = self.tab_on(line) {
            self.tabs[tab].line = None;
            self.net().hang_up(line);
            self.happen(tab, Happens::Closed(code));
        }
    }

    /// What the relay has said reaches a tab.
    fn tell(&mut self, line: LineId, text: &str) {
        let Some(tab) = self.tab_on(line) else { return };
        let Ok(frame) = wire::read::<RelayFrame>(text) else {
            return self.truth.broken(format!("the relay said what no talker can read: {text}"));
        };
        let (side, own) = (self.tabs[tab].side(), self.tabs[tab].conversation());
        if self.tabs[tab].is_strange() {
            self.truth.heard_by_stranger(&frame);
        } else {
            self.truth.heard(side, own.filter(|_| side == Side::Visitor), &frame);
        }
        if let RelayFrame::Kept { conversation, id, seq, .. } = &frame {
            let place = self.memory.place(*conversation, *id).expect("the memory can be read");
            if place != Some(*seq) {
                self.truth.broken(format!("{id} was said to be kept as {seq}, and is at {place:?}"));
            }
        }
        if self.planted == Planted::SeesAtOnce && matches!(frame, RelayFrame::Message { .. }) {
            self.happen(tab, Happens::Frame(frame));
            return self.happen(tab, Happens::Seen);
        }
        self.happen(tab, Happens::Frame(frame));
    }

    /// Something happens to a tab; its effects are carried out.
    pub(super) fn happen(&mut self, tab: TabId, happens: Happens) {
        if !self.tabs[tab].is_open() {
            return;
        }
        let now = self.devices[self.tabs[tab].device].now(self.ground.time.unix_ms());
        let is_exchange = matches!(happens, Happens::Connected)
            && self.tabs[tab].line.is_some_and(|line| self.net().line(line).1 == Transport::Exchange);
        self.tabs[tab].collected = is_exchange.then(Vec::new);
        let effects = self.tabs[tab].handle(happens, now);
        self.carry_out(tab, effects);
        if let (Some(said), Some(line)) = (self.tabs[tab].collected.take(), self.tabs[tab].line) {
            let frames = said.into_iter().map(|said| said.text).collect();
            self.net().request(line, frames, self.tabs[tab].is_offline);
        }
    }

    pub(super) fn carry_out(&mut self, tab: TabId, effects: Vec<Effect<Said>>) {
        let device = self.tabs[tab].device;
        // What is not said to have changed is not drawn anew.
        let draws = effects.contains(&Effect::Changed(Part::Timeline));
        for effect in effects {
            match effect {
                Effect::Connect(transport) => self.connect(tab, transport),
                Effect::Disconnect => {
                    if let Some(line) = self.tabs[tab].line.take() {
                        self.net().hang_up(line);
                    }
                }
                Effect::Transmit(said) => self.transmit(tab, said),
                Effect::Keep(draft) => self.keep(tab, draft),
                Effect::Forget(id) => self.forget(tab, id),
                Effect::Arrived { .. } | Effect::Changed(_) | Effect::Rang(_) => {}
            }
        }
        let local = self.devices[device].now(self.ground.time.unix_ms());
        let wait = self.tabs[tab].wake_at(local).map(|at| at.saturating_sub(local));
        self.tabs[tab].rings_ms = wait.map(|wait| self.now() + wait);
        let it = &self.tabs[tab];
        if it.rings_ms.is_none() && !matches!(it.status(), Status::Idle | Status::Stopped(_)) {
            self.truth.broken(format!("tab {tab} waits for ever: {:?}", it.status()));
        }
        if draws {
            self.look(tab);
        }
    }

    fn connect(&mut self, tab: TabId, transport: Transport) {
        assert_eq!(self.tabs[tab].line, None, "a second connection beside the first");
        let line = self.net().call(tab, transport, self.tabs[tab].is_offline);
        self.tabs[tab].line = Some(line);
    }

    /// On a socket it goes out now. On an exchange only what was said at its beginning goes
    /// along; what comes later is not carried anywhere.
    fn transmit(&mut self, tab: TabId, said: Said) {
        let Some(line) = self.tabs[tab].line else {
            return self.truth.broken(format!("said without a connection: {}", said.text));
        };
        self.trace.said(self.now(), tab, &said.text);
        let side = self.tabs[tab].side();
        for (conversation, receipt) in &said.claims {
            self.truth.says(*conversation, side, *receipt);
        }
        if self.planted == Planted::ForgetsWhatIsSent
            && let Some(id) = said.sends
        {
            self.devices[self.tabs[tab].device].storage.remove(&id);
        }
        if let Some(collected) = &mut self.tabs[tab].collected {
            collected.push(said);
        } else if self.net().line(line).1 == Transport::Socket {
            if self.tabs[tab].is_offline {
                self.net().cut(line, true);
            }
            self.net().say(line, said.text);
        }
    }

    fn keep(&mut self, tab: TabId, draft: Draft) {
        let stored = Draft { state: Default::default(), ..draft };
        let device = self.tabs[tab].device;
        self.devices[device].storage.insert(stored.id, stored.clone());
        for other in self.beside(tab) {
            self.net().after(STORAGE_MS, Event::Stored(other, stored.clone()));
        }
    }

    /// A device lets go of a draft: only of what the relay has.
    fn forget(&mut self, tab: TabId, id: MessageId) {
        let device = self.tabs[tab].device;
        let Some(draft) = self.devices[device].storage.remove(&id) else { return };
        if !self.is_kept(&draft) {
            self.truth.broken(format!("{id} was taken out of the storage, and the relay has it not"));
        }
        for other in self.beside(tab) {
            self.net().after(STORAGE_MS, Event::Removed(other, id));
        }
    }

    fn is_kept(&self, draft: &Draft) -> bool {
        self.memory.place(draft.conversation, draft.id).expect("the memory can be read").is_some()
    }

    fn beside(&self, tab: TabId) -> Vec<TabId> {
        let device = self.tabs[tab].device;
        let others = self.tabs.iter().enumerate();
        let beside = others.filter(|(id, other)| *id != tab && other.device == device && other.is_open());
        beside.map(|(id, _)| id).collect()
    }

    /// Everything that a tab shows is true and in order.
    fn look(&mut self, tab: TabId) {
        let it = &self.tabs[tab];
        let mut wrong = Vec::new();
        if it
            .messages()
            .iter()
            .zip(it.messages().iter().skip(1))
            .any(|(one, next)| one.seq.next() != next.seq)
        {
            wrong.push(format!("tab {tab} shows a hole"));
        }
        if let Some(conversation) = it.conversation()
            && !it.is_strange()
        {
            let come = self.truth.come(conversation, it.side().other());
            let (mut last, mut shown) = (None, BTreeMap::new());
            for row in it.rows() {
                if shown.insert(row.id, ()).is_some() {
                    wrong.push(format!("tab {tab} shows {} twice", row.id));
                }
                if let Some(seq) = row.seq {
                    // A draft may be known to be kept before what stands before it has come.
                    if last.is_some_and(|last| last >= seq) {
                        wrong.push(format!("tab {tab} shows {seq} after {last:?}"));
                    }
                    last = Some(seq);
                }
                let far = match (row.state, row.seq) {
                    (Some(MessageState::HandedOver), Some(seq)) => seq <= come.handed,
                    (Some(MessageState::Opened), Some(seq)) => seq <= come.opened,
                    (Some(MessageState::OnDevice | MessageState::Stuck(_)), seq) => seq.is_none(),
                    (Some(_), seq) => seq.is_some(),
                    (None, _) => row.from != it.side(),
                };
                if !far {
                    wrong.push(format!("tab {tab} shows {row:?}, and the other side is at {come:?}"));
                }
            }
        }
        wrong.into_iter().for_each(|sentence| self.truth.broken(sentence));
    }
}
