//! Whether there is a connection, and when to try again.

use crate::{Millis, Mint, Transport};
use shopbell_protocol::{CloseCode, ErrorCode, Problem, limits};

/// After this long without sockets, one is tried again.
const SOCKET_AGAIN_MS: Millis = 60_000;

/// What a person can be told of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status<'a> {
    /// Nothing was asked for yet.
    Idle,
    /// The first connection is being made.
    Connecting,
    /// Connected; over sockets live, over exchanges every few seconds.
    Live,
    /// Not connected; the next try is at this time.
    Waiting(Millis),
    /// It makes no sense to try again before a person has done something.
    Stopped(&'a Problem),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle,
    Opening {
        since: Millis,
    },
    Open {
        heard_at: Millis,
        /// Since when something that has to be answered is out.
        asked_at: Option<Millis>,
        welcomed: bool,
        /// An exchange has gone out with what there was to say: what comes now
        /// waits for the next one.
        sealed: bool,
    },
    /// An exchange is over and went well; the next one comes.
    Resting {
        until: Millis,
    },
    Waiting {
        until: Millis,
    },
    Stopped(Problem),
}

/// What is due now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Connect(Transport),
    Ping,
    /// Nobody answers: the connection is as good as gone.
    GiveUp,
}

#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    transport: Transport,
    /// Connections in a row that brought no welcome.
    failures: u32,
    /// Sockets have worked since the start, so one that fails now is no proof
    /// that they are blocked.
    socket_has_worked: bool,
    socket_again_at: Millis,
    ever_welcomed: bool,
    /// Why the relay is about to close, when it has said so.
    last_problem: Option<Problem>,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Idle,
            transport: Transport::Socket,
            failures: 0,
            socket_has_worked: false,
            socket_again_at: 0,
            ever_welcomed: false,
            last_problem: None,
        }
    }

    pub(crate) fn status(&self) -> Status<'_> {
        match &self.state {
            State::Idle => Status::Idle,
            State::Open { welcomed: true, .. } | State::Resting { .. } => Status::Live,
            // Between two exchanges the line stays up, as far as a person sees.
            State::Opening { .. } | State::Open { .. } if self.failures == 0 && self.is_exchange() => {
                Status::Live
            }
            State::Opening { .. } | State::Open { .. } => Status::Connecting,
            State::Waiting { until } => Status::Waiting(*until),
            State::Stopped(problem) => Status::Stopped(problem),
        }
    }

    fn is_exchange(&self) -> bool {
        self.ever_welcomed && self.transport == Transport::Exchange
    }

    /// Whether frames may go out. On an exchange they go along with the `hello`,
    /// or not at all.
    pub(crate) fn is_ready(&self) -> bool {
        match self.state {
            State::Open { sealed, .. } if self.transport == Transport::Exchange => !sealed,
            State::Open { welcomed, .. } => welcomed,
            _ => false,
        }
    }

    /// An event has been handled: an exchange that it opened goes out now.
    pub(crate) fn handled(&mut self) {
        if let (State::Open { sealed, .. }, Transport::Exchange) = (&mut self.state, self.transport) {
            *sealed = true;
        }
    }

    pub(crate) fn opened(&mut self, now: Millis) {
        self.last_problem = None;
        self.state = State::Open { heard_at: now, asked_at: Some(now), welcomed: false, sealed: false };
    }

    pub(crate) fn heard(&mut self, now: Millis) {
        if let State::Open { heard_at, asked_at, .. } = &mut self.state {
            *heard_at = now;
            *asked_at = None;
        }
    }

    /// Something went out that the relay answers.
    pub(crate) fn asked(&mut self, now: Millis) {
        if let State::Open { asked_at, .. } = &mut self.state {
            asked_at.get_or_insert(now);
        }
    }

    pub(crate) fn welcomed(&mut self, now: Millis) {
        self.failures = 0;
        self.ever_welcomed = true;
        match self.transport {
            Transport::Socket => self.socket_has_worked = true,
            Transport::Exchange if self.socket_has_worked => self.socket_again_at = now,
            Transport::Exchange => {}
        }
        if let State::Open { welcomed, .. } = &mut self.state {
            *welcomed = true;
        }
    }

    /// The relay objects. Once the talk has begun, an objection that passes by
    /// itself means that something said was not done, and nobody knows what: the
    /// talker starts anew when the relay has had its rest, and finds out.
    pub(crate) fn problem(&mut self, problem: Problem) -> Due {
        let begun = matches!(self.state, State::Open { welcomed: true, .. });
        let anew = begun && self.transport == Transport::Socket && problem.code.passes_by_itself();
        self.last_problem = Some(problem);
        if anew { Due::GiveUp } else { Due::Nothing }
    }

    /// The connection is over, or never came to be.
    pub(crate) fn closed(&mut self, code: Option<u16>, now: Millis, mint: &mut Mint) {
        let was_welcomed = matches!(self.state, State::Open { welcomed: true, .. });
        if matches!(self.state, State::Idle | State::Stopped(_)) {
            return;
        }
        let for_good = [CloseCode::Refused as u16, CloseCode::SignedOut as u16];
        // This close code says all by itself, should the frame before it be lost.
        let signed_out = code == Some(CloseCode::SignedOut as u16);
        let reason = self.last_problem.take();
        let reason = reason.or_else(|| signed_out.then(|| Problem::new(ErrorCode::SignedOut)));
        if let Some(problem) = reason {
            if code.is_some_and(|code| for_good.contains(&code)) && !problem.code.passes_by_itself() {
                self.state = State::Stopped(problem);
                return;
            }
            if let Some(wait) = problem.retry_after_ms {
                self.wait(now + Millis::from(wait).min(limits::RECONNECT_MOST_MS), mint);
                return;
            }
        }
        if was_welcomed && self.transport == Transport::Exchange {
            self.state = State::Resting { until: now + limits::POLL_EVERY_MS };
            return;
        }
        if !was_welcomed {
            self.take_the_other_way(now);
        }
        self.wait(now, mint);
    }

    /// A socket that does not open may be blocked: then an exchange is worth a
    /// try, and after a failed exchange a socket again.
    fn take_the_other_way(&mut self, now: Millis) {
        self.transport = match self.transport {
            Transport::Socket => {
                self.socket_again_at = now + SOCKET_AGAIN_MS;
                Transport::Exchange
            }
            Transport::Exchange => Transport::Socket,
        };
    }

    /// Waits, from a given time on, for a span that doubles with each failure and
    /// is drawn from its upper half, so that a crowd does not come back at once.
    fn wait(&mut self, from: Millis, mint: &mut Mint) {
        let span = (limits::RECONNECT_FIRST_MS << self.failures.min(10)).min(limits::RECONNECT_MOST_MS);
        let jitter = mint.draw() % (span / 2 + 1);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: from + span - span / 2 + jitter };
    }

    /// Tries at once, whatever was planned: a person or the network gave a sign.
    pub(crate) fn nudge(&mut self, now: Millis) -> Due {
        match self.state {
            State::Idle | State::Waiting { .. } | State::Resting { .. } => self.open(now),
            _ => Due::Nothing,
        }
    }

    /// There is something to say: the pause between two exchanges ends, but not
    /// the patience after a failure.
    pub(crate) fn hurry(&mut self, now: Millis) -> Due {
        match self.state {
            State::Resting { .. } => self.open(now),
            _ => Due::Nothing,
        }
    }

    fn open(&mut self, now: Millis) -> Due {
        if self.transport == Transport::Exchange && self.failures == 0 && now >= self.socket_again_at {
            self.transport = Transport::Socket;
        }
        self.state = State::Opening { since: now };
        Due::Connect(self.transport)
    }

    /// What is due. `GiveUp` has to be followed by [`Self::closed`].
    pub(crate) fn due(&mut self, now: Millis) -> Due {
        match &mut self.state {
            State::Waiting { until } | State::Resting { until } => {
                // The clock may have stepped back: no wait is longer than the longest.
                *until = (*until).min(now + limits::RECONNECT_MOST_MS * 2);
                if now >= *until { self.open(now) } else { Due::Nothing }
            }
            State::Opening { since } => {
                *since = (*since).min(now);
                if now - *since >= limits::ANSWER_WITHIN_MS { Due::GiveUp } else { Due::Nothing }
            }
            State::Open { heard_at, asked_at, .. } => {
                *heard_at = (*heard_at).min(now);
                if let Some(asked) = asked_at {
                    *asked = (*asked).min(now);
                    return if now - *asked >= limits::ANSWER_WITHIN_MS { Due::GiveUp } else { Due::Nothing };
                }
                if self.transport == Transport::Socket && now - *heard_at >= limits::PING_AFTER_MS {
                    *asked_at = Some(now);
                    return Due::Ping;
                }
                Due::Nothing
            }
            State::Idle | State::Stopped(_) => Due::Nothing,
        }
    }

    /// When something will be due. A clock that has stepped back makes no wait
    /// longer than it would have been from now on.
    pub(crate) fn wake_at(&self, now: Millis) -> Option<Millis> {
        let (from, span) = match &self.state {
            State::Waiting { until } | State::Resting { until } => {
                return Some((*until).min(now + limits::RECONNECT_MOST_MS * 2));
            }
            State::Opening { since } => (*since, limits::ANSWER_WITHIN_MS),
            State::Open { asked_at: Some(asked), .. } => (*asked, limits::ANSWER_WITHIN_MS),
            State::Open { heard_at, .. } => (*heard_at, limits::PING_AFTER_MS),
            State::Idle | State::Stopped(_) => return None,
        };
        Some(from.min(now) + span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(link: &Link, now: Millis) -> Millis {
        link.wake_at(now).expect("a link that waits has a time to wake")
    }

    #[test]
    fn the_waits_grow_and_are_bounded() {
        let (mut link, mut mint) = (Link::new(), Mint::new(3));
        let mut now = 0;
        assert_eq!(link.nudge(now), Due::Connect(Transport::Socket));
        for attempt in 0..20u32 {
            link.closed(None, now, &mut mint);
            let span = (limits::RECONNECT_FIRST_MS << attempt.min(10)).min(limits::RECONNECT_MOST_MS);
            let wait = until(&link, now) - now;
            assert!((span / 2..=span).contains(&wait), "attempt {attempt} waits {wait}");
            now = until(&link, now);
            assert!(matches!(link.due(now), Due::Connect(_)));
        }
    }

    #[test]
    fn where_sockets_are_blocked_it_talks_by_exchanges_and_tries_a_socket_now_and_then() {
        let (mut link, mut mint) = (Link::new(), Mint::new(3));
        link.nudge(0);
        link.closed(None, 0, &mut mint);
        let mut now = until(&link, 0);
        assert_eq!(link.due(now), Due::Connect(Transport::Exchange));
        let mut sockets = 0;
        for _ in 0..50 {
            link.opened(now);
            assert!(link.is_ready(), "an exchange carries its frames along with the hello");
            link.welcomed(now);
            link.closed(None, now, &mut mint);
            assert_eq!(link.status(), Status::Live);
            now = until(&link, now);
            if link.due(now) == Due::Connect(Transport::Socket) {
                sockets += 1;
                link.closed(None, now, &mut mint);
                now = until(&link, now);
                assert_eq!(link.due(now), Due::Connect(Transport::Exchange));
            }
        }
        assert!((1..=3).contains(&sockets), "{sockets} sockets in 50 exchanges");
    }

    #[test]
    fn silence_is_answered_by_a_ping_and_then_by_giving_up() {
        let mut link = Link::new();
        link.nudge(0);
        link.opened(0);
        link.welcomed(0);
        link.heard(0);
        assert_eq!(link.due(limits::PING_AFTER_MS - 1), Due::Nothing);
        assert_eq!(link.due(limits::PING_AFTER_MS), Due::Ping);
        assert_eq!(link.due(limits::PING_AFTER_MS), Due::Nothing);
        assert_eq!(link.due(limits::PING_AFTER_MS + limits::ANSWER_WITHIN_MS), Due::GiveUp);
    }

    #[test]
    fn a_clock_that_steps_back_a_day_does_not_stop_it() {
        let (mut link, mut mint) = (Link::new(), Mint::new(3));
        let day = 86_400_000;
        link.nudge(day);
        link.closed(None, day, &mut mint);
        assert_eq!(link.due(0), Due::Nothing);
        assert!(until(&link, 0) <= limits::RECONNECT_MOST_MS * 2);
    }

    #[test]
    fn a_clock_that_steps_back_does_not_hide_a_dead_connection() {
        let mut link = Link::new();
        let day = 86_400_000;
        link.nudge(day);
        link.opened(day);
        assert_eq!(until(&link, 0), limits::ANSWER_WITHIN_MS);
        link.heard(day);
        assert_eq!(until(&link, 0), limits::PING_AFTER_MS);
    }

    #[test]
    fn a_refusal_for_good_stops_it_and_one_for_now_does_not() {
        let (mut link, mut mint) = (Link::new(), Mint::new(3));
        link.nudge(0);
        link.opened(0);
        link.problem(Problem::new(ErrorCode::TooFast).retry_after(5_000));
        link.closed(Some(CloseCode::Refused as u16), 0, &mut mint);
        assert!(until(&link, 0) >= 5_000);
        link.nudge(0);
        link.opened(0);
        link.problem(Problem::new(ErrorCode::NoSuchShop));
        link.closed(Some(CloseCode::Refused as u16), 0, &mut mint);
        assert!(matches!(link.status(), Status::Stopped(p) if p.code == ErrorCode::NoSuchShop));
    }

    #[test]
    fn an_ended_session_stops_it_even_without_a_word_before() {
        let (mut link, mut mint) = (Link::new(), Mint::new(3));
        link.nudge(0);
        link.opened(0);
        link.welcomed(0);
        link.closed(Some(CloseCode::SignedOut as u16), 0, &mut mint);
        assert!(matches!(link.status(), Status::Stopped(p) if p.code == ErrorCode::SignedOut));
    }
}
