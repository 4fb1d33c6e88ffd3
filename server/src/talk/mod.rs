//! The talks: what a connected visitor or owner says, what is done about it, and
//! what they hear in return. The same code serves a WebSocket and an exchange
//! over plain HTTP.

mod exchange;
mod line;
mod owner;
mod pace;
mod reading;
mod socket;
mod tell;
mod visitor;

pub(crate) use exchange::exchange;
pub(crate) use owner::OwnerTalk;
pub(crate) use socket::serve;
pub(crate) use tell::advance;
pub(crate) use visitor::VisitorTalk;

use axum::extract::ws::Utf8Bytes;
use line::Line;
use shopbell_protocol::{CloseCode, Side};
use std::pin::Pin;

/// Frames that answer what was just said.
pub(crate) type Answers = Vec<Utf8Bytes>;
/// What takes a look into the store; it ends the talk when it gives a code.
type Later<'a> = Pin<Box<dyn Future<Output = Result<(), CloseCode>> + Send + 'a>>;

/// What became of a frame.
enum Heard<'a> {
    /// All is done.
    Done,
    /// There is more to do. Boxed, so that a talk that waits stays small.
    Later(Later<'a>),
    /// The talk is over.
    End(CloseCode),
}

impl Heard<'_> {
    /// Does what is left to do.
    async fn finish(self) -> Result<(), CloseCode> {
        match self {
            Heard::Done => Ok(()),
            Heard::Later(later) => later.await,
            Heard::End(code) => Err(code),
        }
    }
}

/// A talk with either side.
pub(crate) enum Talk {
    /// With a visitor.
    Visitor(VisitorTalk),
    /// With an owner.
    Owner(OwnerTalk),
}

impl Talk {
    /// Who talks.
    pub(crate) fn side(&self) -> Side {
        match self {
            Talk::Visitor(_) => Side::Visitor,
            Talk::Owner(_) => Side::Owner,
        }
    }

    /// Does what a frame asks for; immediate answers go into `answers`, all else
    /// comes through the device's queue.
    ///
    /// # Errors
    /// The code to close with when the talk is over.
    pub(crate) async fn hear(&mut self, text: &str, answers: &mut Answers) -> Result<(), CloseCode> {
        let heard = match self {
            Talk::Visitor(talk) => talk.hear(text, answers),
            Talk::Owner(talk) => talk.hear(text, answers),
        };
        heard.finish().await
    }

    /// What waits in the device's queue.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> std::collections::VecDeque<Utf8Bytes> {
        self.line().device.take()
    }

    fn line(&self) -> &Line {
        match self {
            Talk::Visitor(talk) => talk.line(),
            Talk::Owner(talk) => talk.line(),
        }
    }

    fn line_mut(&mut self) -> &mut Line {
        match self {
            Talk::Visitor(talk) => talk.line_mut(),
            Talk::Owner(talk) => talk.line_mut(),
        }
    }

    /// Whether an acceptable `hello` was heard.
    fn is_begun(&self) -> bool {
        match self {
            Talk::Visitor(talk) => talk.is_begun(),
            Talk::Owner(talk) => talk.is_begun(),
        }
    }
}

#[cfg(test)]
mod tests;
