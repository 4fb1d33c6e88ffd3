//! The dispatcher: finds the channels for which there is something to do, and works each
//! off on a task of its own, so that one that hangs holds up no other.

use super::{watchdog, work};
use crate::{limits, relay::Relay};
use shopbell_protocol::{ChannelId, ChannelKind, UnixMillis};
use shopbell_store::{Channel, Except, StoreError};
use std::{
    collections::{HashMap, HashSet},
    future::pending,
    hash::Hash,
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::{Id, JoinSet},
    time::{Interval, MissedTickBehavior, interval, sleep},
};

/// What is being worked off, and how much of it for whom.
#[derive(Default)]
struct Busy {
    channels: HashSet<ChannelId>,
    /// Those for which there was more to do while they were at it.
    again: HashSet<ChannelId>,
    kinds: HashMap<ChannelKind, usize>,
    fars: HashMap<String, usize>,
    failing: HashMap<ChannelKind, usize>,
    tasks: HashMap<Id, Turn>,
    working: JoinSet<()>,
}

/// A channel's turn.
struct Turn {
    channel: ChannelId,
    kind: ChannelKind,
    far: String,
    is_failing: bool,
}

impl Busy {
    /// Whom there is no room for.
    fn except(&self) -> Except {
        Except {
            kinds: full(&self.kinds, limits::CHANNELS_AT_ONCE),
            fars: full(&self.fars, limits::CHANNELS_AT_ONCE_OF_FAR),
            failing: full(&self.failing, limits::CHANNELS_AT_ONCE_FAILING),
        }
    }

    /// Whether such a turn has to wait for others.
    fn is_full_for(&self, turn: &Turn) -> bool {
        of(&self.kinds, &turn.kind) >= limits::CHANNELS_AT_ONCE
            || of(&self.fars, &turn.far) >= limits::CHANNELS_AT_ONCE_OF_FAR
            || (turn.is_failing && of(&self.failing, &turn.kind) >= limits::CHANNELS_AT_ONCE_FAILING)
    }

    /// Begins a channel's turn, unless it is under way or has to wait for others.
    fn begin(&mut self, relay: &Arc<Relay>, channel: Channel) -> bool {
        let (id, kind) = (channel.id, channel.kind);
        let turn = Turn { channel: id, kind, far: channel.far.clone(), is_failing: channel.failures > 0 };
        if self.channels.contains(&id) {
            self.again.insert(id);
            return false;
        }
        if self.is_full_for(&turn) {
            return false;
        }
        self.channels.insert(id);
        *self.kinds.entry(kind).or_default() += 1;
        *self.fars.entry(turn.far.clone()).or_default() += 1;
        if turn.is_failing {
            *self.failing.entry(kind).or_default() += 1;
        }
        let relay = Arc::clone(relay);
        let task = self.working.spawn(async move {
            if let Err(error) = work::turn(&relay, channel).await {
                tracing::error!(%error, %kind, "the store failed a channel");
                sleep(limits::STORE_REST).await;
            }
        });
        self.tasks.insert(task.id(), turn);
        true
    }

    /// Waits for a turn to end, for ever when there is none. Gives whether somebody may have
    /// waited for it: another one for its room, or the channel itself for its next turn.
    async fn end(&mut self) -> bool {
        let ended = match self.working.join_next_with_id().await {
            Some(Ok((task, ()))) => task,
            Some(Err(error)) => {
                tracing::error!(%error, "a channel's turn broke off");
                error.id()
            }
            None => return pending().await,
        };
        let Some(turn) = self.tasks.remove(&ended) else { return true };
        let was_full = self.is_full_for(&turn);
        self.channels.remove(&turn.channel);
        one_less(&mut self.kinds, &turn.kind);
        one_less(&mut self.fars, &turn.far);
        if turn.is_failing {
            one_less(&mut self.failing, &turn.kind);
        }
        self.again.remove(&turn.channel) || was_full
    }
}

fn of<K: Hash + Eq>(counts: &HashMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

fn full<K: Clone>(counts: &HashMap<K, usize>, most: usize) -> Vec<K> {
    counts.iter().filter(|(_, count)| **count >= most).map(|(key, _)| key.clone()).collect()
}

fn one_less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Works off what is due, and tells of what is sick, for as long as it is polled.
pub(crate) async fn run(relay: Arc<Relay>) {
    tokio::join!(dispatch(&relay), alarms(&relay), forget(&relay));
}

async fn dispatch(relay: &Arc<Relay>) {
    let mut busy = Busy::default();
    let mut looks = true;
    loop {
        let wait = match look(relay, &mut busy, looks).await {
            Ok(wait) => {
                looks = false;
                wait
            }
            Err(error) => {
                tracing::error!(%error, "the store failed the dispatcher");
                limits::STORE_REST
            }
        };
        looks |= tokio::select! {
            () = relay.hub.outside() => true,
            // When there is something to do next is looked up in any case: it may rest now.
            has_freed = busy.end() => has_freed,
            () = sleep(wait) => true,
        };
    }
}

/// Begins what is due, if there can be anything; gives how long there is nothing to do.
async fn look(relay: &Arc<Relay>, busy: &mut Busy, can_begin: bool) -> Result<Duration, StoreError> {
    let now = relay.clock.now();
    if can_begin {
        begin_due(relay, busy, now).await?;
    }
    // What is due by now has begun, or begins when a turn ends and makes room for it.
    let next = relay.store.next_due(now).await?;
    let wait = next.map(|at| Duration::from_millis(at.0.saturating_sub(now.0)));
    Ok(wait.unwrap_or(limits::DISPATCH_EVERY).clamp(limits::DISPATCH_REST, limits::DISPATCH_EVERY))
}

async fn begin_due(relay: &Arc<Relay>, busy: &mut Busy, now: UnixMillis) -> Result<(), StoreError> {
    // Those who are at it are still due, and must not hide the others.
    let most = limits::CHANNELS_DUE + busy.channels.len();
    loop {
        let due = relay.store.due_channels(now, busy.except(), most).await?;
        let is_all = due.len() < most;
        let mut has_begun = false;
        for channel in due {
            has_begun |= busy.begin(relay, channel);
        }
        // What filled up on the way is passed over the next time.
        if is_all || !has_begun {
            return Ok(());
        }
    }
}

async fn alarms(relay: &Arc<Relay>) {
    let mut turn = every(limits::ALARM_EVERY);
    loop {
        turn.tick().await;
        if let Err(error) = watchdog::alarm(relay).await {
            tracing::error!(%error, "the store failed the watchdog");
        }
    }
}

async fn forget(relay: &Relay) {
    let mut turn = every(limits::FORGET_EVERY);
    loop {
        turn.tick().await;
        let before = UnixMillis(relay.clock.now().0.saturating_sub(limits::REMEMBERED_MS));
        if let Err(error) = relay.store.forget(before).await {
            tracing::warn!(%error, "could not forget what is long over");
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut turn = interval(period);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turn
}
