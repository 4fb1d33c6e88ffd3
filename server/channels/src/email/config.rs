//! `[email]`: the relay's own end of it.

use super::{address::Base, limits, token::CHANNEL_TOKEN_CHARS};
use lettre::Address;
use serde::Deserialize;
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};
use url::{Host, Url};

/// `[email]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// The server that letters are given to: `smtps://user:password@host:465` (TLS from the
    /// start) or `smtp://user:password@host:587` (STARTTLS). `?tls=none` does without TLS,
    /// which is taken only without a password or to this machine itself.
    pub smtp: String,
    /// Whom letters come from, like `bell@relay.example`.
    pub from: String,
    /// The name in letters that are nobody's in particular.
    #[serde(default = "shopbell")]
    pub name: String,
    /// Where answers go; `bell+TOKEN@…` of it has to arrive too. `from` without it.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Where bounces go, in the same way. `reply_to` without it.
    #[serde(default)]
    pub bounces: Option<String>,
    /// How the relay calls itself to mail servers. The domain of `from` without it.
    #[serde(default)]
    pub hostname: Option<String>,
    /// A mailbox where answers arrive: `imaps://user:password@host/INBOX`, or `imap://` with
    /// STARTTLS; `?tls=none` as for `smtp`.
    #[serde(default)]
    pub imap: Option<String>,
    /// A folder that mails are moved to when they were taken. Without it they are marked as
    /// read.
    #[serde(default)]
    pub imap_done: Option<String>,
    /// Where the relay itself takes mails, like `127.0.0.1:2525`.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// What is spoken there: `lmtp` behind a mail server, `smtp` as one.
    #[serde(default)]
    pub listen_protocol: Protocol,
    /// Mail servers whose `Authentication-Results` (RFC 8601) are believed, by the name they
    /// give themselves in it. Each has to remove such fields with its own name from what comes
    /// from outside (clause 5), and to write one for each mail. Never believed over `smtp`.
    #[serde(default)]
    pub trust_authentication_results: Vec<String>,
    /// A DNS server to ask for keys and policies. The system's without it.
    #[serde(default)]
    pub resolver: Option<SocketAddr>,
    /// PEM files with certificates to believe beside the system's.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// How long things may take; not a setting.
    #[serde(skip)]
    pub patience: Patience,
}

/// What is spoken on the listener.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// RFC 2033: behind a mail server, on this machine or in a network of one's own.
    #[default]
    Lmtp,
    /// RFC 5321: as the mail server of a domain.
    Smtp,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// [`limits::CONNECT_WITHIN`].
    pub connect: Duration,
    /// [`limits::COMMAND_WITHIN`].
    pub command: Duration,
    /// [`limits::TAKEN_WITHIN`].
    pub taken: Duration,
    /// [`limits::COMMAND_IDLE`].
    pub idle: Duration,
    /// [`limits::IDLE_RENEWAL`].
    pub renewal: Duration,
    /// [`limits::POLL_EVERY`].
    pub poll: Duration,
    /// [`limits::RECONNECT_LEAST`].
    pub reconnect: Duration,
    /// [`limits::AWAY_AGAIN`].
    pub again: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: limits::CONNECT_WITHIN,
            command: limits::COMMAND_WITHIN,
            taken: limits::TAKEN_WITHIN,
            idle: limits::COMMAND_IDLE,
            renewal: limits::IDLE_RENEWAL,
            poll: limits::POLL_EVERY,
            reconnect: limits::RECONNECT_LEAST,
            again: limits::AWAY_AGAIN,
        }
    }
}

/// A setting makes no sense; a sentence that says what to correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadEmailConfig(pub String);

/// A server, and how to sign in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// A name or an address, as TLS wants it: without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) login: Option<Login>,
}

/// How a line is made private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// From the first octet (RFC 8314).
    Implicit,
    /// After STARTTLS, and not without.
    Started,
    /// Not at all.
    None,
}

/// A name and its password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

