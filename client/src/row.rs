//! A message as people see it.

use shopbell_protocol::{MessageId, Picture, Problem, Seq, Side, UnixMillis};

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// Which message; it stays the same from the draft to the end.
    pub id: MessageId,
    /// Its place; none while it is with its sender.
    pub seq: Option<Seq>,
    /// Who wrote it.
    pub from: Side,
    /// When it was committed, or written while it is with its sender.
    pub at: UnixMillis,
    /// The text.
    pub body: &'a str,
    /// Said by the shop's own system, not by the owner's hands.
    pub system: bool,
    /// What is shown below the text.
    pub pictures: &'a [Picture],
    /// Where it stands; only one's own messages have a state.
    pub state: Option<MessageState<'a>>,
}

/// The states that a sender sees. Each is true when it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState<'a> {
    /// With its sender; it goes as soon as it can.
    OnDevice,
    /// Durably committed by the relay.
    Kept,
    /// A device or channel of the other side has taken it.
    HandedOver,
    /// A person of the other side has had it before their eyes.
    Opened,
    /// The relay will not take it as it is, and why.
    Stuck(&'a Problem),
}
