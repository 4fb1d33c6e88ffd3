//! A letter to a person: what it says, and how it is sent off.

mod content;
mod html;
mod memo;
mod text;

use super::{Mailbox as Target, config::Settings, limits, token::Tokens};
use crate::{Failure, Notice, Parcel, Reference};
use content::Content;
pub(super) use content::SENTENCES;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use memo::Memo;
use shopbell_protocol::{Seq, Side, text::clean_line};
use std::time::{Duration, UNIX_EPOCH};

/// Stands in every letter of ours, so that one that comes back is known.
pub(super) const MARK: &str = "X-Shopbell-Letter";
/// Before a token, where answers refer to it.
pub(super) const TOKEN_KEY: &str = "token:";

/// Ready to be sent.
pub(super) struct Letter {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    pub(super) memo: Option<String>,
    pub(super) references: Vec<Reference>,
}

/// What answers to a letter can refer to. It is known before the letter is written.
pub(super) struct Names {
    token: String,
    /// Its Message-ID, without brackets.
    id: String,
    upto: Seq,
}

impl Names {
    pub(super) fn of(settings: &Settings, tokens: &Tokens, parcel: &Parcel<'_>) -> Self {
        let (side, conversation, upto) = match parcel.notice {
            Notice::Words(words) => {
                (words.to, Some(words.conversation), words.messages.last().map_or(Seq::NONE, |last| last.seq))
            }
            Notice::Alarm(_) | Notice::Test { .. } => (Side::Owner, None, Seq::NONE),
        };
        let token = match conversation {
            None if settings.names_channels() => tokens.issue_for_channel(parcel.channel, side, parcel.now),
            _ => tokens.issue(parcel.channel, conversation, side, parcel.now),
        };
        let id = format!("{}@{}", tokens.letter_id(parcel.key), settings.from.domain());
        Self { token, id, upto }
    }

    pub(super) fn references(&self) -> Vec<Reference> {
        let key = |key: String| Reference { key, upto: self.upto };
        vec![key(format!("{TOKEN_KEY}{}", self.token)), key(self.id.clone())]
    }
}

/// Writes it.
///
/// # Errors
/// [`crate::Fate::Gone`] when the mailbox is none.
pub(super) fn write(
    settings: &Settings,
    tokens: &Tokens,
    mailbox: &Target,
    parcel: &Parcel<'_>,
) -> Result<Letter, Failure> {
    let to: Address = mailbox
        .address
        .parse()
        .map_err(|_| Failure::gone("This is no e-mail address any more. Set the channel up anew."))?;
    let names = Names::of(settings, tokens, parcel);
    let references = names.references();
    let Names { token, id, .. } = names;
    let content = Content::of(parcel.notice, settings.hears());
    let is_of_talk = matches!(parcel.notice, Notice::Words(_));
    let mut memo = is_of_talk.then(|| Memo::read(parcel.memo, &content.subject));
    let subject = memo.as_ref().map_or(&content.subject, |memo| &memo.subject);

    let name = name(settings, parcel.notice);
    let mut letter = Message::builder()
        .from(Mailbox::new(Some(name.clone()), settings.from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(subject.as_str())
        .message_id(Some(format!("<{id}>")))
        .date(UNIX_EPOCH + Duration::from_millis(parcel.now.0))
        // RFC 3834, clause 5: nobody's machine is to answer this, and Exchange's own word for it.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header(MARK, "1"));
    if settings.hears() {
        letter = letter.reply_to(Mailbox::new(Some(name), settings.reply_to.with(&token)));
    }
    if let Some(memo) = &memo {
        let before: Vec<_> = memo.before(&id).map(|id| format!("<{id}>")).collect();
        if let Some(last) = before.last() {
            letter = letter.in_reply_to(last.clone()).references(before.join(" "));
        }
    }
    if let Notice::Words(words) = parcel.notice
        && let Some(stop) = &words.stop_link
        && is_plain_link(stop)
    {
        letter = letter.raw_header(header("List-Unsubscribe", format!("<{stop}>")));
        if stop.starts_with("https:") {
            // RFC 8058, clause 3.1.
            letter = letter.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
    }
    let envelope = Envelope::new(Some(settings.bounces.with(&token)), vec![to]);
    let part = |kind, body| SinglePart::builder().header(kind).body(body);
    let body = MultiPart::alternative()
        .boundary(format!("shopbell-{}", tokens.letter_id(parcel.key)))
        .singlepart(part(ContentType::TEXT_PLAIN, text::set(&content)))
        .singlepart(part(ContentType::TEXT_HTML, html::set(&content)));
    let (Ok(envelope), Ok(message)) = (envelope, letter.multipart(body)) else {
        return Err(Failure::refused("The letter could not be written."));
    };
    if let Some(memo) = &mut memo {
        memo.add(id);
    }
    Ok(Letter { envelope, bytes: message.formatted(), memo: memo.map(|memo| memo.write()), references })
}

/// Who it is from, for people.
fn name(settings: &Settings, notice: &Notice) -> String {
    let name = match notice {
        // A system's letter has no person's name on it.
        Notice::Words(words) if words.is_systems() => words.shop_name.clone(),
        Notice::Words(words) => match words.to {
            Side::Owner => format!("{} via {}", words.writer(), words.shop_name),
            Side::Visitor => format!("{}, {}", words.owner, words.shop_name),
        },
        Notice::Alarm(_) | Notice::Test { .. } => settings.name.clone(),
    };
    clean_line(&name, limits::NAME_CHARS)
}

fn header(name: &'static str, value: impl Into<String>) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into())
}

/// Whether it can stand in a field as it is: one that has to be folded or encoded would be no
/// link any more.
fn is_plain_link(link: &str) -> bool {
    link.len() <= 900 && link.bytes().all(|c| c.is_ascii_graphic() && c != b'<' && c != b'>')
}

#[cfg(test)]
mod tests;
