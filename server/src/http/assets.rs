//! The files under hashed names, which never change, and how any built-in file goes out.

use super::HttpError;
use crate::{assets::Asset, relay::Relay};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `GET /a/{file}`: a file whose name says its content.
pub(super) async fn hashed(
    State(relay): State<Arc<Relay>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    serve(&relay, &format!("a/{file}"), &headers, FOREVER)
}

/// A built-in file, or a word that the browser has it already.
pub(super) fn serve(
    relay: &Relay,
    path: &str,
    headers: &HeaderMap,
    cache: HeaderValue,
) -> Result<Response, HttpError> {
    // The compressed twins are not addresses of their own.
    let wanted = !path.ends_with(".br");
    let file = if wanted { relay.assets.file(path, takes_brotli(headers)) } else { None };
    Ok(answer(file.ok_or_else(HttpError::not_found)?, headers, cache))
}

/// A file, or a word that the browser has it already.
pub(super) fn answer(asset: Asset, headers: &HeaderMap, cache: HeaderValue) -> Response {
    let held = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let is_held = held.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.tag);
    let mut response = if is_held {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(asset.bytes));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
        if asset.compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(asset.tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Whether the client takes brotli (RFC 9110, clause 12.5.3).
pub(super) fn takes_brotli(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_brotli = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let refused = parts.any(|weight| {
            weight.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
        });
        is_brotli && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let asset = || Asset {
            bytes: "x".into(),
            compressed: true,
            media_type: "text/javascript",
            tag: "\"abc\"".into(),
        };
        let mut headers = HeaderMap::new();
        let first = answer(asset(), &headers, FOREVER);
        assert_eq!(
            (first.status(), &first.headers()[header::CONTENT_ENCODING]),
            (StatusCode::OK, &HeaderValue::from_static("br"))
        );
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"old\", W/\"abc\""));
        assert_eq!(answer(asset(), &headers, FOREVER).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn brotli_is_for_those_who_take_it() {
        let mut headers = HeaderMap::new();
        assert!(!takes_brotli(&headers));
        for (accepted, brotli) in [("gzip, br", true), ("br;q=0.5", true), ("br;q=0", false), ("gzip", false)]
        {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_brotli(&headers), brotli, "{accepted}");
        }
    }
}
