//! Letters on their way out: one line to the mail server for several letters, and what its
//! answers mean (RFC 5321, clause 4.2; RFC 3463 for the enhanced codes).

use super::{
    config::{Server, Settings, Tls},
    limits,
    tls::Roots,
};
use crate::Failure;
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use shopbell_protocol::UnixMillis;
use std::{
    error::Error as _,
    future::Future,
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// The way to the mail server.
pub(super) struct Smtp {
    hello: ClientId,
    tls: Option<TlsParameters>,
    pool: Mutex<Vec<(AsyncSmtpConnection, UnixMillis)>>,
}

/// How far it had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reach,
    Secure,
    SignIn,
    Sender,
    Recipient,
    Begin,
    Letter,
}

/// Why a step failed.
enum Trouble {
    Error(Error),
    Slow,
    NoTls,
}

impl Smtp {
    pub(super) fn new(settings: &Settings, roots: &Roots) -> Self {
        let tls = match settings.smtp.tls {
            Tls::None => None,
            Tls::Implicit | Tls::Started => roots.for_smtp(&settings.smtp.host),
        };
        Self { hello: ClientId::Domain(settings.hostname.clone()), tls, pool: Mutex::default() }
    }

    /// Gives a letter to the mail server.
    ///
    /// # Errors
    /// [`Failure`], by what the server said and when.
    pub(super) async fn send(
        &self,
        settings: &Settings,
        envelope: &Envelope,
        letter: &[u8],
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let mut line = match self.parked(settings, now).await {
            Some(line) => line,
            None => self.connect(settings).await?,
        };
        let outcome = transmit(settings, &mut line, envelope, letter).await;
        match &outcome {
            Ok(()) => self.park(line, now),
            // A server that says no to one letter may take the next; it is told to forget
            // this one by a new line.
            Err(_) => {
                let _ = timeout(settings.patience.command, line.abort()).await;
            }
        }
        outcome
    }

    /// Opens a line, signs in and asks for nothing.
    ///
    /// # Errors
    /// [`Failure`], with what to correct.
    pub(super) async fn examine(&self, settings: &Settings) -> Result<(), Failure> {
        let mut line = self.connect(settings).await?;
        let answers = timeout(settings.patience.command, line.test_connected()).await;
        let _ = timeout(settings.patience.command, line.quit()).await;
        match answers {
            Ok(true) => Ok(()),
            _ => Err(Failure::later("The mail server lets the relay in and then does not answer.")),
        }
    }

    async fn parked(&self, settings: &Settings, now: UnixMillis) -> Option<AsyncSmtpConnection> {
        let most = u64::try_from(limits::POOL_IDLE.as_millis()).unwrap_or(u64::MAX);
        loop {
            let (mut line, since) = self.pool.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            let is_fresh = now.0.saturating_sub(since.0) < most;
            if is_fresh && matches!(timeout(settings.patience.command, line.test_connected()).await, Ok(true))
            {
                return Some(line);
            }
        }
    }

    fn park(&self, line: AsyncSmtpConnection, now: UnixMillis) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < limits::POOL {
            pool.push((line, now));
        }
    }

    async fn connect(&self, settings: &Settings) -> Result<AsyncSmtpConnection, Failure> {
        let Server { host, port, tls, login } = &settings.smtp;
        let patience = settings.patience.connect;
        if *tls != Tls::None && self.tls.is_none() {
            return Err(explain(Stage::Secure, &Trouble::NoTls));
        }
        let implicit = self.tls.clone().filter(|_| *tls == Tls::Implicit);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(patience),
            &self.hello,
            implicit,
            None,
        );
        let mut line = step(Stage::Reach, patience, connecting).await?;
        if let (Tls::Started, Some(parameters)) = (tls, &self.tls) {
            if !line.can_starttls() {
                return Err(explain(Stage::Secure, &Trouble::NoTls));
            }
            step(Stage::Secure, patience, line.starttls(parameters.clone(), &self.hello)).await?;
        }
        if let Some(login) = login {
            let credentials = Credentials::new(login.user.clone(), login.password.clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            step(Stage::SignIn, patience, line.auth(&mechanisms, &credentials)).await?;
        }
        Ok(line)
    }
}

