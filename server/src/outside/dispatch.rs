//! The dispatcher: finds the channels for which there is something to do, and works each
//! off on a task of its own, so that one that hangs holds up no other.

use super::{watchdog, work};
use crate::{limits, relay::Relay};
use shopbell_protocol::{ChannelId, ChannelKind, UnixMillis};
use shopbell_store::{Channel, StoreError};
use std::{
    collections::{HashMap, HashSet},
    future::pending,
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::{Id, JoinSet},
    time::{Interval, MissedTickBehavior, interval, sleep},
};

/// What is being worked off.
#[derive(Default)]
struct Busy {
    channels: HashSet<ChannelId>,
    kinds: HashMap<ChannelKind, usize>,
    tasks: HashMap<Id, (ChannelId, ChannelKind)>,
    working: JoinSet<()>,
}

impl Busy {
    /// Begins a channel's turn, if there is room for it.
    fn begin(&mut self, relay: &Arc<Relay>, channel: Channel) {
        let (id, kind) = (channel.id, channel.kind);
        let of_kind = self.kinds.entry(kind).or_default();
        if *of_kind >= limits::CHANNELS_AT_ONCE || !self.channels.insert(id) {
            return;
        }
        *of_kind += 1;
        let relay = Arc::clone(relay);
        let task = self.working.spawn(async move {
            if let Err(error) = work::turn(&relay, channel).await {
                tracing::error!(%error, %kind, "the store failed a channel");
                sleep(limits::STORE_REST).await;
            }
        });
        self.tasks.insert(task.id(), (id, kind));
    }

    /// Waits for a turn to end; for ever when there is none.
    async fn end(&mut self) {
        let ended = match self.working.join_next_with_id().await {
            Some(Ok((task, ()))) => task,
            Some(Err(error)) => {
                tracing::error!(%error, "a channel's turn broke off");
                error.id()
            }
            None => return pending().await,
        };
        if let Some((channel, kind)) = self.tasks.remove(&ended) {
            self.channels.remove(&channel);
            if let Some(of_kind) = self.kinds.get_mut(&kind) {
                *of_kind = of_kind.saturating_sub(1);
            }
        }
    }
}

/// Works off what is due, and tells of what is sick, for as long as it is polled.
pub(crate) async fn run(relay: Arc<Relay>) {
    tokio::join!(dispatch(&relay), alarms(&relay), forget(&relay));
}

async fn dispatch(relay: &Arc<Relay>) {
    let mut busy = Busy::default();
    loop {
        let wait = match look(relay, &mut busy).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "the store failed the dispatcher");
                limits::STORE_REST
            }
        };
        tokio::select! {
            () = relay.hub.outside() => {}
            () = busy.end() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Begins what is due; gives how long there is nothing to do.
async fn look(relay: &Arc<Relay>, busy: &mut Busy) -> Result<Duration, StoreError> {
    let now = relay.clock.now();
    let due = relay.store.due_channels(now, limits::CHANNELS_DUE + busy.channels.len()).await?;
    for channel in due {
        busy.begin(relay, channel);
    }
    let next = relay.store.next_due().await?;
    let wait = next.map(|at| Duration::from_millis(at.0.saturating_sub(now.0)));
    // What is busy, or has no room, comes back when a turn ends.
    let wait = wait.filter(|wait| !wait.is_zero() || busy.channels.is_empty());
    Ok(wait.unwrap_or(limits::DISPATCH_EVERY).clamp(limits::DISPATCH_REST, limits::DISPATCH_EVERY))
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
