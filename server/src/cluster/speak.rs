//! Telling the others.

use super::{Cluster, nats::Bus};
use crate::limits;
use shopbell_store::{Told, Wake, WakeCursor};
use std::{
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{MissedTickBehavior, interval},
};

/// What this relay tells the others, on its way to them.
pub(crate) type Outgoing = mpsc::Receiver<Told>;

/// Where the hub says what others should hear.
pub(crate) struct Mouth {
    number: u64,
    to: mpsc::Sender<Told>,
    cursor: Arc<Mutex<WakeCursor>>,
}

impl Mouth {
    /// Of the relay with this number.
    pub(crate) fn new(number: u64) -> (Self, Outgoing) {
        let (to, outgoing) = mpsc::channel(limits::WAKES_WAITING);
        (Self { number, to, cursor: Arc::default() }, outgoing)
    }

    /// How far was read what relays wrote down.
    pub(super) fn cursor(&self) -> Arc<Mutex<WakeCursor>> {
        Arc::clone(&self.cursor)
    }

    /// This relay's own number.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Says something that is nowhere written down.
    pub(crate) fn say(&self, wake: Wake) {
        self.put(Told { id: None, relay: self.number, wakes: vec![wake] });
    }

    /// Passes on what was written down, which this relay need not read any more.
    pub(crate) fn pass_on(&self, told: Told, now_ms: u64) {
        if let Some(id) = told.id {
            self.cursor.lock().unwrap_or_else(PoisonError::into_inner).hear(id, now_ms);
        }
        self.put(told);
    }

    fn put(&self, told: Told) {
        // What was written down is read there by the others; the rest is of the moment.
        if let Err(TrySendError::Full(_)) = self.to.try_send(told) {
            tracing::warn!("too much waits to be told to the other relays; some of it is left out");
        }
    }
}

/// Runs of what is told, each of which is small enough for one envelope.
fn in_envelopes(told: &[Told]) -> impl Iterator<Item = &[Told]> {
    let mut left = told;
    std::iter::from_fn(move || {
        let mut wakes = 0;
        let fits = |told: &&Told| {
            wakes += told.wakes.len();
            wakes <= limits::WAKES_IN_ENVELOPE
        };
        // One alone always goes.
        let some = left.iter().take_while(fits).count().max(1).min(left.len());
        let (envelope, rest) = left.split_at(some);
        left = rest;
        (!envelope.is_empty()).then_some(envelope)
    })
}

/// What lasts and could not be written down yet, and until when the store is left in peace.
#[derive(Default)]
struct Unwritten {
    wakes: Vec<Wake>,
    rest_until_ms: u64,
}

impl Unwritten {
    /// Keeps what the next try is to write, no more than goes into an envelope. Where nothing else
    /// tells who has come or gone, that too.
    fn keep(&mut self, wakes: &[Wake], all: bool) {
        let keeps = |wake: &&Wake| match wake {
            Wake::Presence { .. } => all,
            // The next one says it as well.
            Wake::Here { .. } => false,
            wake => !wake.is_momentary(),
        };
        self.wakes.extend(wakes.iter().filter(keeps).cloned());
        self.wakes.truncate(limits::WAKES_IN_ENVELOPE);
    }
}

impl Cluster {
    /// Says what is to be said, what has gathered at once.
    pub(super) async fn speak(&self, mut outgoing: Outgoing) {
        let mut number = 0;
        let mut told = Vec::new();
        let mut unwritten = Unwritten::default();
        let bus = || self.bus.as_ref().filter(|bus| bus.is_up());
        while outgoing.recv_many(&mut told, limits::WAKES_SAID_AT_ONCE).await > 0 {
            let all = bus().is_none() || self.others().are_deaf();
            self.write_down(&mut told, &mut unwritten, all).await;
            if !all && bus().is_none() {
                // It may have gone meanwhile: nothing is left to it that what is written comes after.
                self.write_down(&mut told, &mut unwritten, true).await;
            }
            match bus() {
                Some(bus) => {
                    for some in in_envelopes(&told) {
                        number += 1;
                        bus.say(self.number, number, some).await;
                    }
                }
                // What is said next may be heard before this is read: the others notice that a
                // number is left out, and ask who is here.
                None => number += 1,
            }
            told.clear();
        }
    }

