//! One struct for each section of the configuration, with its defaults.

use crate::http::Origin;
use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

/// `[server]`: where the relay listens, and who it is from outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// The relay's own address as browsers see it, like `https://bell.example`.
    /// Without it the relay works on this machine only.
    pub(crate) public_url: Option<Origin>,
    /// The folder with all that must be backed up.
    pub(crate) data: Option<PathBuf>,
    /// Networks of proxies whose `X-Forwarded-For` is believed, like `10.0.0.0/8`.
    pub(crate) trusted_proxies: Vec<IpNet>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            data: None,
            trusted_proxies: Vec::new(),
        }
    }
}

/// `[limits]`: how much one visitor, shop or address may do. 0 is without a limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Connections in all.
    pub(crate) connections: usize,
    /// Connections from one address.
    pub(crate) connections_per_address: usize,
    /// New talks of anybody in a second: a crowd that comes back at once is let in at this pace.
    pub(crate) hellos_per_second: u32,
    /// Messages of one visitor.
    pub(crate) visitor_sends_per_minute: u32,
    /// Messages of one signed-in device of the owner's.
    pub(crate) owner_sends_per_minute: u32,
    /// Messages of all visitors of one shop.
    pub(crate) shop_sends_per_minute: u32,
    /// Messages from one address.
    pub(crate) address_sends_per_minute: u32,
    /// Conversations that are begun from one address.
    pub(crate) address_begins_per_minute: u32,
    /// New talks (sockets and plain HTTP exchanges) from one address.
    pub(crate) address_connects_per_minute: u32,
    /// Sign-ins tried from one address.
    pub(crate) address_sign_ins_per_minute: u32,
    /// Pages and scripts asked for by one address.
    pub(crate) address_requests_per_minute: u32,
    /// Frames of any kind on one connection.
    pub(crate) connection_frames_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 400,
            hellos_per_second: 2_000,
            visitor_sends_per_minute: 60,
            owner_sends_per_minute: 240,
            shop_sends_per_minute: 6_000,
            address_sends_per_minute: 600,
            address_begins_per_minute: 60,
            address_connects_per_minute: 600,
            address_sign_ins_per_minute: 10,
            address_requests_per_minute: 1_200,
            connection_frames_per_minute: 1_200,
        }
    }
}

/// `[store]`: how what is said is kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    /// Whether a message is on the disk before anybody is told that it is kept.
    pub(crate) synchronous: Synchronous,
    /// The PostgreSQL database that several relays share, like
    /// `postgresql://user:password@host/name`. Without it, SQLite in the data folder.
    pub(crate) postgres: Option<Address>,
}

/// `[cluster]`: how relays of one database hear of each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cluster {
    /// The NATS server that carries what they tell each other, like `nats://host:4222`.
    /// Without it they read it from the database.
    pub(crate) nats: Option<Address>,
    /// The subject they speak on. Relays of other databases are told from them; better have each
    /// database's speak on their own.
    pub(crate) subject: String,
    /// How often they read while there is no NATS, in milliseconds: 50 to 10,000.
    pub(crate) poll_every_ms: u64,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { nats: None, subject: "shopbell.wake".into(), poll_every_ms: 500 }
    }
}

/// The address of a server, which may have a password in it: `Debug` redacts it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(pub(crate) String);

impl core::fmt::Debug for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Address(redacted)")
    }
}

/// Whether commits wait for the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Synchronous {
    /// They do.
    #[default]
    Full,
    /// They don't, and a power cut loses what was acknowledged: for tests of the tests.
    Off,
}

/// `[channels]`: how owners and visitors are told who are not looking.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Channels {
    /// What could not be handed over for so long is stuck.
    pub(crate) give_up_after_hours: u64,
    /// The owner is told of a channel that has not worked for so long, by another.
    pub(crate) alarm_after_seconds: u64,
    /// A visitor who left an address is written to when an answer was not seen for so long:
    /// 1 to 1,440.
    pub(crate) visitor_mail_after_minutes: u16,
}

impl Default for Channels {
    fn default() -> Self {
        Self { give_up_after_hours: 72, alarm_after_seconds: 120, visitor_mail_after_minutes: 2 }
    }
}

/// `[log]`: what is written to stderr.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a list of targets with levels.
    pub(crate) level: String,
    /// `text` for people, `json` for machines.
    pub(crate) format: Format,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), format: Format::Text }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[metrics]`: numbers for Prometheus.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Metrics {
    /// The address to serve them on, like `127.0.0.1:9187`; without it they are not served.
    pub(crate) listen: Option<SocketAddr>,
}
