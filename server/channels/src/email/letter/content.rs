//! What a letter says, before it is set as text or as HTML.

use super::limits;
use crate::{Alarm, Notice, Words};
use mail_parser::DateTime;
use shopbell_protocol::{
    Message, Page, Side, UnixMillis,
    text::{clean_line, preview},
};

/// What it says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) subject: String,
    /// What a list of mails shows under the subject.
    pub(super) preview: String,
    /// In one line, what it is about.
    pub(super) headline: String,
    /// The page that it began on.
    pub(super) page: Option<Place>,
    /// What was said before.
    pub(super) earlier: Vec<Line>,
    /// What is told now.
    pub(super) words: Vec<Line>,
    /// In the relay's own name.
    pub(super) notes: Vec<String>,
    /// How to answer; with it stands, above everything, where the answer is written.
    pub(super) answer: Option<String>,
    /// Where to go on.
    pub(super) go_on: Option<Place>,
    /// How to have no more of it.
    pub(super) stop: Option<Place>,
    /// Whose letter this is, and why it came.
    pub(super) foot: String,
}

/// Something that can be opened.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) link: String,
}

/// What somebody said.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) who: String,
    pub(super) body: String,
    /// The shop's own system said it, and nobody's hands.
    pub(super) by_system: bool,
}

/// Sentences that stand in our letters and in nobody's answer.
pub(in crate::email) const SENTENCES: [&str; 4] = [
    "Just reply to this mail, and your words reach",
    "No more mails about this conversation",
    "tells you that somebody wrote",
    "The link above is yours alone: whoever has it can read along",
];

impl Content {
    /// `hears` is whether answers by mail arrive anywhere.
    pub(super) fn of(notice: &Notice, hears: bool) -> Self {
        match notice {
            Notice::Words(words) => Self::words(words, hears),
            Notice::Alarm(alarm) => Self::alarm(alarm),
            Notice::Test { shop_name, link, .. } => Self::test(shop_name, link, hears),
        }
    }

    fn words(words: &Words, hears: bool) -> Self {
        let writer = one_line(words.writer());
        let shop = one_line(&words.shop_name);
        let for_owner = words.to == Side::Owner;
        let page = words.page.as_ref().filter(|_| for_owner).map(place);
        let line = |message: &Message| line(message, words);
        let shown = |messages: &[Message]| match words.show_words {
            true => messages.iter().map(line).collect(),
            false => Vec::new(),
        };
        let mut earlier: Vec<Line> = shown(&words.before);
        for line in &mut earlier {
            line.body = cut(&line.body, limits::BEFORE_CHARS);
        }
        let notes = match (words.show_words, for_owner) {
            (true, _) => Vec::new(),
            (false, true) => vec!["What they wrote is in your inbox.".to_owned()],
            (false, false) => vec!["The answer is in your conversation.".to_owned()],
        };
        let first = words.messages.first().filter(|_| words.show_words);
        let them = if words.visitor.is_some() { writer.as_str() } else { "them" };
        Self {
            subject: subject(words, &writer, &shop, page.as_ref()),
            preview: first.map(|first| preview(&first.body, limits::PREVIEW_CHARS)).unwrap_or_default(),
            headline: match for_owner {
                true => format!("{writer} wrote to you"),
                // What a system says is no person's answer.
                false if words.is_systems() => format!("{shop} sent you something automatically"),
                false => format!("{writer} answered you"),
            },
            page,
            earlier,
            words: shown(&words.messages),
            notes,
            answer: hears.then(|| match for_owner {
                true => format!("Just reply to this mail, and your words reach {them}."),
                false => format!("Just reply to this mail, and {writer} gets your answer."),
            }),
            go_on: Some(Place {
                name: match (for_owner, hears) {
                    (true, true) => "Open it in the inbox",
                    (true, false) => "Answer in the inbox",
                    (false, true) => "Open the conversation",
                    (false, false) => "Answer in the conversation",
                }
                .into(),
                link: words.link.clone(),
            }),
            stop: words.stop_link.as_ref().map(|link| Place {
                name: "No more mails about this conversation".into(),
                link: link.clone(),
            }),
            foot: match for_owner {
                true => {
                    format!("This is where {shop} tells you that somebody wrote.")
                }
                false => format!(
                    "You get this because you wrote to {shop} and asked for answers by mail. The link \
                     above is yours alone: whoever has it can read along."
                ),
            },
        }
    }

