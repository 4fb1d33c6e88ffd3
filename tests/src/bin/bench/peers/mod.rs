//! What others do with the same job on the same machine: each message is acknowledged when it is on
//! the disk, each of 64 senders has one under way in a conversation of their own, and somebody is
//! connected who is told each of them. Their set-up is in `tests/peers`.

mod ejabberd;
mod heard;
mod jetstream;
mod ours;
mod socketio;
mod xmpp;

use crate::load::{self, Load, SENDERS, Writer};
use crate::process;
use crate::table::{Peer as Line, median};
use anyhow::Result;
use ejabberd::Archive;
use heard::Heard;
use shopbell_servers::{Folder, Guarded, Postgres};
use std::path::PathBuf;

/// Who is compared.
#[derive(Debug, Clone, Copy)]
enum Peer {
    SocketIo,
    EjabberdSqlite,
    EjabberdPostgres,
    JetStream,
}

const PEERS: [Peer; 4] = [Peer::SocketIo, Peer::EjabberdSqlite, Peer::EjabberdPostgres, Peer::JetStream];

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::SocketIo => "socket.io relay, SQLite",
            Self::EjabberdSqlite => "ejabberd, rooms archived in SQLite",
            Self::EjabberdPostgres => "ejabberd, rooms archived in PostgreSQL",
            Self::JetStream => "NATS JetStream, sync always",
        }
    }

    /// What has to be done before it can be measured.
    fn lacking(self) -> Option<String> {
        match self {
            Self::SocketIo => socketio::lacking(),
            Self::EjabberdSqlite => ejabberd::lacking(Archive::Sqlite),
            Self::EjabberdPostgres => ejabberd::lacking(Archive::Postgres),
            Self::JetStream => jetstream::lacking(),
        }
    }

    async fn run(self) -> Result<Load> {
        match self {
            Self::SocketIo => process::with_a_core_each(socketio::start(SENDERS)).await??.load().await,
            Self::EjabberdSqlite => Self::ejabberd(Archive::Sqlite).await,
            Self::EjabberdPostgres => Self::ejabberd(Archive::Postgres).await,
            Self::JetStream => process::with_a_core_each(jetstream::start(SENDERS)).await??.load().await,
        }
    }

    async fn ejabberd(archive: Archive) -> Result<Load> {
        process::with_a_core_each(ejabberd::start(archive, SENDERS)).await??.load().await
    }
}

/// A peer with everybody connected.
struct Running<W> {
    writers: Vec<W>,
    heard: Heard,
    server: Guarded,
    /// The database that it works with, if it does not bring its own.
    postgres: Option<Postgres>,
    _folder: Folder,
}

impl<W: Writer> Running<W> {
    async fn load(mut self) -> Result<Load> {
        let mut keepers = vec![self.server.keeper()];
        keepers.extend(self.postgres.as_ref().map(Postgres::keeper));
        let cpu_us = || keepers.iter().map(|keeper| process::cpu_us_of_children(*keeper)).sum();
        let load = load::by(&mut self.writers, cpu_us).await?;
        self.heard.until(load.acknowledged).await?;
        Ok(load)
    }
}

/// What came out.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<Line>,
    /// Who was not measured, each with what to do.
    pub(crate) skipped: Vec<String>,
    /// Who could have been, and was not, each with why.
    pub(crate) failed: Vec<String>,
}

/// Measures.
pub(crate) fn measure(runs: usize) -> Result<Outcome> {
    let (mut skipped, mut failed) = (Vec::new(), Vec::new());
    let mut there = Vec::new();
    for peer in PEERS {
        match peer.lacking() {
            Some(what) => skipped.push(format!("{} was not measured. {what}", peer.name())),
            None => there.push((peer, Vec::new())),
        }
    }
    let mut ours = Vec::new();
    for _ in 0..runs {
        // In turns, so that what else goes on at the machine goes on for all of them.
        ours.extend(process::again(1, ours::run)?);
        for (peer, loads) in &mut there {
            match process::again(1, async || peer.run().await) {
                Ok(load) => loads.extend(load),
                Err(why) => failed.push(format!("{} failed: {why:#}", peer.name())),
            }
        }
    }
    let mut lines = vec![line("Shopbell, SQLite", &ours, &ours)];
    let measured = there.iter().filter(|(_, loads)| loads.len() == runs);
    lines.extend(measured.map(|(peer, loads)| line(peer.name(), loads, &ours)));
    Ok(Outcome { lines, skipped, failed })
}

/// The medians; the ratio is that of each run.
fn line(name: &'static str, loads: &[Load], ours: &[Load]) -> Line {
    let of = |value: fn(&Load) -> f64| median(loads.iter().map(value).collect());
    let pairs = loads.iter().zip(ours);
    Line {
        name,
        messages_a_second: of(|load| load.messages_a_second),
        of_ours: median(pairs.map(|(load, ours)| load.messages_a_second / ours.messages_a_second).collect()),
        cpu_us: of(|load| load.cpu_us),
        p50_ms: of(|load| load.p50_ms),
        p99_ms: of(|load| load.p99_ms),
    }
}

/// Where their set-up is.
fn peers() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"))
}
