use super::*;
use crate::{Alarm, Target as AnyTarget, Words, email::EmailConfig};
use mail_parser::{Message as Parsed, MessageParser};
use shopbell_protocol::{
    ChannelId, ConversationId, Message as Said, MessageId, Page, RANDOM_BYTES, ShopId, UnixMillis,
};

const NOW: UnixMillis = UnixMillis(1_760_000_000_000);

fn said(seq: u32, from: Side, body: &str) -> Said {
    let id = MessageId::new(u64::from(seq), [0; RANDOM_BYTES]);
    Said { id, seq: Seq(seq), from, at: NOW, body: body.into(), system: false, pictures: Vec::new() }
}

fn words() -> Words {
    Words {
        to: Side::Owner,
        shop: ShopId::parse("oak-and-ash").expect("well formed"),
        shop_name: "Oak & Ash".into(),
        owner: "Ana".into(),
        conversation: ConversationId::new(1, [1; RANDOM_BYTES]),
        visitor: Some("Tom".into()),
        page: Some(Page { url: "https://oak.example/walnut?a=1&b=2".into(), title: "Walnut table".into() }),
        messages: vec![said(3, Side::Visitor, "Do you ship to Graz?\nIt's <b>urgent</b>.")],
        before: vec![said(1, Side::Visitor, "Hello!"), said(2, Side::Owner, "Hello Tom.")],
        began_at: NOW,
        link: "https://relay.example/inbox".into(),
        stop_link: None,
        show_words: true,
        gone: vec![],
    }
}

fn for_visitor() -> Words {
    Words {
        to: Side::Visitor,
        messages: vec![said(4, Side::Owner, "We do.")],
        stop_link: Some("https://relay.example/stop/abc".into()),
        ..words()
    }
}

fn written(notice: Notice, memo: Option<&str>, key: &str) -> Letter {
    written_by(true, notice, memo, key)
}

fn written_by(hears: bool, notice: Notice, memo: Option<&str>, key: &str) -> Letter {
    let mut config = EmailConfig::new("smtp://mail.example", "bell@relay.example");
    config.listen = hears.then(|| "127.0.0.1:2525".parse().expect("an address"));
    let settings = config.check().expect("well formed");
    let mailbox = Target { address: "ana@oak.example".into() };
    let target = AnyTarget::Email(mailbox.clone());
    let channel = ChannelId::new(1, [3; RANDOM_BYTES]);
    let parcel = Parcel { channel, target: &target, key, notice: &notice, memo, now: NOW };
    write(&settings, &Tokens::new([7; 32]), &mailbox, &parcel).expect("it can be written")
}

fn letter(words: Words) -> Letter {
    written(Notice::Words(Box::new(words)), None, "parcel-1")
}

fn parse(letter: &Letter) -> Parsed<'_> {
    MessageParser::default().parse(&letter.bytes).expect("a mail")
}

#[track_caller]
fn well_formed(letter: &Letter) {
    let text = std::str::from_utf8(&letter.bytes).expect("ASCII");
    assert!(text.is_ascii(), "every server takes it");
    for line in text.split("\r\n") {
        assert!(line.len() <= 998, "RFC 5322, clause 2.1.1: {line}");
        assert!(!line.contains(['\r', '\n']), "a bare line end: {line}");
    }
}

#[test]
fn it_tells_who_wrote_where_what_and_how_to_answer() {
    let letter = letter(words());
    well_formed(&letter);
    let parsed = parse(&letter);
    assert_eq!(parsed.subject(), Some("Tom on Oak & Ash"));
    let text = parsed.body_text(0).expect("text");
    let places = [
        "Tom wrote to you",
        "Walnut table",
        "Hello!",
        "You:",
        "Hello Tom.",
        "Do you ship to Graz?",
        "reply to this mail",
    ]
    .map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}")));
    assert!(places.is_sorted(), "{text}");
    let html = parsed.body_html(0).expect("HTML");
    assert!(html.contains("&lt;b&gt;urgent&lt;/b&gt;") && !html.contains("<b>"), "{html}");
    assert!(html.contains("a=1&amp;b=2"), "{html}");
    for remote in ["<img", "url(", "<script", "@import"] {
        assert!(!html.contains(remote), "{remote}");
    }
}

#[test]
fn it_is_sent_so_that_an_answer_and_a_bounce_find_back() {
    let letter = letter(words());
    let parsed = parse(&letter);
    let token = &letter.references[0].key[TOKEN_KEY.len()..];
    assert!(super::super::token::is_token(token));
    let address = format!("bell+{token}@relay.example");
    assert!(address.find('@').is_some_and(|at| at <= 64));
    assert_eq!(letter.envelope.from().map(ToString::to_string), Some(address.clone()));
    let reply_to = parsed.reply_to().and_then(|to| to.first()).and_then(|to| to.address());
    assert_eq!(reply_to, Some(address.as_str()));
    assert_eq!(parsed.message_id(), Some(letter.references[1].key.as_str()));
    assert!(letter.references.iter().all(|reference| reference.upto == Seq(3)));
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert!(parsed.header_raw("List-Unsubscribe").is_none(), "an owner's letter");
}

