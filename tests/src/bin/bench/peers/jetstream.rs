//! NATS JetStream that syncs always (`tests/peers/jetstream`): a stream for each conversation, so
//! that one need not wait for another's sync, and somebody who is told what is in them as it comes.

use super::{Heard, Running, peers};
use crate::load::Writer;
use anyhow::{Context, Result, ensure};
use async_nats::{Client, ConnectOptions, HeaderMap};
use futures_util::StreamExt;
use serde_json::{Value, json};
use shopbell_servers::{Folder, Guarded, free_port, installed, listening};
use std::{fs, process::Command};

/// The first version that knows `sync_interval: always`.
const SYNCS_SINCE: (u32, u32) = (2, 10);

/// What has to be done before it can be measured.
pub(super) fn lacking() -> Option<String> {
    let Some(server) = installed("nats-server") else {
        return Some("There is no nats-server. On Debian 13 or newer: `apt-get install nats-server`.".into());
    };
    let said = Command::new(server).arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let is_old = version(&said).is_none_or(|version| version < SYNCS_SINCE);
    is_old.then(|| {
        format!(
            "It can't sync always before 2.10 ({said}). Debian 13 has a newer one; see tests/peers/README.md."
        )
    })
}

/// The first two numbers of `nats-server: v2.10.27`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.rsplit_once('v')?.1.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Starts it, with a stream and a consumer for each who writes.
pub(super) async fn start(writers: usize) -> Result<Running<Publisher>> {
    let (folder, port) = (Folder::new()?, free_port());
    let config = fs::read_to_string(peers().join("jetstream/nats.conf"))?;
    let config = config.replace("127.0.0.1:4222", &format!("127.0.0.1:{port}"));
    fs::write(folder.path().join("nats.conf"), config)?;
    let mut server = Command::new(installed("nats-server").context("nats-server")?);
    server.args(["-c", "nats.conf"]).current_dir(folder.path());
    let log = folder.path().join("log");
    let server = Guarded::start(&server, "KILL", &log);
    listening(port, &log).map_err(anyhow::Error::msg)?;

    let (mut heard, owner) = (Heard::default(), connect(port).await?);
    let mut told = owner.subscribe("told").await?;
    let mut publishers = Vec::new();
    for number in 0..writers {
        let subject = format!("talk.{number}");
        make_stream(&owner, &format!("talk-{number}"), &subject).await?;
        publishers.push(Publisher { client: connect(port).await?, subject, said: 0 });
    }
    heard.listen(|heard| async move {
        // The subscription ends with its client.
        let _owner = owner;
        while told.next().await.is_some() {
            heard.count();
        }
        Ok(())
    });
    Ok(Running { writers: publishers, heard, server, postgres: None, _folder: folder })
}

async fn connect(port: u16) -> Result<Client> {
    Ok(ConnectOptions::new().connect(format!("nats://127.0.0.1:{port}")).await?)
}

/// A stream of one conversation, and a consumer that tells all of it as it comes.
async fn make_stream(client: &Client, name: &str, subject: &str) -> Result<()> {
    let stream = json!({ "name": name, "subjects": [subject], "storage": "file", "num_replicas": 1 });
    ask(client, format!("$JS.API.STREAM.CREATE.{name}"), &stream).await?;
    let consumer = json!({
        "stream_name": name,
        "config": { "deliver_subject": "told", "deliver_policy": "all", "ack_policy": "none" },
    });
    ask(client, format!("$JS.API.CONSUMER.CREATE.{name}"), &consumer).await
}

/// Asks for a change of JetStream's, and wants it done.
async fn ask(client: &Client, subject: String, what: &Value) -> Result<()> {
    let answer = client.request(subject.clone(), what.to_string().into()).await?;
    let answer: Value = serde_json::from_slice(&answer.payload)?;
    ensure!(answer["error"].is_null(), "{subject}: {answer}");
    Ok(())
}

/// A connection, and the subject that is written to.
pub(super) struct Publisher {
    client: Client,
    subject: String,
    said: u64,
}

impl Writer for Publisher {
    async fn write(&mut self, body: &str) -> Result<()> {
        self.said += 1;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{}-{}", self.subject, self.said).as_str());
        let answer = self.client.request_with_headers(self.subject.clone(), headers, body.to_owned().into());
        let answer: Value = serde_json::from_slice(&answer.await?.payload)?;
        ensure!(answer["error"].is_null() && answer["seq"].is_u64(), "not in the stream: {answer}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("nats-server: v2.9.10"), Some((2, 9)));
        assert_eq!(version("nats-server: v2.10.27"), Some((2, 10)));
        assert_eq!(version("nats-server: dev"), None);
        assert!((2, 9) < SYNCS_SINCE && (2, 10) >= SYNCS_SINCE);
    }
}
