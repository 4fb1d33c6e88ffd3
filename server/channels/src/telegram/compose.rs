//! What a notice looks like in a chat: plain text, cut to what Telegram takes.

use super::{
    limits,
    memo::Memo,
    text::{split, units},
};
use crate::{Alarm, Words};
use shopbell_protocol::{Message, Side, UnixMillis, limits::NAME_CHARS, text};

/// One message of a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its text: at most [`limits::TEXT_UNITS`].
    pub(super) text: String,
    /// How much at its beginning is set in bold, in UTF-16 code units.
    pub(super) bold: usize,
    /// All before this place was sent when it is sent,
    pub(super) seq: u32,
    /// and so many bytes of the message there.
    pub(super) bytes: usize,
}

/// How a notice is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// It stands in the conversation's own topic, so that it need not say whose it is.
    pub(super) in_topic: bool,
    /// The chat ought to have topics, but the bot can't make any.
    pub(super) no_topics: bool,
    /// The link stands at the end of the text, for it can't be a button's.
    pub(super) plain_link: bool,
}

/// What stands on the button.
pub(super) const OPEN: &str = "Open in the inbox";

/// Who wrote: the owner's name for them, or one by which they can be told from others.
pub(super) fn visitor(words: &Words) -> String {
    let name = words.visitor.as_deref().map(|name| text::clean_line(name, NAME_CHARS));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        let id = words.conversation.to_string();
        format!("Visitor {}", &id[id.len() - 4..])
    })
}

/// What the conversation's topic is called: 1 to [`limits::TOPIC_NAME_CHARS`] characters.
pub(super) fn topic_name(words: &Words) -> String {
    let title = words.page.as_ref().map(|page| text::clean_line(&page.title, limits::TOPIC_NAME_CHARS));
    match (&words.visitor, title) {
        (None, Some(title)) if !title.is_empty() => title,
        _ => visitor(words),
    }
}

/// What has not been sent of it yet, in as few messages as it fits in.
pub(super) fn pieces(words: &Words, memo: &Memo, layout: Layout) -> Vec<Piece> {
    let link = if layout.plain_link { format!("\n\n{}", words.link) } else { String::new() };
    let room = limits::TEXT_UNITS.saturating_sub(units(&link));
    let mut page = Page { head: head(words, layout), room, done: Vec::new(), now: Piece::default() };
    page.begin();
    if memo.is_first() && memo.part.is_none() {
        page.aside(&context(words));
    }
    if layout.no_topics && memo.is_first() {
        page.aside("(Give the bot the right to manage topics, and every visitor gets a topic.)");
    }
    if words.show_words {
        for message in &words.messages {
            page.message(message, memo.sent_of(message.seq, message.body.len()));
        }
    } else if let Some(last) = words.messages.last() {
        let count = words.messages.len();
        let line = if count == 1 { "A new message.".into() } else { format!("{count} new messages.") };
        page.aside(&line);
        page.now.seq = last.seq.0;
        page.now.bytes = last.body.len();
    }
    let mut pieces = page.end();
    if let Some(last) = pieces.last_mut() {
        last.text.push_str(&link);
    }
    pieces
}

/// The sentence for the test button.
pub(super) fn test(shop_name: &str) -> String {
    format!(
        "This is a test. What visitors write to {} will come to this chat.",
        text::clean_line(shop_name, 200)
    )
}

/// The sentences for another channel's sickness.
pub(super) fn alarm(alarm: &Alarm, now: UnixMillis) -> String {
    let about = text::clean_line(&alarm.about, 300);
    let reason = text::clean_line(&alarm.reason, 1000);
    let shop = text::clean_line(&alarm.shop_name, 200);
    format!("{shop}: {about} has not worked {}. {reason}", for_how_long(now.0.saturating_sub(alarm.since.0)))
}

