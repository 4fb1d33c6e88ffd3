//! Compresses the documents that are rendered for each request; files are
//! compressed when the relay is built.

use super::assets::takes_brotli;
use crate::assets::brotli;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Good, and still quick enough to be done for each request.
const QUALITY: u32 = 5;
/// The largest window is of use for documents of this size already.
const WINDOW_BITS: u32 = 18;
/// Below this it is not worth it.
const WORTH_BYTES: usize = 512;
/// Documents are far smaller.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Compresses HTML for those who take brotli.
///
/// No page of ours shows a secret next to something that another site could make
/// the visitor's browser put there, so its length gives nothing away.
pub(super) async fn documents(request: Request, next: Next) -> Response {
    let accepted = takes_brotli(request.headers());
    let response = next.run(request).await;
    if !is_document(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Ok(html) = to_bytes(body, MOST_BYTES).await else {
        return Response::from_parts(parts, Body::empty());
    };
    match if accepted && html.len() >= WORTH_BYTES { compress(&html) } else { None } {
        Some(packed) => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(packed))
        }
        None => Response::from_parts(parts, Body::from(html)),
    }
}

fn is_document(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("text/html"))
        && !headers.contains_key(header::CONTENT_ENCODING)
}

fn compress(html: &[u8]) -> Option<Vec<u8>> {
    let packed = brotli(html, QUALITY, WINDOW_BITS)?;
    (packed.len() < html.len()).then_some(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_reads_back() {
        let html = "<p>Keep this link to come back</p>\n".repeat(100);
        let packed = compress(html.as_bytes()).expect("smaller");
        assert!(packed.len() < html.len() / 10);
        let mut read = String::new();
        brotli::Decompressor::new(&*packed, 4096).read_to_string(&mut read).expect("reads");
        assert_eq!(read, html);
    }
}
