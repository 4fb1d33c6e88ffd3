//! The form: what was posted, and how it is sent like any other message.

use super::HttpError;
use crate::{
    entropy::NoEntropy,
    relay::Relay,
    talk::{self, Talk, VisitorTalk},
};
use axum::http::StatusCode;
use serde::Deserialize;
use shopbell_protocol::{
    ConversationId, Credential, ErrorCode, MessageId, Problem, RelayFrame, Secret, Seq, ShopId, VisitorFrame,
    VisitorHello, text,
};
use std::net::IpAddr;

/// What was posted.
#[derive(Debug, Deserialize)]
pub(super) struct Form {
    /// The text as it was typed.
    #[serde(default)]
    pub(super) body: String,
    /// The message's id, from the page; one without it is made anew.
    #[serde(default)]
    pub(super) id: String,
    /// Where unseen answers are to come to; then there is no text.
    email: Option<String>,
    /// Who speaks, when no cookie says it.
    pub(super) key: Option<String>,
    /// The last message that the page showed.
    #[serde(default)]
    seen: Seq,
}

/// Why a message was not kept.
pub(super) struct NotSent(Problem);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub(super) fn read(body: &[u8]) -> Result<Self, HttpError> {
        serde_urlencoded::from_bytes(body).map_err(|_| {
            HttpError::bad("The form did not arrive as it should. Please go back and send it again.")
        })
    }

    /// Sends the message through a talk of its own: the same checks, limits and
    /// order as for everybody else.
    pub(super) async fn send(
        &self,
        relay: &std::sync::Arc<Relay>,
        address: IpAddr,
        shop: &ShopId,
        credential: &Credential,
    ) -> Result<(), NotSent> {
        if let Some(email) = &self.email {
            return self.leave(relay, address, shop, credential, email).await;
        }
        let body = text::clean_body(&self.body).map_err(|code| NotSent(Problem::new(code)))?;
        let id = match MessageId::parse(&self.id) {
            Some(id) => id,
            None => {
                MessageId::new(relay.clock.now().0, relay.entropy.id().map_err(|NoEntropy| NotSent::busy())?)
            }
        };
        let mut frames = vec![hello(shop, credential), VisitorFrame::Send { id, body }];
        if self.seen > Seq::NONE {
            // Whoever answers on a page has had it before their eyes.
            frames.push(VisitorFrame::Opened { upto: self.seen });
        }
        let said = exchange(relay, address, &frames).await;
        let mut outcomes = said.into_iter().filter_map(|frame| match frame {
            RelayFrame::Kept { id: kept, .. } if kept == id => Some(Ok(())),
            RelayFrame::Refused { id: refused, problem, .. } if refused == id => Some(Err(NotSent(problem))),
            RelayFrame::Problem(problem) => Some(Err(NotSent(problem))),
            _ => None,
        });
        outcomes.next().unwrap_or_else(|| Err(NotSent::busy()))
    }
}

impl Form {
    /// Leaves the address that unseen answers are to come to.
    async fn leave(
        &self,
        relay: &std::sync::Arc<Relay>,
        address: IpAddr,
        shop: &ShopId,
        credential: &Credential,
        email: &str,
    ) -> Result<(), NotSent> {
        let frames = [hello(shop, credential), VisitorFrame::Address { email: email.to_owned() }];
        let said = exchange(relay, address, &frames).await;
        let mut outcomes = said.into_iter().filter_map(|frame| match frame {
            RelayFrame::Address { refused: false, .. } => Some(Ok(())),
            RelayFrame::Address { refused: true, .. } => {
                Some(Err(NotSent(Problem::new(ErrorCode::BadTarget))))
            }
            RelayFrame::Problem(problem) => Some(Err(NotSent(problem))),
            _ => None,
        });
        outcomes.next().unwrap_or_else(|| Err(NotSent::busy()))
    }
}

/// The first words of a form's talk. Nothing is to be read back: the page does that itself.
fn hello(shop: &ShopId, credential: &Credential) -> VisitorFrame {
    VisitorFrame::Hello(VisitorHello {
        shop: shop.clone(),
        credential: credential.clone(),
        after: Seq(u32::MAX),
        epoch: 0,
        locale: None,
        time_zone: None,
        page: None,
    })
}

/// Says some frames, and gives what the relay says to them.
async fn exchange(
    relay: &std::sync::Arc<Relay>,
    address: IpAddr,
    frames: &[VisitorFrame],
) -> Vec<RelayFrame> {
    let frames: Vec<_> = frames.iter().filter_map(|frame| serde_json::to_string(frame).ok()).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let talk = Talk::Visitor(VisitorTalk::new(relay, address));
    let exchanged = talk::exchange(talk, &frames).await;
    exchanged.frames.iter().filter_map(|frame| serde_json::from_str(frame).ok()).collect()
}

impl NotSent {
    fn busy() -> Self {
        Self(Problem::new(ErrorCode::Busy))
    }

    /// The conversation belongs to somebody else.
    pub(super) fn is_foreign(&self) -> bool {
        self.0.code == ErrorCode::NotYours
    }

    /// Whether the next try is the same message; an id that stands for another
    /// text would never go through.
    pub(super) fn keeps_id(&self) -> bool {
        self.0.code.passes_by_itself()
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.0.code {
            ErrorCode::TooFast => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Busy | ErrorCode::NotKept => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::NotYours => StatusCode::FORBIDDEN,
            ErrorCode::IdReused => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn retry_after_seconds(&self) -> Option<u32> {
        self.0.retry_after_ms.map(|ms| ms.div_ceil(1000))
    }

    /// For the person at the form, who has to press the button again.
    pub(super) fn sentence(&self) -> String {
        match self.0.code {
            ErrorCode::TooFast => "That was a lot at once. Please send it again in a moment.".into(),
            ErrorCode::Busy => "The line is busy. Please send it again in a moment.".into(),
            ErrorCode::NotKept => "The message could not be kept just now. Please send it again.".into(),
            ErrorCode::NotYours => "The conversation from before cannot be opened here. \
                                    Send your message again to start a new one."
                .into(),
            code => code.sentence().into(),
        }
    }
}

/// Who a visitor will be from their first message on.
pub(super) fn fresh_credential(relay: &Relay) -> Result<Credential, NoEntropy> {
    Ok(Credential {
        conversation: ConversationId::new(relay.clock.now().0, relay.entropy.id()?),
        secret: Secret::new(&relay.entropy.secret()?),
    })
}