#[test]
fn a_conversations_letters_stand_together() {
    let first = letter(words());
    let named = Words { visitor: Some("Tom from Graz".into()), ..words() };
    let second = written(Notice::Words(Box::new(named)), first.memo.as_deref(), "parcel-2");
    let (one, two) = (parse(&first), parse(&second));
    assert_eq!(one.subject(), two.subject(), "also when the visitor's name changes");
    assert_eq!(two.in_reply_to().as_text(), one.message_id());
    assert_eq!(one.in_reply_to().as_text(), None);
    let mut memo = second.memo.clone();
    for number in 3..40 {
        let next = written(Notice::Words(Box::new(words())), memo.as_deref(), &format!("parcel-{number}"));
        well_formed(&next);
        memo = next.memo;
    }
    let again = written(Notice::Words(Box::new(words())), None, "parcel-1");
    assert_eq!(parse(&again).message_id(), one.message_id(), "sent again, it is the same letter");
}

#[test]
fn a_visitors_letter_comes_from_the_owner_and_can_be_stopped() {
    let letter = letter(for_visitor());
    let parsed = parse(&letter);
    let from = parsed.from().and_then(|from| from.first()).expect("a sender");
    assert_eq!((from.name(), from.address()), (Some("Ana, Oak & Ash"), Some("bell@relay.example")));
    let raw = |name| parsed.header_raw(name).map(str::trim);
    assert_eq!(raw("List-Unsubscribe"), Some("<https://relay.example/stop/abc>"));
    assert_eq!(raw("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let text = parsed.body_text(0).expect("text");
    assert!(text.contains("https://relay.example/inbox") && text.contains("/stop/abc"), "{text}");
    assert!(!text.contains("Walnut"), "a visitor knows where they were: {text}");
}

#[test]
fn no_name_or_title_gets_into_the_header() {
    let evil = "Tom\r\nBcc: eve@evil.example\r\n\r\nHello\u{202e}";
    let wild = Words {
        visitor: Some(evil.into()),
        shop_name: "Ä \"quoted\", <a@b.example>\n".into(),
        page: Some(Page { url: "https://oak.example/".into(), title: evil.repeat(20) }),
        ..words()
    };
    for words in [
        wild.clone(),
        Words { visitor: None, ..wild.clone() },
        Words { to: Side::Visitor, owner: evil.into(), ..wild },
    ] {
        let letter = letter(words);
        well_formed(&letter);
        let parsed = parse(&letter);
        assert!(parsed.bcc().is_none());
        let head = &letter.bytes[..parsed.root_part().raw_body_offset() as usize];
        assert!(!String::from_utf8_lossy(head).contains("\nBcc"), "no field of its own");
        assert_eq!(parsed.from().map(|from| from.iter().count()), Some(1));
        assert_eq!(parsed.from().and_then(|from| from.first()?.address()), Some("bell@relay.example"));
        let subject = parsed.subject().expect("a subject");
        assert!(
            subject.chars().count() <= limits::SUBJECT_CHARS + 1 && !subject.contains('\u{202e}'),
            "{subject}"
        );
    }
}

#[test]
fn any_text_comes_through_whole() {
    for body in [
        "x".repeat(4_000),
        "شكرا جزيلا 🙏🏽".repeat(200),
        "From here\n.\n..dots\n-- \nnot a signature\n>From".into(),
        "line\n".repeat(500).trim().into(),
        "\u{1F469}\u{200D}\u{1F680}".into(),
    ] {
        let letter = letter(Words { messages: vec![said(1, Side::Visitor, &body)], ..words() });
        well_formed(&letter);
        let parsed = parse(&letter);
        let text = parsed.body_text(0).expect("text").replace("\r\n", "\n");
        assert!(text.contains(&body), "{body} in {text}");
    }
}

#[test]
fn hidden_words_stand_nowhere() {
    let letter = letter(Words { show_words: false, ..words() });
    let parsed = parse(&letter);
    for text in [parsed.body_text(0), parsed.body_html(0), parsed.subject().map(Into::into)] {
        let text = text.expect("it is there");
        assert!(!text.contains("Graz") && !text.contains("Hello"), "{text}");
    }
}

#[test]
fn who_cannot_be_heard_is_not_asked_to_reply() {
    let test = Notice::Test {
        shop: words().shop,
        shop_name: "Oak & Ash".into(),
        link: "https://relay.example/inbox".into(),
    };
    for notice in [Notice::Words(Box::new(words())), Notice::Words(Box::new(for_visitor())), test] {
        let letter = written_by(false, notice, None, "parcel-1");
        let parsed = parse(&letter);
        assert!(parsed.reply_to().is_none());
        for text in [parsed.body_text(0), parsed.body_html(0)] {
            let text = text.expect("it is there");
            assert!(!text.contains("reply") && !text.contains("above this line"), "{text}");
            assert!(text.contains("nswer in the"), "{text}");
        }
    }
}

#[test]
fn an_alarm_and_a_test_say_what_to_do() {
    let shop = ShopId::parse("oak-and-ash").expect("well formed");
    let alarm = Notice::Alarm(Alarm {
        shop: shop.clone(),
        shop_name: "Oak & Ash".into(),
        about: "Telegram".into(),
        since: NOW,
        reason: "The bot was thrown out of the chat. Link it again.".into(),
        link: "https://relay.example/inbox#settings".into(),
    });
    let letter = written(alarm, None, "alarm-1");
    well_formed(&letter);
    let text = parse(&letter).body_text(0).expect("text").into_owned();
    for part in ["Telegram does not work", "thrown out", "9 October, 08:53 UTC", "#settings"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(letter.memo, None);
    let test =
        Notice::Test { shop, shop_name: "Oak & Ash".into(), link: "https://relay.example/inbox".into() };
    let letter = written(test, None, "test-1");
    well_formed(&letter);
    assert!(parse(&letter).body_text(0).is_some_and(|text| text.contains("It works")));
}

#[test]
fn a_mailbox_that_is_none_is_told_as_one() {
    let settings =
        EmailConfig::new("smtp://mail.example", "bell@relay.example").check().expect("well formed");
    let mailbox = Target { address: "ana".into() };
    let target = AnyTarget::Email(mailbox.clone());
    let notice = Notice::Words(Box::new(words()));
    let channel = ChannelId::new(1, [3; RANDOM_BYTES]);
    let parcel = Parcel { channel, target: &target, key: "a", notice: &notice, memo: None, now: NOW };
    let failure = write(&settings, &Tokens::new([7; 32]), &mailbox, &parcel).err().expect("no mailbox");
    assert_eq!(failure.fate, crate::Fate::Gone);
}

/// Writes the letters to a folder, for eyes: `SHOPBELL_LETTERS=folder cargo test letters_for_eyes`.
#[test]
fn letters_for_eyes() {
    let more = Words {
        messages: vec![
            said(3, Side::Visitor, "Do you ship to Graz?"),
            said(
                4,
                Side::Visitor,
                "The table is 180 cm long, and the lift in our house takes 170.\n\nWould you take the legs off?",
            ),
        ],
        ..words()
    };
    let wild = Words {
        visitor: None,
        page: None,
        before: Vec::new(),
        messages: vec![
            said(1, Side::Visitor, "مرحبا، هل ترسلون إلى غراتس؟ شكرا جزيلا على المساعدة."),
            said(
                2,
                Side::Visitor,
                &format!("https://oak.example/{} <script>alert(1)</script>", "long".repeat(40)),
            ),
        ],
        ..words()
    };
    let alarm = Notice::Alarm(Alarm {
        shop: words().shop,
        shop_name: "Oak & Ash".into(),
        about: "Telegram, Ana".into(),
        since: NOW,
        reason: "The bot was thrown out of the chat. Link it again.".into(),
        link: "https://relay.example/inbox#settings".into(),
    });
    let test = Notice::Test { shop: words().shop, shop_name: "Oak & Ash".into(), link: words().link };
    let all = [
        ("owner", Notice::Words(Box::new(more))),
        ("wild", Notice::Words(Box::new(wild))),
        ("visitor", Notice::Words(Box::new(for_visitor()))),
        ("alarm", alarm),
        ("test", test),
    ];
    for (name, notice) in all {
        let letter = written(notice, None, name);
        well_formed(&letter);
        let html = parse(&letter).body_html(0).expect("HTML").into_owned();
        assert!(html.starts_with("<!doctype html>"));
        if let Some(folder) = std::env::var_os("SHOPBELL_LETTERS") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), html)
                .expect("a folder");
        }
    }
}