    fn alarm(alarm: &Alarm) -> Self {
        let shop = one_line(&alarm.shop_name);
        let about = one_line(&alarm.about);
        Self {
            subject: cut_line(&format!("{shop}: {about} does not work")),
            preview: preview(&alarm.reason, limits::PREVIEW_CHARS),
            headline: format!("{about} does not work"),
            notes: vec![
                one_line(&alarm.reason),
                format!(
                    "It has been like this since {}. Nothing is lost: what visitors wrote is in your inbox.",
                    day(alarm.since)
                ),
            ],
            go_on: Some(Place { name: "Open the settings".into(), link: alarm.link.clone() }),
            foot: format!("You get this because one of the ways to you from {shop} is broken."),
            ..Self::default()
        }
    }

    fn test(shop_name: &str, link: &str, hears: bool) -> Self {
        let shop = one_line(shop_name);
        Self {
            subject: cut_line(&format!("A test from {shop}")),
            preview: "It works: this is the way that visitors' words come.".into(),
            headline: "It works".into(),
            notes: vec![
                format!("When somebody writes to {shop}, their words come to you like this."),
                match hears {
                    true => "Then you just reply to the mail, and they read your answer where they are.",
                    false => "Then you answer in the inbox, and they read it where they are.",
                }
                .into(),
            ],
            go_on: Some(Place { name: "Open the inbox".into(), link: link.into() }),
            foot: "You get this because you pressed the test button.".into(),
            ..Self::default()
        }
    }
}

/// The same through the conversation. Visitors without a name are told apart by the page.
fn subject(words: &Words, writer: &str, shop: &str, page: Option<&Place>) -> String {
    let subject = match (words.to, &words.visitor, page) {
        (Side::Visitor, ..) => format!("Your conversation with {shop}"),
        (Side::Owner, None, Some(page)) if words.show_words => format!("{writer} on {shop}: {}", page.name),
        (Side::Owner, ..) => format!("{writer} on {shop}"),
    };
    cut_line(&subject)
}

fn line(message: &Message, words: &Words) -> Line {
    let is_own = message.from == words.to;
    let who = match (is_own, message.from) {
        _ if message.system => format!("Sent automatically by {}", one_line(&words.shop_name)),
        (true, _) => "You".into(),
        (false, Side::Owner) => one_line(&words.owner),
        (false, Side::Visitor) => one_line(words.visitor.as_deref().unwrap_or("A visitor")),
    };
    Line { who, body: message.body.clone(), by_system: message.system }
}

/// By its title, or else by its address without what nobody reads.
fn place(page: &Page) -> Place {
    let title = one_line(&page.title);
    let bare = page.url.trim_start_matches("https://").trim_start_matches("http://");
    let bare = bare.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name = if title.is_empty() { clean_line(bare, limits::NAME_CHARS) } else { title };
    Place { name, link: page.url.clone() }
}

fn one_line(text: &str) -> String {
    clean_line(text, limits::SUBJECT_CHARS * 4)
}

fn cut_line(text: &str) -> String {
    let line = clean_line(text, limits::SUBJECT_CHARS * 4);
    cut(&line, limits::SUBJECT_CHARS)
}

/// The beginning, and dots when that is not all.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// "4 March, 14:05 UTC": a relay does not know where its owners live.
fn day(at: UnixMillis) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = DateTime::from_timestamp(i64::try_from(at.0 / 1000).unwrap_or_default());
    let month = MONTHS.get(usize::from(at.month).saturating_sub(1)).copied().unwrap_or_default();
    format!("{} {month}, {:02}:{:02} UTC", at.day, at.hour, at.minute)
}
