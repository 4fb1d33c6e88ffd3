//! What the owner says in their chat, and what others say there.

use super::rig::*;
use serde_json::{Map, json};
use shopbell_channels::{Channel, Fate};
use shopbell_protocol::ChannelKind;
use shopbell_tests::until;

/// Two visitors have written; gives the messages that told of them.
pub(super) async fn private_rig() -> (Rig, i64, i64) {
    let mut rig = Rig::with_private_chat().await;
    rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.expect("it is handed over");
    rig.hand(&private(), &notice(words(2, &["Good day"])), None).await.expect("it is handed over");
    let sent = rig.fake.sent(MAYA);
    rig.listen();
    let (nora, olu) = (sent[0].id, sent[1].id);
    (rig, nora, olu)
}

/// A visitor has written; gives the topic.
async fn forum_rig() -> (Rig, i64) {
    let mut rig = Rig::new().await;
    rig.fake.forum(FORUM, "Desk");
    rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.expect("it is handed over");
    let (thread, _) = rig.fake.topics(FORUM)[0];
    rig.listen();
    (rig, thread)
}

#[tokio::test]
async fn a_reply_goes_to_who_was_replied_to() {
    let (rig, nora, olu) = private_rig().await;
    let to_olu = rig.maya.replies(MAYA, olu, "Good day, Olu");
    rig.maya.replies(MAYA, nora, "Hello, Nora");
    assert_eq!(rig.said(2).await, ["Good day, Olu", "Hello, Nora"]);
    let said = rig.ears.all().said.clone();
    assert_eq!((said[0].conversation, said[1].conversation), (conversation(2), conversation(1)));
    assert_eq!(said[0].external, format!("telegram:{MAYA}:{to_olu}"));
    assert_eq!(said[0].name, Some(format!("{MAYA}:{to_olu}")), "what it is seen and replied to by");
    assert_eq!(said[0].channel, channel());
}

#[tokio::test]
async fn what_replies_to_nothing_goes_to_nobody_even_if_it_could_be_guessed() {
    let mut rig = Rig::with_private_chat().await;
    rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.unwrap();
    rig.listen();
    let message = rig.maya.says(MAYA, "Hello, Nora");
    let said = rig.hears(MAYA, "use “Reply”").await;
    assert_eq!(said.whole["reply_to_message"]["message_id"], json!(message));
    // Neither does a reply to what the bot itself has said.
    rig.maya.replies(MAYA, said.id, "What?");
    until("to be told again", async || (rig.count(MAYA, "use “Reply”") == 2).then_some(())).await;
    assert!(rig.ears.bodies().is_empty());
}

#[tokio::test]
async fn what_is_written_in_a_topic_goes_to_its_visitor() {
    let (rig, thread) = forum_rig().await;
    rig.maya.says_in(FORUM, thread, "Hello, Nora");
    let sent = rig.only(FORUM).id;
    let reply = json!({ "message_id": sent });
    rig.maya.sends(
        FORUM,
        json!({ "text": "And again", "message_thread_id": thread, "is_topic_message": true, "reply_to_message": reply }),
    );
    assert_eq!(rig.said(2).await, ["Hello, Nora", "And again"]);
}

#[tokio::test]
async fn other_topics_and_other_peoples_talk_are_none_of_the_bots_business() {
    let (rig, thread) = forum_rig().await;
    rig.maya.says(FORUM, "Who takes the early shift?");
    rig.maya.says_in(FORUM, thread + 1_000, "The rota");
    rig.maya.says_in(FORUM, thread, "Hello, Nora");
    assert_eq!(rig.said(1).await, ["Hello, Nora"]);
    assert_eq!(rig.fake.sent(FORUM).len(), 1, "nobody is interrupted");
}

