//! Connections to the database: how they are made, and how many there are.

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use std::sync::Arc;
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::rows::Fault;
use crate::{StoreError, Synchronous, limits};

/// How a relay's connections call themselves.
pub(super) const NAME: &str = "shopbell";

/// How a [`super::PostgresStore`] is opened.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where the database is, as libpq writes it: `postgresql://user:password@host/name`.
    pub url: String,
    /// The relay's own number, drawn at its start: by it the others tell it from themselves.
    pub relay: u64,
    /// Whether a commit waits for the disk, whatever the server's own setting is.
    pub synchronous: Synchronous,
}

/// The address may have a password in it.
impl core::fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { url: _, relay, synchronous } = self;
        write!(f, "PostgresOptions {{ url: redacted, relay: {relay}, synchronous: {synchronous:?} }}")
    }
}

/// A pool of at most so many for an address; connections are made when first needed.
pub(super) fn pool(url: &str, synchronous: Synchronous, most: usize) -> Result<Pool, StoreError> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        StoreError::Unreadable(format!(
            "The address of the PostgreSQL database cannot be read ({why}). Write it like \
             postgresql://user:password@host/name."
        ))
    })?;
    config.application_name(NAME);
    config.connect_timeout(limits::CONNECT_WITHIN);
    // A server that is gone without a word is noticed; half-open lines would hold the writer for hours.
    config.keepalives_idle(limits::KEEPALIVE_AFTER);
    config.tcp_user_timeout(limits::UNANSWERED_WITHIN);
    let commits = match synchronous {
        Synchronous::Full => "on",
        Synchronous::Off => "off",
    };
    // Locks of a relay that is gone without a word must not stay.
    config.options(format!(
        "{} -c synchronous_commit={commits} -c statement_timeout={} -c idle_in_transaction_session_timeout={} \
         -c tcp_keepalives_idle={}",
        config.get_options().unwrap_or_default(),
        limits::STATEMENT_MS,
        limits::STATEMENT_MS,
        limits::KEEPALIVE_AFTER.as_secs(),
    ));
    let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    let manager = if is_local || config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, how)
    } else {
        Manager::from_config(config, MakeRustlsConnect::new(tls()?), how)
    };
    Pool::builder(manager)
        .max_size(most)
        .timeouts(Timeouts {
            wait: Some(limits::CONNECT_WITHIN),
            create: Some(limits::CONNECT_WITHIN),
            recycle: Some(limits::CONNECT_WITHIN),
        })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn tls() -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    // Certificates of this machine that cannot be read are none; the others count.
    for certificate in rustls_native_certs::load_native_certs().certs {
        drop(roots.add(certificate));
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Unavailable(format!("TLS cannot be set up: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A connection of the pool's; given back when it is dropped.
pub(super) async fn connection(pool: &Pool) -> Result<Client, Fault> {
    Ok(pool.get().await?)
}
