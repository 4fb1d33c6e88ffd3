//! What the view listens to: one signal for each part that changes together.

use reactive_graph::signal::RwSignal;
use reactive_graph::traits::{Get as _, Update as _};
use shopbell_client::Part;

/// Counts changes; an effect that reads a count runs again when it rises.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    timeline: RwSignal<u32>,
    status: RwSignal<u32>,
    presence: RwSignal<u32>,
    typing: RwSignal<u32>,
    outside: RwSignal<u32>,
}

impl Shown {
    /// Nothing has changed yet.
    pub(crate) fn new() -> Self {
        let count = || RwSignal::new(0);
        Self { timeline: count(), status: count(), presence: count(), typing: count(), outside: count() }
    }

    /// A part has changed.
    pub(crate) fn changed(self, part: Part) {
        if let Some(count) = self.of(part) {
            count.update(|count| *count = count.wrapping_add(1));
        }
    }

    /// Listens to a part, inside an effect.
    pub(crate) fn listen(self, part: Part) {
        if let Some(count) = self.of(part) {
            count.get();
        }
    }

    fn of(self, part: Part) -> Option<RwSignal<u32>> {
        match part {
            Part::Timeline => Some(self.timeline),
            Part::Status => Some(self.status),
            Part::Presence => Some(self.presence),
            Part::Typing => Some(self.typing),
            Part::Outside => Some(self.outside),
            // Of the owner's.
            Part::List | Part::Details | Part::Account => None,
        }
    }
}
