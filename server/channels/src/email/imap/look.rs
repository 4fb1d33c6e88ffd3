//! One look at a mailbox: what is new in it, and what of that is for the relay.

use super::{
    super::{
        address::Place,
        config::Server,
        incoming::{Desk, Incoming, Taken, Way},
        limits,
    },
    Abilities, Session, within,
};
use crate::{Away, Ears};
use async_imap::error::Error;
use futures_util::{Stream, TryStreamExt};
use mail_parser::{Address, DateTime, HeaderName, Message, MessageParser};
use serde::{Deserialize, Serialize};
use shopbell_protocol::ChannelKind;
use std::{collections::HashMap, future::Future};

/// The fields that say whom a mail is for.
const FIELDS: &str = "TO CC DELIVERED-TO X-ORIGINAL-TO ENVELOPE-TO";
/// What every mail is for, when it is not known what was looked at: days back.
const DAYS_BACK: u64 = 30;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What is looked at, and how far it has come.
pub(super) struct Looker<'a> {
    pub(super) desk: &'a Desk,
    ears: &'a dyn Ears,
    note: String,
    looks: u64,
    /// How often a mail was put off, by its number.
    tries: HashMap<u32, u32>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There is nothing more.
    Wait,
    /// There is more.
    Now,
    /// Something could not be taken at this moment.
    Soon,
}

/// How far it has come, across restarts (RFC 9051, clause 2.3.1.1).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    validity: u32,
    last: u32,
}

impl<'a> Looker<'a> {
    pub(super) fn new(desk: &'a Desk, ears: &'a dyn Ears, server: &Server, folder: &str) -> Self {
        let user = server.login.as_ref().map_or("", |login| login.user.as_str());
        let note = format!("imap {user}@{}/{folder}", server.host);
        Self { desk, ears, note, looks: 0, tries: HashMap::new() }
    }

    /// How often it was looked without a fault.
    pub(super) fn looks(&self) -> u64 {
        self.looks
    }

