//! A mail that came in: whose it is, whether it is theirs, and what becomes of it.

mod automatic;
mod baggage;
mod bounce;
mod leak;
mod proof;
mod results;
mod sender;

use super::{
    address::{Place, is_same_mailbox},
    config::Settings,
    letter::TOKEN_KEY,
    limits,
    reply::{self, Extracted, ReplyMail},
    token::{Tokens, Verified, is_token, named_channel},
};
use crate::{Away, Ears, Held, Known, Said, Target, Verdict, ears::answered};
use automatic::Automatic;
use mail_parser::{Message, MessageParser};
pub(super) use proof::{Proof, Prover};
use sha2::{Digest, Sha256};
use shopbell_protocol::{ChannelKind, ErrorCode, text::clean_line};
use std::{net::IpAddr, sync::Arc};

/// What is needed to judge a mail.
pub(super) struct Desk {
    pub(super) settings: Arc<Settings>,
    pub(super) tokens: Tokens,
    pub(super) prover: Prover,
}

/// A mail, and how it came.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) raw: &'a [u8],
    /// What stood behind the plus of the address that it was for.
    pub(super) token: &'a str,
    pub(super) way: Way<'a>,
    /// It will not be brought again: what can't be found out now is held.
    pub(super) is_last_try: bool,
}

