//! What is written to stderr. Never a message's text, a secret or an address.

use crate::config::{Format, Log};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Begins to write the log.
///
/// # Errors
/// A sentence when the level is none.
pub(crate) fn begin(log: &Log) -> Result<(), String> {
    // What its library says of NATS is said in our words.
    let level = format!("async_nats=warn,{}", log.level);
    let filter = EnvFilter::try_new(level).map_err(|error| {
        format!("`log.level` is {:?}: {error}. Use error, warn, info, debug or trace.", log.level)
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let begun = match log.format {
        Format::Text => lines.try_init(),
        Format::Json => lines.json().try_init(),
    };
    begun.map_err(|error| format!("The log cannot be written: {error}."))
}
