//! Relays that share a PostgreSQL.

use shopbell_servers::{Nats, Postgres};
use shopbell_tests::{Owner, Relay, Visitor, host::Storage, people::credential, relay::Setup};
use std::sync::LazyLock;

/// One server for all tests but those that stop it; each has a database of its own.
static POSTGRES: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&["max_connections=400"]));
/// Likewise, and all speak on one subject: relays of other databases are not listened to.
static NATS: LazyLock<Nats> = LazyLock::new(Nats::start);

/// An address of a fresh database.
pub(crate) async fn database() -> String {
    tokio::task::spawn_blocking(|| POSTGRES.database()).await.expect("a database")
}

/// Lets PostgreSQL's own tools at the server that all share.
pub(crate) async fn with_tools<T: Send + 'static>(work: impl FnOnce(&Postgres) -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(|| work(&POSTGRES)).await.expect("they work")
}

/// A connection of the test's own.
pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, line) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("connects");
    tokio::spawn(line);
    client
}

/// The address of the NATS that all share.
pub(crate) async fn nats() -> String {
    tokio::task::spawn_blocking(|| NATS.url()).await.expect("a server")
}

/// How each relay is to be run.
pub(crate) fn setup(postgres: &str, nats: Option<&str>) -> Setup {
    let setup = Setup::default().without_limits().set("STORE__POSTGRES", postgres);
    match nats {
        Some(nats) => setup.set("CLUSTER__NATS", nats),
        None => setup,
    }
}

/// So many relays with the shop `oak`.
pub(crate) async fn relays<const N: usize>(postgres: &str, nats: Option<&str>) -> [Relay; N] {
    relays_at(postgres, [nats; N]).await
}

/// The same, each at a NATS of its own.
pub(crate) async fn relays_at<const N: usize>(postgres: &str, nats: [Option<&str>; N]) -> [Relay; N] {
    let mut relays: Vec<Relay> = Vec::new();
    for (number, nats) in nats.into_iter().enumerate() {
        let relay = Relay::prepare(setup(postgres, nats));
        match relays.first() {
            None => relay.add_shop("oak"),
            Some(first) => relay.take_key_of(first),
        }
        assert_eq!(number, relays.len());
        relays.push(relay.up().await);
    }
    relays.try_into().unwrap_or_else(|_| unreachable!("as many as were asked for"))
}

/// The same owner's device, at another relay.
pub(crate) fn owner_at(relay: &Relay, session: &Owner) -> Owner {
    let owner = Owner::with_session(relay.origin(), session.cookie.clone(), Storage::default());
    owner.start();
    owner
}

/// A new visitor who comes through an address in front of the relays.
pub(crate) fn visitor_through(origin: &str) -> Visitor {
    let visitor = Visitor::waiting(origin.to_owned(), "oak", credential(), Storage::default());
    visitor.start();
    visitor
}
