//! A line to a mailbox (RFC 9051; servers of RFC 3501 will do), signed in.

use super::super::{
    config::{Server, Settings, Tls},
    tls::Roots,
};
use async_imap::{Client, error::Error};
use std::{fmt::Debug, future::Future, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::rustls::pki_types::ServerName;

/// With or without TLS.
pub(super) trait Line: AsyncRead + AsyncWrite + Unpin + Send + Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Line for T {}

/// Signed in.
pub(super) type Session = async_imap::Session<Box<dyn Line>>;

/// What the server can do beside what every server can.
#[derive(Debug, Clone, Copy)]
pub(super) struct Abilities {
    /// RFC 2177.
    pub(super) idle: bool,
    /// RFC 6851.
    pub(super) moving: bool,
    /// RFC 4315.
    pub(super) uid_plus: bool,
}

/// Connects and signs in.
///
/// # Errors
/// A sentence for whoever runs the relay.
pub(super) async fn sign_in(
    server: &Server,
    settings: &Settings,
    roots: &Roots,
) -> Result<(Session, Abilities), &'static str> {
    let patience = settings.patience.connect;
    let stream = match timeout(patience, TcpStream::connect((server.host.as_str(), server.port))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Err("The mailbox's server cannot be reached. Look at email.imap."),
        Err(_) => return Err(SLOW),
    };
    let line: Box<dyn Line> = match server.tls {
        Tls::None => Box::new(stream),
        Tls::Implicit => secure(stream, server, roots, patience).await?,
        Tls::Started => {
            let mut client = Client::new(stream);
            greet(&mut client, patience).await?;
            let starting = client.run_command_and_check_ok("STARTTLS", None);
            match timeout(patience, starting).await {
                // What came before TLS is dropped with the client: it was anybody's.
                Ok(Ok(())) => secure(client.into_inner(), server, roots, patience).await?,
                Ok(Err(_)) => {
                    return Err("The mailbox's server offers no private line (TLS). Correct email.imap.");
                }
                Err(_) => return Err(SLOW),
            }
        }
    };
    let mut client = Client::new(line);
    if server.tls != Tls::Started {
        greet(&mut client, patience).await?;
    }
    let Some(login) = &server.login else {
        return Err("email.imap names nobody to sign in as. Give it as imaps://user:password@host/INBOX.");
    };
    let mut session = match timeout(patience, client.login(&login.user, &login.password)).await {
        Ok(Ok(session)) => session,
        Ok(Err((Error::No(_) | Error::Bad(_) | Error::Validate(_), _))) => {
            return Err(
                "The mailbox's server does not accept the name and password. Correct them in email.imap.",
            );
        }
        Ok(Err(_)) => return Err(BROKEN),
        Err(_) => return Err(SLOW),
    };
    let able = within(patience, session.capabilities()).await?;
    let abilities = Abilities {
        idle: able.has_str("IDLE"),
        moving: able.has_str("MOVE"),
        uid_plus: able.has_str("UIDPLUS"),
    };
    Ok((session, abilities))
}

/// Waits for an answer.
///
/// # Errors
/// A sentence: there was none, or it was not understood.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, &'static str> {
    match timeout(patience, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Error::No(_) | Error::Bad(_))) => Err("The mailbox's server refused what it was asked."),
        Ok(Err(_)) => Err(BROKEN),
        Err(_) => Err(SLOW),
    }
}

const SLOW: &str = "The mailbox's server takes too long to answer.";
const BROKEN: &str = "The line to the mailbox broke.";

async fn secure(
    stream: TcpStream,
    server: &Server,
    roots: &Roots,
    patience: Duration,
) -> Result<Box<dyn Line>, &'static str> {
    const UNKNOWN: &str = "The mailbox's server does not prove that it is the one named in email.imap: its certificate \
                           does not fit. Correct the name, or add the certificate to email.extra_roots.";
    let name = ServerName::try_from(server.host.clone()).map_err(|_| UNKNOWN)?;
    let connector = roots.for_imap().ok_or(UNKNOWN)?;
    match timeout(patience, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(_)) => Err(UNKNOWN),
        Err(_) => Err(SLOW),
    }
}

async fn greet<T: AsyncRead + AsyncWrite + Unpin + Send + Debug>(
    client: &mut Client<T>,
    patience: Duration,
) -> Result<(), &'static str> {
    match timeout(patience, client.read_response()).await {
        Ok(Ok(Some(_))) => Ok(()),
        Ok(_) => Err("The mailbox's server answers something that is not IMAP. Correct email.imap."),
        Err(_) => Err(SLOW),
    }
}
