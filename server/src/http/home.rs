//! `GET /`: what this is, for whoever comes here by chance.

use super::Framed;
use crate::pages;
use axum::response::Response;

/// A page with one sentence.
pub(super) async fn show() -> Response {
    pages::notice(
        "This is a Shopbell relay: it carries messages between a shop's visitors and its owner. \
         Owners find their inbox at /inbox.",
        &Framed::Nowhere,
    )
}
