//! The owner's app: its document, its files, signing in and out.

use super::{HttpError, assets, body, caller, caller::Caller, cookies, csp};
use crate::{limits, pages, relay::Relay, secrets::Token};
use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use shopbell_protocol::{SessionId, text};
use shopbell_store::{NewSession, OwnerSession};
use std::sync::Arc;

const ALWAYS_ASK: HeaderValue = HeaderValue::from_static("no-cache");
const ONE_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// `GET /inbox`: the same document for everybody; all else comes by the socket.
pub(super) async fn show(State(relay): State<Arc<Relay>>, headers: HeaderMap) -> Response {
    let mut response = pages::inbox(&relay.assets);
    let policy = csp::inbox(&relay.own.origin(&headers));
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::CACHE_CONTROL, ALWAYS_ASK);
    response
}

/// `GET /inbox/…`: files that must live under the app's own path.
pub(super) async fn file(
    State(relay): State<Arc<Relay>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    match file.as_str() {
        "sw.js" => {
            let mut response = assets::serve(&relay, "sw.js", &headers, ALWAYS_ASK)?;
            let allowed = HeaderValue::from_static("/inbox");
            response.headers_mut().insert("service-worker-allowed", allowed);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, csp::WORKER);
            Ok(response)
        }
        "manifest.webmanifest" => assets::serve(&relay, &file, &headers, ALWAYS_ASK),
        icon if icon.starts_with("icons/") => assets::serve(&relay, icon, &headers, ONE_DAY),
        _ => Err(HttpError::not_found()),
    }
}

#[derive(Deserialize)]
struct SignIn {
    code: String,
    /// Also when this device is signed in to another shop.
    #[serde(default)]
    replace: bool,
}

/// `POST /inbox/sign-in`: uses a one-time link up and begins a session.
pub(super) async fn sign_in(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    if !relay.own.is_own(&headers) {
        return Err(HttpError::foreign());
    }
    relay.guard.sign_in(caller.address).map_err(HttpError::too_fast)?;
    let body = body::read(body, limits::SIGN_IN_BYTES).await?;
    let SignIn { code, replace } =
        serde_json::from_slice(&body).map_err(|_| HttpError::bad("Send {\"code\": …}."))?;
    let code = Token::parse(code.trim()).ok_or_else(HttpError::link_over)?;
    let own = relay.own.origin(&headers);
    let at = relay.clock.now();
    let shop = relay.store.link(code.digest(), at).await?.ok_or_else(HttpError::link_over)?;
    let before = match cookies::owner(&headers, &own) {
        Some(token) => relay.store.session(token.digest(), at).await?,
        None => None,
    };
    // Any page can lead a browser to a link of its own shop: an owner must not find
    // themselves in somebody else's inbox without having been asked.
    let elsewhere = before.filter(|before| before.shop != shop);
    if elsewhere.is_some() && !replace {
        return Err(HttpError::signed_in_elsewhere());
    }
    let token = Token::draw(&*relay.entropy)?;
    let session = NewSession {
        id: SessionId::new(at.0, relay.entropy.id()?),
        token: token.digest(),
        device: text::clean_line(&caller::device_name(&headers), limits::DEVICE_CHARS),
        at,
    };
    let id = session.id;
    let signed_in = relay.store.sign_in(code.digest(), session).await?.ok_or_else(HttpError::link_over)?;
    for ended in signed_in.ended {
        relay.hub.end_session(&signed_in.shop, ended);
    }
    if let Some(before) = elsewhere {
        end(&relay, &before).await?;
    }
    tracing::info!(shop = %signed_in.shop, session = %id, "an owner signed in");
    let mut response = Json(json!({ "shop": signed_in.shop })).into_response();
    if let Some(cookie) = cookies::set_owner(&token, &own) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /inbox/sign-out`: ends the session that asks.
pub(super) async fn sign_out(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    if !relay.own.is_own(&headers) {
        return Err(HttpError::foreign());
    }
    relay.guard.request(caller.address).map_err(HttpError::too_fast)?;
    let own = relay.own.origin(&headers);
    let token = cookies::owner(&headers, &own).ok_or_else(HttpError::signed_out)?;
    let session = relay.store.session(token.digest(), relay.clock.now()).await?;
    let session = session.ok_or_else(HttpError::signed_out)?;
    end(&relay, &session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = cookies::clear_owner(&own) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Ends a session, and with it its lines.
async fn end(relay: &Relay, session: &OwnerSession) -> Result<(), HttpError> {
    let id = session.session.session;
    relay.store.end_session(&session.shop, id).await?;
    relay.hub.end_session(&session.shop, id);
    tracing::info!(shop = %session.shop, session = %id, "an owner signed out");
    Ok(())
}
