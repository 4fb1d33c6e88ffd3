//! The network gets well, and all has to come to a good end without help.

use crate::network::{Delivery, Weather};
use crate::tab::Event;
use crate::world::{World, conversation};
use shopbell_client::{MessageState, Millis};
use shopbell_protocol::MessageId;
use std::collections::{BTreeMap, BTreeSet};

/// How long the end may take: the longest wait between tries, the longest
/// silence before a dead connection is noticed, and the sends after it.
const PATIENCE: Millis = 5 * 60_000;

/// Ends all faults, and waits until everybody shows everything.
pub(crate) fn heal(world: &mut World) {
    world.network.weather = Weather::fair();
    world.network.sockets_blocked = false;
    world.relay.refusals.clear();
    world.relay.objections = 0;
    for tab in 0..world.tabs.len() {
        if std::mem::take(&mut world.tabs[tab].is_offline)
            && let Some(id) = world.tabs[tab].connection
        {
            world.network.silence(id);
            world.network.post(world.now + 1_000, Delivery::Hangup(id));
        }
        world.open_tab(tab);
    }
    wait_until(world, all_sent);
    for which in 0..2 {
        for tab in 0..world.tabs.len() {
            world.watch(tab, which);
        }
        wait_until(world, |world| is_settled(world, which));
        check_same_order(world, which);
    }
}

fn wait_until(world: &mut World, condition: impl Fn(&World) -> bool) {
    let end = world.now + PATIENCE;
    while !condition(world) {
        assert!(world.step(end), "it did not come to an end: {}", report(world));
        for tab in 0..world.tabs.len() {
            for id in world.tabs[tab].stuck() {
                world.happen(tab, Event::Retry(id));
            }
            let first = world.tabs[tab].messages().first().map_or(1, |message| message.seq.0);
            if first > 1 {
                world.happen(tab, Event::LoadOlder);
            }
        }
    }
}

/// Every tab shows the whole conversation, and every message of the other side's
/// is known to have been handed over.
fn is_settled(world: &World, which: usize) -> bool {
    let id = conversation(which);
    let kept = world.relay.messages(id);
    let concerned = world.tabs.iter().filter(|tab| tab.conversation() == Some(id));
    let shows_all = concerned.clone().all(|tab| tab.messages().len() == kept.len());
    let handed = concerned
        .flat_map(|tab| tab.rows())
        .all(|row| matches!(row.state, None | Some(MessageState::HandedOver | MessageState::Opened)));
    shows_all && all_sent(world) && handed
}

fn all_sent(world: &World) -> bool {
    world.devices.iter().all(|device| device.storage.is_empty())
}

fn report(world: &World) -> String {
    let tabs = world.tabs.iter().enumerate().map(|(tab, it)| {
        let rows: Vec<_> =
            it.rows().iter().map(|row| (row.seq.map(|seq| seq.0), row.state.is_some())).collect();
        format!("tab {tab}: {:?}, shows {rows:?}", it.status())
    });
    let kept: Vec<_> = (0..2).map(|which| world.relay.messages(conversation(which)).len()).collect();
    let stored: Vec<_> = world.devices.iter().map(|device| device.storage.len()).collect();
    let tabs: Vec<_> = tabs.collect();
    format!("the relay keeps {kept:?}, the devices {stored:?}\n{}", tabs.join("\n"))
}

fn check_same_order(world: &World, which: usize) {
    let id = conversation(which);
    let kept: Vec<_> = world.relay.messages(id).iter().map(|message| message.id).collect();
    for tab in world.tabs.iter().filter(|tab| tab.conversation() == Some(id)) {
        let shown: Vec<_> = tab.rows().iter().map(|row| row.id).collect();
        assert_eq!(shown, kept, "a tab shows another order than the relay's");
    }
}

/// Every message that was written is kept once, in its writer's order.
pub(crate) fn check(world: &World) {
    let mut places: BTreeMap<MessageId, (usize, u32)> = BTreeMap::new();
    let mut bodies = BTreeSet::new();
    for which in 0..2 {
        for message in world.relay.messages(conversation(which)) {
            places.insert(message.id, (which, message.seq.0));
            assert!(bodies.insert(message.body.as_str()), "{:?} is kept twice", message.body);
        }
    }
    for tab in &world.tabs {
        let mut last = [0; 2];
        for (id, message) in &tab.written {
            let Some(&(which, seq)) = places.get(message) else {
                assert!(world.truth.discarded.contains(message), "{message} is lost");
                continue;
            };
            assert_eq!(conversation(which), *id, "kept in another conversation");
            if !world.truth.was_stuck.contains(message) {
                assert!(seq > last[which], "{message} is out of its writer's order");
                last[which] = seq;
            }
        }
    }
    assert!(world.tabs.iter().all(|tab| tab.is_open()));
}
