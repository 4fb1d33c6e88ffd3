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
    sync::{OwnedSemaphorePermit, Semaphore, watch},
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
        let turns = Arc::new(Semaphore::new(limits::REQUESTS_BEGUN));
        let mut stop = pin!(stop);
        loop {
            let accepted = select! {
                biased;
                () = &mut stop => break,
                accepted = self.0.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => take(stream, peer, &router, &relay, &turns, stopping.clone()),
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
    turns: &Arc<Semaphore>,
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
    let turns = Arc::clone(turns);
    tokio::spawn(async move {
        let turn = select! {
            turn = begins(&stream, &turns) => turn,
            _ = stopping.changed() => None,
        };
        let Some(turn) = turn else { return };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEAD_WITHIN)
            .max_buf_size(limits::HEAD_BYTES)
            .serve_connection(TokioIo::new(Patience::new(stream, limits::WRITE_WITHIN)), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let mut turn_over = pin!(sleep(limits::TURN));
        let mut turn = Some(turn);
        let served = loop {
            select! {
                served = connection.as_mut() => break served,
                () = turn_over.as_mut(), if turn.is_some() => turn = None,
                _ = stopping.changed() => {
                    connection.as_mut().graceful_shutdown();
                    break connection.await;
                }
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

/// Waits for the first byte, and then for a turn; none when nothing comes.
///
/// A request that is being read holds several times the memory of a socket that is open. When
/// thousands come back at once, they wait here with next to nothing.
async fn begins(stream: &TcpStream, turns: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    // That a connection is readable would be believed at first without asking the system.
    let came = timeout(limits::HEAD_WITHIN, stream.peek(&mut [0])).await.ok()?.ok()?;
    if came == 0 {
        return None;
    }
    Arc::clone(turns).acquire_owned().await.ok()
}
