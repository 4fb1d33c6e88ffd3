//! A visitor's device as a load generator has it: the real talker on a real
//! socket, in one task and with nothing around it.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use shopbell_client::{Effect, VisitorEvent, VisitorTalker};
use shopbell_protocol::{MessageId, RelayFrame, Seq, VisitorFrame, VisitorHello};
use shopbell_tests::Relay;
use shopbell_tests::clock::{fresh, now_ms};
use shopbell_tests::host::Door;
use shopbell_tests::people::{credential, shop_id};
use shopbell_tests::raw::{Socket, open_socket};
use shopbell_tests::wait::PATIENCE;
use tokio_tungstenite::tungstenite::Message;

/// One visitor, connected and welcomed.
pub(crate) struct Sender {
    talker: VisitorTalker,
    socket: Socket,
    /// What the talker has said and is not on its way yet.
    said: Vec<VisitorFrame>,
    /// Messages that the relay has acknowledged.
    pub(crate) kept: u64,
    latest: Option<MessageId>,
    /// What the owner said that was announced, and nobody has asked for yet.
    arrived: Vec<String>,
}

impl Sender {
    /// Connects a new visitor of the shop `oak`.
    pub(crate) async fn connect(relay: &Relay) -> Result<Self> {
        Self::connect_to(relay, "oak").await
    }

    /// Connects a new visitor of a shop.
    pub(crate) async fn connect_to(relay: &Relay, shop: &str) -> Result<Self> {
        let (locale, time_zone, page) = (None, None, None);
        let hello = VisitorHello {
            shop: shop_id(shop),
            credential: credential(),
            after: Seq::NONE,
            epoch: 0,
            locale,
            time_zone,
            page,
        };
        let socket = open_socket(&Door { origin: relay.origin(), cookie: None }, "visitor").await?;
        let talker = VisitorTalker::new(hello, fresh());
        let mut sender =
            Self { talker, socket, said: Vec::new(), kept: 0, latest: None, arrived: Vec::new() };
        sender.happen(VisitorEvent::Start);
        sender.happen(VisitorEvent::Connected);
        sender.flush().await?;
        while sender.talker.about().is_none() {
            sender.hear().await?;
        }
        Ok(sender)
    }

    /// Sends a message and waits until it is kept.
    pub(crate) async fn send(&mut self, body: &str) -> Result<()> {
        self.begin(body).await?;
        while self.latest.is_some() {
            self.hear().await?;
        }
        Ok(())
    }

    /// Sends a message and waits for nothing.
    pub(crate) async fn begin(&mut self, body: &str) -> Result<()> {
        let Ok((id, effects)) = self.talker.write(body.into(), now_ms()) else {
            bail!("the outbox is full");
        };
        self.latest = Some(id);
        self.take(effects);
        self.flush().await
    }

    /// Waits until the open panel shows these words of the owner's.
    pub(crate) async fn until_shown(&mut self, words: &str) -> Result<()> {
        while !self.arrived.iter().any(|said| said == words) {
            let heard = tokio::time::timeout(PATIENCE, self.hear()).await;
            heard.with_context(|| format!("{words:?} never came"))??;
        }
        self.arrived.clear();
        Ok(())
    }

    /// Takes in whatever comes next.
    pub(crate) async fn hear(&mut self) -> Result<()> {
        let message = self.socket.next().await.context("the relay has hung up")??;
        if let Message::Text(text) = message {
            let frame: RelayFrame = serde_json::from_str(&text)?;
            self.happen(VisitorEvent::Frame(frame));
            self.flush().await?;
        }
        Ok(())
    }

    fn happen(&mut self, event: VisitorEvent) {
        let effects = self.talker.handle(event, now_ms());
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect<VisitorFrame>>) {
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => self.said.push(frame),
                Effect::Forget(id) => {
                    self.kept += 1;
                    if self.latest == Some(id) {
                        self.latest = None;
                    }
                }
                Effect::Arrived { message, .. } => self.arrived.push(message.body),
                _ => {}
            }
        }
    }

    async fn flush(&mut self) -> Result<()> {
        for frame in self.said.drain(..) {
            self.socket.feed(Message::text(serde_json::to_string(&frame)?)).await?;
        }
        Ok(self.socket.flush().await?)
    }

    /// The conversation that this visitor writes in.
    pub(crate) fn conversation(&self) -> shopbell_protocol::ConversationId {
        self.talker.credential().conversation
    }
}
