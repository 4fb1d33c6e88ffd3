//! A relay on socket.io and SQLite (`tests/peers/socketio`), spoken to in its own words: Socket.IO's
//! protocol 5 in Engine.IO's protocol 4, over WebSocket alone.

use super::{Heard, Running, peers};
use crate::load::Writer;
use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use shopbell_servers::{Folder, Guarded, free_port, installed, listening};
use std::process::Command;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What has to be done before it can be measured.
pub(super) fn lacking() -> Option<String> {
    let folder = peers().join("socketio");
    if installed("node").is_none() {
        return Some("There is no Node.js. On Debian: `apt-get install nodejs npm`.".into());
    }
    let has_packages = folder.join("node_modules/socket.io").is_dir()
        && folder.join("node_modules/better-sqlite3/build/Release/better_sqlite3.node").is_file();
    (!has_packages).then(|| "Its packages are not there: `npm ci --prefix tests/peers/socketio`.".into())
}

/// Starts it, with somebody in every conversation who listens.
pub(super) async fn start(writers: usize) -> Result<Running<Visitor>> {
    let (folder, port) = (Folder::new()?, free_port());
    let mut relay = Command::new(installed("node").context("Node.js")?);
    relay.arg(peers().join("socketio/relay.mjs")).arg(folder.path().join("relay.db")).arg(port.to_string());
    let log = folder.path().join("log");
    let server = Guarded::start(&relay, "KILL", &log);
    listening(port, &log).map_err(anyhow::Error::msg)?;

    let (mut heard, mut owner) = (Heard::default(), Visitor::connect(port, String::new()).await?);
    let mut visitors = Vec::new();
    for number in 0..writers {
        let conversation = format!("conversation-{number}");
        owner.call(&json!(["join", conversation])).await?;
        let mut visitor = Visitor::connect(port, conversation).await?;
        visitor.call(&json!(["join", visitor.conversation])).await?;
        visitors.push(visitor);
    }
    heard.listen(|heard| async move {
        loop {
            if let Packet::Event(_) = Packet::read(&owner.hear().await?) {
                heard.count();
            }
        }
    });
    Ok(Running { writers: visitors, heard, server, postgres: None, _folder: folder })
}

/// A connection, and the conversation that is written in.
pub(super) struct Visitor {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    conversation: String,
    calls: u64,
}

impl Visitor {
    async fn connect(port: u16, conversation: String) -> Result<Self> {
        let address = format!("ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket");
        let (socket, _) = connect_async(address).await?;
        let mut visitor = Self { socket, conversation, calls: 0 };
        while Packet::read(&visitor.hear().await?) != Packet::Open {}
        visitor.say("40".into()).await?;
        while Packet::read(&visitor.hear().await?) != Packet::Connected {}
        Ok(visitor)
    }

    /// Sends an event and waits for the answer to it.
    async fn call(&mut self, event: &serde_json::Value) -> Result<String> {
        self.calls += 1;
        self.say(format!("42{}{event}", self.calls)).await?;
        loop {
            if let Packet::Answer { to, args } = Packet::read(&self.hear().await?)
                && to == self.calls
            {
                return Ok(args.to_owned());
            }
        }
    }

    /// The next packet, with the server's question whether anybody is there answered.
    async fn hear(&mut self) -> Result<String> {
        loop {
            let message = self.socket.next().await.context("the relay has hung up")??;
            match message {
                Message::Text(text) if Packet::read(&text) == Packet::Ping => self.say("3".into()).await?,
                Message::Text(text) => return Ok(text.to_string()),
                Message::Close(_) => bail!("the relay has hung up"),
                _ => {}
            }
        }
    }

    async fn say(&mut self, packet: String) -> Result<()> {
        Ok(self.socket.send(Message::text(packet)).await?)
    }
}

impl Writer for Visitor {
    async fn write(&mut self, body: &str) -> Result<()> {
        let id = format!("{}-{}", self.conversation, self.calls);
        let said = json!(["say", { "conversation": self.conversation, "id": id, "body": body }]);
        let answer = self.call(&said).await?;
        ensure!(answer.contains("\"seq\""), "the relay has not kept a message: {answer}");
        Ok(())
    }
}

/// A packet of Engine.IO's, with one of Socket.IO's in it.
#[derive(Debug, PartialEq, Eq)]
enum Packet<'a> {
    Open,
    Ping,
    Connected,
    /// Its name and arguments, as JSON.
    Event(&'a str),
    Answer {
        to: u64,
        args: &'a str,
    },
    Other,
}

impl<'a> Packet<'a> {
    fn read(text: &'a str) -> Self {
        let (kind, rest) = text.split_at(text.len().min(2));
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, args) = rest.split_at(digits);
        match kind {
            "0{" => Self::Open,
            "2" => Self::Ping,
            "40" => Self::Connected,
            "42" => Self::Event(args),
            "43" => number.parse().map_or(Self::Other, |to| Self::Answer { to, args }),
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        assert_eq!(Packet::read(r#"0{"sid":"x","pingInterval":25000}"#), Packet::Open);
        assert_eq!(Packet::read("2"), Packet::Ping);
        assert_eq!(Packet::read(r#"40{"sid":"y"}"#), Packet::Connected);
        assert_eq!(Packet::read(r#"42["message",{"seq":1}]"#), Packet::Event(r#"["message",{"seq":1}]"#));
        assert_eq!(Packet::read(r#"42["a"]"#), Packet::Event(r#"["a"]"#));
        assert_eq!(Packet::read(r#"4317[{"seq":3}]"#), Packet::Answer { to: 17, args: r#"[{"seq":3}]"# });
        assert_eq!(Packet::read("43[]"), Packet::Other);
        assert_eq!(Packet::read("6"), Packet::Other);
        assert_eq!(Packet::read(""), Packet::Other);
    }
}
