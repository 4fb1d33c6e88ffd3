//! Histories: what people, networks and machines do, and when.

use crate::network::Weather;
use proptest::prelude::*;
use std::fmt;

/// Something that happens in a history. The first field is the tab it happens in.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Write(usize),
    See(usize),
    ScrollUp(usize),
    Type(usize, bool),
    Nudge(usize),
    RetryStuck(usize),
    DiscardStuck(usize),
    Open(usize),
    Shut(usize),
    /// The connection breaks, and both ends hear of it sooner or later.
    Cut(usize),
    /// The connection is dead and nobody says so.
    Silence(usize),
    Offline(usize, bool),
    StepClock(usize, i64),
    Watch(usize, usize),
    Leave(usize),
    RestartRelay,
    BlockSockets(bool),
    Refuse {
        times: usize,
        for_good: bool,
    },
    /// The next frames that are not sends are not done, for being too many.
    Object(usize),
}

impl Action {
    /// The tab it happens in; the first one for what concerns no tab.
    pub(crate) fn tab(&self) -> usize {
        match *self {
            Action::Write(tab)
            | Action::See(tab)
            | Action::ScrollUp(tab)
            | Action::Type(tab, _)
            | Action::Nudge(tab)
            | Action::RetryStuck(tab)
            | Action::DiscardStuck(tab)
            | Action::Open(tab)
            | Action::Shut(tab)
            | Action::Cut(tab)
            | Action::Silence(tab)
            | Action::Offline(tab, _)
            | Action::StepClock(tab, _)
            | Action::Watch(tab, _)
            | Action::Leave(tab) => tab,
            Action::RestartRelay | Action::BlockSockets(_) | Action::Refuse { .. } | Action::Object(_) => 0,
        }
    }
}

/// A whole history.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) weather: Weather,
    pub(crate) slice: usize,
    pub(crate) seed: u64,
    /// Each with the pause before it, in milliseconds.
    pub(crate) script: Vec<(u64, Action)>,
}

/// One line for each step, so that a failing history can be read.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} slice: {} seed: {}", self.weather, self.slice, self.seed)?;
        self.script.iter().try_for_each(|step| writeln!(f, "    {step:?},"))
    }
}

fn action() -> impl Strategy<Value = Action> {
    let tab = 0..7usize;
    let owner = 4..7usize;
    let step = prop_oneof![Just(-86_400_000), Just(86_400_000), -40_000..40_000i64];
    prop_oneof![
        12 => tab.clone().prop_map(Action::Write),
        3 => tab.clone().prop_map(Action::See),
        1 => tab.clone().prop_map(Action::ScrollUp),
        1 => (tab.clone(), any::<bool>()).prop_map(|(tab, active)| Action::Type(tab, active)),
        1 => tab.clone().prop_map(Action::Nudge),
        1 => tab.clone().prop_map(Action::RetryStuck),
        1 => tab.clone().prop_map(Action::DiscardStuck),
        4 => tab.clone().prop_map(Action::Open),
        1 => tab.clone().prop_map(Action::Shut),
        2 => tab.clone().prop_map(Action::Cut),
        1 => tab.clone().prop_map(Action::Silence),
        1 => (tab.clone(), any::<bool>()).prop_map(|(tab, offline)| Action::Offline(tab, offline)),
        1 => (tab, step).prop_map(|(tab, step)| Action::StepClock(tab, step)),
        3 => (owner.clone(), 0..2usize).prop_map(|(tab, which)| Action::Watch(tab, which)),
        1 => owner.prop_map(Action::Leave),
        1 => Just(Action::RestartRelay),
        1 => any::<bool>().prop_map(Action::BlockSockets),
        1 => (1..4usize, any::<bool>()).prop_map(|(times, for_good)| Action::Refuse { times, for_good }),
        1 => (1..4usize).prop_map(Action::Object),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    let latency = prop_oneof![Just(1), Just(100), Just(2_000)];
    (latency, 0..15u64, 0..15u64, any::<bool>()).prop_map(|(latency_ms, lost, doubled, reordered)| Weather {
        latency_ms,
        lost,
        doubled,
        reordered,
    })
}

pub(crate) fn history() -> impl Strategy<Value = History> {
    let pause = prop_oneof![4 => 0..20u64, 4 => 20..1_500u64, 1 => 1_500..45_000u64];
    let script = prop::collection::vec((pause, action()), 1..50);
    (weather(), 2..7usize, any::<u64>(), script).prop_map(|(weather, slice, seed, script)| History {
        weather,
        slice,
        seed,
        script,
    })
}
