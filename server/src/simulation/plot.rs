//! What people do and what goes wrong, drawn as it comes.

use super::{
    Planted,
    event::Event,
    house::House,
    seeded,
    tab::{Happens, TabId, Whose},
    world::World,
};
use crate::config::Config;
use fastrand::Rng;
use std::sync::atomic::Ordering;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What goes by itself has gone after so long, at most.
const TROUBLE_MS: u64 = 20_000;
/// Between two things that happen, at most.
const PAUSE_MS: u64 = 1_000;
/// From a relay's end to the next one's start, at most.
const DOWN_MS: u64 = 4_000;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strike {
    /// The relay is killed, in the middle of whatever it does.
    Kill,
    /// It dies right after a commit, before anybody has heard of it.
    DiesAtCommit,
    /// It goes down in good order.
    GoesDown,
    /// Nothing more fits on the disk for a while.
    DiskFull,
    /// The disk takes its time.
    DiskSlow,
    /// One connection breaks,
    Cut,
    /// or all of them.
    CutAll,
    /// A device is gone without anybody's hearing of it.
    Vanish,
    /// The relay hears people, and they don't hear it.
    Deaf,
    /// Nothing comes through for a while.
    Frozen,
    /// Sockets don't get through for a while.
    Blocked,
    /// A device has no network, or has it again.
    Offline,
    /// The relay's clock is set.
    RelayClock,
    /// A device's clock is set.
    DeviceClock,
    /// Somebody without the secret tries to get in.
    Stranger,
}

pub(super) const ALL: [Strike; 15] = [
    Strike::Kill,
    Strike::DiesAtCommit,
    Strike::GoesDown,
    Strike::DiskFull,
    Strike::DiskSlow,
    Strike::Cut,
    Strike::CutAll,
    Strike::Vanish,
    Strike::Deaf,
    Strike::Frozen,
    Strike::Blocked,
    Strike::Offline,
    Strike::RelayClock,
    Strike::DeviceClock,
    Strike::Stranger,
];

/// What a run is like. Each has some kinds of trouble only, so that none hides behind another.
pub(super) struct Plot {
    left: u32,
    written: u32,
    strikes: Vec<Strike>,
    /// How many of 100 things that happen go wrong.
    wrong_percent: u8,
    pause_ms: u64,
    pub(super) frame_ms: u64,
    pub(super) failing: u8,
    is_strict: bool,
    /// What went wrong, in order.
    pub(super) struck: Vec<Strike>,
}

impl Plot {
    pub(super) fn draw(dice: &mut Rng) -> Self {
        let mut strikes = ALL.to_vec();
        dice.shuffle(&mut strikes);
        strikes.truncate(dice.usize(1..=6));
        Self {
            left: dice.u32(20..=70),
            written: 0,
            strikes,
            wrong_percent: dice.u8(3..=20),
            pause_ms: dice.u64(20..=PAUSE_MS),
            frame_ms: dice.u64(2..=800),
            failing: if dice.u8(..3) > 0 { 0 } else { dice.u8(1..=20) },
            is_strict: dice.u8(..4) == 0,
            struck: Vec::new(),
        }
    }

    /// In some runs the relay's limits are met.
    pub(super) fn set(&self, config: &mut Config) {
        if self.is_strict {
            config.limits.visitor_sends_per_minute = 12;
            config.limits.owner_sends_per_minute = 20;
            config.limits.address_connects_per_minute = 20;
            config.limits.connection_frames_per_minute = 60;
        }
    }

    /// Whether all has happened.
    pub(super) fn is_over(&self) -> bool {
        self.left == 0
    }
}

impl World {
    /// The next thing happens.
    pub(super) fn go_on(&mut self) {
        if self.plot.is_over() {
            return;
        }
        self.plot.left -= 1;
        if self.written_down.is_some() && self.dice.u8(..8) == 0 {
            self.written_down = Some(self.memory.copy().expect("there is room for it"));
        }
        let (pause, next) = (self.plot.pause_ms, Event::Plot);
        // People do several things at once, and then nothing for a while.
        let pause =
            if self.dice.u8(..3) == 0 { self.dice.u64(0..=pause) } else { self.dice.u64(0..=pause / 8) };
        self.ground.net.after(pause, next);
        if self.dice.u8(..100) < self.plot.wrong_percent {
            let strike = self.dice.choice(&self.plot.strikes).copied().unwrap_or(Strike::Kill);
            self.plot.struck.push(strike);
            self.trace.write(format_args!("{} {strike:?}", self.ground.time.ms()));
            return self.strike(strike);
        }
        let tab = self.dice.usize(..self.tabs.len() - 1);
        self.act(tab);
    }

    /// A person does something.
    fn act(&mut self, tab: TabId) {
        if !self.tabs[tab].is_open() {
            return self.open(tab);
        }
        match self.dice.u8(..32) {
            0..14 => self.write(tab),
            14..19 => self.see(tab),
            19..21 => self.happen(tab, Happens::Start),
            21..23 => self.happen(tab, Happens::LoadOlder),
            23 => {
                let active = self.dice.bool();
                self.happen(tab, Happens::Typing(active));
            }
            24 => self.shut(tab),
            25 => self.happen(tab, Happens::Leave),
            _ => {
                let which = self.dice.usize(..seeded::VISITORS);
                self.watch(tab, which);
            }
        }
    }

    /// A crash has taken nothing that was acknowledged.
    fn check_acknowledged(&mut self) {
        for kept in self.truth.kept.clone() {
            let place = self.memory.place(kept.conversation, kept.id).expect("the memory can be read");
            if place != Some(kept.seq) {
                self.truth.broken(format!("{} was acknowledged as {} and is {place:?}", kept.id, kept.seq));
            }
        }
    }

