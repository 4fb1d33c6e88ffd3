//! `GET /healthz` and `GET /readyz`: for load balancers and people on call.

use crate::{limits, relay::Relay};
use axum::{extract::State, http::StatusCode};
use std::sync::{Arc, PoisonError};

/// The relay runs.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The relay can keep a message now. The answer holds for a moment, so that
/// nobody can make the relay commit as often as they ask.
pub(super) async fn ready(State(relay): State<Arc<Relay>>) -> (StatusCode, &'static str) {
    if relay.hub.is_closing() {
        return (StatusCode::SERVICE_UNAVAILABLE, "going down\n");
    }
    let now_ms = relay.clock.uptime_ms();
    let held = *relay.ready.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = match held {
        Some((at_ms, ready)) if now_ms < at_ms + limits::READY_CACHED_MS => ready,
        _ => {
            let ready = relay.store.check().await;
            if let Err(error) = &ready {
                tracing::error!(%error, "the store is not ready");
            }
            *relay.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some((now_ms, ready.is_ok()));
            ready.is_ok()
        }
    };
    if ready {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store cannot keep anything: see the log\n")
    }
}