/// The settings, looked at.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) smtp: Server,
    pub(super) from: Address,
    pub(super) name: String,
    pub(super) reply_to: Base,
    pub(super) bounces: Base,
    pub(super) hostname: String,
    pub(super) imap: Option<(Server, String)>,
    pub(super) imap_done: Option<String>,
    pub(super) listen: Option<(SocketAddr, Protocol)>,
    pub(super) trusted: Vec<String>,
    pub(super) patience: Patience,
}

impl EmailConfig {
    /// With what can't be left out.
    pub fn new(smtp: impl Into<String>, from: impl Into<String>) -> Self {
        Self {
            smtp: smtp.into(),
            from: from.into(),
            name: shopbell(),
            reply_to: None,
            bounces: None,
            hostname: None,
            imap: None,
            imap_done: None,
            listen: None,
            listen_protocol: Protocol::default(),
            trust_authentication_results: Vec::new(),
            resolver: None,
            extra_roots: Vec::new(),
            patience: Patience::default(),
        }
    }

    pub(super) fn check(&self) -> Result<Settings, BadEmailConfig> {
        let from: Address = self
            .from
            .parse()
            .map_err(|_| bad("email.from is no e-mail address. Give one like bell@relay.example."))?;
        let base =
            |name: &str, address: &str| Base::parse(address).map_err(|why| bad(format!("{name} {why}")));
        let reply_to = match &self.reply_to {
            Some(address) => base("email.reply_to", address)?,
            None => base("email.from", &self.from)?,
        };
        let bounces = self.bounces.as_deref().map(|address| base("email.bounces", address)).transpose()?;
        let smtp = Server::parse("email.smtp", &self.smtp, ["smtps", "smtp"], [465, 587])?.0;
        let imap =
            self.imap.as_deref().map(|url| Server::parse("email.imap", url, ["imaps", "imap"], [993, 143]));
        Ok(Settings {
            smtp,
            hostname: self.hostname.clone().unwrap_or_else(|| from.domain().to_owned()),
            bounces: bounces.unwrap_or_else(|| reply_to.clone()),
            reply_to,
            from,
            name: self.name.clone(),
            imap: imap
                .transpose()?
                .map(|(server, path)| (server, if path.is_empty() { "INBOX".into() } else { path })),
            imap_done: self.imap_done.clone(),
            listen: self.listen.map(|address| (address, self.listen_protocol)),
            trusted: self.trust_authentication_results.iter().map(|name| name.to_ascii_lowercase()).collect(),
            patience: self.patience,
        })
    }
}

impl Settings {
    /// Whether the addresses have room for tokens that name their channel.
    pub(super) fn names_channels(&self) -> bool {
        [&self.reply_to, &self.bounces].into_iter().all(|base| base.has_room(CHANNEL_TOKEN_CHARS))
    }

    /// Whether answers by mail arrive anywhere.
    pub(super) fn hears(&self) -> bool {
        self.imap.is_some() || self.listen.is_some()
    }
}

