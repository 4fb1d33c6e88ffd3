//! What was committed is told, in the order of the commits.

use super::{Hub, ShopRoom, encode};
use crate::secrets::Keys;
use shopbell_protocol::{Message, Problem, RelayFrame, Side};
use shopbell_store::{Append, AppendError, Appended, CommitListener, Outcome, Told};
use std::sync::Arc;

impl CommitListener for Hub {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        // A batch is mostly of one shop: its room is looked up once.
        let mut last: Option<Arc<ShopRoom>> = None;
        if outcomes.iter().any(|outcome| outcome.result.is_ok_and(|appended| appended.deliveries > 0)) {
            self.wake_outside();
        }
        for Outcome { append, result } in outcomes {
            self.metrics.count(append.from, &result);
            self.waiters.told(append.origin, result);
            if last.as_ref().is_none_or(|room| *room.shop() != append.shop) {
                last = self.find_room(&append.shop);
            }
            let Some(room) = &last else { continue };
            match result {
                Ok(appended) => self.publish(room, append, appended),
                Err(error) => refuse(room, &append, error),
            }
        }
    }

    fn on_told(&self, told: Told) {
        if let Some(mouth) = self.mouth.get() {
            mouth.pass_on(told, self.clock.uptime_ms());
        }
    }
}

impl Hub {
    fn publish(&self, room: &Arc<ShopRoom>, append: Append, appended: Appended) {
        let Append { origin, conversation, id, from, body, system, secret, pictures, .. } = append;
        let Appended { seq, at, fresh, began, deliveries: _ } = appended;
        let mut came = false;
        let mut inner = room.lock();
        if began && let Some(secret) = secret {
            came = self.prove_in(&mut inner, room.shop(), conversation, Keys::only(secret));
        }
        if let Some(device) = inner.devices.get(&origin) {
            device.answer(encode(&RelayFrame::Kept { conversation, id, seq, at }));
        }
        if fresh {
            let visitors = inner.audience(conversation, Side::Visitor, origin);
            let mut to = visitors.chain(inner.audience(conversation, Side::Owner, origin)).peekable();
            if to.peek().is_some() {
                let pictures = pictures.iter().map(|file| file.picture).collect();
                let message = Message { id, seq, from, at, body, system, pictures };
                let frame = encode(&RelayFrame::Message { conversation, message });
                to.for_each(|device| device.push(frame.clone()));
            }
        }
        drop(inner);
        if came {
            self.mark_moved(room, conversation);
        }
        if fresh {
            self.mark_changed(room, conversation);
        }
    }
}

fn refuse(room: &ShopRoom, append: &Append, error: AppendError) {
    if let Some(device) = room.lock().devices.get(&append.origin) {
        let problem = Problem::new(error.code());
        let frame = RelayFrame::Refused { conversation: append.conversation, id: append.id, problem };
        device.answer(encode(&frame));
    }
}
