//! A visitor's device as a load generator has it: the real talker on a real
//! socket, in one task and with nothing around it.

use crate::load::Writer;
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use shopbell_client::{Effect, Status, VisitorEvent, VisitorTalker};
use shopbell_protocol::{Credential, MessageId, RelayFrame, Seq, VisitorFrame, VisitorHello};
use shopbell_tests::Relay;
use shopbell_tests::clock::{fresh, now_ms};
use shopbell_tests::host::Door;
use shopbell_tests::people::{credential, shop_id};
use shopbell_tests::raw::{Socket, open_socket};
use shopbell_tests::wait::PATIENCE;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// One visitor, connected and welcomed.
pub(crate) struct Sender {
    talker: VisitorTalker,
    /// None while it is away.
    socket: Option<Socket>,
    /// The talker wants a connection.
    wants_line: bool,
    /// What the talker has said and is not on its way yet.
    said: Vec<VisitorFrame>,
    /// Messages that the relay has acknowledged.
    pub(crate) kept: u64,
    latest: Option<MessageId>,
    /// What the owner said that was announced, and nobody has asked for yet.
    arrived: Vec<String>,
}

impl Writer for Sender {
    async fn write(&mut self, body: &str) -> Result<()> {
        self.send(body).await
    }
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
        let talker = VisitorTalker::new(hello, fresh());
        let mut sender = Self {
            talker,
            socket: None,
            wants_line: false,
            said: Vec::new(),
            kept: 0,
            latest: None,
            arrived: Vec::new(),
        };
        sender.happen(VisitorEvent::Start);
        sender.until_live(relay).await?;
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

    /// Is there, and says so now and then, for as long as it is polled and the line holds.
    pub(crate) async fn live(&mut self) -> Result<()> {
        loop {
            let now = now_ms();
            let wake = self.talker.wake_at(now).map(|at| Duration::from_millis(at.saturating_sub(now)));
            tokio::select! {
                heard = self.hear() => heard?,
                () = tokio::time::sleep(wake.unwrap_or(PATIENCE)) => {
                    self.happen(VisitorEvent::Wake);
                    self.flush().await?;
                }
            }
        }
    }

    /// Loses its line, and comes back at once; by the talker's own patience where that fails.
    pub(crate) async fn come_back(&mut self, relay: &Relay) -> Result<()> {
        self.socket = None;
        self.wants_line = false;
        self.happen(VisitorEvent::Closed(None));
        self.happen(VisitorEvent::Start);
        self.until_live(relay).await
    }

    async fn until_live(&mut self, relay: &Relay) -> Result<()> {
        let door = Door { origin: relay.origin(), cookie: None };
        while self.socket.is_none() || self.talker.status() != Status::Live {
            if self.socket.is_some() {
                if self.hear().await.is_err() {
                    self.socket = None;
                    self.happen(VisitorEvent::Closed(None));
                }
            } else if std::mem::take(&mut self.wants_line) {
                self.socket = open_socket(&door, "visitor").await.ok();
                let opened =
                    if self.socket.is_some() { VisitorEvent::Connected } else { VisitorEvent::Closed(None) };
                self.happen(opened);
                self.flush().await?;
            } else {
                let now = now_ms();
                let wake = self.talker.wake_at(now).unwrap_or(now);
                tokio::time::sleep(Duration::from_millis(wake.saturating_sub(now).max(1))).await;
                self.happen(VisitorEvent::Wake);
            }
        }
        Ok(())
    }

    /// Takes in whatever comes next.
    pub(crate) async fn hear(&mut self) -> Result<()> {
        let socket = self.socket.as_mut().context("there is no line")?;
        let message = socket.next().await.context("the relay has hung up")??;
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
                Effect::Connect(_) => self.wants_line = true,
                Effect::Disconnect => self.socket = None,
                _ => {}
            }
        }
    }

    async fn flush(&mut self) -> Result<()> {
        let said = std::mem::take(&mut self.said);
        let Some(socket) = &mut self.socket else { return Ok(()) };
        for frame in said {
            socket.feed(Message::text(serde_json::to_string(&frame)?)).await?;
        }
        Ok(socket.flush().await?)
    }

    /// Who this visitor is to the relay, also from another tab.
    pub(crate) fn credential(&self) -> Credential {
        self.talker.credential().clone()
    }

    /// The conversation that this visitor writes in.
    pub(crate) fn conversation(&self) -> shopbell_protocol::ConversationId {
        self.talker.credential().conversation
    }
}