    /// Takes what is new.
    ///
    /// # Errors
    /// A sentence, when the line is of no use any more.
    pub(super) async fn look(
        &mut self,
        session: &mut Session,
        validity: u32,
        abilities: Abilities,
    ) -> Result<Next, &'static str> {
        let patience = self.desk.settings.patience.command;
        let Ok(mut mark) = self.mark(validity).await else { return Ok(Next::Soon) };
        let query =
            if mark.last > 0 { format!("UID {}:*", mark.last.saturating_add(1)) } else { self.since() };
        let found = within(patience, session.uid_search(&query)).await?;
        // `*` is the last mail, whatever its number.
        let mut new: Vec<u32> = found.into_iter().filter(|uid| *uid > mark.last).collect();
        new.sort_unstable();
        let has_more = new.len() > limits::MAILS_AT_ONCE;
        new.truncate(limits::MAILS_AT_ONCE);
        if !new.is_empty() {
            let numbers = new.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let query = format!("(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({FIELDS})])");
            let heads = within(patience, all(session.uid_fetch(numbers, query))).await?;
            let heads: HashMap<_, _> = heads.iter().filter_map(|head| Some((head.uid?, head))).collect();
            for uid in &new {
                // One that is not there any more was taken away by somebody.
                let head = heads.get(uid).filter(|head| head.header().is_some());
                let tokens =
                    head.map(|head| self.tokens(head.header().unwrap_or_default())).unwrap_or_default();
                let size = head.and_then(|head| head.size).unwrap_or_default() as usize;
                match self.mail(session, *uid, size, &tokens).await? {
                    Some(true) => self.put_away(session, *uid, abilities).await?,
                    Some(false) => {}
                    None => return Ok(Next::Soon),
                }
                self.tries.remove(uid);
                mark.last = *uid;
                if !tokens.is_empty() && self.remember(mark).await.is_err() {
                    return Ok(Next::Soon);
                }
            }
            if self.remember(mark).await.is_err() {
                return Ok(Next::Soon);
            }
        }
        self.looks += 1;
        Ok(if has_more { Next::Now } else { Next::Wait })
    }

    /// Takes a mail: whether it is done with and can be put away; none when it has to be
    /// looked at again.
    async fn mail(
        &mut self,
        session: &mut Session,
        uid: u32,
        size: usize,
        tokens: &[String],
    ) -> Result<Option<bool>, &'static str> {
        if tokens.is_empty() {
            return Ok(Some(false));
        }
        let is_too_big = size > limits::MAIL_BYTES;
        let part = if is_too_big { "BODY.PEEK[HEADER]" } else { "BODY.PEEK[]" };
        let patience = self.desk.settings.patience.taken;
        let fetched =
            within(patience, all(session.uid_fetch(uid.to_string(), format!("(UID {part})")))).await?;
        let raw = fetched.iter().find_map(|mail| if is_too_big { mail.header() } else { mail.body() });
        let Some(raw) = raw else { return Ok(Some(false)) };
        let tries = self.tries.entry(uid).or_default();
        let is_last_try = *tries + 1 >= limits::PROOF_TRIES;
        let mut is_done = true;
        for token in tokens {
            let mail = Incoming { raw, token, way: Way::Mailbox, is_last_try };
            let taken = match is_too_big {
                true => self.desk.take_unread(mail, self.ears).await,
                false => self.desk.take(mail, self.ears).await,
            };
            match taken {
                Ok(Taken::Said | Taken::Held | Taken::Reported) => {}
                Ok(Taken::Dropped(why)) => tracing::info!(why, "a mail was not taken for a person's words"),
                // Left unread, for whoever reads this mailbox.
                Ok(Taken::Unknown | Taken::Refused(_) | Taken::Full) => is_done = false,
                Ok(Taken::Again) => {
                    *tries += 1;
                    return Ok(None);
                }
                Err(Away) => return Ok(None),
            }
        }
        Ok(Some(is_done))
    }

    /// Marks it as read, or moves it. A server that refuses that has its reasons; the mail was
    /// taken all the same.
    async fn put_away(
        &self,
        session: &mut Session,
        uid: u32,
        abilities: Abilities,
    ) -> Result<(), &'static str> {
        const REFUSED: &str = "The mailbox's server refused what it was asked.";
        let patience = self.desk.settings.patience.command;
        let uid = uid.to_string();
        let outcome = match &self.desk.settings.imap_done {
            None => within(patience, all(session.uid_store(&uid, "+FLAGS.SILENT (\\Seen)"))).await.map(drop),
            Some(folder) if abilities.moving => within(patience, session.uid_mv(&uid, folder)).await,
            Some(folder) => match within(patience, session.uid_copy(&uid, folder)).await {
                Ok(()) => {
                    within(patience, all(session.uid_store(&uid, "+FLAGS.SILENT (\\Deleted)"))).await?;
                    // Without UIDPLUS, EXPUNGE would take away what others have marked.
                    match abilities.uid_plus {
                        true => within(patience, all(session.uid_expunge(&uid))).await.map(drop),
                        false => Ok(()),
                    }
                }
                refused => refused,
            },
        };
        match outcome {
            Err(REFUSED) => {
                tracing::warn!("a mail that was taken could not be put away; look at email.imap_done");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// The tokens of all addresses of ours that a mail names.
    fn tokens(&self, head: &[u8]) -> Vec<String> {
        let Some(head) = MessageParser::default().parse_headers(head) else { return Vec::new() };
        let mut tokens = Vec::new();
        for address in addresses(&head) {
            if let Some(Place::Detail(token)) = self.desk.place(&address)
                && !tokens.contains(&token)
            {
                tokens.push(token);
            }
            // As many as on the listener; more are nobody's answer, and would take their time.
            if tokens.len() == limits::RECIPIENTS {
                break;
            }
        }
        tokens
    }

    async fn mark(&self, validity: u32) -> Result<Mark, Away> {
        let note = self.ears.recall(ChannelKind::Email, &self.note).await?;
        let known: Option<Mark> = note.and_then(|note| serde_json::from_str(&note).ok());
        // Another validity: numbers mean other mails now. What was taken before is known to
        // the relay by the mails' own names.
        Ok(known.filter(|mark| mark.validity == validity).unwrap_or(Mark { validity, last: 0 }))
    }

    async fn remember(&self, mark: Mark) -> Result<(), Away> {
        let note = serde_json::to_string(&mark).unwrap_or_default();
        self.ears.remember(ChannelKind::Email, &self.note, &note).await
    }

    /// Everything of the last weeks.
    fn since(&self) -> String {
        let seconds = (self.ears.now().0 / 1000).saturating_sub(DAYS_BACK * 24 * 60 * 60);
        let day = DateTime::from_timestamp(i64::try_from(seconds).unwrap_or_default());
        let month = MONTHS.get(usize::from(day.month).saturating_sub(1)).copied().unwrap_or("Jan");
        format!("SINCE {}-{month}-{}", day.day, day.year)
    }
}

fn addresses(head: &Message<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for header in head.root_part().headers() {
        match (&header.name, header.value.as_address()) {
            (HeaderName::To | HeaderName::Cc, Some(Address::List(list))) => {
                found.extend(list.iter().filter_map(|one| one.address().map(str::to_owned)));
            }
            (HeaderName::To | HeaderName::Cc, Some(Address::Group(groups))) => {
                let all = groups.iter().flat_map(|group| &group.addresses);
                found.extend(all.filter_map(|one| one.address().map(str::to_owned)));
            }
            (HeaderName::Other(_), _) => {
                let range = header.offset_start as usize..header.offset_end as usize;
                let value = head.raw_message().get(range).map(String::from_utf8_lossy).unwrap_or_default();
                found.push(value.trim().trim_matches(['<', '>']).to_owned());
            }
            _ => {}
        }
    }
    found
}

/// A stream of answers, to its end.
async fn all<T, S: Stream<Item = Result<T, Error>>>(
    answers: impl Future<Output = Result<S, Error>>,
) -> Result<Vec<T>, Error> {
    answers.await?.try_collect().await
}
