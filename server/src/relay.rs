//! What every handler and every talk shares.

use crate::{
    assets::Assets,
    clock::Clock,
    config::Config,
    entropy::Entropy,
    guard::{Connections, Guard},
    http::OwnAddress,
    hub::Hub,
    loader::Loader,
    metrics::Metrics,
    outside::Outside,
    pictures::Darkroom,
    sightings::Sightings,
};
use shopbell_store::Store;
use std::sync::{Arc, Mutex};

/// The relay.
pub(crate) struct Relay {
    /// What is remembered.
    pub(crate) store: Arc<dyn Store>,
    /// Who is connected.
    pub(crate) hub: Arc<Hub>,
    /// Who may do how much.
    pub(crate) guard: Guard,
    /// How many connections may be open.
    pub(crate) connections: Arc<Connections>,
    /// The same for sockets that come through trusted proxies, by the address behind.
    pub(crate) proxied: Arc<Connections>,
    /// The channels.
    pub(crate) outside: Outside,
    /// Where pictures from outside are made anew.
    pub(crate) darkroom: Darkroom,
    /// Where the bell was seen a moment ago.
    pub(crate) sightings: Sightings,
    /// When the store was last found ready, and whether it was.
    pub(crate) ready: Mutex<Option<(u64, bool)>>,
    /// The scripts and styles of the widget and the inbox.
    pub(crate) assets: Assets,
    /// The one script that a shop's page names.
    pub(crate) loader: Loader,
    /// What the relay is called from outside.
    pub(crate) own: OwnAddress,
    /// The settings.
    pub(crate) config: Config,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// What is counted.
    pub(crate) metrics: Metrics,
}

/// What a relay is made of.
pub(crate) struct Parts {
    /// What is remembered; its outcomes go to the hub.
    pub(crate) store: Arc<dyn Store>,
    /// Who is connected.
    pub(crate) hub: Arc<Hub>,
    /// The channels.
    pub(crate) outside: Outside,
    /// What the relay is called from outside.
    pub(crate) own: OwnAddress,
    /// The settings.
    pub(crate) config: Config,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// What is counted.
    pub(crate) metrics: Metrics,
}

impl Relay {
    /// Puts a relay together.
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, hub, outside, own, config, clock, entropy, metrics } = parts;
        let limits = &config.limits;
        Arc::new(Self {
            guard: Guard::new(limits, &clock, metrics.clone()),
            connections: Connections::new(limits.connections, limits.connections_per_address),
            proxied: Connections::new(0, limits.connections_per_address),
            darkroom: Darkroom::new(Arc::clone(&clock), Arc::clone(&entropy)),
            sightings: Sightings::default(),
            ready: Mutex::new(None),
            assets: Assets::built_in(),
            loader: Loader::built_in(),
            store,
            hub,
            outside,
            own,
            config,
            clock,
            entropy,
            metrics,
        })
    }
}
