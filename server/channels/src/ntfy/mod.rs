//! ntfy: a topic of an ntfy server (its documentation, "Publishing").
//!
//! Only outwards. Whoever knows a topic can write to it, so a topic that was read for
//! answers would let strangers speak as the owner; the button that says "Reply" opens the
//! conversation in the inbox, where the owner's own hands are proven. A conversation that
//! was opened elsewhere takes its notifications away, where the server (2.16 and later)
//! and the app know how.

mod memo;
mod publication;
mod topic;

pub use topic::Topic;

use crate::{Answer, Channel, Failure, Handed, Notice, Opened, Outbound, Parcel, Target};
use async_trait::async_trait;
use memo::Memo;
use publication::Publication;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use shopbell_protocol::ChannelKind;
use topic::Parts;

/// The way to all topics.
#[derive(Debug, Clone)]
pub struct Ntfy {
    outbound: Outbound,
}

impl Ntfy {
    /// Calls the servers of the topics by this.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound }
    }

    async fn publish(&self, topic: &Topic, parcel: &Parcel<'_>, sequence: &str) -> Result<(), Failure> {
        let Parts { server, name } = topic.parts().map_err(|bad| Failure::gone(bad.0))?;
        let publication = Publication::of(name, sequence, parcel.notice);
        let request = self.outbound.request(Method::POST, &server)?;
        let request = signed_in(request, topic).json(&publication.bounded());
        let answer = self.outbound.send(request).await?;
        match judge(&answer, topic) {
            Some(failure) => Err(failure),
            None => taken(&answer, name),
        }
    }
}

#[async_trait]
impl Channel for Ntfy {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Ntfy
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let topic = topic(parcel.target)?;
        let sequence = memo::sequence(parcel.key);
        let memo = match parcel.notice {
            Notice::Words(words) => Some(Memo::read(parcel.memo).after(&sequence, words).to_string()),
            Notice::Alarm(_) | Notice::Test { .. } => None,
        };
        match self.publish(topic, &parcel, &sequence).await {
            Ok(()) => Ok(Handed { memo, references: Vec::new() }),
            // What may be on the phone has to go from it too when it was opened elsewhere.
            Err(failure) if failure.maybe_taken => Err(Failure { memo, ..failure }),
            Err(failure) => Err(failure),
        }
    }

    async fn opened(&self, opened: Opened<'_>) -> Result<(), Failure> {
        let topic = topic(opened.target)?;
        let Parts { server, name } = topic.parts().map_err(|bad| Failure::gone(bad.0))?;
        for sequence in Memo::read(opened.memo).shown(opened.upto) {
            let url = server.join(&format!("{name}/{sequence}/clear")).map_err(|_| unreadable())?;
            let request = signed_in(self.outbound.request(Method::PUT, &url)?, topic);
            let answer = self.outbound.send(request).await?;
            // An older server has no such page; there the person takes it away.
            if !matches!(answer.status, 404 | 405)
                && let Some(failure) = judge(&answer, topic)
            {
                return Err(failure);
            }
        }
        Ok(())
    }

    async fn examine(&self) -> Result<String, String> {
        Ok("ntfy needs nothing on the relay's side. Each topic is tried by its own test button.".into())
    }
}

fn topic(target: &Target) -> Result<&Topic, Failure> {
    match target {
        Target::Ntfy(topic) => Ok(topic),
        _ => Err(unreadable()),
    }
}

fn unreadable() -> Failure {
    Failure::gone("This is no ntfy topic. Remove the channel and add it again.")
}

fn signed_in(request: RequestBuilder, topic: &Topic) -> RequestBuilder {
    match &topic.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

/// What the server says in its errors.
#[derive(Deserialize)]
struct Fault {
    code: u32,
}

/// What is wrong, if something is.
fn judge(answer: &Answer, topic: &Topic) -> Option<Failure> {
    let code = serde_json::from_slice::<Fault>(&answer.body).map_or(0, |fault| fault.code);
    let later = |words: &str| Some(Failure::later(words).after(answer.retry_after));
    match (answer.status, code) {
        (200..300, _) => None,
        (400, 40009 | 40010) => {
            Some(Failure::gone("The ntfy server does not allow a topic of this name. Choose another name."))
        }
        (400, _) => Some(Failure::refused(
            "The ntfy server did not understand the notification. Check that it is up to date.",
        )),
        (401 | 403, _) if topic.token.is_some() => later(
            "The ntfy server does not accept the access token for this topic. Make a new token, allow it to write there, and set it in the channel.",
        ),
        (401 | 403, _) => later(
            "The ntfy server wants an access token for this topic. Make one that may write there, and set it in the channel.",
        ),
        (404 | 405, _) => later(
            "There is no ntfy server at this address. Check the address: it is the server's, with the topic after the slash.",
        ),
        (413, _) => Some(Failure::refused(
            "The notification is too large for the ntfy server. Raise its message-size-limit to 4K.",
        )),
        (429, 42908) => later(
            "The ntfy server takes no more messages today: its daily limit is reached. Use a server of your own, or an account with a higher limit.",
        ),
        (429, 42909) => later(
            "The ntfy server has turned away too many wrong tokens from here. Set the right one; it will be tried again.",
        ),
        (507, _) => later(
            "Nobody has subscribed to this topic, and the ntfy server keeps nothing for it. Subscribe to it in the app first.",
        ),
        _ => Some(answer.failure("The ntfy server")),
    }
}

/// The message as the server gives it back.
#[derive(Deserialize)]
struct Published {
    id: String,
    topic: String,
}

/// Only an ntfy server's own word counts: any other page can answer with 200.
fn taken(answer: &Answer, name: &str) -> Result<(), Failure> {
    match serde_json::from_slice::<Published>(&answer.body) {
        Ok(published) if published.topic == name && !published.id.is_empty() => Ok(()),
        _ => Err(Failure::later(
            "What answers at this address is no ntfy server. Check the address: it is the server's, with the topic after the slash.",
        )),
    }
}
