//! The driver of a host: one task that holds the connection and the timer.

use crate::clock::now_ms;
use crate::host::{Door, Shared, lock};
use crate::speaker::{Common, Speaker};
use anyhow::{Context, Result};
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture};
use shopbell_client::Transport;
use shopbell_protocol::{RelayFrame, SUBPROTOCOL};
use std::future::pending;
use std::sync::{Arc, atomic::Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request, header};
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Frames that are read before the others get their turn.
const READ_AT_ONCE: usize = 64;
/// Thousands of idle sockets share this process: each reads little at once.
const BUFFER_BYTES: usize = 2 * 1024;

/// What a talker asked for.
pub(crate) enum Order<F> {
    Connect(Transport),
    Disconnect,
    Say(F),
    /// The test itself cuts the connection.
    Cut,
}

/// A WebSocket to the relay.
pub type Socket = WebSocketStream<TcpStream>;

#[derive(Default)]
struct Line {
    opening: Option<BoxFuture<'static, Result<Socket>>>,
    socket: Option<Socket>,
    exchange: Option<BoxFuture<'static, Result<Vec<RelayFrame>>>>,
}

/// Runs until the host is dropped.
pub(crate) async fn drive<T: Speaker>(
    shared: Arc<Shared<T>>,
    mut orders: UnboundedReceiver<Order<T::Frame>>,
) {
    let mut line = Line::default();
    loop {
        let rings = ring_in(&shared);
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => obey(&shared, &mut line, order).await,
                None => return,
            },
            opened = ready(&mut line.opening) => {
                line.opening = None;
                match opened {
                    Ok(socket) => {
                        line.socket = Some(socket);
                        lock(&shared.record).connected += 1;
                        shared.happen(T::event(Common::Connected));
                    }
                    Err(_) => shared.happen(T::event(Common::Closed(None))),
                }
            },
            message = next(&mut line.socket) => heard(&shared, &mut line, message),
            answer = ready(&mut line.exchange) => {
                line.exchange = None;
                for frame in answer.unwrap_or_default() {
                    take(&shared, frame);
                }
                shared.happen(T::event(Common::Closed(None)));
            },
            () = ring(rings) => shared.happen(T::event(Common::Wake)),
        }
    }
}

fn ring_in<T: Speaker>(shared: &Shared<T>) -> Option<Duration> {
    let now = now_ms();
    let at = lock(&shared.talker).wake_at(now)?;
    Some(Duration::from_millis(at.saturating_sub(now)))
}

async fn ring(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after).await,
        None => pending().await,
    }
}

async fn ready<R>(future: &mut Option<BoxFuture<'static, R>>) -> R {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn next(socket: &mut Option<Socket>) -> Option<Result<Message>> {
    match socket {
        Some(socket) => Some(socket.next().await?.map_err(Into::into)),
        None => pending().await,
    }
}

async fn obey<T: Speaker>(shared: &Arc<Shared<T>>, line: &mut Line, order: Order<T::Frame>) {
    match order {
        Order::Connect(Transport::Socket) if shared.sockets_blocked.load(Ordering::Relaxed) => {
            shared.happen(T::event(Common::Closed(None)));
        }
        Order::Connect(Transport::Socket) => {
            let door = shared.door.clone();
            line.opening = Some(async move { connect(&door, T::SIDE).await }.boxed());
        }
        Order::Connect(Transport::Exchange) => {
            let said = shared.begin_exchange();
            let body = serde_json::to_string(&said).expect("frames are JSON");
            let door = shared.door.clone();
            line.exchange = Some(async move { exchange(&door, T::SIDE, body).await }.boxed());
        }
        Order::Disconnect => {
            *line = Line::default();
            shared.is_given_up();
        }
        Order::Say(frame) => {
            let Some(socket) = &mut line.socket else { return };
            let text = serde_json::to_string(&frame).expect("a frame is JSON");
            if socket.send(Message::text(text)).await.is_err() {
                line.socket = None;
                if !shared.has_given_up() {
                    shared.happen(T::event(Common::Closed(None)));
                }
            }
        }
        Order::Cut => {
            let was_there = line.opening.is_some() || line.socket.is_some() || line.exchange.is_some();
            *line = Line::default();
            if was_there {
                shared.happen(T::event(Common::Closed(None)));
            }
        }
    }
}

/// Takes in a message and what came with it.
fn heard<T: Speaker>(shared: &Shared<T>, line: &mut Line, first: Option<Result<Message>>) {
    let mut message = first;
    for count in 1.. {
        // What else comes on a connection that the talker has given up is not for it.
        if shared.has_given_up() {
            return;
        }
        match message {
            Some(Ok(Message::Text(text))) => {
                // A client is silent about frames of a newer relay.
                if let Ok(frame) = serde_json::from_str(&text) {
                    take(shared, frame);
                }
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map(|frame| u16::from(frame.code));
                lock(&shared.record).closed.extend(code);
                line.socket = None;
                return shared.happen(T::event(Common::Closed(code)));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => {
                line.socket = None;
                return shared.happen(T::event(Common::Closed(None)));
            }
        }
        // Whatever is read from here on has to be taken in.
        if count >= READ_AT_ONCE {
            return;
        }
        match next(&mut line.socket).now_or_never() {
            Some(more) => message = more,
            None => return,
        }
    }
}

fn take<T: Speaker>(shared: &Shared<T>, frame: RelayFrame) {
    shared.hears(&frame);
    if let RelayFrame::Kept { id, seq, .. } = &frame {
        let mut record = lock(&shared.record);
        record.kept.push((*id, *seq));
        record.kept_at_ms = now_ms();
    }
    shared.happen(T::event(Common::Frame(frame)));
}

/// The handshake, as a page of the relay's own would make it.
pub(crate) fn request(door: &Door, side: &str) -> Result<Request<()>> {
    let url = format!("{}/ws?speaker={side}", door.origin.replacen("http", "ws", 1));
    let mut request = url.into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(header::ORIGIN, HeaderValue::from_str(&door.origin)?);
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    if let Some(cookie) = &door.cookie {
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie)?);
    }
    Ok(request)
}

/// Opens a socket.
pub(crate) async fn connect(door: &Door, side: &str) -> Result<Socket> {
    let request = request(door, side)?;
    let host = request.uri().authority().context("an address")?.as_str().to_owned();
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(0);
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}

async fn exchange(door: &Door, side: &str, body: String) -> Result<Vec<RelayFrame>> {
    let url = format!("{}/exchange?speaker={side}", door.origin);
    let mut request = crate::web::client().post(url).header("origin", &door.origin).body(body);
    if let Some(cookie) = &door.cookie {
        request = request.header("cookie", cookie);
    }
    let frames: Vec<serde_json::Value> = request.send().await?.json().await?;
    // A frame that this client does not know is dropped, and the others count.
    Ok(frames.into_iter().filter_map(|frame| serde_json::from_value(frame).ok()).collect())
}