fn for_how_long(ms: u64) -> String {
    let minutes = ms / 60_000;
    let (count, unit) = match minutes {
        0 => return "for less than a minute".into(),
        1..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("for {count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The line that says whose it is; nothing where the topic says it.
fn head(words: &Words, layout: Layout) -> String {
    if layout.in_topic {
        return String::new();
    }
    format!("{} · {}", visitor(words), text::clean_line(&words.shop_name, NAME_CHARS))
}

/// Where the visitor was, and what was said just before, for a conversation that is new here.
fn context(words: &Words) -> String {
    let mut lines = Vec::new();
    if let Some(page) = &words.page {
        let title = text::clean_line(&page.title, 200);
        // A page's address may be long; where its title is known it says enough.
        lines.push(if title.is_empty() { text::clean_line(&page.url, 300) } else { title });
    }
    for message in &words.before {
        let who = match message.from {
            Side::Owner if message.system => "Your system".to_owned(),
            Side::Owner => "You".to_owned(),
            Side::Visitor => visitor(words),
        };
        lines.push(format!("{who}: {}", text::preview(&message.body, limits::BEFORE_CHARS)));
    }
    lines.join("\n")
}

/// Puts texts one below the other, and begins a new message where one is full.
struct Page {
    head: String,
    room: usize,
    done: Vec<Piece>,
    now: Piece,
}

impl Page {
    fn begin(&mut self) {
        self.now = Piece { text: self.head.clone(), bold: units(&self.head), ..self.now };
    }

    fn is_empty(&self) -> bool {
        self.now.text.len() == self.head.len()
    }

    fn left(&self) -> usize {
        let gap = if self.now.text.is_empty() { 0 } else { 2 };
        self.room.saturating_sub(units(&self.now.text) + gap)
    }

    fn put(&mut self, text: &str) {
        if !self.now.text.is_empty() {
            self.now.text.push_str("\n\n");
        }
        self.now.text.push_str(text);
    }

    fn turn(&mut self) {
        self.done.push(self.now.clone());
        self.begin();
    }

    /// A line of ours, which counts for nothing when it is asked how far the parcel came.
    fn aside(&mut self, line: &str) {
        if !line.is_empty() && units(line) <= self.left() {
            self.put(line);
        }
    }

    /// A visitor's message, from a byte on. It is parted only when it is too long for one of ours.
    fn message(&mut self, message: &Message, from: usize) {
        let mut rest = message.body.get(from..).unwrap_or_default();
        while !rest.is_empty() {
            if units(rest) > self.left() && !self.is_empty() {
                self.turn();
            }
            let (head, tail) = split(rest, self.left());
            if head.is_empty() {
                return;
            }
            self.put(head);
            rest = tail;
            self.now.seq = message.seq.0;
            self.now.bytes = message.body.len() - rest.len();
        }
    }

    fn end(mut self) -> Vec<Piece> {
        if !self.is_empty() {
            self.done.push(self.now);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ConversationId, MessageId, Page as ShopPage, Seq, ShopId};

    const BARE: Layout = Layout { in_topic: false, no_topics: false, plain_link: false };
    const TOPIC: Layout = Layout { in_topic: true, ..BARE };

    fn message(seq: u32, body: &str) -> Message {
        let id = MessageId::new(u64::from(seq), [1; 10]);
        Message {
            id,
            seq: Seq(seq),
            from: Side::Visitor,
            at: UnixMillis(1),
            body: body.into(),
            system: false,
            pictures: Vec::new(),
        }
    }

    fn words(bodies: &[&str]) -> Words {
        let numbered = (1..).zip(bodies);
        Words {
            to: Side::Owner,
            shop: ShopId::parse("oak-and-ash").unwrap(),
            shop_name: "Oak & Ash".into(),
            owner: "Maya".into(),
            conversation: ConversationId::new(1, [7; 10]),
            visitor: Some("Nora".into()),
            page: None,
            messages: numbered.map(|(seq, body)| message(seq, body)).collect(),
            before: Vec::new(),
            began_at: UnixMillis(1),
            link: "https://relay.example/inbox".into(),
            stop_link: None,
            show_words: true,
            gone: vec![],
        }
    }

    #[test]
    fn a_burst_stands_in_one_message_under_its_writers_name() {
        let pieces = pieces(&words(&["Hello", "Are you there?"]), &Memo::default(), BARE);
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].text, "Nora · Oak & Ash\n\nHello\n\nAre you there?");
        assert_eq!((pieces[0].bold, pieces[0].seq, pieces[0].bytes), (16, 2, 14));
    }

    #[test]
    fn what_is_too_long_goes_in_parts_that_lose_nothing() {
        for body in ["😀".repeat(4000), "word ".repeat(800).trim().to_owned(), "a".repeat(4000)] {
            for layout in [BARE, TOPIC, Layout { plain_link: true, ..BARE }] {
                let words = words(&["first", &body, "last"]);
                let pieces = pieces(&words, &Memo::default(), layout);
                assert!(pieces.iter().all(|piece| units(&piece.text) <= limits::TEXT_UNITS));
                let all: String = pieces.iter().map(|piece| &piece.text[..]).collect();
                let count = |text: &str, c: char| text.chars().filter(|&d| d == c).count();
                let wanted = body.chars().next().unwrap();
                assert!(count(&all, wanted) >= count(&body, wanted));
                assert_eq!(pieces.last().map(|piece| (piece.seq, piece.bytes)), Some((3, 4)));
            }
        }
    }

    #[test]
    fn after_a_stop_only_the_rest_is_sent() {
        let words = words(&["first", &"😀".repeat(4000), "last"]);
        let whole = pieces(&words, &Memo::default(), TOPIC);
        for (done, piece) in whole.iter().enumerate() {
            let part = super::super::memo::Part { seq: piece.seq, bytes: piece.bytes, sent: Vec::new() };
            let memo = Memo { last: Some(1), part: Some(part), ..Memo::default() };
            let rest = pieces(&words, &memo, TOPIC);
            let texts = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.clone()).collect::<Vec<_>>();
            assert_eq!(texts(&rest), texts(&whole[done + 1..]));
        }
    }

    #[test]
    fn two_who_have_no_name_can_be_told_apart() {
        let mut one = words(&["Hello"]);
        one.visitor = None;
        let other = Words { conversation: ConversationId::new(1, [8; 10]), ..one.clone() };
        assert_ne!(visitor(&one), visitor(&other));
    }

    #[test]
    fn a_topic_is_called_after_the_visitor_or_else_the_page() {
        let mut words = words(&["Hello"]);
        let page = |title: &str| Some(ShopPage { url: "https://oak.example/".into(), title: title.into() });
        words.page = page("Stools");
        assert_eq!(topic_name(&words), "Nora");
        words.visitor = None;
        assert_eq!(topic_name(&words), "Stools");
        words.page = page(&"long ".repeat(90));
        assert!(topic_name(&words).chars().count() <= limits::TOPIC_NAME_CHARS);
        words.page = page(" \n ");
        assert_eq!(topic_name(&words), "Visitor 0707");
    }

    #[test]
    fn words_that_may_not_be_seen_are_only_counted() {
        let mut words = words(&["secret", "secret too"]);
        words.show_words = false;
        let pieces = pieces(&words, &Memo::default(), TOPIC);
        assert_eq!(pieces.len(), 1);
        assert_eq!((pieces[0].text.as_str(), pieces[0].seq), ("2 new messages.", 2));
    }

    #[test]
    fn where_a_conversation_is_new_it_says_what_was_before() {
        let mut words = words(&["And the stool?"]);
        words.page = Some(ShopPage { url: "https://oak.example/stool".into(), title: "Stools".into() });
        words.before = vec![Message { from: Side::Owner, ..message(1, "We have\nboth") }];
        let first = pieces(&words, &Memo::default(), TOPIC);
        assert_eq!(first[0].text, "Stools\nYou: We have both\n\nAnd the stool?");
        let memo = Memo { last: Some(3), ..Memo::default() };
        assert_eq!(pieces(&words, &memo, TOPIC)[0].text, "And the stool?");
    }

    #[test]
    fn a_span_is_said_in_words() {
        for (ms, said) in [
            (0, "for less than a minute"),
            (60_000, "for 1 minute"),
            (3 * 3_600_000, "for 3 hours"),
            (90 * 3_600_000, "for 3 days"),
        ] {
            assert_eq!(for_how_long(ms), said);
        }
    }
}
