//! The relay's settings: a struct for each section, read from one TOML file, the
//! environment and the command line, of which the later ones win.

mod load;
mod sections;

pub(crate) use load::{FILE_NAME, Source, load};
pub(crate) use sections::{Channels, Cluster, Format, Limits, Log, Metrics, Server, Store, Synchronous};

use serde::Deserialize;
use shopbell_channels::{
    OutboundConfig, email::EmailConfig, push::PushConfig, sms::SmsConfig, telegram::TelegramConfig,
};
use std::path::PathBuf;

/// All settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the relay listens, and who it is from outside.
    pub(crate) server: Server,
    /// How what is said is kept.
    pub(crate) store: Store,
    /// How relays of one database hear of each other.
    pub(crate) cluster: Cluster,
    /// How much one visitor, shop or address may do.
    pub(crate) limits: Limits,
    /// How those are told who are not looking.
    pub(crate) channels: Channels,
    /// E-mail, both ways.
    pub(crate) email: Option<EmailConfig>,
    /// The Telegram bot.
    pub(crate) telegram: Option<TelegramConfig>,
    /// Pushes to browsers and installed apps.
    pub(crate) push: PushConfig,
    /// Text messages to owners' phones.
    pub(crate) sms: Option<SmsConfig>,
    /// Whom the relay may call.
    pub(crate) outbound: OutboundConfig,
    /// What is written to stderr.
    pub(crate) log: Log,
    /// Numbers for Prometheus.
    pub(crate) metrics: Metrics,
}

impl Config {
    /// The folder with all that must be backed up.
    pub(crate) fn data(&self) -> PathBuf {
        self.server.data.clone().unwrap_or_else(|| PathBuf::from("shopbell-data"))
    }
}

#[cfg(test)]
mod tests;
