//! Where the bell was seen: noted in the store now and then, and told to the
//! owner who waits for it to appear.

use crate::{http::Origin, limits, relay::Relay};
use shopbell_protocol::{RelayFrame, SiteSeen};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// When each origin was last noted.
#[derive(Default)]
pub(crate) struct Sightings(Mutex<HashMap<Origin, u64>>);

impl Sightings {
    /// Whether this one is to be noted again.
    fn is_due(&self, origin: &Origin, now_ms: u64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(origin).is_some_and(|at_ms| now_ms < at_ms + limits::BELL_SEEN_EVERY_MS) {
            return false;
        }
        if seen.len() >= limits::BELL_ORIGINS {
            seen.clear();
        }
        seen.insert(origin.clone(), now_ms);
        true
    }
}

/// A page of this origin asked for the bell. Nobody waits for the note.
pub(crate) fn note(relay: &Arc<Relay>, origin: Origin) {
    if relay.sightings.is_due(&origin, relay.clock.uptime_ms()) {
        let relay = Arc::clone(relay);
        tokio::spawn(async move { keep(&relay, origin).await });
    }
}

async fn keep(relay: &Relay, origin: Origin) {
    let at = relay.clock.now();
    match relay.store.bell_seen(origin.as_str(), at).await {
        Ok(shops) => {
            let site = SiteSeen { origin: origin.as_str().to_owned(), seen_at: Some(at) };
            let frame = RelayFrame::BellSeen { site };
            shops.iter().for_each(|shop| relay.hub.tell_owners(shop, &frame));
        }
        Err(error) => tracing::warn!(%error, "a sighting of the bell could not be noted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_noted_once_in_a_while() {
        let sightings = Sightings::default();
        let origin = Origin::parse("https://shop.example").expect("an origin");
        assert!(sightings.is_due(&origin, 0));
        assert!(!sightings.is_due(&origin, limits::BELL_SEEN_EVERY_MS - 1));
        assert!(sightings.is_due(&origin, limits::BELL_SEEN_EVERY_MS));
    }
}
