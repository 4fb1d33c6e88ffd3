//! Telling the others.

use super::{Cluster, book::Book, nats::Bus};
use crate::limits;
use shopbell_store::{StoreError, Told, Wake, WakeCursor};
use std::{
    future::pending,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::sleep,
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

/// What goes over NATS, one envelope after the other.
struct Voice<'a> {
    bus: Option<&'a Bus>,
    relay: u64,
    number: u64,
}

impl Voice<'_> {
    /// Says it to the others, if they are to be reached.
    async fn say(&mut self, told: &[Told]) {
        match self.bus.filter(|bus| bus.is_up()) {
            Some(bus) => {
                for some in in_envelopes(told) {
                    self.number += 1;
                    bus.say(self.relay, self.number, some).await;
                }
            }
            None if told.is_empty() => {}
            // The others notice that a number is left out, and ask who is here.
            None => self.leave_out(),
        }
    }

    fn leave_out(&mut self) {
        self.number += 1;
    }
}

impl Cluster {
    /// Says what is to be said, what has gathered at once; what lasts after it was written down. What
    /// is of the moment waits for that only where somebody reads it who would not hear it.
    pub(super) async fn speak(&self, mut outgoing: Outgoing) {
        let mut voice = Voice { bus: self.bus.as_ref(), relay: self.number, number: 0 };
        let (mut told, mut book, mut writing) = (Vec::new(), Book::default(), None);
        loop {
            tokio::select! {
                biased;
                written = async {
                    match &mut writing {
                        Some(writing) => writing.await,
                        None => pending().await,
                    }
                } => {
                    writing = match written {
                        Ok(id) => {
                            let written = Told { id, relay: self.number, wakes: book.written() };
                            let after = Told { id: None, relay: self.number, wakes: book.freed() };
                            told.extend([written, after].into_iter().filter(|told| !told.wakes.is_empty()));
                            voice.say(&told).await;
                            told.clear();
                            None
                        }
                        Err(error) => {
                            tracing::warn!(%error, "what the other relays should hear could not be written down yet");
                            // It may stand there all the same, and be read after what is said later.
                            voice.leave_out();
                            book.open().map(|wakes| Box::pin(self.write(wakes, true)))
                        }
                    };
                }
                some = outgoing.recv_many(&mut told, limits::WAKES_SAID_AT_ONCE) => {
                    if some == 0 {
                        return;
                    }
                    let all = !self.bus_is_up() || self.are_deaf();
                    if !book.take_from(&mut told, all) {
                        tracing::warn!("too much waits to be written down for the other relays; some of it is left out");
                        voice.leave_out();
                    }
                    voice.say(&told).await;
                    told.clear();
                }
            }
            if writing.is_none() {
                writing = book.open().map(|wakes| Box::pin(self.write(wakes, false)));
            }
        }
    }

    /// Writes it down, after a rest when that has just failed; gives its number.
    async fn write(&self, wakes: Vec<Wake>, rested: bool) -> Result<Option<i64>, StoreError> {
        if rested {
            sleep(limits::STORE_REST).await;
        }
        let id = self.relay.store.tell(wakes).await?;
        if let Some(id) = id {
            self.cursor().hear(id, self.relay.clock.uptime_ms());
        }
        Ok(id)
    }

    /// Whether some relay reads what the others only said.
    fn are_deaf(&self) -> bool {
        self.others().are_deaf(self.relay.clock.uptime_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(wakes: usize) -> Told {
        Told { id: None, relay: 1, wakes: vec![Wake::Bye {}; wakes] }
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
