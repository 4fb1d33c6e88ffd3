//! The relay over HTTP: one route table, thin handlers.

mod assets;
mod body;
mod caller;
mod compress;
mod cookies;
mod csp;
mod error;
mod exchange;
mod headers;
mod health;
mod home;
mod hook;
mod inbox;
mod listener;
mod loader;
mod notices;
mod origin;
mod patience;
mod picture;
mod socket;
mod speaker;
mod stop;
mod talk;

pub(crate) use csp::plain as plain_policy;
pub(crate) use error::{Framed, HttpError};
pub(crate) use listener::Listener;
pub(crate) use origin::{Origin, OwnAddress};

use crate::{limits, relay::Relay};
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::sync::Arc;
use tokio::time::timeout;

/// Everything that the relay serves.
pub(crate) fn router(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/shopbell.js", get(loader::show))
        .route("/a/{file}", get(assets::hashed))
        .route("/talk/sw.js", get(talk::worker))
        .route("/talk/{shop}", get(talk::show).post(talk::send))
        .route("/talk/{shop}/link/{key}", get(talk::link).post(talk::follow))
        .route("/talk/{shop}/picture/{picture}", get(picture::of_visitor))
        .route("/inbox", get(inbox::show))
        .route("/inbox/sign-in", post(inbox::sign_in))
        .route("/inbox/sign-out", post(inbox::sign_out))
        .route("/inbox/reply", post(notices::reply))
        .route("/inbox/push", post(notices::renew))
        .route("/inbox/picture/{conversation}/{picture}", get(picture::of_owner))
        .route("/inbox/held/{held}/{picture}", get(picture::of_held))
        .route("/inbox/{*file}", get(inbox::file))
        .route("/exchange", post(exchange::exchange))
        .route("/hook/{kind}/{*rest}", get(hook::receive).post(hook::receive))
        .route("/stop/{token}", get(stop::ask).post(stop::stop))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .layer(middleware::from_fn(compress::documents))
        .layer(middleware::from_fn(in_time))
        // A socket is not over in time: it has its own patience.
        .route("/ws", get(socket::connect))
        .fallback(|| async { HttpError::not_found().into_page() })
        .method_not_allowed_fallback(|| async { HttpError::wrong_method() })
        .layer(middleware::from_fn_with_state(Arc::clone(&relay), headers::secure))
        .with_state(relay)
}

/// A request that is not answered in time, for instance because its body never
/// ends, is given up.
async fn in_time(request: Request, next: Next) -> Response {
    match timeout(limits::ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_) => HttpError::too_slow().into_response(),
    }
}

#[cfg(test)]
mod tests;
