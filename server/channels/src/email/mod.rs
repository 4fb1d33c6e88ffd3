//! E-mail, both ways.
//!
//! A letter goes out by the operator's mail server, each conversation with a reply address of
//! its own that nobody else can make. Answers come back by a mailbox (IMAP) or by the
//! listener (LMTP or SMTP). They are taken for a person's words only when the address, the
//! sender and a proof of the sender fit; what is not sure is held for the owner.

mod address;
mod config;
mod examine;
#[cfg(test)]
mod hearing;
mod imap;
mod incoming;
mod letter;
pub mod limits;
mod listener;
pub mod reply;
mod smtp;
mod tls;
mod token;

pub use config::{BadEmailConfig, EmailConfig, Patience, Protocol};

use crate::{BadTarget, Channel, Ears, Failure, Handed, Parcel, Reference, Target, ears::as_the_only_one};
use async_trait::async_trait;
use incoming::{Desk, Prover};
use letter::Names;
use serde::{Deserialize, Serialize};
use shopbell_protocol::ChannelKind;
use smtp::Smtp;
use std::sync::Arc;
use tls::Roots;
use token::Tokens;

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Its address (RFC 5321, clause 4.1.2), like `ana@oak.example`.
    pub address: String,
}

impl Mailbox {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        match self.address.parse::<lettre::Address>() {
            Ok(_) => Ok(()),
            Err(_) => Err(BadTarget("This is no e-mail address. Give one like ana@oak.example.".into())),
        }
    }
}

/// E-mail.
pub struct Email {
    desk: Arc<Desk>,
    smtp: Smtp,
    roots: Roots,
}

impl Email {
    /// Looks at the configuration and reads the certificates; asks nobody yet.
    ///
    /// `key` is the relay's secret for reply addresses: with another one, all that were given
    /// out are over.
    ///
    /// # Errors
    /// [`BadEmailConfig`], with what to correct.
    pub fn new(config: &EmailConfig, key: [u8; 32]) -> Result<Self, BadEmailConfig> {
        let settings = Arc::new(config.check()?);
        let roots = Roots::read(config)?;
        let smtp = Smtp::new(&settings, &roots);
        let prover = Prover::new(config.resolver).ok_or_else(|| {
            BadEmailConfig(
                "The system names no DNS server. Name one as email.resolver, like 127.0.0.1:53.".into(),
            )
        })?;
        let desk = Desk { settings, tokens: Tokens::new(key), prover };
        Ok(Self { desk: Arc::new(desk), smtp, roots })
    }
}

#[async_trait]
impl Channel for Email {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let Target::Email(mailbox) = parcel.target else {
            return Err(Failure::gone("This channel is no mailbox. Set it up anew."));
        };
        let letter = letter::write(&self.desk.settings, &self.desk.tokens, mailbox, &parcel)?;
        self.smtp.send(&self.desk.settings, &letter.envelope, &letter.bytes, parcel.now).await?;
        Ok(Handed { memo: letter.memo, references: letter.references })
    }

    fn promised(&self, parcel: &Parcel<'_>) -> Vec<Reference> {
        Names::of(&self.desk.settings, &self.desk.tokens, parcel).references()
    }

    async fn listen(&self, ears: Arc<dyn Ears>) {
        // One who asks the mailbox is enough; whoever is given mail takes it at every relay.
        let mailbox = as_the_only_one(&ears, "mailbox", || imap::run(&self.desk, &self.roots, &ears));
        tokio::join!(listener::run(&self.desk, &ears), mailbox);
    }

    async fn examine(&self) -> Result<String, String> {
        examine::examine(self).await
    }
}
