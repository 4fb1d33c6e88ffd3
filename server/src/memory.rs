//! Opens what the relay remembers: SQLite in the data folder, or a PostgreSQL database.

use crate::{
    config::{Config, Synchronous},
    shops,
};
use shopbell_store::{CommitListener, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore, Store};
use std::sync::Arc;

/// Opens it for the relay with this number, whose listener is told of what is kept.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn open(
    config: &Config,
    relay: u64,
    listener: Arc<dyn CommitListener>,
) -> Result<Arc<dyn Store>, String> {
    match &config.store.postgres {
        Some(address) => {
            let synchronous = synchronous(config);
            let options = PostgresOptions { url: address.0.clone(), relay, synchronous };
            let store = PostgresStore::open(options, listener).await;
            Ok(store.map_err(|error| shops::unusable(config, &error))?)
        }
        None => {
            let options = SqliteOptions { synchronous: synchronous(config), ..SqliteOptions::default() };
            let store = SqliteStore::open(&config.data(), listener, options);
            Ok(store.map_err(|error| shops::unusable(config, &error))?)
        }
    }
}

fn synchronous(config: &Config) -> shopbell_store::Synchronous {
    match config.store.synchronous {
        Synchronous::Full => shopbell_store::Synchronous::Full,
        Synchronous::Off => {
            tracing::warn!(
                "[store] synchronous is off: a power cut loses messages that were acknowledged. \
                 Take it out of the configuration, unless this is a test."
            );
            shopbell_store::Synchronous::Off
        }
    }
}
