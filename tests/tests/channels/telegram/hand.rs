//! What comes to the owner's chat.

use super::rig::*;
use serde_json::json;
use shopbell_channels::{Channel, Fate, telegram::Chat};
use shopbell_protocol::{Page, Seq, Side};
use shopbell_tests::far::telegram::{FakeTelegram, Fault};
use std::time::Duration;

#[tokio::test]
async fn a_burst_comes_in_one_message_that_says_whose_it_is() {
    let rig = Rig::with_private_chat().await;
    let handed =
        rig.hand(&private(), &notice(words(1, &["Hello", "Is the stool oiled?"])), None).await.unwrap();
    let sent = rig.only(MAYA);
    assert_eq!(sent.text, "Nora · Oak & Ash\n\nHello\n\nIs the stool oiled?");
    let keys: Vec<_> =
        handed.references.iter().map(|reference| (reference.key.clone(), reference.upto)).collect();
    assert_eq!(keys, [(format!("{MAYA}:{}", sent.id), Seq(2)), (format!("chat:{MAYA}"), Seq(2))]);
}

#[tokio::test]
async fn text_stays_text_and_its_links_have_no_preview() {
    let rig = Rig::with_private_chat().await;
    let body = "<b>*bold*</b> [x](https://x.example) `code` _a_ 😀 \\*";
    rig.hand(&private(), &notice(words(1, &[body])), None).await.unwrap();
    let sent = rig.only(MAYA);
    assert!(sent.text.ends_with(body), "{}", sent.text);
    assert_eq!(sent.whole["link_preview_options"], json!({ "is_disabled": true }));
    assert_eq!(sent.whole["entities"], json!([{ "type": "bold", "offset": 0, "length": 16 }]));
    assert_eq!(rig.fake.calls("sendmessage")[0].get("parse_mode"), None);
}

#[tokio::test]
async fn a_name_of_emoji_is_set_in_bold_to_its_end() {
    let rig = Rig::with_private_chat().await;
    let named = |name: &str| {
        let mut words = words(1, &["Hi"]);
        words.visitor = Some(name.into());
        notice(words)
    };
    rig.hand(&private(), &named("👩‍👩‍👧 Ünal 😀"), None).await.unwrap();
    let sent = rig.only(MAYA);
    let bold = usize::try_from(sent.whole["entities"][0]["length"].as_u64().unwrap()).unwrap();
    let head = String::from_utf16(&sent.text.encode_utf16().take(bold).collect::<Vec<_>>()).unwrap();
    assert_eq!(head, "👩‍👩‍👧 Ünal 😀 · Oak & Ash");
}

#[tokio::test]
async fn the_inbox_is_one_press_away() {
    let rig = Rig::with_private_chat().await;
    rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.unwrap();
    let button = &rig.only(MAYA).whole["reply_markup"]["inline_keyboard"][0][0];
    assert_eq!(*button, json!({ "text": "Open in the inbox", "url": LINK }));
}

#[tokio::test]
async fn where_a_button_cannot_lead_the_link_stands_in_the_text() {
    let rig = Rig::with_private_chat().await;
    let mut words = words(1, &["Hello"]);
    words.link = "http://localhost:8080/inbox".into();
    rig.hand(&private(), &notice(words.clone()), None).await.unwrap();
    let sent = rig.only(MAYA);
    assert_eq!(sent.text, "Nora · Oak & Ash\n\nHello\n\nhttp://localhost:8080/inbox");
    assert!(sent.whole.get("reply_markup").is_none());
    // From then on it is not tried in vain.
    rig.hand(&private(), &notice(words), None).await.unwrap();
    assert_eq!(rig.fake.calls("sendmessage").len(), 3);
}

