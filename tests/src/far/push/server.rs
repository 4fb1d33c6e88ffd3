//! The HTTP side: requests are read whole, then looked at; connections can be cut.

use super::{Inner, autopush, demand};
use crate::clock::now_ms;
use axum::{
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{fmt, sync::Arc};
use tokio::net::TcpListener;

/// No push is nearly as long.
const MOST_BYTES: usize = 1024 * 1024;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is answered so, and nothing is taken: status, `Retry-After`, body.
    Says(u16, Option<&'static str>, &'static str),
    /// It is taken, and the connection ends before the answer.
    Cut,
    /// It is taken and never answered.
    Silent,
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

/// Takes connections for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let inner = Arc::clone(&inner);
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let inner = Arc::clone(&inner);
                async move { answer(&inner, request.map(Body::new)).await }
            });
            // A connection that is cut is what some tests want.
            let _ =
                http1::Builder::new().serve_connection(TokioIo::new(stream), answer).with_upgrades().await;
        });
    }
}

async fn answer(inner: &Arc<Inner>, request: Request<Body>) -> Result<Response<Body>, Cut> {
    let (head, body) = request.into_parts();
    if autopush::is_asked(&head) {
        return Ok(autopush::begin(Arc::clone(inner), head).await);
    }
    let body = to_bytes(body, MOST_BYTES).await.map_err(|_| Cut)?;
    let fault = {
        let mut state = inner.state();
        state.heard += 1;
        (!state.faults.is_empty()).then(|| state.faults.remove(0))
    };
    if let Some(Fault::Says(status, retry_after, words)) = fault {
        let answer = plain(status, words);
        return Ok(match retry_after {
            Some(wait) => with(answer, "retry-after", wait),
            None => answer,
        });
    }
    let id = head.uri.path().strip_prefix("/push/").unwrap_or_default().to_owned();
    let demand = demand::read(&head, &body, &inner.origin, now_ms());
    let taken = {
        let mut state = inner.state();
        let taken = state.take(&id, demand);
        if let Err(no) = &taken {
            state.complaints.push(format!("{}: {}", no.status, no.words));
        }
        taken
    };
    inner.came.send_modify(|count| *count += 1);
    match fault {
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Cut) => Err(Cut),
        _ => Ok(match taken {
            // RFC 8030, clauses 5 and 5.2: where the push is now, and how long it is kept.
            Ok(ttl_s) => {
                let answer = with(plain(201, ""), "location", &format!("{}/message/{id}", inner.origin));
                with(answer, "ttl", &ttl_s.to_string())
            }
            Err(no) => plain(no.status, &no.words),
        }),
    }
}

fn plain(status: u16, words: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(words.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

fn with(mut response: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    response.headers_mut().insert(name, value.parse().expect("a header's value"));
    response
}
