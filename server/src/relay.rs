//! What every handler and every talk shares.

use crate::{
    assets::Assets,
    clock::Clock,
    config::Config,
    entropy::Entropy,
    guard::{Connections, Guard},
    http::{Origin, OwnAddress},
    hub::Hub,
    loader::Loader,
    metrics::Metrics,
    sightings::Sightings,
};
use shopbell_protocol::{ShopId, SiteSeen};
use shopbell_store::{Shop, Store, StoreError};
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
    /// Where the demo shop's page stands this time.
    demo_site: Option<(ShopId, Origin)>,
}

/// What a relay is made of.
pub(crate) struct Parts {
    /// What is remembered; its outcomes go to the hub.
    pub(crate) store: Arc<dyn Store>,
    /// Who is connected.
    pub(crate) hub: Arc<Hub>,
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
    /// Where the demo shop's page stands this time.
    pub(crate) demo_site: Option<(ShopId, Origin)>,
}

impl Relay {
    /// Puts a relay together.
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, hub, own, config, clock, entropy, metrics, demo_site } = parts;
        let limits = &config.limits;
        Arc::new(Self {
            guard: Guard::new(limits, &clock, metrics.clone()),
            connections: Connections::new(limits.connections, limits.connections_per_address),
            proxied: Connections::new(0, limits.connections_per_address),
            sightings: Sightings::default(),
            ready: Mutex::new(None),
            assets: Assets::built_in(),
            loader: Loader::built_in(),
            store,
            hub,
            own,
            config,
            clock,
            entropy,
            metrics,
            demo_site,
        })
    }

    /// A shop. The demo shop's page may stand on another port each time, and is
    /// allowed there.
    pub(crate) async fn shop(&self, id: &ShopId) -> Result<Option<Shop>, StoreError> {
        let mut shop = self.store.shop(id).await?;
        if let (Some(shop), Some((demo, origin))) = (&mut shop, &self.demo_site)
            && *demo == shop.id
            && shop.sites.iter().all(|site| site.origin != origin.as_str())
        {
            shop.sites.push(SiteSeen { origin: origin.as_str().to_owned(), seen_at: None });
        }
        Ok(shop)
    }

    /// The owners of the shops that have this page's origin among their sites, by
    /// shop. A page that does not say where it is can only be the only shop's.
    pub(crate) async fn owners(&self, page: Option<&Origin>) -> Result<Vec<(ShopId, String)>, StoreError> {
        let mut owners = self.store.owners(page.map(Origin::as_str)).await?;
        if let Some((demo, origin)) = &self.demo_site
            && page == Some(origin)
            && owners.iter().all(|(shop, _)| shop != demo)
        {
            owners.extend(self.store.shop(demo).await?.map(|shop| (shop.id, shop.owner)));
        }
        Ok(owners)
    }
}
