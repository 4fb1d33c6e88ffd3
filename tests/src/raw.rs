//! A connection without a talker, to say what no talker would.

use crate::host::Door;
use crate::line;
pub use crate::line::Socket;
use crate::people::{credential, shop_id};
use crate::relay::Relay;
use crate::wait::within;
use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use shopbell_protocol::{Credential, OwnerFrame, RelayFrame, Seq, VisitorFrame, VisitorHello};
use tokio_tungstenite::tungstenite::Message;

/// A socket in a test's own hands.
pub struct Raw(Socket);

/// What came in.
#[derive(Debug)]
pub enum Heard {
    /// A frame.
    Frame(Box<RelayFrame>),
    /// The end, with the close code if there was one.
    Closed(Option<u16>),
}

/// Opens a socket as a page of the relay's own would.
///
/// # Errors
/// When the relay can't be reached or refuses the handshake.
pub async fn open_socket(door: &Door, side: &str) -> Result<Socket> {
    line::connect(door, side).await
}

/// A visitor's first words.
pub fn hello(shop: &str, credential: Credential) -> VisitorFrame {
    let (after, epoch, locale, time_zone, page) = (Seq::NONE, 0, None, None, None);
    VisitorFrame::Hello(VisitorHello {
        shop: shop_id(shop),
        credential,
        after,
        epoch,
        locale,
        time_zone,
        page,
    })
}

impl Raw {
    /// Shakes hands and says nothing.
    ///
    /// # Errors
    /// When the relay refuses the handshake.
    pub async fn connect(relay: &Relay, side: &str, cookie: Option<&str>) -> Result<Self> {
        let door = Door { origin: relay.origin(), cookie: cookie.map(Into::into) };
        Ok(Self(line::connect(&door, side).await?))
    }

    /// A visitor who has said `hello` and was welcomed.
    ///
    /// # Panics
    /// When they were not.
    pub async fn visitor(relay: &Relay, shop: &str) -> (Self, Credential) {
        let credential = credential();
        let mut raw = Self::connect(relay, "visitor", None).await.expect("a handshake");
        raw.say(&hello(shop, credential.clone())).await;
        let welcome = raw.frame().await;
        assert!(matches!(welcome, RelayFrame::VisitorWelcome(_)), "{welcome:?}");
        (raw, credential)
    }

    /// An owner who has said `hello` and was welcomed.
    ///
    /// # Panics
    /// When they were not.
    pub async fn owner(relay: &Relay, cookie: &str) -> Self {
        let mut raw = Self::connect(relay, "owner", Some(cookie)).await.expect("a handshake");
        raw.say(&OwnerFrame::Hello {}).await;
        let welcome = raw.frame().await;
        assert!(matches!(welcome, RelayFrame::OwnerWelcome(_)), "{welcome:?}");
        raw
    }

    /// Says a frame. What the relay does not take any more shows in what is heard.
    pub async fn say(&mut self, frame: &impl Serialize) {
        self.say_text(&serde_json::to_string(frame).expect("a frame is JSON")).await;
    }

    /// Says any text.
    pub async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Sends anything at all.
    pub async fn send(&mut self, message: Message) {
        drop(within("the socket to take a message", self.0.send(message)).await);
    }

    /// The next thing that comes in.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match within("a frame", self.0.next()).await {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no frame: {text}"));
                    return Heard::Frame(Box::new(frame));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| u16::from(frame.code)));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    /// The next frame.
    ///
    /// # Panics
    /// When the connection ends instead.
    pub async fn frame(&mut self) -> RelayFrame {
        match self.hear().await {
            Heard::Frame(frame) => *frame,
            Heard::Closed(code) => panic!("closed with {code:?}, and a frame was expected"),
        }
    }

    /// The next frame that `pick` finds to be the one.
    pub async fn until<R>(&mut self, mut pick: impl FnMut(RelayFrame) -> Option<R>) -> R {
        loop {
            if let Some(found) = pick(self.frame().await) {
                return found;
            }
        }
    }

    /// All frames up to the end, and the close code.
    pub async fn to_the_end(&mut self) -> (Vec<RelayFrame>, Option<u16>) {
        let mut frames = Vec::new();
        loop {
            match self.hear().await {
                Heard::Frame(frame) => frames.push(*frame),
                Heard::Closed(code) => return (frames, code),
            }
        }
    }
}
