//! The talk page: read, written to, and come back to, all without any script.

mod form;
mod view;

use super::{HttpError, Origin, OwnAddress, assets, body, caller::Caller, cookies, csp, origin};
use crate::{
    limits, pages,
    relay::Relay,
    secrets::{self, Keys},
};
use axum::{
    body::Body,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use form::Form;
use serde::Deserialize;
use shopbell_protocol::{Credential, Seq, ShopId};
use shopbell_store::{Conversation, Shop};
use std::sync::Arc;
use view::View;

/// What may stand behind the talk page's address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The loader opened it in its frame.
    frame: Option<String>,
    /// The messages before this one.
    before: Option<Seq>,
    /// Who speaks, in case the browser keeps no cookies.
    with: Option<String>,
}

impl Asked {
    fn framed(&self) -> bool {
        self.frame.is_some()
    }
}

/// Whose page it is.
enum Who {
    /// Nobody has spoken yet.
    New,
    /// The browser showed a cookie.
    ByCookie(Credential),
    /// The browser keeps no cookies, so the page itself has to carry it.
    ByPage(Credential),
}

impl Who {
    /// A key in the address is somebody's only if their conversation exists: a
    /// conversation that is yet to begin would be whose who has put the key there.
    async fn of_address(relay: &Relay, shop: &ShopId, key: Credential) -> Result<Self, HttpError> {
        let own = own_conversation(relay, shop, &key).await.map_err(HttpError::into_page)?;
        Ok(if own.is_some() { Who::ByPage(key) } else { Who::New })
    }

    fn credential(&self) -> Option<&Credential> {
        match self {
            Who::New => None,
            Who::ByCookie(credential) | Who::ByPage(credential) => Some(credential),
        }
    }
}

/// `GET /talk/{shop}`.
pub(super) async fn show(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    shop: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let (Path(shop), Query(asked)) = both(shop, asked)?;
    keep_pace(&relay, &caller)?;
    let shop = match (asked.framed(), Origin::of_referer(&headers)) {
        (true, Some(page)) => {
            shop_on(&relay, &shop, &page, &headers).await.map_err(|error| error.into_page_on(page))?
        }
        _ => find_shop(&relay, &shop).await?,
    };
    let by_cookie = cookies::visitor(&headers);
    let by_page = asked.with.as_deref().and_then(secrets::parse_key);
    let who = match (by_cookie, by_page) {
        // The browser keeps cookies after all: the key need not stand in the address.
        (Some(cookie), Some(page)) if cookie == page => return Ok(see(&shop.id, asked.framed(), None, None)),
        (Some(cookie), _) => Who::ByCookie(cookie),
        // Another site's page could lead a visitor into a conversation of its own.
        (None, Some(page)) if is_own_step(&headers) => Who::of_address(&relay, &shop.id, page).await?,
        (None, _) => Who::New,
    };
    View { relay: &relay, headers: &headers, asked: &asked, shop, who, typed: "", problem: None, id: None }
        .render()
        .await
        .map_err(HttpError::into_page)
}

/// `GET /talk/sw.js`: shows visitors the answers that they asked to be notified of. No shop
/// has this name, for there is no dot in a shop's.
pub(super) async fn worker(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let always_ask = HeaderValue::from_static("no-cache");
    let mut response = assets::serve(&relay, "talk-sw.js", &headers, always_ask)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, csp::WORKER);
    Ok(response)
}

