//! What the relay counts, for Prometheus, on a listener of its own.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::PrometheusBuilder;
use shopbell_protocol::Side;
use shopbell_store::{AppendError, Appended};
use std::net::SocketAddr;

/// Handles that are looked up once, so that counting costs next to nothing.
#[derive(Clone)]
pub(crate) struct Metrics {
    kept_from_visitors: Counter,
    kept_from_owners: Counter,
    kept_again: Counter,
    not_kept: Counter,
    /// Devices cut off because they read too slowly.
    pub(crate) overflows: Counter,
    /// Sends, connections and others that were over a limit.
    pub(crate) limited: Counter,
    /// Live connections of visitors.
    pub(crate) visitors: Gauge,
    /// Live connections of owners.
    pub(crate) owners: Gauge,
    /// How long HTTP requests took, but for sockets.
    pub(crate) request_seconds: Histogram,
    /// Answers by hundreds of their status.
    pub(crate) answers: [Counter; 4],
}

impl Metrics {
    /// To be made after the exporter was installed, or it counts for nobody.
    pub(crate) fn new() -> Self {
        Self {
            kept_from_visitors: counter!("shopbell_messages_kept_total", "side" => "visitor"),
            kept_from_owners: counter!("shopbell_messages_kept_total", "side" => "owner"),
            kept_again: counter!("shopbell_messages_repeated_total"),
            not_kept: counter!("shopbell_messages_refused_total"),
            overflows: counter!("shopbell_slow_readers_total"),
            limited: counter!("shopbell_limited_total"),
            visitors: gauge!("shopbell_connections", "side" => "visitor"),
            owners: gauge!("shopbell_connections", "side" => "owner"),
            request_seconds: histogram!("shopbell_http_request_seconds"),
            answers: ["2xx", "3xx", "4xx", "5xx"]
                .map(|status| counter!("shopbell_http_answers_total", "status" => status)),
        }
    }

    /// Counts what became of an append.
    pub(crate) fn count(&self, from: Side, result: &Result<Appended, AppendError>) {
        match (result, from) {
            (Ok(Appended { fresh: false, .. }), _) => self.kept_again.increment(1),
            (Ok(_), Side::Visitor) => self.kept_from_visitors.increment(1),
            (Ok(_), Side::Owner) => self.kept_from_owners.increment(1),
            (Err(_), _) => self.not_kept.increment(1),
        }
    }

    /// The gauge of a side's live connections.
    pub(crate) fn connections(&self, side: Side) -> &Gauge {
        match side {
            Side::Visitor => &self.visitors,
            Side::Owner => &self.owners,
        }
    }
}

/// Serves the metrics on their own address.
///
/// # Errors
/// A sentence when the address cannot be listened on.
pub(crate) fn serve(listen: SocketAddr) -> Result<(), String> {
    PrometheusBuilder::new()
        .with_http_listener(listen)
        .set_buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5])
        .and_then(PrometheusBuilder::install)
        .map_err(|error| format!("The metrics cannot be served on {listen}: {error}. Change metrics.listen."))
}