#[tokio::test]
async fn what_is_too_long_comes_in_parts_that_each_say_whose_they_are() {
    let rig = Rig::with_private_chat().await;
    let long = "🪑".repeat(4_000);
    let handed = rig.hand(&private(), &notice(words(1, &["First", &long, "Last"])), None).await.unwrap();
    let sent = rig.fake.sent(MAYA);
    assert_eq!(sent.len(), 3, "8,000 code units and a head on each part");
    let chairs: usize = sent.iter().map(|sent| sent.text.matches('🪑').count()).sum();
    assert_eq!(chairs, 4_000);
    for part in &sent {
        assert!(part.text.starts_with("Nora · Oak & Ash\n\n"));
        assert!(part.text.encode_utf16().count() <= 4_096);
        let key = format!("{MAYA}:{}", part.id);
        assert!(handed.references.iter().any(|reference| reference.key == key), "any part can be replied to");
    }
    let buttons = sent.iter().filter(|part| part.whole.get("reply_markup").is_some()).count();
    assert_eq!(buttons, 1);
    assert!(sent[2].text.ends_with("Last"));
}

#[tokio::test]
async fn a_parcel_that_stopped_half_way_goes_on_there() {
    let rig = Rig::with_private_chat().await;
    let long = "🪑".repeat(4_000);
    let notice = notice(words(1, &[&long]));
    rig.fake.fails("sendmessage", Fault::Slow(Duration::ZERO), 1);
    rig.fake.fails("sendmessage", Fault::Gateway(503), 1);
    let failure = rig.hand(&private(), &notice, None).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
    let first = rig.only(MAYA);
    let handed = rig.hand(&private(), &notice, failure.memo.as_deref()).await.unwrap();
    let sent = rig.fake.sent(MAYA);
    let chairs: usize = sent.iter().map(|sent| sent.text.matches('🪑').count()).sum();
    assert_eq!((sent.len(), chairs), (2, 4_000));
    let key = format!("{MAYA}:{}", first.id);
    assert!(handed.references.iter().any(|reference| reference.key == key), "the first part is known too");
}

#[tokio::test]
async fn a_flood_comes_in_several_tries_and_whole() {
    let rig = Rig::with_private_chat().await;
    let long = "🪑".repeat(2_100);
    let flood = notice(words(1, &[&*long; 9]));
    let failure = rig.hand(&private(), &flood, None).await.unwrap_err();
    assert_eq!((failure.fate, failure.retry_after), (Fate::Later, Some(Duration::from_secs(1))));
    assert_eq!(rig.fake.sent(MAYA).len(), 15);
    let handed = rig.hand(&private(), &flood, failure.memo.as_deref()).await.unwrap();
    let chairs: usize = rig.fake.sent(MAYA).iter().map(|sent| sent.text.matches('🪑').count()).sum();
    assert_eq!(chairs, 9 * 2_100);
    assert!(handed.references.len() > 15);
}

#[tokio::test]
async fn words_that_may_not_be_seen_are_not_sent() {
    let rig = Rig::with_private_chat().await;
    let mut words = words(1, &["my door code is 4711", "thanks"]);
    words.show_words = false;
    words.page = Some(Page { url: "https://oak.example/".into(), title: "Stools".into() });
    rig.hand(&private(), &notice(words), None).await.unwrap();
    let text = rig.only(MAYA).text;
    assert!(text.contains("Nora") && text.contains("2 new messages"), "{text}");
    assert!(!text.contains("4711") && !text.contains("thanks"));
}

#[tokio::test]
async fn an_alarm_and_a_test_say_what_they_are() {
    let rig = Rig::with_private_chat().await;
    assert!(rig.hand(&private(), &test_notice(), None).await.unwrap().references.is_empty());
    rig.hand(&private(), &alarm(), None).await.unwrap();
    let sent = rig.fake.sent(MAYA);
    assert!(sent[0].text.starts_with("This is a test."), "{}", sent[0].text);
    assert_eq!(
        sent[1].text,
        "Oak & Ash: E-mail to maya@oak.example has not worked for 2 hours. The mailbox is full. Make room in it."
    );
    let button = &sent[1].whole["reply_markup"]["inline_keyboard"][0][0]["url"];
    assert_eq!(*button, json!("https://relay.example/inbox#settings"));
}

