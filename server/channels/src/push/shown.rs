//! What a push says, for a service worker to show (`inbox/static/shown.js`).

use super::{limits, trim};
use crate::{Alarm, Notice, Words};
use serde::Serialize;
use shopbell_protocol::{ConversationId, Message, Seq, UnixMillis};
use std::borrow::Cow;

/// The plaintext of a push, as JSON.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    kind: Kind,
    /// The first line: who wrote, or which shop it is about.
    title: String,
    /// The words of the burst, newest last, or a sentence of Shopbell's.
    body: String,
    /// One notification for each tag: a later one takes the earlier one's place.
    tag: String,
    /// What a press on it opens.
    url: &'a str,
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<UnixMillis>,
    #[serde(flatten)]
    burst: Option<Burst>,
    /// Conversations that were opened elsewhere, whose notifications can go. A browser
    /// wants to see a notification for each push, so this comes with the next one that is
    /// shown anyway.
    gone: &'a [ConversationId],
}

/// Which of a conversation's messages it tells.
#[derive(Debug, Serialize)]
struct Burst {
    conversation: ConversationId,
    first: Seq,
    upto: Seq,
    /// How many.
    count: usize,
    /// Whether the words were left out, so that `body` is a sentence.
    hidden: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Words,
    Alarm,
    Test,
}

/// What is shown of a notice, as JSON that fits into a push: the newest words stay
/// longest. None when even what is not cut is too long, as with an address of thousands of
/// characters.
pub(super) fn json(notice: &Notice, hide_words: bool) -> Option<String> {
    let (mut shown, lines) = match notice {
        Notice::Words(words) => of_words(words, hide_words || !words.show_words),
        Notice::Alarm(alarm) => of_alarm(alarm),
        Notice::Test { shop_name, link, .. } => {
            let line = "This is how a message will reach you here.";
            (plain(Kind::Test, shop_name, "test", link), vec![line.into()])
        }
    };
    let write = |shown: &Shown<'_>| serde_json::to_string(shown).ok();
    let room = limits::PLAINTEXT_BYTES.checked_sub(write(&shown)?.len())?;
    let lines: Vec<&str> = lines.iter().map(Cow::as_ref).collect();
    shown.body = trim::newest(&lines, room);
    write(&shown)
}

fn plain<'a>(kind: Kind, title: &str, tag: &str, url: &'a str) -> Shown<'a> {
    let title = trim::cut(title, limits::TITLE_BYTES);
    let tag = trim::cut(tag, limits::TITLE_BYTES);
    Shown { kind, title, body: String::new(), tag, url, at: None, burst: None, gone: &[] }
}

fn of_words(words: &Words, hidden: bool) -> (Shown<'_>, Vec<Cow<'_, str>>) {
    let seqs = || words.messages.iter().map(|message| message.seq);
    let count = words.messages.len();
    let burst = Burst {
        conversation: words.conversation,
        first: seqs().min().unwrap_or_default(),
        upto: seqs().max().unwrap_or_default(),
        count,
        hidden,
    };
    let lines = match (hidden, count) {
        (false, _) => words.messages.iter().map(|message| line(words, message)).collect(),
        (true, 1) => vec!["New message".into()],
        (true, _) => vec![format!("{count} new messages").into()],
    };
    let shown = plain(Kind::Words, words.writer(), &words.conversation.to_string(), &words.link);
    let at = words.messages.iter().map(|message| message.at).max();
    (Shown { at, burst: Some(burst), gone: &words.gone, ..shown }, lines)
}

/// What somebody said. What the shop's system says by itself says so, for the title names a person.
fn line<'a>(words: &Words, message: &'a Message) -> Cow<'a, str> {
    if message.system {
        format!("Sent automatically by {}: {}", words.shop_name, message.body).into()
    } else {
        message.body.as_str().into()
    }
}

