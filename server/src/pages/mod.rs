//! The documents that the relay renders.

mod talk;
mod when;
mod words;

pub(crate) use talk::{TalkAssets, TalkMessage, TalkPage, TalkPicture, TalkState};
pub(crate) use when::When;
pub(crate) use words::Words;

use crate::{
    assets::{Assets, csp_hash},
    http::{Framed, plain_policy},
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

const NOTICE_STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;\
     overflow-wrap:anywhere}button{font:inherit;padding:.6em 1.2em;border:0;border-radius:2em;\
     background:#7b4b2e;color:#fff;cursor:pointer}";

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    style: &'static str,
    sentence: &'a str,
    /// A button, and where it posts to.
    button: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox {
    style: Option<String>,
    wasm: Option<String>,
    script: Option<String>,
}

/// A page that says one thing to a person.
pub(crate) fn notice(sentence: &str, framed: &Framed) -> Response {
    plain(&Notice { style: NOTICE_STYLE, sentence, button: None }, framed)
}

/// Asks whether a conversation with this owner is to go on here.
pub(crate) fn take_up(owner: &str, instead: bool, address: &str) -> Response {
    let sentence = Words.take_up(owner, instead);
    let button = Some((Words.go_on(), address));
    let mut response = plain(&Notice { style: NOTICE_STYLE, sentence: &sentence, button }, &Framed::Nowhere);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Asks whether no more mail is to come to this address.
pub(crate) fn stop(address: &str, to: &str) -> Response {
    let sentence = Words.stop(address);
    let notice = Notice { style: NOTICE_STYLE, sentence: &sentence, button: Some((Words.stop_button(), to)) };
    let mut response = plain(&notice, &Framed::Nowhere);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(notice: &Notice<'_>, framed: &Framed) -> Response {
    let mut response = render(notice);
    if let Ok(policy) = HeaderValue::try_from(plain_policy(&csp_hash(NOTICE_STYLE), framed)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The owner's app.
pub(crate) fn inbox(assets: &Assets) -> Response {
    render(&Inbox {
        style: assets.address("inbox.css"),
        wasm: assets.address("inbox.wasm"),
        script: assets.address("inbox.js"),
    })
}

/// Renders a page. A template that cannot be rendered is a fault of this build.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