impl Server {
    /// The server and the path behind it.
    fn parse(
        setting: &str,
        url: &str,
        [implicit, started]: [&str; 2],
        [implicit_port, started_port]: [u16; 2],
    ) -> Result<(Self, String), BadEmailConfig> {
        let wrong = |what: &str| {
            bad(format!("{setting} {what}. Give one like {implicit}://user:password@host:{implicit_port}."))
        };
        let url = Url::parse(url).map_err(|_| wrong("is no address of a server"))?;
        let option = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let tls = match (url.scheme(), option.as_deref()) {
            (scheme, None | Some("required")) if scheme == implicit => Tls::Implicit,
            (scheme, None | Some("required")) if scheme == started => Tls::Started,
            (scheme, Some("none")) if scheme == started => Tls::None,
            (scheme, Some(_)) if scheme == implicit || scheme == started => {
                return Err(wrong("says something of tls that is neither required nor none"));
            }
            _ => return Err(wrong(&format!("begins with neither {implicit} nor {started}"))),
        };
        // The schemes are not the URL standard's special ones: a host is taken as it stands.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no host"))?;
        let host = match Host::parse(host) {
            Ok(Host::Domain(name)) => name,
            Ok(Host::Ipv4(address)) => address.to_string(),
            Ok(Host::Ipv6(address)) => address.to_string(),
            Err(_) => return Err(wrong("names a host that cannot be one")),
        };
        let decoded = |text: &str| {
            percent_decode(text).ok_or_else(|| wrong("has a % in it that is not one of %00 to %FF"))
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                Some(Login { user: decoded(user)?, password: decoded(password.unwrap_or_default())? })
            }
        };
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if tls == Tls::None && login.is_some() && !is_here {
            return Err(bad(format!(
                "{setting} would send a password that everybody on the way can read. Leave tls=none out."
            )));
        }
        let port = url.port().unwrap_or(if tls == Tls::Implicit { implicit_port } else { started_port });
        let path = decoded(url.path().trim_start_matches('/'))?;
        Ok((Self { host, port, tls, login }, path))
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

fn shopbell() -> String {
    "Shopbell".into()
}

fn bad(sentence: impl Into<String>) -> BadEmailConfig {
    BadEmailConfig(sentence.into())
}

/// Without the passwords.
impl fmt::Debug for EmailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfig")
            .field("from", &self.from)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// Without the login.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.tls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str) -> Result<Server, String> {
        let config = EmailConfig::new(url, "bell@relay.example");
        config.check().map(|settings| settings.smtp).map_err(|error| error.0)
    }

    #[test]
    fn an_address_says_how_to_reach_and_to_sign_in() {
        let server = smtp("smtps://bell%40relay.example:p%3Aw@mail.example").expect("well formed");
        assert_eq!((server.host.as_str(), server.port, server.tls), ("mail.example", 465, Tls::Implicit));
        let login = server.login.expect("a login");
        assert_eq!((login.user.as_str(), login.password.as_str()), ("bell@relay.example", "p:w"));
        let server = smtp("smtp://mail.example").expect("well formed");
        assert_eq!((server.port, server.tls, server.login.is_none()), (587, Tls::Started, true));
        let server = smtp("smtp://[::1]:2525?tls=none").expect("well formed");
        assert_eq!((server.host.as_str(), server.port, server.tls), ("::1", 2525, Tls::None));
    }

    #[test]
    fn what_makes_no_sense_is_told_with_what_to_correct() {
        for (url, word) in [
            ("mail.example", "no address"),
            ("http://mail.example", "begins with neither"),
            ("smtp://", "host"),
            ("smtp://mail.example?tls=maybe", "neither required nor none"),
            ("smtp://ana:secret@mail.example?tls=none", "password"),
            ("smtps://ana:%zz@mail.example", "%"),
        ] {
            let sentence = smtp(url).expect_err(url);
            assert!(sentence.contains(word), "{url}: {sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let config = EmailConfig::new("smtps://ana:secret@mail.example", "bell@relay.example");
        let shown = format!("{config:?} {:?}", config.check());
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn an_address_that_leaves_no_room_for_a_token_is_refused() {
        let long = format!("{}@relay.example", "b".repeat(50));
        let error = EmailConfig::new("smtp://mail.example", long).check().expect_err("too long");
        assert!(error.0.contains("shorter"), "{error}");
    }

    #[test]
    fn it_is_read_from_toml_as_from_the_environment() {
        let config: EmailConfig = serde_json::from_value(serde_json::json!({
            "smtp": "smtp://mail.example", "from": "bell@relay.example",
            "listen": "127.0.0.1:2525", "listen_protocol": "smtp",
        }))
        .expect("well formed");
        let settings = config.check().expect("it makes sense");
        assert_eq!(settings.listen, Some(("127.0.0.1:2525".parse().expect("an address"), Protocol::Smtp)));
        assert_eq!(settings.hostname, "relay.example");
    }
}