fn of_alarm(alarm: &Alarm) -> (Shown<'_>, Vec<Cow<'_, str>>) {
    // The next alarm about the same channel takes this one's place.
    let shown = plain(Kind::Alarm, &alarm.shop_name, &format!("alarm {}", alarm.about), &alarm.link);
    let line = format!("{} does not work. {}", alarm.about, alarm.reason);
    (Shown { at: Some(alarm.since), ..shown }, vec![line.into()])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::{Value, json};
    use shopbell_protocol::{MessageId, ShopId, Side};

    pub(in crate::push) fn words(bodies: &[&str]) -> Words {
        let message = |(place, body): (u32, &&str)| Message {
            id: MessageId::new(u64::from(place), [0; 10]),
            seq: Seq(place),
            from: Side::Visitor,
            at: UnixMillis(1_000 + u64::from(place)),
            body: (*body).to_owned(),
            system: false,
            pictures: Vec::new(),
        };
        Words {
            to: Side::Owner,
            shop: ShopId::parse("oak").unwrap(),
            shop_name: "Oak & Ash".into(),
            owner: "Maya".into(),
            conversation: ConversationId::from_bytes([7; 16]),
            visitor: None,
            page: None,
            messages: (7..).zip(bodies).map(message).collect(),
            before: vec![],
            began_at: UnixMillis(1),
            link: "https://relay.example/inbox#with=07070707-0707-0707-0707-070707070707".into(),
            stop_link: None,
            show_words: true,
            gone: vec![],
        }
    }

    fn read(notice: &Notice, hide_words: bool) -> Value {
        serde_json::from_str(&super::json(notice, hide_words).unwrap()).unwrap()
    }

    #[test]
    fn a_burst_shows_who_wrote_and_what() {
        let mut words = words(&["Is it oak?", "The <b>round</b> one"]);
        words.visitor = Some("Jürgen \"J\"".into());
        words.gone = vec![ConversationId::from_bytes([8; 16])];
        assert_eq!(
            read(&Notice::Words(Box::new(words)), false),
            json!({
                "kind": "words",
                "title": "Jürgen \"J\"",
                "body": "Is it oak?\nThe <b>round</b> one",
                "tag": "07070707-0707-0707-0707-070707070707",
                "url": "https://relay.example/inbox#with=07070707-0707-0707-0707-070707070707",
                "at": 1_008,
                "conversation": "07070707-0707-0707-0707-070707070707",
                "first": 7,
                "upto": 8,
                "count": 2,
                "hidden": false,
                "gone": ["08080808-0808-0808-0808-080808080808"],
            })
        );
    }

    #[test]
    fn words_are_hidden_when_the_device_or_the_relay_says_so() {
        let secret = words(&["secret", "secret too"]);
        let mut not_shown = secret.clone();
        not_shown.show_words = false;
        for (words, hide, body) in [
            (secret.clone(), true, "2 new messages"),
            (not_shown, false, "2 new messages"),
            (words(&["secret"]), true, "New message"),
        ] {
            let shown = read(&Notice::Words(Box::new(words)), hide);
            assert_eq!((&shown["title"], &shown["body"]), (&json!("A visitor"), &json!(body)));
            assert_eq!(shown["hidden"], true);
            assert!(!shown.to_string().contains("secret"), "{shown}");
        }
    }

    #[test]
    fn what_the_shops_system_says_is_not_the_owners_words() {
        let mut words = Words { to: Side::Visitor, ..words(&["It has left our house.", "See you!"]) };
        words.messages[0].system = true;
        let shown = read(&Notice::Words(Box::new(words)), false);
        assert_eq!(shown["title"], "Maya");
        assert_eq!(shown["body"], "Sent automatically by Oak & Ash: It has left our house.\nSee you!");
    }

    #[test]
    fn alarms_and_tests_say_what_they_are() {
        let shop = ShopId::parse("oak").unwrap();
        let alarm = Alarm {
            shop: shop.clone(),
            shop_name: "Oak & Ash".into(),
            about: "E-mail to ana@oak.example".into(),
            since: UnixMillis(5),
            reason: "The mail server refuses the password.".into(),
            link: "https://relay.example/inbox#settings".into(),
        };
        let shown = read(&Notice::Alarm(alarm), true);
        assert_eq!(
            shown["body"],
            "E-mail to ana@oak.example does not work. The mail server refuses the password."
        );
        assert_eq!((&shown["kind"], &shown["at"]), (&json!("alarm"), &json!(5)));
        assert_eq!(shown.get("conversation"), None);
        let test =
            Notice::Test { shop, shop_name: "Oak & Ash".into(), link: "https://relay.example/inbox".into() };
        let shown = read(&test, true);
        assert_eq!((&shown["kind"], &shown["title"]), (&json!("test"), &json!("Oak & Ash")));
    }

    #[test]
    fn what_is_too_long_is_cut_to_the_byte() {
        let lengths = |body: &str| {
            let words = words(&["an older one", body]);
            let json = super::json(&Notice::Words(Box::new(words)), false).unwrap();
            let shown: Value = serde_json::from_str(&json).unwrap();
            let body = shown["body"].as_str().unwrap().to_owned();
            assert!(body.ends_with('…'), "{body}");
            assert!(!body.contains("older"), "the newest words come first");
            json.len()
        };
        assert_eq!(lengths(&"x".repeat(4_000)), limits::PLAINTEXT_BYTES);
        for body in ["\"\n", "👩‍👩‍👧", "é", "\u{1}x"] {
            let length = lengths(&body.repeat(4_000));
            assert!(
                (limits::PLAINTEXT_BYTES - 20..=limits::PLAINTEXT_BYTES).contains(&length),
                "{body} {length}"
            );
        }
        let mut endless = words(&["x"]);
        endless.visitor = Some("y".repeat(5_000));
        assert!(super::json(&Notice::Words(Box::new(endless.clone())), false).is_some());
        endless.link = format!("https://relay.example/{}", "z".repeat(5_000));
        assert_eq!(super::json(&Notice::Words(Box::new(endless)), false), None);
    }
}