/// `POST /talk/{shop}`: keeps a message, and sends the browser back to the page.
pub(super) async fn send(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    shop: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    let (Path(shop), Query(mut asked)) = both(shop, asked)?;
    keep_pace(&relay, &caller)?;
    let body = body::read(body, limits::FORM_BYTES).await.map_err(HttpError::into_page)?;
    let form = Form::read(&body).map_err(HttpError::into_page)?;
    may_speak(&relay.own, &headers, form.key.is_some()).map_err(HttpError::into_page)?;
    let shop = find_shop(&relay, &shop).await?;
    let by_cookie = cookies::visitor(&headers);
    let by_page = form.key.as_deref().and_then(secrets::parse_key);
    let mut who = match (by_page, by_cookie) {
        (Some(page), cookie) if cookie.as_ref() != Some(&page) => Who::ByPage(page),
        (_, Some(cookie)) => Who::ByCookie(cookie),
        _ => Who::ByPage(form::fresh_credential(&relay).map_err(|error| HttpError::from(error).into_page())?),
    };
    let sent = match who.credential() {
        Some(credential) => form.send(&relay, caller.address, &shop.id, credential).await,
        None => Ok(()),
    };
    match (sent, &who) {
        (Ok(()), Who::ByCookie(_) | Who::New) => Ok(see(&shop.id, asked.framed(), None, None)),
        (Ok(()), Who::ByPage(credential)) => {
            // A page that hides where it is from cannot make the browser somebody else.
            let cookie = origin::said_origin(&headers) != Some("null");
            let own = relay.own.origin(&headers);
            let cookie = if cookie { cookies::set_visitor(credential, &shop.id, &own) } else { None };
            Ok(see(&shop.id, asked.framed(), Some(&secrets::key(credential)), cookie))
        }
        (Err(problem), _) => {
            if problem.is_foreign() {
                // Somebody else's conversation is of no use: the next try begins anew.
                who = Who::New;
            }
            asked.before = None;
            let id = problem.keeps_id().then(|| form.id.clone());
            let (status, retry) = (problem.status(), problem.retry_after_seconds());
            let problem = Some(problem.sentence());
            let view = View {
                relay: &relay,
                headers: &headers,
                asked: &asked,
                shop,
                who,
                typed: &form.body,
                problem,
                id,
            };
            let mut response = view.render().await.map_err(HttpError::into_page)?;
            *response.status_mut() = status;
            if let Some(seconds) = retry {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
    }
}

/// `GET /talk/{shop}/link/{key}`: the private link brings a visitor back.
///
/// A device that has a conversation already, or is led here by another site's page
/// (which webmail is too), is asked first: nobody is to find themselves in a
/// conversation that somebody else has chosen for them.
pub(super) async fn link(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let Path((shop, key)) = path.map_err(|_| HttpError::not_found().into_page())?;
    keep_pace(&relay, &caller)?;
    if headers.get("sec-fetch-dest").is_some_and(|dest| dest != "document") {
        return Err(HttpError::foreign().into_page());
    }
    let (shop, credential) = linked(&relay, &shop, &key).await?;
    let before = cookies::visitor(&headers).filter(|before| *before != credential);
    if before.is_some() || !is_own_step(&headers) {
        let address = format!("/talk/{}/link/{}", shop.id, secrets::key(&credential));
        return Ok(pages::take_up(&shop.owner, before.is_some(), &address));
    }
    Ok(take_up(&relay, &headers, &shop, &credential))
}

/// `POST /talk/{shop}/link/{key}`: a person wants this conversation on this device.
pub(super) async fn follow(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let Path((shop, key)) = path.map_err(|_| HttpError::not_found().into_page())?;
    keep_pace(&relay, &caller)?;
    may_speak(&relay.own, &headers, false).map_err(HttpError::into_page)?;
    let (shop, credential) = linked(&relay, &shop, &key).await?;
    Ok(take_up(&relay, &headers, &shop, &credential))
}

/// What a private link leads to.
async fn linked(relay: &Relay, shop: &str, key: &str) -> Result<(Shop, Credential), HttpError> {
    let shop = find_shop(relay, shop).await?;
    let credential = secrets::parse_key(key).ok_or_else(|| HttpError::not_yours().into_page())?;
    let own = own_conversation(relay, &shop.id, &credential).await.map_err(HttpError::into_page)?;
    if own.is_none() {
        return Err(HttpError::not_yours().into_page());
    }
    Ok((shop, credential))
}

fn take_up(relay: &Relay, headers: &HeaderMap, shop: &Shop, credential: &Credential) -> Response {
    let cookie = cookies::set_visitor(credential, &shop.id, &relay.own.origin(headers));
    see(&shop.id, false, Some(&secrets::key(credential)), cookie)
}

/// Whether a person came by themselves or from a page of the relay's own (W3C Fetch
/// Metadata, clause 2.3); browsers that don't say it are believed.
fn is_own_step(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    matches!(site, None | Some("same-origin" | "none"))
}

/// A shop whose frame may stand on this page. The browser holds to the policy in
/// any case; this is to say why, where a person reads it.
async fn shop_on(relay: &Relay, shop: &str, page: &Origin, headers: &HeaderMap) -> Result<Shop, HttpError> {
    let shop = find_shop(relay, shop).await?;
    let its_own =
        *page == relay.own.origin(headers) || shop.sites.iter().any(|site| site.origin == page.as_str());
    if its_own { Ok(shop) } else { Err(HttpError::not_its_site(&shop.id, page)) }
}

/// Each address may ask for so many pages.
fn keep_pace(relay: &Relay, caller: &Caller) -> Result<(), HttpError> {
    relay.guard.request(caller.address).map_err(|limit| HttpError::too_fast(limit).into_page())
}

/// What stands in the address, or a page that says that it makes no sense.
fn both<P, Q>(
    path: Result<Path<P>, PathRejection>,
    query: Result<Query<Q>, QueryRejection>,
) -> Result<(Path<P>, Query<Q>), HttpError> {
    let path = path.map_err(|_| HttpError::not_found().into_page())?;
    Ok((path, query.map_err(|_| HttpError::not_found().into_page())?))
}

async fn find_shop(relay: &Relay, shop: &str) -> Result<Shop, HttpError> {
    let id = ShopId::parse(shop).map_err(|_| HttpError::no_such_shop().into_page())?;
    let shop = relay.store.shop(&id).await.map_err(|error| HttpError::from(error).into_page())?;
    shop.ok_or_else(|| HttpError::no_such_shop().into_page())
}

/// The conversation, when it exists and is theirs who show this credential.
pub(super) async fn own_conversation(
    relay: &Relay,
    shop: &ShopId,
    credential: &Credential,
) -> Result<Option<Conversation>, HttpError> {
    let kept = relay.store.conversation(shop, credential.conversation).await?;
    let digest = secrets::digest(&credential.secret);
    Ok(kept.filter(|kept| Keys::of(kept).open(digest)))
}

/// Whether this page may post as the visitor: the relay's own may. One that hides
/// where it is from may only when the form itself says who speaks, for then it
/// uses nothing that the browser adds.
fn may_speak(own: &OwnAddress, headers: &HeaderMap, has_key: bool) -> Result<(), HttpError> {
    let allowed = match origin::said_origin(headers) {
        Some("null") => has_key,
        Some(_) => own.is_own(headers),
        // No browser leaves both out: this is no page of anybody's.
        None => is_own_step(headers),
    };
    if allowed { Ok(()) } else { Err(HttpError::foreign()) }
}

/// Back to the page (RFC 9110, clause 15.4.4), with the key in its address when
/// it is not yet sure that the browser keeps cookies.
fn see(shop: &ShopId, framed: bool, with: Option<&str>, cookie: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // To the end of what was said, which may stand below what is in sight.
    if let Ok(address) = HeaderValue::try_from(format!("{}#last", address(shop, framed, with, None))) {
        headers.insert(header::LOCATION, address);
    }
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The page's address, and what has to be carried along in it.
fn address(shop: &ShopId, framed: bool, with: Option<&str>, before: Option<Seq>) -> String {
    let mut address = format!("/talk/{shop}");
    let mut mark = '?';
    let mut add = |name: &str, value: &str| {
        address.push(mark);
        mark = '&';
        address.push_str(name);
        address.push('=');
        address.push_str(value);
    };
    if framed {
        add("frame", "1");
    }
    // A key consists of hexadecimal digits, hyphens and a dot.
    with.into_iter().for_each(|key| add("with", key));
    before.into_iter().for_each(|seq| add("before", &seq.to_string()));
    address
}

#[cfg(test)]
mod tests;
