//! `shopbell serve`: puts the relay together, runs it, and takes it down in good order.

use crate::{
    cli,
    clock::{Clock, SystemClock},
    cluster::{Cluster, Mouth},
    config::Config,
    demo,
    entropy::{Entropy, SystemEntropy},
    http::{self, Listener, OwnAddress},
    hub::Hub,
    limits, logging, memory,
    metrics::{self, Metrics},
    outside::{self, channels},
    relay::{Parts, Relay},
};
use shopbell_store::{CommitListener, Wake};
use std::{sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

/// Runs the relay until it is told to stop.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn run(config: Config, with_demo: bool) -> Result<(), String> {
    logging::begin(&config.log)?;
    if let Some(listen) = config.metrics.listen {
        metrics::serve(listen)?;
    }
    let mut stopped = stop_signal()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let metrics = Metrics::new();
    let hub = Hub::new(Arc::clone(&clock), metrics.clone());
    let data = config.data();
    let listener = Arc::clone(&hub) as Arc<dyn CommitListener>;
    let number = number(&SystemEntropy)?;
    let (mouth, outgoing) = Mouth::new(number);
    let store = memory::open(&config, number, listener).await?;
    let listen = config.server.listen;
    let busy = |error| format!("The relay cannot listen on {listen}: {error}. Choose another with --listen.");
    let listener = Listener::bind(listen).await.map_err(busy)?;
    let address = listener.address().map_err(busy)?;
    let own = OwnAddress { public: config.server.public_url.clone(), listen: address };
    let demo_shop = if with_demo { Some(demo::Shop::open(&*store, &own, &*clock).await?) } else { None };
    let outside = channels::set_up(&config, &own, &data, Arc::new(SystemEntropy)).await?;
    let relay = Relay::new(Parts {
        store: Arc::clone(&store),
        hub: Arc::clone(&hub),
        outside,
        own,
        config,
        clock,
        entropy: Arc::new(SystemEntropy),
        metrics,
    });
    if !relay.assets.are_built() {
        tracing::warn!(
            "this build has no widget and no inbox inside, so only the pages without scripts work: \
             run `cargo xtask build` for a whole one"
        );
    }
    let cluster = Cluster::find(&relay, mouth).await?.map(|cluster| tokio::spawn(cluster.run(outgoing)));
    let chores = tokio::spawn(chores(Arc::clone(&relay)));
    let changes = tokio::spawn(Arc::clone(&hub).tell_changes(Arc::clone(&store)));
    let dispatch = tokio::spawn(outside::run(Arc::clone(&relay)));
    let listening = outside::listen(&relay);
    tracing::info!(%address, data = %data.display(), "the relay listens");
    if let Some(shop) = demo_shop {
        let lines = shop.lines(&relay).await?;
        shop.serve();
        cli::print(Ok(lines))?;
    }
    let router = http::router(Arc::clone(&relay));
    let stop = {
        let hub = Arc::clone(&hub);
        async move {
            // The sender lives as long as the process, so this ends by a signal only.
            drop(stopped.wait_for(|stopped| *stopped).await);
            tracing::info!("the relay goes down");
            hub.spread(Wake::Bye {});
            hub.close();
        }
    };
    listener.serve(router, Arc::clone(&relay), stop, limits::SHUTDOWN_WITHIN / 2).await;
    if timeout(limits::SHUTDOWN_WITHIN / 2, hub.emptied()).await.is_err() {
        tracing::warn!("a device was still connected when the relay went down");
    }
    // What is under way out there is known to be doubtful when the relay comes back.
    dispatch.abort();
    drop(listening);
    chores.abort();
    changes.abort();
    store.close().await;
    if let Some(cluster) = cluster {
        cluster.abort();
    }
    tracing::info!("all that was taken is kept; good night");
    Ok(())
}

/// The number by which other relays tell this one from themselves.
fn number(entropy: &dyn Entropy) -> Result<u64, String> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes).map_err(|error| format!("There is no randomness to draw from: {error}."))?;
    // Never 0, which stands for nobody.
    Ok(u64::from_le_bytes(bytes).max(1))
}

/// Becomes true when the process is asked to stop.
fn stop_signal() -> Result<watch::Receiver<bool>, String> {
    let failed = |error| format!("The relay cannot be told to stop: {error}.");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tell.send_replace(true);
        // A second signal is from somebody who cannot wait.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(told)
}

/// What has to be done now and then.
pub(crate) async fn chores(relay: Arc<Relay>) {
    let mut presence = every(limits::PRESENCE_EVERY);
    let mut prune = every(limits::GUARD_PRUNE_EVERY);
    loop {
        tokio::select! {
            // In an order that is always the same; neither can take all turns.
            biased;
            _ = presence.tick() => relay.hub.lapse(),
            _ = prune.tick() => relay.guard.prune(),
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
