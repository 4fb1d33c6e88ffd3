//! One connection to a far side.

use super::{Authority, Fault, Heard, Reply, State};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::{Request, Response, body::Frame, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;
/// A piece of a body without end.
const PIECE: usize = 64 * 1024;

pub(super) async fn serve(stream: TcpStream, state: Arc<State>, authority: Authority) {
    let certificate = {
        let mut all = state.all();
        all.connections += 1;
        all.certificate
    };
    match authority.acceptor(certificate) {
        // A client that does not like the certificate goes away here, as it should.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                speak(stream, state).await;
            }
        }
        None => speak(stream, state).await,
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(|request| answer(request, state.clone()));
    // It ends with an error when it is cut, or the client goes: both are wanted.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> io::Result<Response<Body>> {
    let heard = hear(request).await?;
    state.all().heard.push(heard.clone());
    let fault = state.next_fault();
    if matches!(fault, Some(Fault::Cut | Fault::Silent | Fault::CutInBody | Fault::StallInBody)) {
        // The far side has taken it; only its answer is lost.
        (state.handler)(&heard);
    }
    match fault {
        None => Ok(whole((state.handler)(&heard))),
        Some(Fault::Answer(reply)) => Ok(whole(reply)),
        Some(Fault::Cut | Fault::Refuse) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::CutInBody) => {
            let pieces = [Ok(piece(b"{\"i")), Err(io::ErrorKind::ConnectionAborted.into())];
            Ok(Response::new(StreamBody::new(stream::iter(pieces)).boxed_unsync()))
        }
        Some(Fault::StallInBody) => {
            let pieces = stream::unfold(true, async |first| {
                if !first {
                    std::future::pending::<()>().await;
                }
                Some((Ok(piece(b"{\"i")), false))
            });
            Ok(Response::new(StreamBody::new(Box::pin(pieces)).boxed_unsync()))
        }
        Some(Fault::Endless) => {
            let pieces = stream::repeat_with(move || {
                state.all().sent_bytes += PIECE;
                Ok(piece(&[b'a'; PIECE]))
            });
            Ok(Response::new(StreamBody::new(pieces).boxed_unsync()))
        }
    }
}

async fn hear(request: Request<Incoming>) -> io::Result<Heard> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Ok(Heard { method: head.method.to_string(), path: head.uri.to_string(), headers, body })
}

fn piece(bytes: &[u8]) -> Frame<Bytes> {
    Frame::data(Bytes::copy_from_slice(bytes))
}

fn whole(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let body = http_body_util::Full::new(Bytes::from(reply.body)).map_err(|never| match never {});
    response.body(body.boxed_unsync()).expect("a reply that HTTP knows")
}
