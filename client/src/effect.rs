//! What a talker asks of its host.

use crate::Draft;
use shopbell_protocol::{ConversationId, Message, MessageId, Summary};

/// To be carried out by the host, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<F> {
    /// Open a connection and tell of it by `Connected`, or of its failure by `Closed`.
    Connect(Transport),
    /// Drop the connection without telling of it.
    Disconnect,
    /// Say this on the open connection. On an exchange, collect it until the
    /// event that opened it has been handled.
    Transmit(F),
    /// Put this draft into the device's storage, under its id, before anything else.
    Keep(Draft),
    /// The relay has this message now (or a person gave it up): take it out of
    /// the device's storage.
    Forget(MessageId),
    /// A part of what is shown has changed.
    Changed(Part),
    /// To a visitor: a message of the owner's came in. Ring, count, tell.
    Arrived {
        /// In which conversation.
        conversation: ConversationId,
        /// The message.
        message: Message,
    },
    /// To an owner: a visitor has written, in any conversation. Ring, count, tell.
    Rang(Box<Summary>),
}

/// How to reach the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket: live in both directions.
    Socket,
    /// Where sockets don't get through: one plain HTTP request that carries what
    /// there is to say and brings back the answers. To the talker it is a
    /// connection that lives for one request.
    Exchange,
}

/// What a host draws, by what changes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whether there is a connection, and why not.
    Status,
    /// Messages and their states.
    Timeline,
    /// Who is there.
    Presence,
    /// Who is writing.
    Typing,
    /// The inbox's list.
    List,
    /// What is known of the visitor.
    Details,
    /// The devices that are signed in, the sites the bell was seen on.
    Account,
    /// The owner's channels, or the address that a visitor has left.
    Outside,
}
