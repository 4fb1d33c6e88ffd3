//! One line to the listener, from its greeting to its end.

use super::{
    super::{
        address::Place,
        config::Protocol,
        incoming::{Desk, Incoming, Taken, Way},
        limits,
    },
    wire::{Data, Fault, Wire},
};
use crate::{Away, Ears};
use smtp_proto::{Error as Wrong, MailFrom, Request};
use std::{borrow::Cow, net::IpAddr};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

/// One line.
pub(super) struct Session<'a, R, W> {
    desk: &'a Desk,
    ears: &'a dyn Ears,
    protocol: Protocol,
    address: IpAddr,
    wire: Wire<R>,
    writer: W,
    /// Answers that were not sent yet: a client that asks several things at once is answered
    /// at once (RFC 2920).
    answers: String,
    hello: Option<String>,
    sender: Option<String>,
    /// Tokens of the recipients that were accepted, in order.
    recipients: Vec<String>,
    faults: usize,
}

/// What comes after an answer.
enum Next {
    Go,
    Close,
}

impl<'a, R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<'a, R, W> {
    pub(super) fn new(
        desk: &'a Desk,
        ears: &'a dyn Ears,
        protocol: Protocol,
        address: IpAddr,
        reader: R,
        writer: W,
    ) -> Self {
        Self {
            desk,
            ears,
            protocol,
            address,
            wire: Wire::new(reader),
            writer,
            answers: String::new(),
            hello: None,
            sender: None,
            recipients: Vec::new(),
            faults: 0,
        }
    }

    /// Answers until one side has enough.
    pub(super) async fn run(mut self) {
        self.say(super::greeting(&self.desk.settings, self.protocol));
        for _ in 0..limits::SESSION_COMMANDS {
            if !self.wire.has_more() && self.flush().await.is_err() {
                return;
            }
            let line = match timeout(self.desk.settings.patience.idle, self.wire.line(limits::COMMAND_BYTES))
                .await
            {
                Ok(Ok(line)) => line,
                Ok(Err(Fault::Gone)) => return,
                Ok(Err(Fault::Bare)) => return self.end("500 5.5.2 Lines end with CR LF").await,
                Ok(Err(Fault::TooLong)) => return self.end("500 5.5.2 This line is too long").await,
                Err(_) => return self.end("421 4.4.2 Nothing came").await,
            };
            match self.command(line).await {
                Next::Go if self.faults >= limits::SESSION_FAULTS => {
                    return self.end("421 4.7.0 Too much of this makes no sense").await;
                }
                Next::Go => {}
                Next::Close => {
                    let _ = self.flush().await;
                    return;
                }
            }
        }
        self.end("421 4.7.0 That was a lot on one line, come again").await;
    }

    async fn command(&mut self, mut line: Vec<u8>) -> Next {
        line.extend_from_slice(b"\r\n");
        let mut octets = line.iter();
        let request = match Request::parse(&mut octets) {
            Ok(request) => request,
            Err(wrong) => return self.wrong(&wrong),
        };
        match (request, self.protocol) {
            (Request::Lhlo { host }, Protocol::Lmtp) | (Request::Ehlo { host }, Protocol::Smtp) => {
                self.hello(&host, true)
            }
            (Request::Helo { host }, Protocol::Smtp) => self.hello(&host, false),
            (Request::Mail { from }, _) => self.mail(from),
            (Request::Rcpt { to }, _) => self.recipient(&to.address).await,
            (Request::Data, _) => return self.data().await,
            (Request::Rset, _) => {
                self.forget();
                self.say("250 2.0.0 Forgotten");
            }
            (Request::Noop { .. }, _) => self.say("250 2.0.0 Still here"),
            (Request::Vrfy { .. }, _) => self.say("252 2.1.5 Write, and you will see"),
            (Request::Quit, _) => {
                self.say("221 2.0.0 Goodbye");
                return Next::Close;
            }
            // What follows it is no command, and must not be taken for one.
            (Request::Bdat { .. } | Request::Burl { .. }, _) => {
                self.say("502 5.5.1 This is not offered");
                return Next::Close;
            }
            _ => self.fault("502 5.5.1 This is not offered"),
        }
        Next::Go
    }

    fn hello(&mut self, host: &str, is_extended: bool) {
        self.forget();
        self.hello = Some(host.to_owned());
        let name = &self.desk.settings.hostname;
        if is_extended {
            let size = limits::MAIL_BYTES;
            let lines = format!(
                "250-{name}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE {size}\r\n250 ENHANCEDSTATUSCODES"
            );
            self.say(lines);
        } else {
            self.say(format!("250 {name}"));
        }
    }

    fn mail(&mut self, from: MailFrom<Cow<'_, str>>) {
        if self.hello.is_none() {
            return self.fault("503 5.5.1 Say hello first");
        }
        if self.sender.is_some() {
            return self.fault("503 5.5.1 One mail at a time");
        }
        if from.flags & smtp_proto::MAIL_BODY_BINARYMIME != 0 {
            return self.fault("501 5.5.4 BINARYMIME is not offered");
        }
        if from.size > limits::MAIL_BYTES {
            return self.say("552 5.3.4 This is too big");
        }
        self.sender = Some(from.address.into_owned());
        self.say("250 2.1.0 Go on");
    }

