//! Making a chat the owner's.

use super::rig::*;
use serde_json::json;
use shopbell_channels::Target;
use shopbell_protocol::UnixMillis;

async fn rig() -> Rig {
    let mut rig = Rig::new().await;
    rig.ears.all().codes.insert("SEVEN-OAKS".into(), "Oak & Ash".into());
    rig.listen();
    rig
}

#[tokio::test]
async fn a_code_links_a_private_chat_once() {
    for command in ["/link SEVEN-OAKS", "/start SEVEN-OAKS", "/link@bell_test_bot SEVEN-OAKS"] {
        let rig = rig().await;
        rig.maya.says(MAYA, command);
        rig.hears(MAYA, "This chat is linked to Oak & Ash.").await;
        assert_eq!(rig.ears.all().linked, [Target::Telegram(private())]);
        rig.fake.person(STRANGER, "Eve").says(STRANGER, command);
        rig.hears(STRANGER, "This code").await;
        assert_eq!(rig.ears.all().linked.len(), 1);
    }
}

#[tokio::test]
async fn a_code_links_a_group_to_who_sent_it() {
    let rig = rig().await;
    rig.fake.forum(FORUM, "Oak & Ash desk");
    rig.maya.says(FORUM, "/link SEVEN-OAKS");
    rig.hears(FORUM, "Every visitor gets a topic").await;
    assert_eq!(rig.ears.all().linked, [Target::Telegram(forum())]);
}

#[tokio::test]
async fn a_private_chat_has_topics_when_the_bot_is_set_up_for_them() {
    let mut rig = Rig::new().await;
    rig.fake.switch(|switches| switches.private_topics = true);
    rig.ears.all().codes.insert("SEVEN-OAKS".into(), "Oak & Ash".into());
    rig.listen();
    rig.maya.says(MAYA, "/link SEVEN-OAKS");
    rig.hears(MAYA, "Every visitor gets a topic").await;
    let linked = rig.ears.all().linked.clone();
    let Target::Telegram(chat) = &linked[0] else { panic!("{linked:?}") };
    assert!(chat.topics);
    rig.hand(chat, &notice(words(1, &["Hello"])), None).await.unwrap();
    let (thread, _) = rig.fake.topics(MAYA)[0];
    rig.maya.says_in(MAYA, thread, "Good day");
    assert_eq!(rig.said(1).await, ["Good day"]);
}

#[tokio::test]
async fn nobody_who_is_anonymous_a_bot_or_forwarded_links_a_chat() {
    let rig = rig().await;
    rig.fake.forum(FORUM, "Desk");
    rig.maya.says_anonymously(FORUM, "/link SEVEN-OAKS");
    rig.hears(FORUM, "under their own name").await;
    let bot = json!({ "id": 99, "is_bot": true, "first_name": "Other" });
    rig.maya.sends(FORUM, json!({ "text": "/link SEVEN-OAKS", "from": bot }));
    let origin = json!({ "type": "hidden_user", "sender_user_name": "x", "date": 1 });
    rig.maya.sends(MAYA, json!({ "text": "/link SEVEN-OAKS", "forward_origin": origin }));
    rig.quiet().await;
    assert!(rig.ears.all().linked.is_empty());
    rig.maya.says(MAYA, "/link SEVEN-OAKS");
    rig.hears(MAYA, "linked to").await;
}

#[tokio::test]
async fn a_command_for_another_bot_is_not_ours() {
    let rig = rig().await;
    rig.fake.group(GROUP, "Staff");
    rig.maya.says(GROUP, "/link@other_bot SEVEN-OAKS");
    rig.quiet().await;
    assert!(rig.ears.all().linked.is_empty());
    assert!(rig.fake.sent(GROUP).is_empty());
}

#[tokio::test]
async fn a_stranger_is_told_how_to_link_now_and_then() {
    let rig = rig().await;
    let eve = rig.fake.person(STRANGER, "Eve");
    for text in ["/start", "Hello?", "/link", "Anybody?"] {
        eve.says(STRANGER, text);
    }
    rig.quiet().await;
    assert_eq!(rig.fake.sent(STRANGER).len(), 1);
    assert!(rig.only(STRANGER).text.contains("/link CODE"));
    rig.ears.all().now.0 += 60 * 60 * 1000;
    eve.says(STRANGER, "Hello again");
    rig.quiet().await;
    assert_eq!(rig.fake.sent(STRANGER).len(), 2);
}

#[tokio::test]
async fn people_who_talk_in_a_group_are_not_disturbed() {
    let rig = rig().await;
    rig.fake.group(GROUP, "Staff");
    rig.fake.person(STRANGER, "Eve").says(GROUP, "Lunch?");
    rig.quiet().await;
    assert!(rig.fake.sent(GROUP).is_empty());
    rig.fake.person(STRANGER, "Eve").says(GROUP, "/start");
    rig.hears(GROUP, "/link CODE").await;
}

#[tokio::test]
async fn guessing_codes_ends_soon() {
    let rig = rig().await;
    let eve = rig.fake.person(STRANGER, "Eve");
    for guess in 0..5 {
        eve.says(STRANGER, &format!("/link {guess}"));
    }
    eve.says(STRANGER, "/link SEVEN-OAKS");
    rig.hears(STRANGER, "too many codes").await;
    eve.says(STRANGER, "/link SEVEN-OAKS");
    rig.quiet().await;
    assert!(rig.ears.all().linked.is_empty());
    assert_eq!(rig.count(STRANGER, "too many codes"), 1);
    // Another chat is not kept from it.
    rig.maya.says(MAYA, "/link SEVEN-OAKS");
    rig.hears(MAYA, "linked to").await;
}

#[tokio::test]
async fn a_code_is_not_lost_while_the_relay_is_away() {
    let rig = rig().await;
    rig.asks(0).await;
    rig.ears.all().away = true;
    rig.maya.says(MAYA, "/link SEVEN-OAKS");
    rig.asks(rig.asked() + 1).await;
    rig.ears.all().away = false;
    rig.hears(MAYA, "linked to").await;
    assert_eq!(rig.ears.all().linked.len(), 1);
}

#[tokio::test]
async fn who_has_just_linked_is_told_how_to_answer() {
    let rig = rig().await;
    rig.maya.says(MAYA, "/link SEVEN-OAKS");
    rig.hears(MAYA, "linked to").await;
    rig.maya.says(MAYA, "Hello?");
    rig.hears(MAYA, "This was not sent to anybody.").await;
    rig.maya.says(MAYA, "/start");
    rig.hears(MAYA, "This chat is linked.").await;
    assert_eq!(rig.count(MAYA, "/link CODE"), 0);
    assert_ne!(rig.ears.all().now, UnixMillis(0));
}
