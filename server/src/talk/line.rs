//! What talks with either side have in common: answering, refusing, keeping pace.

use super::{Answers, Heard, pace::Pace};
use crate::{
    guard::TooFast,
    hub::{Device, encode},
    limits,
    relay::Relay,
};
use serde::de::DeserializeOwned;
use shopbell_protocol::{CloseCode, ErrorCode, Problem, RelayFrame, text};
use shopbell_store::{Append, StoreError};
use std::{net::IpAddr, sync::Arc};

/// One connection's line to the relay.
pub(super) struct Line {
    pub(super) relay: Arc<Relay>,
    pub(super) device: Arc<Device>,
    pub(super) address: IpAddr,
    /// Sends that the store has taken; each is answered in the device's queue.
    pub(super) taken: u64,
    /// Why the talk was refused, for those who ask over plain HTTP.
    pub(super) refused: Option<ErrorCode>,
    nonsense: u8,
    pace: Pace,
}

impl Line {
    pub(super) fn new(relay: &Arc<Relay>, device: Arc<Device>, address: IpAddr) -> Self {
        Self {
            relay: Arc::clone(relay),
            device,
            address,
            taken: 0,
            refused: None,
            nonsense: 0,
            pace: Pace::new(relay.config.limits.connection_frames_per_minute),
        }
    }

    /// Answers with a frame.
    pub(super) fn say(answers: &mut Answers, frame: &RelayFrame) {
        answers.push(encode(frame));
    }

    /// Answers with a problem that does not end the talk.
    pub(super) fn object(answers: &mut Answers, code: ErrorCode) {
        Self::say(answers, &RelayFrame::Problem(Problem::new(code)));
    }

    /// Answers that the store is away.
    pub(super) fn object_to_store(answers: &mut Answers, error: &StoreError) {
        tracing::error!(%error, "the store failed a talk");
        let problem = Problem::new(ErrorCode::Busy).retry_after(limits::BUSY_RETRY_MS);
        Self::say(answers, &RelayFrame::Problem(problem));
    }

    /// Answers with the problem that ends the talk.
    pub(super) fn refuse(&mut self, answers: &mut Answers, problem: Problem) -> CloseCode {
        self.refused = Some(problem.code);
        let signed_out = problem.code == ErrorCode::SignedOut;
        Self::say(answers, &RelayFrame::Problem(problem));
        if signed_out { CloseCode::SignedOut } else { CloseCode::Refused }
    }

    /// Refuses because the store is away.
    pub(super) fn refuse_for_store(&mut self, answers: &mut Answers, error: &StoreError) -> CloseCode {
        tracing::error!(%error, "the store failed a hello");
        self.refuse(answers, Problem::new(ErrorCode::Busy).retry_after(limits::BUSY_RETRY_MS))
    }

    /// Whether there is room for one more frame.
    pub(super) fn keep_pace(&mut self) -> Result<(), TooFast> {
        let now_ms = self.relay.clock.uptime_ms();
        self.pace.take(now_ms).map_err(|retry_after_ms| TooFast { retry_after_ms })
    }

    /// A frame that came too early to be done.
    pub(super) fn too_fast(&mut self, answers: &mut Answers, limit: TooFast) -> Heard<'static> {
        let problem = Problem::new(ErrorCode::TooFast).retry_after(limit.retry_after_ms);
        Self::say(answers, &RelayFrame::Problem(problem));
        self.strike()
    }

    /// Whoever goes on after being told to wait has had enough chances in the end.
    pub(super) fn end_of_flood(&mut self, flood: bool) -> Heard<'static> {
        if flood { self.strike() } else { Heard::Done }
    }

    /// A ping of the WebSocket's own, which is answered below us.
    pub(super) fn pinged(&mut self) -> Heard<'static> {
        let flood = self.keep_pace().is_err();
        self.end_of_flood(flood)
    }

    /// What was said is no frame, or none that this relay knows.
    pub(super) fn misheard<F: DeserializeOwned>(
        &mut self,
        text: &str,
        answers: &mut Answers,
    ) -> Heard<'static> {
        if let Err(limit) = self.keep_pace() {
            return self.too_fast(answers, limit);
        }
        let code = if is_unknown::<F>(text) { ErrorCode::UnknownFrame } else { ErrorCode::BadFrame };
        Self::object(answers, code);
        // A newer client may say what we don't know as often as it likes.
        if code == ErrorCode::BadFrame { self.strike() } else { Heard::Done }
    }

    /// Too much of this ends the talk.
    fn strike(&mut self) -> Heard<'static> {
        self.nonsense += 1;
        if self.nonsense >= limits::NONSENSE_FRAMES { Heard::End(CloseCode::Nonsense) } else { Heard::Done }
    }

    /// Takes a message to be kept, or answers at once why it is not.
    pub(super) fn keep(&mut self, append: Append, limit: Result<(), TooFast>, answers: &mut Answers) {
        let (conversation, id) = (append.conversation, append.id);
        let taken = text::check_body(&append.body)
            .map_err(Problem::new)
            .and_then(|()| {
                limit.map_err(|limit| Problem::new(ErrorCode::TooFast).retry_after(limit.retry_after_ms))
            })
            .and_then(|()| {
                let busy = |_| Problem::new(ErrorCode::Busy).retry_after(limits::BUSY_RETRY_MS);
                self.relay.store.append(append).map_err(busy)
            });
        match taken {
            Ok(()) => self.taken += 1,
            Err(problem) => Self::say(answers, &RelayFrame::Refused { conversation, id, problem }),
        }
    }
}

/// Whether a text is a frame whose name stands for none that this relay knows,
/// whatever its value.
fn is_unknown<F: DeserializeOwned>(text: &str) -> bool {
    let frame: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(text);
    let Some(name) = frame.ok().filter(|frame| frame.len() == 1).and_then(|frame| frame.into_iter().next())
    else {
        return false;
    };
    let bare = serde_json::json!({ name.0: {} });
    let error = F::deserialize(bare).err().map(|error| error.to_string());
    error.is_some_and(|error| error.starts_with("unknown variant"))
}

#[cfg(test)]
mod tests {
    use super::is_unknown;
    use shopbell_protocol::{OwnerFrame, VisitorFrame};

    #[test]
    fn an_unknown_name_is_told_from_a_known_one_with_a_wrong_value() {
        assert!(is_unknown::<VisitorFrame>(r#"{"sing":{"song":1}}"#));
        for known in [r#"{"send":{"id":1}}"#, r#"{"ping":1}"#, "[]", "{", r#"{"ping":{},"sing":{}}"#] {
            assert!(!is_unknown::<VisitorFrame>(known), "{known}");
        }
        assert!(!is_unknown::<OwnerFrame>(r#"{"list":{"filter":"no_such_filter"}}"#));
    }
}