#[test]
fn what_the_shops_system_says_never_looks_like_the_owners_words() {
    let system = |seq, body| Said { system: true, ..said(seq, Side::Owner, body) };
    let messages = vec![system(4, "Your parcel is on its way.")];
    let alone = letter(Words { messages, before: Vec::new(), ..for_visitor() });
    well_formed(&alone);
    let parsed = parse(&alone);
    let name = parsed.from().and_then(|from| from.first()).and_then(|from| from.name()).unwrap_or_default();
    assert_eq!(name, "Oak & Ash");
    for part in [parsed.body_text(0), parsed.body_html(0)] {
        let part = part.expect("a part");
        assert!(!part.contains("Ana answered") && part.contains("automatically"), "{part}");
        assert!(!part.contains("Ana:"), "{part}");
    }
    let messages = vec![said(4, Side::Owner, "We do."), system(5, "Your parcel is on its way.")];
    let mixed = letter(Words { messages, ..for_visitor() });
    let parsed = parse(&mixed);
    for part in [parsed.body_text(0).expect("text"), parsed.body_html(0).expect("HTML")] {
        let place = |what: &str| part.rfind(what).unwrap_or_else(|| panic!("{what} in {part}"));
        assert!(place("We do.") < place("Sent automatically by Oak"), "{part}");
        assert!(place("Sent automatically by Oak") < place("Your parcel"), "{part}");
    }
}