#[tokio::test]
async fn an_alarm_and_a_test_come_without_a_button_too() {
    let rig = Rig::with_private_chat().await;
    let notice = match test_notice() {
        shopbell_channels::Notice::Test { shop, shop_name, .. } => {
            shopbell_channels::Notice::Test { shop, shop_name, link: "http://127.0.0.1/inbox".into() }
        }
        other => other,
    };
    rig.hand(&private(), &notice, None).await.unwrap();
    assert!(rig.only(MAYA).text.ends_with("\n\nhttp://127.0.0.1/inbox"));
}

#[tokio::test]
async fn an_owners_words_are_not_carried_to_visitors() {
    let rig = Rig::with_private_chat().await;
    let mut words = words(1, &["Hello"]);
    words.to = Side::Visitor;
    let failure = rig.hand(&private(), &notice(words), None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Refused);
    assert!(rig.fake.sent(MAYA).is_empty());
}

#[tokio::test]
async fn what_was_opened_elsewhere_is_marked() {
    let rig = Rig::with_private_chat().await;
    let memo = rig.hand(&private(), &notice(words(1, &["Hello", "Hm"])), None).await.unwrap().memo;
    let sent = rig.only(MAYA);
    rig.opened(&private(), 1, memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.reaction(MAYA, sent.id), None, "not all of it was opened");
    rig.opened(&private(), 2, memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.reaction(MAYA, sent.id).as_deref(), Some("👀"));
    rig.opened(&private(), 2, None).await.unwrap();
    assert_eq!(rig.fake.calls("setmessagereaction").len(), 1);
}

#[tokio::test]
async fn what_the_visitor_has_opened_is_marked_on_the_owners_own_words() {
    let rig = Rig::with_private_chat().await;
    let said = rig.maya.says(MAYA, "Hello, Nora");
    let name = format!("{MAYA}:{said}");
    rig.seen(&private(), &name).await.unwrap();
    assert_eq!(rig.fake.reaction(MAYA, said).as_deref(), Some("👀"));
    for elsewhere in [format!("{GROUP}:{said}"), "no name".into()] {
        rig.seen(&private(), &elsewhere).await.unwrap();
    }
    assert_eq!(rig.fake.calls("setmessagereaction").len(), 1);
    assert!(rig.seen(&private(), &format!("{MAYA}:{}", said + 7)).await.is_err(), "it was deleted");
}

#[tokio::test]
async fn a_bot_that_was_blocked_or_removed_is_gone_for_its_owner() {
    let rig = Rig::with_private_chat().await;
    let hello = notice(words(1, &["Hello"]));
    rig.maya.blocks();
    let failure = rig.hand(&private(), &hello, None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("blocked"), "{}", failure.reason);
    rig.fake.deactivate(MAYA);
    assert_eq!(rig.hand(&private(), &hello, None).await.unwrap_err().fate, Fate::Gone);

    rig.fake.group(GROUP, "Staff");
    rig.maya.removes_bot(GROUP);
    let failure = rig.hand(&group(), &hello, None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("removed"), "{}", failure.reason);
    rig.fake.group(GROUP, "Staff");
    rig.fake.delete_chat(GROUP);
    assert!(rig.hand(&group(), &hello, None).await.unwrap_err().reason.contains("deleted"));
}

