//! What people of both sides do and see alike.

use crate::host::Host;
use crate::speaker::{Common, Speaker};
use shopbell_client::MessageState;
use shopbell_protocol::MessageId;

impl<T: Speaker> Host<T> {
    /// All messages that are shown, the kept ones and the drafts.
    pub fn bodies(&self) -> Vec<String> {
        self.look(|talker| talker.rows().map(|row| row.body.to_owned()).collect())
    }

    /// Waits until this is shown, no more and no less, and in this order.
    pub async fn until_bodies(&self, expected: &[&str]) {
        self.until(&format!("{expected:?}"), |talker, _| {
            talker.rows().map(|row| row.body).eq(expected.iter().copied()).then_some(())
        })
        .await;
    }

    /// Waits until a message has come so far.
    pub async fn until_state(&self, id: MessageId, wanted: MessageState<'static>) {
        self.until(&format!("{wanted:?}"), |talker, _| {
            let row = talker.rows().find(|row| row.id == id)?;
            (row.state == Some(wanted)).then_some(())
        })
        .await;
    }

    /// Scrolls up until all of so many messages are there.
    pub async fn load_all(&self, count: usize) {
        loop {
            let held = self
                .until("an end of the loading", |talker, _| {
                    let timeline = talker.timeline()?;
                    let whole = timeline.last().0 as usize == count && !timeline.is_loading_older();
                    whole.then(|| timeline.messages().len())
                })
                .await;
            if held == count {
                return;
            }
            self.happen(T::event(Common::LoadOlder));
        }
    }

    /// Has everything that is shown before their eyes.
    pub fn see(&self) {
        self.happen(T::event(Common::Seen));
    }
}