    async fn recipient(&mut self, address: &str) {
        if self.sender.is_none() {
            return self.fault("503 5.5.1 Say who it is from first");
        }
        if self.recipients.len() >= limits::RECIPIENTS {
            return self.say("452 4.5.3 Too many recipients");
        }
        let token = match self.desk.place(address) {
            Some(Place::Detail(token)) => token,
            Some(Place::Bare) => return self.fault("550 5.1.1 This address takes answers to letters only"),
            None => return self.fault("550 5.7.1 Nothing is carried to others"),
        };
        match self.desk.knows(&token, self.ears).await {
            Ok(true) => {
                self.recipients.push(token);
                self.say("250 2.1.5 Go on");
            }
            Ok(false) => {
                self.fault("550 5.1.1 There is no such address any more; please answer to a newer letter")
            }
            Err(Away) => self.say("451 4.3.0 Come again in a moment"),
        }
    }

    async fn data(&mut self) -> Next {
        if self.recipients.is_empty() {
            self.fault("503 5.5.1 Say to whom first");
            return Next::Go;
        }
        self.say("354 Go on, and end with a dot");
        if self.flush().await.is_err() {
            return Next::Close;
        }
        let mail = match timeout(limits::MAIL_WITHIN, self.wire.data(limits::MAIL_BYTES)).await {
            Ok(Ok(mail)) => mail,
            Ok(Err(Fault::Bare)) => {
                self.say("550 5.6.0 Lines end with CR LF; this mail is not taken");
                return Next::Close;
            }
            Ok(Err(Fault::Gone | Fault::TooLong)) => return Next::Close,
            Err(_) => {
                self.say("421 4.4.2 It took too long");
                return Next::Close;
            }
        };
        let answers = match mail {
            Data::Whole(raw) => self.taken(&raw).await,
            Data::TooBig => vec!["552 5.3.4 This is too big".to_owned(); self.recipients.len()],
        };
        match self.protocol {
            // RFC 2033, clause 4.2: one for each recipient that was accepted, in order.
            Protocol::Lmtp => answers.into_iter().for_each(|answer| self.say(answer)),
            Protocol::Smtp => {
                let worst = |class: char| answers.iter().find(|answer| answer.starts_with(class));
                // What is to come again comes again for all; nobody takes a mail twice.
                if let Some(answer) = worst('4').or_else(|| worst('2')).or_else(|| worst('5')) {
                    self.say(answer.clone());
                }
            }
        }
        self.forget();
        Next::Go
    }

    async fn taken(&self, raw: &[u8]) -> Vec<String> {
        let from = self.sender.as_deref().unwrap_or_default();
        let hello = self.hello.as_deref().unwrap_or_default();
        let way = match self.protocol {
            Protocol::Lmtp => Way::Lmtp { from },
            Protocol::Smtp => Way::Smtp { from, hello, address: self.address },
        };
        let mut answers = Vec::new();
        for token in &self.recipients {
            let mail = Incoming { raw, token, way, is_last_try: false };
            answers.push(match self.desk.take(mail, self.ears).await {
                Ok(Taken::Said) => "250 2.0.0 It is in the conversation".into(),
                Ok(Taken::Held) => "250 2.0.0 It waits to be looked at".into(),
                // Its sender keeps it and comes again, or hears in the end that it did not arrive.
                Ok(Taken::Full) => "452 4.2.2 Too many answers wait to be looked at".into(),
                Ok(Taken::Reported) => "250 2.0.0 Noted".into(),
                Ok(Taken::Dropped(why)) => {
                    tracing::info!(why, "a mail was not taken for a person's words");
                    "250 2.0.0 Noted".into()
                }
                Ok(Taken::Unknown) => "550 5.1.1 There is no such address any more".into(),
                Ok(Taken::Refused(why)) => format!("550 5.6.0 {why}"),
                Ok(Taken::Again) | Err(Away) => "451 4.3.0 Come again in a moment".into(),
            });
        }
        answers
    }

    fn wrong(&mut self, wrong: &Wrong) -> Next {
        match wrong {
            Wrong::InvalidSenderAddress => self.fault("553 5.1.7 This is no address"),
            Wrong::InvalidRecipientAddress => self.fault("553 5.1.3 This is no address"),
            Wrong::UnsupportedParameter { .. } | Wrong::InvalidParameter { .. } => {
                self.fault("555 5.5.4 This parameter is not offered");
            }
            Wrong::SyntaxError { .. } => self.fault("501 5.5.2 This is not how it is said"),
            _ => self.fault("500 5.5.1 This is no command"),
        }
        Next::Go
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn fault(&mut self, answer: &str) {
        self.faults += 1;
        self.say(answer);
    }

    fn say(&mut self, answer: impl AsRef<str>) {
        self.answers.push_str(answer.as_ref());
        self.answers.push_str("\r\n");
    }

    async fn end(mut self, answer: &str) {
        self.say(answer);
        let _ = self.flush().await;
    }

    async fn flush(&mut self) -> Result<(), ()> {
        let answers = std::mem::take(&mut self.answers);
        let writing = async {
            self.writer.write_all(answers.as_bytes()).await?;
            self.writer.flush().await
        };
        match timeout(limits::ANSWER_WITHIN, writing).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests;
