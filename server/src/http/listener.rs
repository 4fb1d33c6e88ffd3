//! Takes connections: few enough to live with, none of them waited for, and all
//! closed in good order at the end.

use super::{
    caller::{self, Peer},
    patience::Patience,
};
use crate::{limits, relay::Relay};
use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::watch,
    time::{sleep, timeout},
};
use tower::ServiceExt;

/// How long to rest when the system gives no connection: it is out of files.
const REST: Duration = Duration::from_millis(100);
/// Who finds no room hears this; there is no request to read yet.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 5\r\n\
    content-length: 49\r\nconnection: close\r\n\r\nThe line is busy. Please try again in a moment.\r\n";

/// A socket that listens.
pub(crate) struct Listener(TcpListener);

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the address is taken or is not this machine's.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// Where it listens, with the port that was given.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Serves until `stop` is over, and then lets requests under way finish for
    /// at most `grace`. Sockets are the hub's to close.
    pub(crate) async fn serve(
        self,
        router: Router,
        relay: Arc<Relay>,
        stop: impl Future<Output = ()>,
        grace: Duration,
    ) {
        // Each connection holds a copy of `stopping`; when there is none left, all are closed.
        let (tell_stop, stopping) = watch::channel(());
        let mut stop = pin!(stop);
        loop {
            let accepted = select! {
                biased;
                () = &mut stop => break,
                accepted = self.0.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => take(stream, peer, &router, &relay, stopping.clone()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(REST).await;
                }
            }
        }
        drop((self.0, stopping));
        tell_stop.send_replace(());
        if timeout(grace, tell_stop.closed()).await.is_err() {
            tracing::warn!("a request was still under way when the relay went down");
        }
    }
}

fn take(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    relay: &Arc<Relay>,
    mut stopping: watch::Receiver<()>,
) {
    // All connections of a proxy have its address, so that one says nothing.
    let behind_proxy = caller::is_trusted(peer.ip(), &relay.config.server.trusted_proxies);
    let address = (!behind_proxy).then_some(peer.ip());
    let Some(permit) = relay.connections.permit(address) else {
        relay.metrics.limited.increment(1);
        // If this cannot be said at once it is not said.
        drop(stream.try_write(FULL));
        return;
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it began");
        return;
    }
    let peer = Peer { address: peer.ip(), permit: Some(Arc::new(permit)) };
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request)
    });
    tokio::spawn(async move {
        let says_something = select! {
            something = says_something(&stream) => something,
            _ = stopping.changed() => false,
        };
        if !says_something {
            return;
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEAD_WITHIN)
            .max_buf_size(limits::HEAD_BYTES)
            .serve_connection(TokioIo::new(Patience::new(stream, limits::WRITE_WITHIN)), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let served = select! {
            served = connection.as_mut() => served,
            _ = stopping.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

/// Whether anything comes while it is waited for.
///
/// To read a request takes several times the memory of a socket that is open. When thousands come
/// back at once, most have connected long before they are heard.
async fn says_something(stream: &TcpStream) -> bool {
    // Whether a fresh connection is readable would be believed without asking the system.
    let came = timeout(limits::HEAD_WITHIN, stream.peek(&mut [0])).await;
    matches!(came, Ok(Ok(1)))
}
