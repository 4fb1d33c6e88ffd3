//! For tests: a desk, ears that note what they hear, and mails.

use super::{
    EmailConfig, Mailbox, Protocol,
    incoming::{Desk, Prover},
    letter::TOKEN_KEY,
    token::Tokens,
};
use crate::{Away, Ears, Failure, Held, Known, Said, Target, Verdict};
use async_trait::async_trait;
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, Message, MessageId, RANDOM_BYTES, Seq, ShopId, Side, UnixMillis,
};
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) const NOW: UnixMillis = UnixMillis(1_760_000_000_000);

/// What was heard.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) said: Vec<Said>,
    pub(super) held: Vec<Held>,
    pub(super) lately: Vec<Message>,
    pub(super) troubles: Vec<Failure>,
    pub(super) away: bool,
    /// There is no room for more that waits.
    pub(super) full: bool,
    pub(super) verdict: Option<Verdict>,
}

pub(super) struct Hearing {
    heard: Mutex<Heard>,
    pub(super) known: Known,
    pub(super) token: String,
    pub(super) now: UnixMillis,
}

impl Hearing {
    /// Knows one channel with one conversation, whose address the desk has given out.
    pub(super) fn new(desk: &Desk) -> Self {
        let known = known();
        let token = desk.tokens.issue(known.channel, known.conversation, known.side, NOW);
        Self { heard: Mutex::default(), known, token, now: NOW }
    }

    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("no test panics with it")
    }

    pub(super) fn address(&self) -> String {
        format!("bell+{}@relay.example", self.token)
    }
}

pub(super) fn known() -> Known {
    Known {
        channel: ChannelId::new(1, [1; RANDOM_BYTES]),
        shop: ShopId::parse("oak-and-ash").expect("well formed"),
        side: Side::Owner,
        target: Target::Email(Mailbox { address: "ana@oak.example".into() }),
        conversation: Some(ConversationId::new(1, [2; RANDOM_BYTES])),
    }
}

/// Believes `mx.oak.example`.
pub(super) fn desk(protocol: Protocol) -> Desk {
    let config = EmailConfig {
        trust_authentication_results: vec!["mx.oak.example".into()],
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        listen_protocol: protocol,
        ..EmailConfig::new("smtp://mail.example", "bell@relay.example")
    };
    Desk {
        settings: Arc::new(config.check().expect("it makes sense")),
        tokens: Tokens::new([7; 32]),
        prover: Prover::new(Some("127.0.0.1:9".parse().expect("an address"))).expect("a resolver"),
    }
}

#[async_trait]
impl Ears for Hearing {
    fn now(&self) -> UnixMillis {
        self.now
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Known>, Away> {
        Ok(Some(self.known.clone()).filter(|known| known.channel == channel))
    }

    async fn reference(&self, _kind: ChannelKind, key: &str) -> Result<Option<(Known, Seq)>, Away> {
        if self.heard().away {
            return Err(Away);
        }
        let is_it = key.strip_prefix(TOKEN_KEY) == Some(&self.token);
        Ok(is_it.then(|| (self.known.clone(), Seq(1))))
    }

    async fn say(&self, said: Said) -> Result<Verdict, Away> {
        let mut heard = self.heard();
        if let Some(verdict) = heard.verdict {
            return Ok(verdict);
        }
        if heard.said.iter().all(|known| known.external != said.external) {
            heard.said.push(said);
        }
        Ok(Verdict::Kept(MessageId::new(1, [0; RANDOM_BYTES])))
    }

    async fn system(&self, said: Said) -> Result<Verdict, Away> {
        panic!("no mail speaks as the shop's system: {}", said.external)
    }

    async fn lately(&self, _: ChannelId, _: ConversationId) -> Result<Vec<Message>, Away> {
        Ok(self.heard().lately.clone())
    }

    async fn hold(&self, held: Held) -> Result<bool, Away> {
        let mut heard = self.heard();
        if heard.full {
            return Ok(false);
        }
        heard.held.push(held);
        Ok(true)
    }

    async fn link(&self, _code: &str, _target: Target) -> Result<Option<String>, Away> {
        Ok(None)
    }

    async fn trouble(&self, _channel: ChannelId, failure: Failure) -> Result<(), Away> {
        self.heard().troubles.push(failure);
        Ok(())
    }

    async fn opened(&self, _: ChannelId, _: ConversationId, _: Seq) -> Result<(), Away> {
        Ok(())
    }

    async fn recall(&self, _kind: ChannelKind, _name: &str) -> Result<Option<String>, Away> {
        Ok(None)
    }

    async fn remember(&self, _kind: ChannelKind, _name: &str, _note: &str) -> Result<(), Away> {
        Ok(())
    }
}