/// How it came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    /// It lay in a mailbox.
    Mailbox,
    /// From the mail server in front of the relay.
    Lmtp { from: &'a str },
    /// From anybody.
    Smtp { from: &'a str, hello: &'a str, address: IpAddr },
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is in the conversation.
    Said,
    /// It waits for the owner's word.
    Held,
    /// It ought to wait, and too much waits already. It was not kept.
    Full,
    /// It is nobody's words; why, for the log.
    Dropped(&'static str),
    /// It told of a letter that did not arrive.
    Reported,
    /// There is no such address.
    Unknown,
    /// It can't be taken, and whoever wrote it should hear so.
    Refused(&'static str),
    /// It should be brought again.
    Again,
}

/// Why it is not said at once.
type Doubt = String;

impl Desk {
    /// Whether an address is one of ours; its token, if it has one.
    pub(super) fn place(&self, address: &str) -> Option<Place> {
        self.settings.reply_to.place(address).or_else(|| self.settings.bounces.place(address))
    }

    /// Whether a mail for this token would be taken at all.
    pub(super) async fn knows(&self, token: &str, ears: &dyn Ears) -> Result<bool, Away> {
        Ok(self.find(token, ears).await?.is_some())
    }

    async fn find(&self, token: &str, ears: &dyn Ears) -> Result<Option<(Known, Verified)>, Away> {
        let known = if let Some(channel) = named_channel(token) {
            let known =
                ears.channel(channel).await?.filter(|known| known.target.kind() == ChannelKind::Email);
            known.map(|known| Known { conversation: None, ..known })
        } else if is_token(token) {
            let key = format!("{TOKEN_KEY}{}", token.to_ascii_lowercase());
            ears.reference(ChannelKind::Email, &key).await?.map(|(known, _)| known)
        } else {
            None
        };
        let Some(known) = known else { return Ok(None) };
        match self.tokens.verify(token, &known, ears.now()) {
            Verified::Wrong => Ok(None),
            verified => Ok(Some((known, verified))),
        }
    }

    /// Does with a mail what is to be done. Comes back when that is on the disk.
    pub(super) async fn take(&self, mail: Incoming<'_>, ears: &dyn Ears) -> Result<Taken, Away> {
        let Some((known, verified)) = self.find(mail.token, ears).await? else { return Ok(Taken::Unknown) };
        let Some(message) = MessageParser::default().parse(mail.raw) else {
            return Ok(Taken::Dropped("it is no mail"));
        };
        if bounce::is_report(&message) && mail.way.is_from_nobody(&message) {
            return self.report(&message, &known, ears).await;
        }
        let automatic = if self.is_ours(&message, &known) {
            Automatic::Certain("it is one of our own letters")
        } else {
            automatic::look(&message, mail.way.is_from_nobody(&message))
        };
        if let Automatic::Certain(why) = automatic {
            return Ok(Taken::Dropped(why));
        }
        let Some(conversation) = known.conversation else {
            return Ok(Taken::Refused("There is no conversation behind this letter that could be answered."));
        };

        let (body, unsure) = match reply::extract(&ReplyMail::of(&message, &[])) {
            Extracted::Sure(body) => (body, None),
            Extracted::Unsure { best, why } => (best, Some(why)),
            Extracted::Nothing => (String::new(), None),
        };
        let baggage = baggage::look(&message);
        if body.trim().is_empty() && unsure.is_none() && baggage.is_empty() {
            return Ok(Taken::Dropped("there is nothing new in it"));
        }
        let proof = self.proof(&mail, &message).await;
        if proof == Proof::Later && !mail.is_last_try {
            return Ok(Taken::Again);
        }
        let lately = ears.lately(known.channel, conversation).await?;
        let leak = leak::look(&body, known.side, &lately, |address| self.place(address).is_some());
        let external = external(&message, mail.raw, &proof);
        let doubt = self
            .doubt_of_sender(&mail, &message, &known, verified, &proof)
            .or_else(|| baggage.doubt.map(Doubt::from))
            .or(unsure)
            .or(leak.map(Doubt::from))
            .or(match automatic {
                Automatic::Likely(why) => Some(why.to_owned()),
                _ => None,
            });
        let held = |reason: Doubt, external, body: String| Held {
            channel: known.channel,
            conversation,
            external,
            from: sender::shown(&message),
            reason,
            body: body.chars().take(limits::HELD_CHARS).collect(),
            pictures: baggage.pictures.clone(),
        };
        if let Some(reason) = doubt {
            return hold(held(reason, external, body), ears).await;
        }
        let said = Said {
            channel: known.channel,
            conversation,
            external: external.clone(),
            name: None,
            body: body.clone(),
            pictures: baggage.pictures.clone(),
        };
        match ears.say(said).await? {
            Verdict::Kept(_) | Verdict::TakenBefore => {
                if let Some(id) = message.in_reply_to().as_text() {
                    answered(ears, ChannelKind::Email, id, known.channel, conversation).await?;
                }
                Ok(Taken::Said)
            }
            Verdict::Refused(ErrorCode::Empty) => Ok(Taken::Dropped("there is nothing to see in it")),
            Verdict::Refused(code) if code.passes_by_itself() => Ok(Taken::Again),
            Verdict::Refused(ErrorCode::TooLong | ErrorCode::OverLimit) => {
                hold(held("It is too long to be sent at once.".into(), external, body), ears).await
            }
            Verdict::Refused(code) => Ok(Taken::Refused(code.sentence())),
            Verdict::Unfit(_) => hold(held("Not all of it can be sent.".into(), external, body), ears).await,
        }
    }

    /// Holds a mail that is too big to be read; only its head is there.
    pub(super) async fn take_unread(&self, mail: Incoming<'_>, ears: &dyn Ears) -> Result<Taken, Away> {
        let Some((known, _)) = self.find(mail.token, ears).await? else { return Ok(Taken::Unknown) };
        let (Some(conversation), Some(head)) =
            (known.conversation, MessageParser::default().parse_headers(mail.raw))
        else {
            return Ok(Taken::Dropped("it is too big, and no answer"));
        };
        let held = Held {
            channel: known.channel,
            conversation,
            external: external(&head, mail.raw, &Proof::None),
            from: sender::shown(&head),
            reason: "It is too big to be read here. Look into the mailbox.".into(),
            body: String::new(),
            pictures: Vec::new(),
        };
        hold(held, ears).await
    }

    /// Why it may not be the person's at this channel; none when it is proven.
    fn doubt_of_sender(
        &self,
        mail: &Incoming<'_>,
        message: &Message<'_>,
        known: &Known,
        verified: Verified,
        proof: &Proof,
    ) -> Option<Doubt> {
        let Target::Email(mailbox) = &known.target else {
            return Some("It came for a way that is no mailbox.".into());
        };
        let from = match sender::sole(message) {
            Ok(from) => from,
            Err(why) => return Some(why.into()),
        };
        if !is_same_mailbox(&from, &mailbox.address) {
            return Some("It comes from another mailbox than the one that was written to.".into());
        }
        if verified != Verified::Good {
            return Some("It came to an address that is no longer in use.".into());
        }
        let addressed: Vec<_> = sender::recipients(message).filter_map(|to| self.place(&to)).collect();
        if !addressed.contains(&Place::Detail(mail.token.to_ascii_lowercase())) {
            return Some("It was sent to this conversation without naming it.".into());
        }
        if addressed.iter().any(|place| *place != addressed[0]) {
            return Some("It was sent to several conversations at once.".into());
        }
        match proof {
            Proof::Signed { .. } | Proof::Server => None,
            Proof::Later => Some("Whether it comes from this mailbox could not be looked up.".into()),
            Proof::None => Some("Nothing proves that it comes from this mailbox.".into()),
        }
    }

    async fn proof(&self, mail: &Incoming<'_>, message: &Message<'_>) -> Proof {
        let Ok(from) = sender::sole(message) else { return Proof::None };
        self.prover.prove(mail, message, &from, &self.settings).await
    }

    async fn report(&self, message: &Message<'_>, known: &Known, ears: &dyn Ears) -> Result<Taken, Away> {
        match bounce::read(message) {
            Some(failure) => {
                ears.trouble(known.channel, failure).await?;
                Ok(Taken::Reported)
            }
            None => Ok(Taken::Dropped("it is a report of no failure")),
        }
    }

    /// Our own letters have a mark. What only says to be from our address is ours too, unless
    /// somebody has the relay write from the very mailbox that they answer from.
    fn is_ours(&self, message: &Message<'_>, known: &Known) -> bool {
        if message.header(super::letter::MARK).is_some() {
            return true;
        }
        let ours = self.settings.from.as_ref();
        let is_theirs =
            matches!(&known.target, Target::Email(mailbox) if is_same_mailbox(&mailbox.address, ours));
        let from = |address: &str| {
            !is_theirs && is_same_mailbox(address, ours)
                || self.place(address).is_some_and(|place| place != Place::Bare || !is_theirs)
        };
        message.from().is_some_and(|all| all.iter().filter_map(|one| one.address()).any(from))
    }
}

async fn hold(held: Held, ears: &dyn Ears) -> Result<Taken, Away> {
    Ok(if ears.hold(held).await? { Taken::Held } else { Taken::Full })
}

impl Way<'_> {
    /// Machines answer with no address to answer to (RFC 5321, clause 4.5.5); people never do.
    fn is_from_nobody(&self, message: &Message<'_>) -> bool {
        match self {
            Way::Lmtp { from } | Way::Smtp { from, .. } => from.is_empty(),
            Way::Mailbox => message.header_raw("Return-Path").is_some_and(|path| path.trim() == "<>"),
        }
    }
}

/// The mail's own name: the same when it comes twice, and by whatever way.
fn external(message: &Message<'_>, raw: &[u8], proof: &Proof) -> String {
    if let Proof::Signed { name: Some(name) } = proof {
        return format!("dkim:{name}");
    }
    let id = message.message_id().map(|id| id.trim().trim_matches(['<', '>'])).filter(|id| !id.is_empty());
    match id
        .filter(|id| id.len() <= crate::limits::REFERENCE_BYTES && id.bytes().all(|c| c.is_ascii_graphic()))
    {
        Some(id) => id.to_owned(),
        None => {
            // Without the fields that servers add on the way.
            let mut digest = Sha256::new();
            for name in ["From", "Date", "Subject", "Message-ID"] {
                digest.update(message.header_raw(name).unwrap_or_default().trim());
                digest.update([0]);
            }
            digest.update(raw.get(message.root_part().raw_body_offset() as usize..).unwrap_or_default());
            format!("sha256:{}", hex(&digest.finalize()))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// On one line, for people.
fn line(text: &str) -> String {
    clean_line(text, limits::FROM_CHARS)
}

#[cfg(test)]
mod tests;
