//! A talk over plain HTTP: a socket that lives for one request, for those whose
//! network blocks WebSockets.

use super::Talk;
use crate::limits;
use axum::extract::ws::Utf8Bytes;
use shopbell_protocol::ErrorCode;
use tokio::time::timeout;

/// What an exchange came to.
pub(crate) struct Exchanged {
    /// Everything that the relay said.
    pub(crate) frames: Vec<Utf8Bytes>,
    /// Why the talk was refused, if it was.
    pub(crate) refused: Option<ErrorCode>,
    /// Whether every message that was taken has been answered.
    pub(crate) complete: bool,
}

/// Hears all frames and waits until each message that was taken is kept or refused.
pub(crate) async fn exchange(mut talk: Talk, said: &[&str]) -> Exchanged {
    let mut frames = Vec::new();
    for text in said {
        if let Err(code) = talk.hear(text, &mut frames).await {
            tracing::debug!(?code, "an exchange ended early");
            if let Some(refused) = talk.line_mut().refused.take() {
                // Who is refused hears that, and nothing else.
                return Exchanged { frames, refused: Some(refused), complete: true };
            }
            break;
        }
        frames.extend(talk.line().device.take());
        // What is not heard any more is said again in the next exchange.
        if frames.iter().map(|frame| frame.len()).sum::<usize>() > limits::EXCHANGE_ANSWER_BYTES {
            break;
        }
    }
    let device = talk.line().device.clone();
    let answered = device.answered_all(talk.line().taken);
    let complete = timeout(limits::KEEP_WITHIN, answered).await.is_ok();
    frames.extend(device.take());
    Exchanged { frames, refused: None, complete }
}

impl Exchanged {
    /// As the JSON array that is the answer.
    pub(crate) fn to_json(&self) -> String {
        let most = self.frames.iter().map(|frame| frame.len() + 1).sum::<usize>() + 2;
        let mut json = String::with_capacity(most);
        json.push('[');
        for (i, frame) in self.frames.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            json.push_str(frame);
        }
        json.push(']');
        json
    }
}
