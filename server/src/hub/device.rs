//! One connected device: the bounded queue of what it is to be told.

use crate::limits;
use axum::extract::ws::Utf8Bytes;
use metrics::Counter;
use shopbell_protocol::{CloseCode, SessionId};
use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// A device of either side, for as long as one connection (or one exchange) lasts.
pub(crate) struct Device {
    id: u64,
    session: Option<SessionId>,
    overflows: Counter,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    /// How many sends of this device have been answered.
    answered: u64,
    cut: Option<CloseCode>,
    waker: Option<Waker>,
}

impl Device {
    pub(super) fn new(id: u64, session: Option<SessionId>, overflows: Counter) -> Self {
        Self { id, session, overflows, queue: Mutex::default() }
    }

    /// The mark that its appends carry.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The owner's session that it belongs to.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// Queues a frame. When the queue is full the device is cut off: what waits
    /// there is dropped, for it resynchronises anyway.
    pub(crate) fn push(&self, frame: Utf8Bytes) {
        self.put(frame, 0);
    }

    /// Queues the answer to a send.
    pub(crate) fn answer(&self, frame: Utf8Bytes) {
        self.put(frame, 1);
    }

    fn put(&self, frame: Utf8Bytes, answers: u64) {
        let mut queue = self.lock();
        queue.answered += answers;
        if queue.cut.is_none_or(|code| code == CloseCode::GoingAway) {
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
            if queue.frames.len() > limits::QUEUE_FRAMES || queue.bytes > limits::QUEUE_BYTES {
                self.overflows.increment(1);
                queue.drop_all();
                queue.cut = Some(CloseCode::Resync);
            }
        }
        Self::wake(queue);
    }

    /// Cuts the device off. The first reason holds; only when the relay goes down
    /// is what waits still told.
    pub(crate) fn cut(&self, code: CloseCode) {
        let mut queue = self.lock();
        let softly = queue.cut.is_none_or(|code| code == CloseCode::GoingAway);
        if softly {
            queue.cut = Some(code);
            if code != CloseCode::GoingAway {
                queue.drop_all();
            }
        }
        Self::wake(queue);
    }

    /// Waits for what is to be told next, or for being cut off.
    pub(crate) async fn next(&self) -> Result<VecDeque<Utf8Bytes>, CloseCode> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What is to be told now.
    pub(crate) fn take(&self) -> VecDeque<Utf8Bytes> {
        self.lock().take()
    }

    /// Waits for being cut off with what waits dropped, in the middle of a write.
    pub(crate) async fn dropped(&self) -> CloseCode {
        poll_fn(|cx| {
            let mut queue = self.lock();
            match queue.cut {
                Some(code) if code != CloseCode::GoingAway => Poll::Ready(code),
                _ => {
                    queue.wait(cx);
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Waits until so many of its sends have been answered, or until it is cut off.
    pub(crate) async fn answered_all(&self, taken: u64) {
        poll_fn(|cx| {
            let mut queue = self.lock();
            let dropped = queue.cut.is_some_and(|code| code != CloseCode::GoingAway);
            if queue.answered >= taken || dropped {
                return Poll::Ready(());
            }
            queue.wait(cx);
            Poll::Pending
        })
        .await;
    }

    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Result<VecDeque<Utf8Bytes>, CloseCode>> {
        let mut queue = self.lock();
        if !queue.frames.is_empty() {
            return Poll::Ready(Ok(queue.take()));
        }
        if let Some(code) = queue.cut {
            return Poll::Ready(Err(code));
        }
        queue.wait(cx);
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits, after the lock is given back.
    fn wake(mut queue: MutexGuard<'_, Queue>) {
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Queue {
    /// The whole queue; an empty one holds no memory.
    fn take(&mut self) -> VecDeque<Utf8Bytes> {
        self.bytes = 0;
        mem::take(&mut self.frames)
    }

    fn drop_all(&mut self) {
        drop(self.take());
    }

    fn wait(&mut self, cx: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}