    fn write(&mut self, tab: TabId) {
        self.plot.written += 1;
        let body = format!("{} from tab {tab}", self.plot.written);
        let now = self.devices[self.tabs[tab].device].now(self.ground.time.unix_ms());
        let Some((id, effects)) = self.tabs[tab].write(body.clone(), now) else { return };
        let conversation = self.tabs[tab].conversation().expect("it has been written in one");
        self.truth.bodies.insert(id, (conversation, body));
        if self.planted == Planted::OwnerDoubles
            && matches!(self.tabs[tab].whose, Whose::Owner)
            && self.dice.u8(..4) == 0
        {
            // The host believes that nothing came of it.
            self.carry_out(tab, effects);
            let again = self.tabs[tab].write(self.truth.bodies[&id].1.clone(), now);
            if let Some((second, effects)) = again {
                self.tabs[tab].written.pop();
                self.truth.bodies.insert(second, self.truth.bodies[&id].clone());
                self.carry_out(tab, effects);
            }
            return;
        }
        self.carry_out(tab, effects);
    }

    pub(super) fn see(&mut self, tab: TabId) {
        if let Some(conversation) = self.tabs[tab].conversation() {
            self.truth.sees(conversation, self.tabs[tab].side(), self.tabs[tab].messages());
            self.happen(tab, Happens::Seen);
        }
    }

    /// An owner opens a conversation, which stands in the list since it exists.
    pub(super) fn watch(&mut self, tab: TabId, which: usize) {
        let id = seeded::conversation(which);
        if matches!(self.tabs[tab].whose, Whose::Owner) && self.exists(which) {
            self.happen(tab, Happens::Open(id));
        }
    }

    pub(super) fn exists(&self, which: usize) -> bool {
        let messages = self.memory.messages(&seeded::shop(), seeded::conversation(which));
        !messages.expect("the memory can be read").is_empty()
    }

    /// Opens a tab: what its device's storage holds is taken in before anything else.
    pub(super) fn open(&mut self, tab: TabId) {
        if self.tabs[tab].is_open() {
            return;
        }
        let seed = self.dice.u64(..);
        self.tabs[tab].open(seed);
        let drafts: Vec<_> = self.devices[self.tabs[tab].device].storage.values().cloned().collect();
        for draft in drafts {
            self.happen(tab, Happens::Adopt(draft));
        }
        self.happen(tab, Happens::Start);
    }

    fn shut(&mut self, tab: TabId) {
        if let Some(line) = self.tabs[tab].line {
            self.net().hang_up(line);
        }
        self.tabs[tab].shut();
    }

    fn strike(&mut self, strike: Strike) {
        let (now, tab) = (self.now(), self.dice.usize(..self.tabs.len()));
        let until = now + self.dice.u64(1..=TROUBLE_MS);
        match strike {
            Strike::Kill => self.died(),
            Strike::DiesAtCommit => self.ground.disk.lock().dies_in = Some(self.dice.u32(1..=4)),
            Strike::GoesDown => self.house.iter_mut().for_each(House::go_down),
            Strike::DiskFull => self.ground.disk.lock().full_until = until,
            Strike::DiskSlow => self.ground.disk.lock().slow_until = until,
            Strike::Cut => self.cut(tab, false),
            Strike::CutAll => (0..self.tabs.len()).for_each(|tab| self.cut(tab, false)),
            Strike::Vanish => self.cut(tab, true),
            Strike::Deaf => self.net().lock().weather.deaf_until = until,
            Strike::Frozen => self.net().lock().weather.frozen_until = until,
            Strike::Blocked => self.net().lock().weather.blocked_until = until,
            Strike::Offline => {
                let is_offline = !self.tabs[tab].is_offline;
                self.set_offline(tab, is_offline);
            }
            Strike::RelayClock => {
                let step = self.dice.i64(-DAY_MS..=DAY_MS);
                self.ground.clock_off_by_ms.fetch_add(step, Ordering::SeqCst);
            }
            Strike::DeviceClock => {
                let device = self.tabs[tab].device;
                self.devices[device].clock_is_off_by += self.dice.i64(-DAY_MS..=DAY_MS);
            }
            Strike::Stranger => {
                let strange = self.tabs.len() - 1;
                if self.exists(0) {
                    self.shut(strange);
                    self.open(strange);
                }
            }
        }
    }

    pub(super) fn set_offline(&mut self, tab: TabId, is_offline: bool) {
        self.tabs[tab].is_offline = is_offline;
        if is_offline {
            self.cut(tab, true);
        }
    }

    fn cut(&mut self, tab: TabId, silently: bool) {
        if let Some(line) = self.tabs[tab].line {
            self.net().cut(line, silently);
        }
    }

    /// The relay is dead, and starts again on what is written down.
    pub(super) fn died(&mut self) {
        if self.house.is_none() {
            return;
        }
        self.clear_away();
        if let Some(written_down) = &self.written_down {
            self.memory = written_down.copy().expect("there is room for it");
        }
    }

    /// What is left of a relay goes, and another one comes.
    pub(super) fn clear_away(&mut self) {
        let broken = self.house.take().map(House::end).unwrap_or_default();
        broken.into_iter().for_each(|sentence| self.truth.broken(sentence));
        let down = self.dice.u64(1..=DOWN_MS);
        self.ground.net.after(down, Event::Starts);
    }

    /// A relay starts on what is remembered.
    pub(super) fn start(&mut self) {
        if self.house.is_none() {
            self.check_acknowledged();
            self.houses += 1;
            let dice = self.dice.fork();
            self.house = Some(House::start(&self.ground, &self.memory, dice, self.houses));
        }
    }
}
