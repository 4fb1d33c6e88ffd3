//! The relay's frames as far as a visitor is told them.

use crate::{
    ConversationId, Message, MessageId, Problem, Receipt, RelayFrame, Seq, Side, Slice, UnixMillis,
    VisitorWelcome,
};
use serde::Deserialize;

/// A reader for those of [`RelayFrame`] that a visitor's device can be told. The
/// wire is the same; what only an owner is told is an unknown frame here, and
/// drops out of what a visitor has to download.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "every variant and field is the one of the same name in RelayFrame")]
pub enum ForVisitor {
    VisitorWelcome(VisitorWelcome),
    Kept {
        conversation: ConversationId,
        id: MessageId,
        seq: Seq,
        at: UnixMillis,
    },
    Refused {
        conversation: ConversationId,
        id: MessageId,
        problem: Problem,
    },
    Message {
        conversation: ConversationId,
        message: Message,
    },
    History {
        conversation: ConversationId,
        slice: Slice,
    },
    Receipt {
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    },
    Typing {
        conversation: ConversationId,
        side: Side,
        active: bool,
    },
    OwnerPresence {
        here: bool,
        #[serde(default)]
        unreachable: bool,
    },
    Address {
        #[serde(default)]
        email: Option<String>,
        #[serde(default)]
        refused: bool,
    },
    Problem(Problem),
    Pong {},
}

impl From<ForVisitor> for RelayFrame {
    fn from(frame: ForVisitor) -> Self {
        match frame {
            ForVisitor::VisitorWelcome(welcome) => RelayFrame::VisitorWelcome(welcome),
            ForVisitor::Kept { conversation, id, seq, at } => RelayFrame::Kept { conversation, id, seq, at },
            ForVisitor::Refused { conversation, id, problem } => {
                RelayFrame::Refused { conversation, id, problem }
            }
            ForVisitor::Message { conversation, message } => RelayFrame::Message { conversation, message },
            ForVisitor::History { conversation, slice } => RelayFrame::History { conversation, slice },
            ForVisitor::Receipt { conversation, side, receipt } => {
                RelayFrame::Receipt { conversation, side, receipt }
            }
            ForVisitor::Typing { conversation, side, active } => {
                RelayFrame::Typing { conversation, side, active }
            }
            ForVisitor::OwnerPresence { here, unreachable } => {
                RelayFrame::OwnerPresence { here, unreachable }
            }
            ForVisitor::Address { email, refused } => RelayFrame::Address { email, refused },
            ForVisitor::Problem(problem) => RelayFrame::Problem(problem),
            ForVisitor::Pong {} => RelayFrame::Pong {},
        }
    }
}