async fn transmit(
    settings: &Settings,
    line: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    letter: &[u8],
) -> Result<(), Failure> {
    let patience = settings.patience.command;
    let mut parameters = Vec::new();
    if envelope.to().iter().any(|to| !to.to_string().is_ascii()) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::refused(
                "The mail server takes no addresses with letters outside of ASCII in front of the @.",
            ));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let sender = Mail::new(envelope.from().cloned(), parameters);
    step(Stage::Sender, patience, line.command(sender)).await?;
    for to in envelope.to() {
        step(Stage::Recipient, patience, line.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    step(Stage::Begin, patience, line.command(Data)).await?;
    step(Stage::Letter, settings.patience.taken, line.message(letter)).await?;
    Ok(())
}

async fn step<T>(
    stage: Stage,
    patience: Duration,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    let trouble = match timeout(patience, future).await {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => Trouble::Error(error),
        Err(_) => Trouble::Slow,
    };
    Err(explain(stage, &trouble))
}

/// What a failed step means for the parcel, and for the owner.
fn explain(stage: Stage, trouble: &Trouble) -> Failure {
    let error = match trouble {
        Trouble::Error(error) => error,
        Trouble::Slow if stage == Stage::Letter => {
            return Failure::later("The mail server did not say whether it has taken the letter.")
                .maybe_taken();
        }
        Trouble::Slow => return Failure::later("The mail server takes too long to answer."),
        Trouble::NoTls => {
            return Failure::later(
                "The mail server offers no private line (TLS). Whoever runs the relay has to correct email.smtp.",
            );
        }
    };
    if let Some(code) = error.status() {
        return refused(stage, u16::from(code), &said(error));
    }
    if is_tls(error) {
        return Failure::later(
            "The mail server does not prove that it is the one named in email.smtp: its certificate does not fit. \
             Whoever runs the relay has to correct the name, or add the certificate to email.extra_roots.",
        );
    }
    match stage {
        Stage::Reach if is_unknown_name(error) => Failure::later(
            "The mail server's name is not known. Whoever runs the relay has to look at email.smtp and at the DNS.",
        ),
        Stage::Reach if error.is_timeout() => Failure::later("The mail server takes too long to answer."),
        Stage::Reach => Failure::later(
            "The mail server cannot be reached. If this stays so, whoever runs the relay has to look at email.smtp.",
        ),
        Stage::SignIn if error.is_client() => Failure::later(
            "The mail server offers no way to sign in with a password. Whoever runs the relay has to look at email.smtp.",
        ),
        Stage::Letter => {
            Failure::later("The line broke before the mail server said whether it has taken the letter.")
                .maybe_taken()
        }
        _ => Failure::later("The line to the mail server broke."),
    }
}

/// By the code, and by what had been said.
fn refused(stage: Stage, code: u16, said: &str) -> Failure {
    let enhanced = enhanced(said);
    let is_full =
        matches!(enhanced, Some((_, 2, 2))) || code == 452 || code == 552 && stage == Stage::Recipient;
    match (stage, code) {
        (_, 421) => Failure::later("The mail server is closing for now."),
        (_, 530 | 534 | 535 | 538) | (Stage::SignIn, 400..=599) => Failure::later(
            "The mail server does not accept the relay's name and password. Whoever runs the relay has to correct \
             them in email.smtp.",
        ),
        (Stage::Recipient | Stage::Letter, _) if is_full => {
            Failure::later("The mailbox is full. Make room in it.")
        }
        (_, 400..=499) => Failure::later("The mail server does not take the letter at this moment."),
        (Stage::Recipient, 500..=599) => match enhanced {
            // A policy, not the mailbox: the server does not want to carry it, or not for us.
            Some((5, 7, _)) => Failure::later(
                "The mail server does not want to carry letters to this mailbox for the relay. Whoever runs the relay \
                 has to ask its provider.",
            ),
            _ if matches!(code, 550 | 551 | 553) => Failure::gone(
                "This mailbox does not exist. Look at its address, and set the channel up anew.",
            ),
            _ => Failure::refused("The mail server refused the letter for this mailbox."),
        },
        (Stage::Letter | Stage::Begin, 500..=599) => Failure::refused(
            "The mail server refused this letter, perhaps for what stands in it. It is in the inbox.",
        ),
        (Stage::Sender, 500..=599) => Failure::later(
            "The mail server does not let the relay write under its address. Whoever runs the relay has to correct \
             email.from or email.bounces.",
        ),
        _ => Failure::later(
            "The mail server answers something that is not SMTP. Whoever runs the relay has to correct email.smtp.",
        ),
    }
}

/// What stands behind the code, for the enhanced one in it.
fn said(error: &Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

/// RFC 2034: `5.1.1 No such user`.
fn enhanced(said: &str) -> Option<(u8, u8, u16)> {
    let word = said.split_whitespace().next()?;
    let mut numbers = word.split('.');
    let found = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    numbers.next().is_none().then_some(found)
}

fn is_tls(error: &Error) -> bool {
    if error.is_tls() {
        return true;
    }
    // A handshake that fails comes as an I/O error with the reason inside.
    sources(error).any(|source| source.is::<tokio_rustls::rustls::Error>())
        || sources(error)
            .filter_map(|source| source.downcast_ref::<io::Error>())
            .any(|error| error.get_ref().is_some_and(|inner| inner.is::<tokio_rustls::rustls::Error>()))
}

/// The system's resolver has no error kind of its own.
fn is_unknown_name(error: &Error) -> bool {
    sources(error).any(|source| source.to_string().contains("failed to lookup address information"))
}

fn sources(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fate;

    #[test]
    fn what_a_server_says_decides_what_is_done_next() {
        for (stage, code, said, fate, word) in [
            (Stage::Reach, 421, "", Fate::Later, "closing"),
            (Stage::Reach, 554, "5.7.1 go away", Fate::Later, "not SMTP"),
            (Stage::SignIn, 535, "5.7.8 bad password", Fate::Later, "password"),
            (Stage::SignIn, 454, "4.7.0 later", Fate::Later, "password"),
            (Stage::Sender, 530, "5.7.0 sign in first", Fate::Later, "password"),
            (Stage::Sender, 553, "5.7.1 not yours", Fate::Later, "email.from"),
            (Stage::Sender, 451, "", Fate::Later, "moment"),
            (Stage::Recipient, 450, "4.2.0 greylisted", Fate::Later, "moment"),
            (Stage::Recipient, 550, "5.1.1 no such user", Fate::Gone, "does not exist"),
            (Stage::Recipient, 550, "", Fate::Gone, "does not exist"),
            (Stage::Recipient, 551, "not here", Fate::Gone, "does not exist"),
            (Stage::Recipient, 553, "bad name", Fate::Gone, "does not exist"),
            (Stage::Recipient, 550, "5.7.1 relaying denied", Fate::Later, "provider"),
            (Stage::Recipient, 554, "5.7.1 relay access denied", Fate::Later, "provider"),
            (Stage::Recipient, 552, "mailbox full", Fate::Later, "full"),
            (Stage::Recipient, 550, "5.2.2 quota", Fate::Later, "full"),
            (Stage::Recipient, 554, "", Fate::Refused, "refused"),
            (Stage::Begin, 554, "no", Fate::Refused, "refused"),
            (Stage::Letter, 451, "4.3.0", Fate::Later, "moment"),
            (Stage::Letter, 552, "5.3.4 too big", Fate::Refused, "refused"),
            (Stage::Letter, 552, "5.2.2 full", Fate::Later, "full"),
            (Stage::Letter, 554, "5.7.1 spam", Fate::Refused, "refused"),
            (Stage::Letter, 550, "5.7.1 spam", Fate::Refused, "refused"),
        ] {
            let failure = refused(stage, code, said);
            assert_eq!(failure.fate, fate, "{stage:?} {code} {said}");
            assert!(failure.reason.contains(word), "{stage:?} {code} {said}: {}", failure.reason);
            assert!(!failure.maybe_taken, "it was refused");
        }
    }
}