#[tokio::test]
async fn a_chat_that_telegram_does_not_know_is_gone() {
    let rig = Rig::new().await;
    let nowhere = Chat { chat: 12_345, ..private() };
    let failure = rig.hand(&nowhere, &notice(words(1, &["Hello"])), None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
}

#[tokio::test]
async fn a_group_where_the_bot_may_not_write_is_tried_again() {
    let rig = Rig::new().await;
    rig.fake.group(GROUP, "Staff");
    rig.fake.let_write(GROUP, false);
    let failure = rig.hand(&group(), &notice(words(1, &["Hello"])), None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Later);
    assert!(failure.reason.contains("may not write"), "{}", failure.reason);
}

#[tokio::test]
async fn a_wrong_token_says_what_to_do_and_never_itself() {
    let rig = Rig::with_private_chat().await;
    let token = rig.fake.token();
    rig.fake.revoke_token();
    let failure = rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Later);
    assert!(failure.reason.contains("BotFather"), "{}", failure.reason);
    assert!(!format!("{failure:?}").contains(&token));
    let wrong = bot_at(rig.fake.url(), "nonsense", false, None);
    assert!(wrong.examine().await.unwrap_err().contains("BotFather"));
}

#[tokio::test]
async fn trouble_of_telegrams_own_is_waited_for() {
    let rig = Rig::with_private_chat().await;
    let hello = notice(words(1, &["Hello"]));
    rig.fake.fails("sendmessage", Fault::Gateway(502), 1);
    rig.fake.fails("sendmessage", Fault::Says(500, "Internal Server Error"), 1);
    let failure = rig.hand(&private(), &hello, None).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, true), "a gateway does not know");
    let failure = rig.hand(&private(), &hello, None).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
    rig.hand(&private(), &hello, None).await.unwrap();
    assert_eq!(rig.fake.sent(MAYA).len(), 1);
}

#[tokio::test]
async fn without_an_answer_it_may_have_been_taken() {
    let rig = Rig::with_private_chat().await;
    let hello = notice(words(1, &["Hello"]));
    rig.fake.fails("sendmessage", Fault::CutAfter, 1);
    let failure = rig.hand(&private(), &hello, None).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, true));
    assert_eq!(rig.fake.sent(MAYA).len(), 1, "and it was");
    assert!(!format!("{failure:?}").contains(&rig.fake.token()));
}

#[tokio::test]
async fn a_machine_that_is_not_there_has_taken_nothing() {
    let (url, token) = {
        let fake = FakeTelegram::start().await;
        (fake.url().to_owned(), fake.token())
    };
    let rig = Rig::new().await;
    let telegram = bot_at(&url, &token, false, None);
    let said = telegram.examine().await.unwrap_err();
    assert_eq!(said, "Telegram cannot be reached.");
    let target = shopbell_channels::Target::Telegram(private());
    let parcel = shopbell_channels::Parcel {
        channel: channel(),
        target: &target,
        key: "parcel-1",
        notice: &notice(words(1, &["Hello"])),
        memo: None,
        now: shopbell_protocol::UnixMillis(1),
    };
    let failure = telegram.hand(parcel).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
    drop(rig);
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_is_followed_also_after_a_restart() {
    const NEW: i64 = -1_001_000_000_888;
    let mut rig = Rig::new().await;
    rig.fake.group(GROUP, "Staff");
    rig.maya.upgrades(GROUP, NEW);
    let memo = Some(r#"{"chat":-5001,"thread":77,"last":5,"upto":1}"#);
    let handed = rig.hand(&group(), &notice(words(1, &["Hello"])), memo).await.unwrap();
    let sent = rig.only(NEW);
    assert!(handed.references.iter().any(|reference| reference.key == format!("{NEW}:{}", sent.id)));
    rig.hand(&group(), &notice(words(1, &["Again"])), handed.memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.calls("sendmessage").len(), 3, "the old one was tried once only");

    rig.listen();
    let note = (shopbell_protocol::ChannelKind::Telegram, format!("moved:{GROUP}"));
    shopbell_tests::until("it to be remembered", async || rig.ears.all().notes.get(&note).cloned()).await;
    rig.asks(0).await;
    let asked = rig.asked();
    rig.restart();
    rig.asks(asked).await;
    rig.hand(&group(), &notice(words(1, &["Once more"])), handed.memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.calls("sendmessage").len(), 4);
    assert_eq!(rig.fake.sent(NEW).len(), 3);
}
