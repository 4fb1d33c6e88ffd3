//! A talk over a WebSocket: one task that reads, acts and writes, until either
//! side has had enough.

use super::Talk;
use crate::{hub::encode, limits};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use shopbell_protocol::{CloseCode, ErrorCode, Problem, RelayFrame, limits as wire};
use std::{pin::pin, time::Duration};
use tokio::{
    select,
    time::{sleep, timeout},
};

/// Why a socket is done with.
enum End {
    /// To be closed with this code.
    Close(CloseCode),
    /// The other side is gone.
    Gone,
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

/// A WebSocket, or what stands in for one.
pub(crate) trait Socket:
    Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin
{
}

/// Serves a socket until it is closed.
pub(crate) async fn serve(mut socket: impl Socket, mut talk: Talk) {
    let connections = talk.line().relay.metrics.connections(talk.side()).clone();
    connections.increment(1);
    match converse(&mut socket, &mut talk).await {
        // The rest is boxed so that a socket that waits does not hold its memory.
        End::Close(code) => Box::pin(close(socket, talk, code)).await,
        End::Gone => {}
    }
    connections.decrement(1);
}

async fn converse(socket: &mut impl Socket, talk: &mut Talk) -> End {
    let relay = talk.line().relay.clone();
    let device = talk.line().device.clone();
    let mut heard_ms = relay.clock.uptime_ms();
    // Set again only when it is over, not with every frame: that costs nothing.
    let mut nap = pin!(sleep(limits::HELLO_WITHIN));
    loop {
        let result = select! {
            biased;
            told = device.next() => match told {
                Ok(frames) => write(socket, talk, frames).await,
                Err(code) => Err(End::Close(code)),
            },
            message = socket.next() => {
                let result = match message {
                    Some(Ok(Message::Text(text))) => hear(socket, talk, &text).await,
                    Some(Ok(Message::Binary(_))) => hear(socket, talk, "").await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                        talk.line_mut().pinged().finish().await.map_err(End::Close)
                    }
                    Some(Ok(Message::Close(_))) | None => Err(End::Gone),
                    Some(Err(error)) => Err(broken(&error)),
                };
                // Whatever else is said, the wait for a `hello` is not drawn out by it.
                if talk.is_begun() {
                    heard_ms = relay.clock.uptime_ms();
                }
                result
            }
            () = &mut nap => {
                let patience_ms = if talk.is_begun() { wire::SILENT_AFTER_MS } else { hello_within_ms() };
                let silent_ms = relay.clock.uptime_ms().saturating_sub(heard_ms);
                if silent_ms >= patience_ms {
                    Err(End::Close(CloseCode::Silent))
                } else {
                    nap.set(sleep(Duration::from_millis(patience_ms - silent_ms)));
                    Ok(())
                }
            }
        };
        if let Err(end) = result {
            return end;
        }
    }
}

fn hello_within_ms() -> u64 {
    u64::try_from(limits::HELLO_WITHIN.as_millis()).unwrap_or(u64::MAX)
}

async fn hear(socket: &mut impl Socket, talk: &mut Talk, text: &str) -> Result<(), End> {
    let mut answers = Vec::new();
    let heard = talk.hear(text, &mut answers).await;
    if !answers.is_empty() {
        write(socket, talk, answers).await?;
    }
    Ok(heard?)
}

/// Writes frames in one go. A device that is cut off meanwhile, or whose socket
/// takes nothing for too long, is not waited for.
async fn write(
    socket: &mut impl Socket,
    talk: &Talk,
    frames: impl IntoIterator<Item = Utf8Bytes>,
) -> Result<(), End> {
    let written = async {
        for frame in frames {
            socket.feed(Message::Text(frame)).await?;
        }
        socket.flush().await
    };
    select! {
        biased;
        written = timeout(limits::WRITE_WITHIN, written) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(CloseCode::Resync)),
        },
        code = talk.line().device.dropped() => Err(End::Close(code)),
    }
}

/// A frame over the limit is told by its own close code; all else that breaks
/// the framing leaves nothing to talk over.
fn broken(error: &axum::Error) -> End {
    use std::error::Error;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<tungstenite::Error>() {
            return match error {
                tungstenite::Error::Capacity(_) => End::Close(CloseCode::TooBig),
                tungstenite::Error::Utf8(_) => End::Close(CloseCode::Nonsense),
                _ => End::Gone,
            };
        }
        cause = error.source();
    }
    End::Gone
}

/// Closes in good order: what was taken is answered first when the relay goes
/// down, and the far side is given a moment to close its half, for closing with
/// bytes unread would take back what was just written.
async fn close(mut socket: impl Socket, talk: Talk, code: CloseCode) {
    let device = talk.line().device.clone();
    if code == CloseCode::GoingAway {
        let answered = device.answered_all(talk.line().taken);
        if timeout(limits::KEEP_WITHIN, answered).await.is_err() {
            tracing::warn!("a send was not answered before the relay went down");
        }
        if write(&mut socket, &talk, device.take()).await.is_err() {
            return;
        }
    }
    if code == CloseCode::Silent && !talk.is_begun() {
        let problem = RelayFrame::Problem(Problem::new(ErrorCode::OutOfTurn));
        if timeout(limits::CLOSE_WITHIN, socket.send(Message::Text(encode(&problem)))).await.is_err() {
            return;
        }
    }
    // Only when the relay goes down does it wait for the farewell to be over.
    let seat = (code == CloseCode::GoingAway).then_some(talk);
    let frame = CloseFrame { code: code as u16, reason: Utf8Bytes::from_static("") };
    let farewell = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    // Whether the far side was in time changes nothing any more.
    drop(timeout(limits::CLOSE_WITHIN, farewell).await);
    drop(seat);
}
