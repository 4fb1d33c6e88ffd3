//! Whether a mail comes from the mailbox that it says: by a signature (DKIM, RFC 6376), by the
//! machine that brought it (SPF, RFC 7208), or by what the owner's own mail server found.
//! What proves a domain has to belong to the one in `From`, as DMARC has it (RFC 7489).

use super::{
    super::address::{domain_of, is_aligned},
    Incoming, Settings, Way, hex, limits, results,
};
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, SpfResult,
    common::crypto::Algorithm,
    hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    spf::verify::SpfParameters,
};
use mail_parser::{HeaderName, Message};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use tokio::time::timeout;

/// What is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::email) enum Proof {
    /// A good signature of the sender's domain.
    Signed {
        /// A name of the signature, when the mail's own one is not under it and could have
        /// been changed to bring the same mail again.
        name: Option<String>,
    },
    /// By the machine that brought it, or by what the owner's mail server found.
    Server,
    /// It could not be found out now.
    Later,
    /// Nothing.
    None,
}

/// Asks for keys and policies.
pub(in crate::email) struct Prover {
    dns: MessageAuthenticator,
}

impl Prover {
    /// With the system's DNS servers, or with this one.
    pub(in crate::email) fn new(resolver: Option<SocketAddr>) -> Option<Self> {
        let dns = match resolver {
            None => MessageAuthenticator::new_system_conf(),
            Some(address) => {
                let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
                for connection in &mut connections {
                    connection.port = address.port();
                }
                let server = NameServerConfig::new(address.ip(), true, connections);
                MessageAuthenticator::new(
                    ResolverConfig::from_name_servers(vec![server]),
                    ResolverOpts::default(),
                )
            }
        };
        dns.ok().map(|dns| Self { dns })
    }

    /// What proves that a mail comes from `from`.
    pub(super) async fn prove(
        &self,
        mail: &Incoming<'_>,
        message: &Message<'_>,
        from: &str,
        settings: &Settings,
    ) -> Proof {
        let Some(domain) = domain_of(from) else { return Proof::None };
        // Who speaks SMTP to us is anybody: what they bring along, they may have written.
        let is_behind = !matches!(mail.way, Way::Smtp { .. });
        if is_behind && results::prove(message, &settings.trusted, domain) {
            return Proof::Server;
        }
        let asked = async {
            match self.signature(mail.raw, message, domain).await {
                Proof::None => self.machine(mail.way, domain, settings).await,
                Proof::Later => match self.machine(mail.way, domain, settings).await {
                    Proof::None => Proof::Later,
                    proof => proof,
                },
                proof => proof,
            }
        };
        timeout(limits::PROOF_WITHIN, asked).await.unwrap_or(Proof::Later)
    }

    async fn signature(&self, raw: &[u8], message: &Message<'_>, domain: &str) -> Proof {
        let count = message.header_values(HeaderName::DkimSignature).count();
        if count == 0 || count > limits::DKIM_SIGNATURES {
            return Proof::None;
        }
        // Strict: a signature over a part of the text only (`l=`) is none.
        let Some(parsed) = AuthenticatedMessage::parse(raw) else { return Proof::None };
        let mut proof = Proof::None;
        for output in self.dns.verify_dkim(&parsed).await {
            let Some(signature) = output.signature() else { continue };
            let covers = |name: &str| signature.h.iter().any(|field| field.eq_ignore_ascii_case(name));
            // RFC 8301: SHA-1 proves nothing any more.
            if !is_aligned(&signature.d, domain) || !covers("from") || signature.a == Algorithm::RsaSha1 {
                continue;
            }
            match output.result() {
                DkimResult::Pass => {
                    let name = hex(&Sha256::digest(&signature.b));
                    let has_name = covers("message-id") && message.message_id().is_some();
                    return Proof::Signed { name: (!has_name).then_some(name) };
                }
                DkimResult::TempError(_) => proof = Proof::Later,
                _ => {}
            }
        }
        proof
    }

    async fn machine(&self, way: Way<'_>, domain: &str, settings: &Settings) -> Proof {
        let Way::Smtp { from, hello, address } = way else { return Proof::None };
        let Some(sender) = domain_of(from).filter(|sender| is_aligned(sender, domain)) else {
            return Proof::None;
        };
        let question = SpfParameters::verify_mail_from(address, hello, &settings.hostname, from);
        match self.dns.verify_spf(question).await.result() {
            SpfResult::Pass => Proof::Server,
            SpfResult::TempError => Proof::Later,
            _ => Proof::None,
        }
    }
}
