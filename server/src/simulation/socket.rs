//! The relay's end of a simulated WebSocket.

use super::{disk::Life, event::LineId, net::Net};
use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// What a dead relay still does with it reaches nobody.
pub(super) struct Socket {
    net: Arc<Net>,
    line: LineId,
    heard: mpsc::UnboundedReceiver<String>,
    life: Life,
}

impl Socket {
    /// Takes a call.
    pub(super) fn accept(net: &Arc<Net>, line: LineId, life: Life) -> Self {
        Self { heard: net.accept(line), net: Arc::clone(net), line, life }
    }
}

impl Stream for Socket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.heard.poll_recv(cx).map(|text| text.map(|text| Ok(Message::Text(text.into()))))
    }
}

impl Sink<Message> for Socket {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.net.is_full(self.line, cx.waker()) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        if !self.life.is_over() {
            self.net.tell(self.line, message);
        }
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_ready(cx)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.net.leave(self.line, self.life.is_over());
    }
}