#[tokio::test]
async fn nobody_but_the_linked_account_answers() {
    let (rig, thread) = forum_rig().await;
    let eve = rig.fake.person(STRANGER, "Eve");
    let sent = rig.only(FORUM).id;
    eve.says_in(FORUM, thread, "I am the owner");
    eve.replies(FORUM, sent, "Believe me");
    let photo = json!([{ "file_id": "x", "file_unique_id": "x", "width": 1, "height": 1 }]);
    eve.sends(FORUM, json!({ "photo": photo, "message_thread_id": thread, "is_topic_message": true }));
    rig.maya.says_in(FORUM, thread, "Hello, Nora");
    assert_eq!(rig.said(1).await, ["Hello, Nora"]);
    assert_eq!(rig.fake.sent(FORUM).len(), 1, "they are not even answered");
}

#[tokio::test]
async fn bots_anonymous_admins_and_channels_do_not_answer() {
    let (rig, thread) = forum_rig().await;
    let in_topic = |mut fields: serde_json::Value| {
        fields["message_thread_id"] = json!(thread);
        fields["is_topic_message"] = json!(true);
        rig.maya.sends(FORUM, fields)
    };
    let other_bot = json!({ "id": MAYA, "is_bot": true, "first_name": "Clever" });
    in_topic(json!({ "text": "I am a bot", "from": other_bot }));
    in_topic(json!({ "text": "I am the group", "sender_chat": { "id": FORUM, "type": "supergroup" } }));
    let channel = json!({ "id": -1_002, "type": "channel", "title": "News" });
    in_topic(json!({ "text": "I am a channel", "sender_chat": channel, "is_automatic_forward": true }));
    rig.maya.says_in(FORUM, thread, "Hello, Nora");
    assert_eq!(rig.said(1).await, ["Hello, Nora"]);
}

#[tokio::test]
async fn what_the_owner_did_not_write_is_not_sent_and_they_are_told() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    for (name, value) in [
        ("forward_origin", json!({ "type": "hidden_user", "sender_user_name": "x", "date": 1 })),
        ("via_bot", json!({ "id": 99, "is_bot": true, "first_name": "Inline" })),
        ("is_from_offline", json!(true)),
    ] {
        rig.maya.sends(MAYA, json!({ "text": "not hers", "reply_to_message": reply, name: value }));
    }
    until("her to be told", async || (rig.count(MAYA, "nothing forwarded") == 3).then_some(())).await;
    assert!(rig.ears.bodies().is_empty());
}

#[tokio::test]
async fn what_is_neither_text_nor_picture_is_not_sent_and_neither_is_its_caption() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    let video = json!({ "file_id": "x", "file_unique_id": "x", "width": 1, "height": 1, "duration": 1 });
    for _ in 0..3 {
        rig.maya.sends(
            MAYA,
            json!({ "video": video, "caption": "Look", "media_group_id": "album", "reply_to_message": reply }),
        );
    }
    let sticker = json!({ "file_id": "x", "emoji": "👍" });
    rig.maya.sends(MAYA, json!({ "sticker": sticker, "reply_to_message": reply }));
    rig.maya.sends_file(MAYA, b"%PDF", "application/pdf", json!({ "reply_to_message": reply }));
    // What only says that something happened is no words of hers.
    rig.maya.sends(MAYA, json!({ "pinned_message": { "message_id": nora } }));
    rig.maya.replies(MAYA, nora, "See the film");
    assert_eq!(rig.said(1).await, ["See the film"]);
    let told = rig.count(MAYA, "only text and pictures are carried");
    assert_eq!(told, 3, "once for the album, once for the sticker, once for the file");
    assert_eq!(rig.count(MAYA, "This was not sent"), 3);
}

#[tokio::test]
async fn why_an_answer_was_not_kept_is_said_where_it_stands() {
    let (rig, thread) = forum_rig().await;
    let message = rig.maya.says_in(FORUM, thread, &"long ".repeat(815));
    let told = rig.hears(FORUM, "too long to send at once").await;
    assert_eq!(told.thread, Some(thread));
    assert_eq!(told.whole["reply_to_message"]["message_id"], json!(message));
    assert!(rig.ears.bodies().is_empty());
}