    /// Writes down what lasts and does not stand there yet; all of it where somebody would not hear it.
    async fn write_down(&self, told: &mut Vec<Told>, unwritten: &mut Unwritten, all: bool) {
        let mut fresh = Vec::new();
        for told in told.iter_mut().filter(|told| told.id.is_none()) {
            fresh.extend(told.wakes.extract_if(.., |wake| all || !wake.is_momentary()));
        }
        told.retain(|told| !told.wakes.is_empty());
        let now_ms = self.relay.clock.uptime_ms();
        let may_try = now_ms >= unwritten.rest_until_ms;
        if fresh.is_empty() && (unwritten.wakes.is_empty() || !may_try) {
            return;
        }
        if may_try {
            let lasting = [&unwritten.wakes[..], &fresh].concat();
            match self.relay.store.tell(lasting.clone()).await {
                Ok(id) => {
                    unwritten.wakes.clear();
                    if let Some(id) = id {
                        self.cursor().hear(id, now_ms);
                    }
                    return told.push(Told { id, relay: self.number, wakes: lasting });
                }
                Err(error) => {
                    tracing::warn!(%error, "what the other relays should hear could not be written down yet");
                    let rest_ms = u64::try_from(limits::STORE_REST.as_millis()).unwrap_or(u64::MAX);
                    unwritten.rest_until_ms = self.relay.clock.uptime_ms().saturating_add(rest_ms);
                }
            }
        }
        unwritten.keep(&fresh, all);
        told.push(Told { id: None, relay: self.number, wakes: fresh });
    }

    /// Lets the others know that this relay is there, and notices those that are not any more.
    pub(super) async fn live(&self) {
        let mut beat = interval(limits::RELAY_BEATS_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut forget = interval(limits::WAKES_FORGOTTEN_EVERY);
        loop {
            tokio::select! {
                biased;
                _ = beat.tick() => self.beat(),
                () = self.bus_changed() => self.beat(),
                _ = forget.tick() => {
                    if let Err(error) = self.relay.store.forget_wakes().await {
                        tracing::warn!(%error, "what relays told each other long ago could not be forgotten");
                    }
                }
            }
        }
    }

    /// Notices who is not there any more, and who is and is not heard; says how it is here.
    fn beat(&self) {
        let now_ms = self.relay.clock.uptime_ms();
        let gone = self.others().gone(now_ms);
        for relay in gone {
            tracing::warn!(relay, "another relay is silent; whoever was there counts as gone");
            self.gone(relay);
        }
        let unheard = self.others().listen(self.bus_is_up(), now_ms);
        self.relay.hub.spread(Wake::Here { deaf: self.is_deaf() });
        // Without NATS all of it is written down at all times.
        for relay in unheard.into_iter().filter(|_| self.bus.is_some()) {
            tracing::warn!(relay, "another relay is not heard over NATS; what it writes down is read");
            // Asked after the others know that they have to write the answer down.
            self.who.doubt(relay);
        }
    }

    fn bus_is_up(&self) -> bool {
        self.bus.as_ref().is_some_and(Bus::is_up)
    }

    /// Whether somebody is not heard over NATS.
    fn is_deaf(&self) -> bool {
        !self.bus_is_up() || self.others().are_unheard()
    }

    async fn bus_changed(&self) {
        match &self.bus {
            Some(bus) => bus.changed().await,
            None => pending().await,
        }
    }

    /// How long until what others wrote down is read again.
    pub(super) fn read_every(&self) -> Duration {
        if !self.is_deaf() {
            return limits::WAKES_READ_EVERY;
        }
        let every_ms = self.relay.config.cluster.poll_every_ms;
        Duration::from_millis(every_ms.clamp(limits::POLL_LEAST_MS, limits::POLL_MOST_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(wakes: usize) -> Told {
        Told { id: None, relay: 1, wakes: vec![Wake::Here { deaf: false }; wakes] }
    }

    #[test]
    fn what_lasts_waits_for_the_next_try_and_no_more_than_fits() {
        let shop = shopbell_protocol::ShopId::parse("oak").expect("an id");
        let gone = Wake::Presence { shop, conversation: None, here: false };
        let mut unwritten = Unwritten::default();
        unwritten.keep(&[Wake::Here { deaf: false }, gone.clone(), Wake::Hello {}], false);
        assert_eq!(unwritten.wakes, [Wake::Hello {}]);
        // Where it is not said either, who has gone is kept in its place.
        unwritten.keep(&[Wake::Here { deaf: false }, gone.clone(), Wake::Hello {}], true);
        assert_eq!(unwritten.wakes, [Wake::Hello {}, gone, Wake::Hello {}]);
        unwritten.keep(&vec![Wake::Hello {}; limits::WAKES_IN_ENVELOPE], true);
        assert_eq!(unwritten.wakes.len(), limits::WAKES_IN_ENVELOPE);
    }

    #[test]
    fn envelopes_are_small_and_hold_everything_in_order() {
        let all = [told(1), told(limits::WAKES_IN_ENVELOPE), told(2), told(2 * limits::WAKES_IN_ENVELOPE)];
        let sizes: Vec<usize> = in_envelopes(&all).map(|some| some.len()).collect();
        assert_eq!(sizes, [1, 1, 1, 1]);
        let few = [told(1), told(2), told(3)];
        assert_eq!(in_envelopes(&few).collect::<Vec<_>>(), [&few[..]]);
        assert_eq!(in_envelopes(&[]).count(), 0);
    }
}
