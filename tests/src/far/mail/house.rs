//! A house with mail servers in it.

use super::{Names, Server, dovecot, free_port, postfix, run};
use crate::until;
use shopbell_channels::email::{EmailConfig, Patience, Protocol};
use shopbell_servers::Folder;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::net::TcpStream;

/// Where the relay's mails go.
#[derive(Debug, Clone, Copy)]
pub enum Rooms {
    /// To the relay's own listener.
    Listener {
        /// Where it listens.
        port: u16,
    },
    /// Into a mailbox.
    Mailbox {
        /// Whether the server offers IDLE (RFC 2177).
        with_idle: bool,
    },
}

/// Where the house is reached, all on `127.0.0.1`.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// SMTP, where a check found that nothing proves who wrote a mail.
    pub outside: u16,
    /// SMTP, where a check found that mails come from `oak.example`.
    pub inside: u16,
    /// SMTP with TLS from the start, for those who sign in.
    pub smtps: u16,
    /// SMTP with STARTTLS, for those who sign in.
    pub submission: u16,
    /// IMAP.
    pub imap: u16,
    /// IMAP with TLS from the start.
    pub imaps: u16,
    /// Where mails for `elsewhere.example` are sent to.
    pub elsewhere: u16,
    pub(super) lmtp: u16,
    pub(super) auth: u16,
}

/// A house with mail servers in it. `ana@oak.example` and `tom@visitors.example` live here.
pub struct House {
    // First, so that the servers end before their folder goes.
    servers: Vec<Server>,
    folder: Folder,
    /// Where it is reached.
    pub ports: Ports,
    /// The names that the relay knows.
    pub names: Names,
}

impl House {
    /// Who may sign in.
    pub const LOGIN: &'static str = "bell@relay.example";
    /// And how.
    pub const PASSWORD: &'static str = "a password/with@signs";
    pub(super) const USER: u32 = 5_000;

    /// Starts it, and waits until it can be used.
    ///
    /// # Panics
    /// With what to install, or with what the servers say.
    pub async fn start(rooms: Rooms) -> Self {
        let folder = Folder::new().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        let ports = Ports {
            outside: free_port(),
            inside: free_port(),
            smtps: free_port(),
            submission: free_port(),
            imap: free_port(),
            imaps: free_port(),
            elsewhere: free_port(),
            lmtp: free_port(),
            auth: free_port(),
        };
        let mut house = Self { servers: Vec::new(), folder, ports, names: Names::start().await };
        house.make_certificate();
        house.servers.push(dovecot::start(&house, &rooms));
        house.servers.push(postfix::start(&house, &rooms));
        for port in [ports.imaps, ports.outside, ports.submission, ports.auth] {
            let what = format!("a server on {port}\n{}", house.logs());
            until(&what, async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        }
        house
    }

    /// A relay's configuration for this house.
    pub fn config(&self, rooms: Rooms) -> EmailConfig {
        let password = Self::PASSWORD.replace(' ', "%20").replace('@', "%40").replace('/', "%2F");
        let login = format!("{}:{password}", Self::LOGIN.replace('@', "%40"));
        let smtp = format!("smtp://{login}@localhost:{}", self.ports.submission);
        let patience = Patience {
            reconnect: Duration::from_millis(50),
            again: Duration::from_millis(200),
            ..Patience::default()
        };
        let config = EmailConfig {
            resolver: Some(self.names.address()),
            extra_roots: vec![self.certificate()],
            patience,
            ..EmailConfig::new(smtp, Self::LOGIN)
        };
        match rooms {
            Rooms::Listener { port } => EmailConfig {
                listen: Some(([127, 0, 0, 1], port).into()),
                listen_protocol: Protocol::Lmtp,
                ..config
            },
            Rooms::Mailbox { .. } => EmailConfig {
                imap: Some(format!("imaps://{login}@localhost:{}/INBOX", self.ports.imaps)),
                ..config
            },
        }
    }

    /// The certificate of all its servers, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder().join("cert.pem")
    }

    /// The mails in a mailbox, oldest first.
    pub fn mails(&self, user: &str) -> Vec<Vec<u8>> {
        self.mails_with_times(user).into_iter().map(|(_, mail)| mail).collect()
    }

    /// The same, each with the time at which it was written there whole.
    pub fn mails_with_times(&self, user: &str) -> Vec<(SystemTime, Vec<u8>)> {
        let folder = self.folder().join("postfix/mail").join(user).join("new");
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let read = |path: PathBuf| Some((fs::metadata(&path).ok()?.modified().ok()?, fs::read(path).ok()?));
        let mut mails: Vec<_> = files.filter_map(|file| read(file.path())).collect();
        mails.sort_by_key(|(at, _)| *at);
        mails
    }

    /// Waits until Postfix has nothing left to do.
    pub async fn is_quiet(&self) {
        let queue = self.folder().join("postfix/queue");
        let is_empty = |name: &str| files(&queue.join(name)) == 0;
        until("an empty queue", async || {
            ["maildrop", "incoming", "active", "deferred"].into_iter().all(is_empty).then_some(())
        })
        .await;
    }

    /// The Maildir that Dovecot has.
    pub fn mailbox(&self) -> PathBuf {
        self.folder().join("dovecot/mail/box")
    }

    /// What the servers say.
    pub fn logs(&self) -> String {
        ["postfix.log", "postfix/mail.log", "dovecot-start.log", "dovecot/dovecot.log"]
            .into_iter()
            .filter_map(|name| fs::read_to_string(self.folder().join(name)).ok())
            .collect()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn make_certificate(&self) {
        let (key, certificate) = (self.folder().join("key.pem"), self.certificate());
        let arguments = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &key.to_string_lossy(),
            "-out",
            &certificate.to_string_lossy(),
        ];
        run("openssl", &arguments, b"");
    }
}

/// How many files there are in a folder and below.
fn files(folder: &Path) -> usize {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    all.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}
