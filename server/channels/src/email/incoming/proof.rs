//! Whether a mail comes from the mailbox that it says: by a signature (DKIM, RFC 6376), by the
//! machine that brought it (SPF, RFC 7208), or by what the owner's own mail server found.
//! What proves a domain has to belong to the one in `From`, as DMARC has it (RFC 7489).

use super::{
    super::address::{domain_of, is_aligned},
    Incoming, Settings, Way, hex, limits,
    results::{self, Found},
    sender,
};
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, SpfResult,
    common::crypto::Algorithm,
    dkim::Signature,
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

    /// What proves that a mail comes from `from`, and was written for its conversation.
    pub(super) async fn prove(
        &self,
        mail: &Incoming<'_>,
        message: &Message<'_>,
        from: &str,
        settings: &Settings,
    ) -> Proof {
        let Some(domain) = domain_of(from) else { return Proof::None };
        let wanted = Wanted { message, domain, named: sender::naming(message, mail.token, settings) };
        // Who speaks SMTP to us is anybody: what they bring along, they may have written.
        let is_behind = !matches!(mail.way, Way::Smtp { .. });
        let found = is_behind.then(|| results::found(message, &settings.trusted, domain)).flatten();
        let proof = match found {
            Some(Found::Machine) => Proof::Server,
            Some(Found::Signature) => wanted.of_server(mail.raw),
            None => Proof::None,
        };
        if proof != Proof::None {
            return proof;
        }
        let asked = async {
            match self.signature(mail.raw, &wanted).await {
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

    async fn signature(&self, raw: &[u8], wanted: &Wanted<'_>) -> Proof {
        let count = wanted.signatures();
        if count == 0 || count > limits::DKIM_SIGNATURES {
            return Proof::None;
        }
        // Strict: a signature over a part of the text only (`l=`) is none.
        let Some(parsed) = AuthenticatedMessage::parse(raw) else { return Proof::None };
        let outputs = self.dns.verify_dkim(&parsed).await;
        let mut good = Vec::new();
        let mut is_open = false;
        for output in &outputs {
            let Some(signature) = output.signature().filter(|signature| wanted.is_met_by(signature)) else {
                continue;
            };
            match output.result() {
                DkimResult::Pass => good.push(signature),
                DkimResult::TempError(_) => is_open = true,
                _ => {}
            }
        }
        match good.as_slice() {
            [] if is_open => Proof::Later,
            good => wanted.signed(good),
        }
    }

    async fn machine(&self, way: Way<'_>, domain: &str, settings: &Settings) -> Proof {
        let Way::Smtp { from, hello, address } = way else { return Proof::None };
        if !domain_of(from).is_some_and(|sender| is_aligned(sender, domain)) {
            return Proof::None;
        }
        let question = SpfParameters::verify_mail_from(address, hello, &settings.hostname, from);
        match self.dns.verify_spf(question).await.result() {
            SpfResult::Pass => Proof::Server,
            SpfResult::TempError => Proof::Later,
            _ => Proof::None,
        }
    }
}

/// What a signature has to be, so that it proves this mail.
struct Wanted<'a> {
    message: &'a Message<'a>,
    /// Whose.
    domain: &'a str,
    /// The fields that name the conversation's address.
    named: Vec<&'static str>,
}

impl Wanted<'_> {
    fn signatures(&self) -> usize {
        self.message.header_values(HeaderName::DkimSignature).count()
    }

    /// A mail that was written for somebody else is no answer here: whoever has one could put
    /// our address into a field that the signature leaves open.
    fn is_met_by(&self, signature: &Signature) -> bool {
        // RFC 8301: SHA-1 proves nothing any more.
        is_aligned(&signature.d, self.domain)
            && signature.l == 0
            && signature.a != Algorithm::RsaSha1
            && covers(signature, "from")
            && (self.named.is_empty() || self.named.iter().any(|field| covers(signature, field)))
    }

    /// What good signatures prove. Where they leave the mail's own name open, theirs is its
    /// name; of several, one could be taken away to bring the same mail again.
    fn signed(&self, good: &[&Signature]) -> Proof {
        let has_name =
            |signature: &&Signature| covers(signature, "message-id") && self.message.message_id().is_some();
        match good {
            [] => Proof::None,
            all if all.iter().all(has_name) => Proof::Signed { name: None },
            [one] => Proof::Signed { name: Some(hex(&Sha256::digest(&one.b))) },
            _ => Proof::None,
        }
    }

    /// What it is worth that a server found a good signature: it says whose, and not over what.
    fn of_server(&self, raw: &[u8]) -> Proof {
        if self.signatures() == 0 {
            // It took them away, as some do.
            return Proof::Server;
        }
        let Some(parsed) = AuthenticatedMessage::parse_with_opts(raw, None, false) else {
            return Proof::None;
        };
        let signatures = parsed.dkim_headers.iter().map(|header| &header.header);
        let aligned: Vec<_> = signatures.filter(|signature| is_aligned(&signature.d, self.domain)).collect();
        // Which one it was is not known, so each has to do.
        match aligned.iter().all(|signature| self.is_met_by(signature)) {
            true if parsed.has_dkim_errors => Proof::None,
            true => self.signed(&aligned),
            false => Proof::None,
        }
    }
}

fn covers(signature: &Signature, name: &str) -> bool {
    signature.h.iter().any(|field| field.eq_ignore_ascii_case(name))
}
