//! The headers that every answer carries, unless its handler knows better.

use super::csp;
use crate::relay::Relay;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

const DEFAULTS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, csp::NOTHING),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), \
         serial=(), usb=()",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds them.
pub(crate) async fn secure(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let begun_ms = relay.clock.uptime_ms();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    if let Some(answers) = usize::from(status / 100).checked_sub(2).and_then(|i| relay.metrics.answers.get(i))
    {
        answers.increment(1);
        let took_ms = relay.clock.uptime_ms().saturating_sub(begun_ms);
        relay.metrics.request_seconds.record(std::time::Duration::from_millis(took_ms));
    }
    let headers = response.headers_mut();
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if relay.config.server.public_url.as_ref().is_some_and(super::Origin::is_https) {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(value);
    }
    response
}
