//! The line to the relay: a WebSocket, or plain requests where those don't get through.

use super::Host;
use crate::bridge::socket::{Socket, SocketEvent};
use crate::bridge::timer::Timer;
use crate::bridge::{device, http};
use crate::codec;
use leptos::prelude::*;
use shopbell_client::{OwnerEvent, Status, Transport};
use shopbell_protocol::{CloseCode, ErrorCode, OwnerFrame, Problem, RelayFrame, limits};

const SOCKET: &str = "/ws?speaker=owner";
const EXCHANGE: &str = "/exchange?speaker=owner";
/// Requests in a row that answers give rise to; what is left waits for the next turn.
const ROUNDS: usize = 8;

/// What a person is told of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineState {
    Live,
    Connecting,
    /// The device says that it has no network.
    Offline,
    /// The relay does not answer; it is tried again.
    Waiting,
    /// It is not tried again by itself.
    Stopped(String),
}

/// What the talker's connection is, at the moment.
#[derive(Default)]
pub(super) struct Line {
    socket: Option<Socket>,
    /// A request is under way, or is being filled.
    exchanging: bool,
    /// Rises with every connection, so that late answers are known for such.
    turn: u32,
    /// To be said with the next request.
    outgoing: Vec<OwnerFrame>,
    /// A failure that is told when the talker is done with what it does now.
    failed: Option<Timer>,
}

impl Host {
    pub(super) fn connect(self, transport: Transport) {
        self.disconnect();
        match transport {
            Transport::Socket => {
                let socket = Socket::open(SOCKET, move |event| self.hear_socket(event));
                let mut inner = self.inner.write_value();
                if socket.is_none() {
                    let tell = move || self.tell(OwnerEvent::Closed(None));
                    inner.line.failed = Some(Timer::after(1, tell));
                }
                inner.line.socket = socket;
            }
            Transport::Exchange => {
                let turn = self.inner.with_value(|inner| inner.line.turn);
                self.inner.write_value().line.exchanging = true;
                wasm_bindgen_futures::spawn_local(self.exchange(turn));
            }
        }
    }

    pub(super) fn disconnect(self) {
        let mut inner = self.inner.write_value();
        inner.line.turn = inner.line.turn.wrapping_add(1);
        inner.line.socket = None;
        inner.line.exchanging = false;
        inner.line.failed = None;
    }

    pub(super) fn transmit(self, frame: OwnerFrame) {
        let mut inner = self.inner.write_value();
        if let Some(socket) = &inner.line.socket {
            socket.say(&codec::write(&frame));
        } else if inner.line.exchanging {
            inner.line.outgoing.push(frame);
        }
    }

    fn hear_socket(self, event: SocketEvent) {
        match event {
            SocketEvent::Open => self.tell(OwnerEvent::Connected),
            SocketEvent::Text(text) => {
                // What this version does not know, a newer relay says to newer ones.
                if let Some(frame) = codec::read(&text) {
                    self.tell(OwnerEvent::Frame(frame));
                }
            }
            SocketEvent::Closed(code) => {
                self.disconnect();
                self.tell(OwnerEvent::Closed(Some(code)));
            }
        }
    }

    async fn exchange(self, turn: u32) {
        self.inner.write_value().line.outgoing.clear();
        self.tell(OwnerEvent::Connected);
        let mut code = None;
        // What the answers make the talker say goes in a request of its own, and to
        // the talker all of them are one connection.
        for _ in 0..ROUNDS {
            let mut frames = std::mem::take(&mut self.inner.write_value().line.outgoing);
            if frames.is_empty() {
                break;
            }
            if frames.first() != Some(&OwnerFrame::Hello {}) {
                frames.insert(0, OwnerFrame::Hello {});
            }
            // What is over the limit goes with the next one.
            let rest = frames.split_off(frames.len().min(limits::EXCHANGE_FRAMES));
            self.inner.write_value().line.outgoing = rest;
            let answer = http::post_json(EXCHANGE, &codec::write(&frames)).await;
            if self.inner.with_value(|inner| inner.line.turn) != turn {
                return;
            }
            match answer {
                Some(answer) if answer.status == 401 => {
                    code = Some(CloseCode::SignedOut as u16);
                    self.tell(OwnerEvent::Frame(RelayFrame::Problem(Problem::new(ErrorCode::SignedOut))));
                    break;
                }
                Some(answer) if answer.status == 200 => {
                    for frame in codec::read_frames(&answer.body) {
                        self.tell(OwnerEvent::Frame(frame));
                    }
                }
                _ => break,
            }
        }
        if self.inner.with_value(|inner| inner.line.turn) == turn {
            self.disconnect();
            self.tell(OwnerEvent::Closed(code));
        }
    }

    /// Works out anew what a person is told of the line.
    pub(super) fn refresh_line(self) {
        let stopped = self.talker(|talker| match talker.status() {
            Status::Stopped(problem) => Some(problem.clone()),
            _ => None,
        });
        if stopped.as_ref().is_some_and(|problem| problem.code == ErrorCode::SignedOut) {
            return self.signed_out();
        }
        let state = self.talker(|talker| match talker.status() {
            Status::Live => LineState::Live,
            Status::Stopped(problem) => LineState::Stopped(problem.sentence.clone()),
            _ if !device::has_network() => LineState::Offline,
            Status::Idle | Status::Connecting => LineState::Connecting,
            Status::Waiting(_) => LineState::Waiting,
        });
        // Between two tries it does not flicker.
        let trying = state == LineState::Connecting && self.line.get_untracked() == LineState::Waiting;
        if !trying {
            super::set(self.line, state);
        }
    }
}