#[tokio::test]
async fn an_edit_is_another_message_for_each_time_it_was_made() {
    let (rig, nora, _) = private_rig().await;
    let message = rig.maya.replies(MAYA, nora, "It costs 10");
    rig.said(1).await;
    rig.maya.edits(MAYA, message, "It costs 100", 1_700_000_001);
    rig.said(2).await;
    rig.maya.edits(MAYA, message, "It costs 90", 1_700_000_002);
    assert_eq!(rig.said(3).await, ["It costs 10", "It costs 100", "It costs 90"]);
    let said = rig.ears.all().said.clone();
    assert_eq!(said[1].external, format!("telegram:{MAYA}:{message}:1700000001"));
    assert!(said.iter().all(|said| said.conversation == conversation(1)));
}

#[tokio::test]
async fn an_edit_that_changes_no_words_is_none() {
    let (rig, nora, _) = private_rig().await;
    let message = rig.maya.replies(MAYA, nora, "See https://oak.example");
    rig.said(1).await;
    rig.maya.changes(MAYA, message, Map::from_iter([("reply_markup".to_owned(), json!({}))]));
    rig.maya.edits(MAYA, message, "See https://oak.example", 1_700_000_001);
    rig.quiet().await;
    assert_eq!(rig.ears.bodies().len(), 1);
}

#[tokio::test]
async fn an_edit_by_somebody_else_or_of_something_else_changes_nothing() {
    let (rig, thread) = forum_rig().await;
    let eve = rig.fake.person(STRANGER, "Eve");
    let hers = eve.says_in(FORUM, thread, "Hm");
    eve.edits(FORUM, hers, "I am the owner", 1_700_000_001);
    let lunch = rig.maya.says(FORUM, "Lunch?");
    rig.maya.edits(FORUM, lunch, "Lunch now?", 1_700_000_001);
    rig.quiet().await;
    assert!(rig.ears.bodies().is_empty());
    assert_eq!(rig.fake.sent(FORUM).len(), 1);
}

#[tokio::test]
async fn an_answer_waits_in_telegram_while_the_relay_is_away() {
    let (rig, nora, _) = private_rig().await;
    rig.asks(0).await;
    rig.ears.all().away = true;
    rig.maya.replies(MAYA, nora, "One");
    rig.maya.replies(MAYA, nora, "Two");
    rig.asks(rig.asked() + 1).await;
    assert_eq!(rig.fake.pending(), 2, "nothing is confirmed that is not kept");
    rig.ears.all().away = false;
    assert_eq!(rig.said(2).await, ["One", "Two"]);
    rig.quiet().await;
}

#[tokio::test]
async fn a_bot_that_is_blocked_or_removed_says_so_by_itself() {
    let (rig, _, _) = private_rig().await;
    rig.maya.blocks();
    let troubles = until("the trouble", async || {
        let troubles = rig.ears.all().troubles.clone();
        (!troubles.is_empty()).then_some(troubles)
    })
    .await;
    assert_eq!((troubles[0].0, troubles[0].1.fate), (channel(), Fate::Gone));
    assert!(troubles[0].1.reason.contains("blocked"));

    let (rig, _) = forum_rig().await;
    rig.maya.removes_bot(FORUM);
    until("the trouble", async || (!rig.ears.all().troubles.is_empty()).then_some(())).await;
    assert!(rig.ears.all().troubles[0].1.reason.contains("removed"));
}

#[tokio::test]
async fn being_removed_from_a_chat_that_nobody_linked_is_no_trouble() {
    let mut rig = Rig::new().await;
    rig.fake.group(GROUP, "Elsewhere");
    rig.listen();
    rig.maya.removes_bot(GROUP);
    rig.quiet().await;
    assert!(rig.ears.all().troubles.is_empty());
}

#[tokio::test]
async fn the_references_are_of_telegram_and_fit() {
    let (rig, _) = forum_rig().await;
    let all = rig.ears.all();
    assert_eq!(all.references.len(), 3);
    for (kind, key) in all.references.keys() {
        assert_eq!(*kind, ChannelKind::Telegram);
        assert!(key.len() <= shopbell_channels::limits::REFERENCE_BYTES);
    }
    assert_eq!(rig.telegram.kind(), ChannelKind::Telegram);
}
