//! PostgreSQL does all that the conformance suite asks of a backend.

#[macro_use]
mod conformance;

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use shopbell_servers::Postgres;
use shopbell_store::{CommitListener, PostgresOptions, PostgresStore, Store, Synchronous};

/// One server for all cases; each store has a database of its own. What is asked here needs no
/// disk that holds.
static SERVER: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&["fsync=off", "max_connections=400"]));

struct Databases;

#[async_trait]
impl conformance::Factory for Databases {
    async fn fresh(&self, listener: Arc<dyn CommitListener>) -> Arc<dyn Store> {
        let url = tokio::task::spawn_blocking(|| SERVER.database()).await.expect("a database");
        PostgresStore::open(options(url), listener).await.expect("opens a fresh store")
    }
}

/// The suite's server does not sync, so that it is done soon.
fn options(url: String) -> PostgresOptions {
    PostgresOptions { url, relay: 1, synchronous: Synchronous::Off }
}

conformance!(Databases);
