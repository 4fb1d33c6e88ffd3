//! A message that is still with its sender.

use serde::{Deserialize, Serialize};
use shopbell_protocol::{ConversationId, MessageId, Problem, Seq, UnixMillis};

/// A message that was written here and is not yet part of the timeline. This is
/// also what the device's storage keeps, without the state: after a restart
/// every draft waits again, and sending it again is harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Made here; it stays the same however often it is sent.
    pub id: MessageId,
    /// The text, cleaned and checked.
    pub body: String,
    /// When it was written.
    pub written_at: UnixMillis,
    /// Where it stands.
    #[serde(skip)]
    pub state: DraftState,
}

/// Where a draft stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DraftState {
    /// On this device, to be sent when its turn comes.
    #[default]
    Waiting,
    /// Sent on this connection; the relay has not answered.
    InFlight,
    /// Committed by the relay at this place and time, but messages before it have
    /// not come in yet, so it can't take its place in the timeline.
    Kept(Seq, UnixMillis),
    /// The relay will not take it as it is. A person sends it again or gives it up.
    Stuck(Problem),
}

impl Draft {
    /// Whether it still has to reach the relay, and can.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, DraftState::Waiting | DraftState::InFlight)
    }

    /// What the outbox is sorted by: what has its place in the timeline stands before what has none.
    pub(crate) fn rank(&self) -> (Seq, MessageId) {
        let place = match self.state {
            DraftState::Kept(seq, _) => seq,
            _ => Seq(u32::MAX),
        };
        (place, self.id)
    }
}
