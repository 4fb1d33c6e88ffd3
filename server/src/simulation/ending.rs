//! All trouble ends, and everything has to come to a good end without help.

use super::{
    event::Weather,
    seeded,
    tab::{Happens, Tab, Whose, hello},
    world::World,
};
use shopbell_client::MessageState;
use shopbell_protocol::{Message, MessageId};
use std::collections::{BTreeMap, BTreeSet};

/// How long the end may take: the longest silence before a dead connection is noticed, the
/// longest waits between tries, and what was held back by the relay's limits.
const PATIENCE_MS: u64 = 15 * 60 * 1_000;
/// Older messages are asked for again so often.
const SCROLL_EVERY_MS: u64 = 2_000;

impl World {
    /// Ends all trouble, waits until everybody shows everything, and looks whether it is right.
    pub(super) async fn end(&mut self) {
        self.heal();
        if !self.comes("everything that was written is sent", Self::is_all_sent).await {
            return;
        }
        self.newcomers();
        for which in 0..seeded::VISITORS {
            (0..self.tabs.len()).for_each(|tab| self.watch(tab, which));
            if !self.comes("everybody shows the same", |world| world.is_shown(which)).await {
                return;
            }
            for tab in 0..self.tabs.len() {
                if !self.tabs[tab].is_strange() {
                    self.see(tab);
                }
            }
            if !self.comes("what was seen is shown as opened", |world| world.is_opened(which)).await {
                return;
            }
            self.check_order(which);
        }
        self.check_store();
    }

    fn heal(&mut self) {
        let most_ms = self.plot.frame_ms;
        self.net().lock().weather = Weather { most_ms, ..Weather::default() };
        let mut disk = self.ground.disk.lock();
        (disk.slow_until, disk.full_until, disk.dies_in) = (0, 0, None);
        drop(disk);
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].is_offline {
                self.set_offline(tab, false);
            }
            if !self.tabs[tab].is_strange() {
                self.open(tab);
            }
        }
    }

    /// Somebody comes to each conversation who was not there before.
    fn newcomers(&mut self) {
        for which in 0..seeded::VISITORS {
            let device = self.devices.len();
            self.devices.push(super::tab::Device::default());
            let whose = Whose::Visitor(hello(seeded::credential(which)));
            self.tabs.push(Tab::new(whose, device, seeded::visitor(device)));
            let tab = self.tabs.len() - 1;
            self.open(tab);
        }
    }

    async fn comes(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) -> bool {
        let end = self.now() + PATIENCE_MS;
        while self.now() < end {
            let next = self.now() + SCROLL_EVERY_MS;
            if self.until(next, &wanted).await {
                return true;
            }
            for tab in 0..self.tabs.len() {
                if self.tabs[tab].messages().first().is_some_and(|first| first.seq.0 > 1) {
                    self.happen(tab, Happens::LoadOlder);
                }
            }
            if !self.truth.wrong.is_empty() {
                // Whatever comes now is no news.
                return false;
            }
        }
        let report = self.report();
        self.truth.broken(format!("it never came that {what}: {report}"));
        false
    }

    fn report(&self) -> String {
        let tabs = self.tabs.iter().enumerate().map(|(tab, it)| {
            let rows: Vec<_> = it
                .rows()
                .iter()
                .map(|row| (row.seq.map(|seq| seq.0), row.state))
                .map(|(seq, state)| format!("{seq:?} {state:?}"))
                .collect();
            format!("tab {tab}: {:?}, shows {}", it.status(), rows.join(", "))
        });
        let stored: Vec<_> = self.devices.iter().map(|device| device.storage.len()).collect();
        format!("the devices keep {stored:?}\n{}", tabs.collect::<Vec<_>>().join("\n"))
    }

    fn is_all_sent(&self) -> bool {
        self.devices.iter().all(|device| device.storage.is_empty())
    }

    fn stored(&self, which: usize) -> Vec<Message> {
        let messages = self.memory.messages(&seeded::shop(), seeded::conversation(which));
        messages.expect("the memory can be read")
    }

    fn concerned(&self, which: usize) -> impl Iterator<Item = &Tab> {
        let id = seeded::conversation(which);
        self.tabs.iter().filter(move |tab| !tab.is_strange() && tab.conversation() == Some(id))
    }

    /// Every tab shows the whole conversation, and every message is handed over.
    fn is_shown(&self, which: usize) -> bool {
        let mut lengths = self.concerned(which).map(|tab| tab.messages().len());
        let first = lengths.next().unwrap_or(0);
        lengths.all(|length| length == first)
            && self.is_all_sent()
            && self.has_come(which, |state| matches!(state, MessageState::HandedOver | MessageState::Opened))
            && self.stored(which).len() == first
    }

    fn is_opened(&self, which: usize) -> bool {
        self.has_come(which, |state| *state == MessageState::Opened)
    }

    fn has_come(&self, which: usize, far: impl Fn(&MessageState<'_>) -> bool) -> bool {
        self.concerned(which).flat_map(Tab::rows).all(|row| row.state.as_ref().is_none_or(&far))
    }

    fn check_order(&mut self, which: usize) {
        let stored = self.stored(which);
        let mut wrong = Vec::new();
        for (tab, it) in self.tabs.iter().enumerate() {
            if it.is_strange() || it.conversation() != Some(seeded::conversation(which)) {
                continue;
            }
            if it.messages() != stored {
                wrong.push(format!("tab {tab} shows something else than what is kept"));
            }
            if !it.rows().iter().map(|row| row.id).eq(stored.iter().map(|message| message.id)) {
                wrong.push(format!("tab {tab} shows another order than the store's"));
            }
            if it.is_stuck() {
                wrong.push(format!("something is stuck in tab {tab}"));
            }
        }
        wrong.into_iter().for_each(|sentence| self.truth.broken(sentence));
    }

    /// What was written and what was acknowledged is kept, once, and in its order.
    fn check_store(&mut self) {
        let mut wrong = Vec::new();
        let mut places: BTreeMap<MessageId, (usize, u32)> = BTreeMap::new();
        let mut bodies = BTreeSet::new();
        for which in 0..seeded::VISITORS {
            let id = seeded::conversation(which);
            for (message, place) in self.stored(which).into_iter().zip(1..) {
                if message.seq.0 != place {
                    wrong.push(format!("{id}: there is a gap at place {place}"));
                }
                if places.insert(message.id, (which, place)).is_some() || !bodies.insert(message.body.clone())
                {
                    wrong.push(format!("{id}: {:?} is kept twice", message.body));
                }
                if self.truth.bodies.get(&message.id) != Some(&(id, message.body.clone())) {
                    wrong.push(format!("{id}: {:?} was not written like that", message.body));
                }
            }
        }
        for kept in &self.truth.kept {
            let place = places.get(&kept.id).map(|(which, place)| (seeded::conversation(*which), *place));
            if place != Some((kept.conversation, kept.seq.0)) {
                wrong.push(format!("{} was acknowledged as {} and is {place:?}", kept.id, kept.seq));
            }
        }
        for (tab, it) in self.tabs.iter().enumerate() {
            let mut last = [0; seeded::VISITORS];
            for (conversation, id) in &it.written {
                match places.get(id) {
                    Some((which, place)) if seeded::conversation(*which) == *conversation => {
                        if *place < last[*which] {
                            wrong.push(format!("{id} is out of the order in which tab {tab} wrote"));
                        }
                        last[*which] = *place;
                    }
                    other => wrong.push(format!("{id} was written in tab {tab} and is at {other:?}")),
                }
            }
        }
        wrong.into_iter().for_each(|sentence| self.truth.broken(sentence));
    }
}
