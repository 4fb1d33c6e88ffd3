//! A chat with topics: each conversation has its own.

use super::rig::*;
use shopbell_channels::Fate;
use shopbell_protocol::{Page, Seq};
use shopbell_tests::far::telegram::Fault;

async fn rig() -> Rig {
    let rig = Rig::new().await;
    rig.fake.forum(FORUM, "Desk");
    rig
}

#[tokio::test]
async fn each_conversation_has_a_topic_of_its_own_and_keeps_it() {
    let rig = rig().await;
    let nora = rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap();
    let olu = rig.hand(&forum(), &notice(words(2, &["Good day"])), None).await.unwrap();
    rig.hand(&forum(), &notice(words_from(1, 2, &["Are you there?"])), nora.memo.as_deref()).await.unwrap();
    let topics = rig.fake.topics(FORUM);
    assert_eq!(topics.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Nora", "Olu"]);
    let sent = rig.fake.sent(FORUM);
    let placed: Vec<_> = sent.iter().map(|sent| (sent.thread, sent.text.as_str())).collect();
    let [first, second] = [Some(topics[0].0), Some(topics[1].0)];
    assert_eq!(placed, [(first, "Hello"), (second, "Good day"), (first, "Are you there?")]);
    let thread = format!("{FORUM}:thread:{}", topics[1].0);
    assert!(olu.references.iter().any(|reference| reference.key == thread && reference.upto == Seq(1)));
}

#[tokio::test]
async fn a_topic_of_a_nameless_visitor_is_called_after_the_page() {
    let rig = rig().await;
    let mut words = words(1, &["Hello"]);
    words.visitor = None;
    words.page = Some(Page { url: "https://oak.example/stool".into(), title: "The low stool".into() });
    rig.hand(&forum(), &notice(words), None).await.unwrap();
    assert_eq!(rig.fake.topics(FORUM)[0].1, "The low stool");
}

#[tokio::test]
async fn a_deleted_topic_is_made_anew_and_nothing_is_lost() {
    for silent in [false, true] {
        let rig = rig().await;
        rig.fake.switch(|switches| switches.deleted_topics_are_silent = silent);
        let memo = rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap().memo;
        let (old, _) = rig.fake.topics(FORUM)[0];
        rig.fake.delete_topic(FORUM, old);
        let again = notice(words_from(1, 2, &["Are you there?"]));
        let handed = rig.hand(&forum(), &again, memo.as_deref()).await.unwrap();
        let (new, name) = rig.fake.topics(FORUM).remove(0);
        assert_ne!(new, old);
        assert_eq!(name, "Nora");
        let sent = rig.only(FORUM);
        assert_eq!((sent.thread, sent.text.as_str()), (Some(new), "Are you there?"), "silent: {silent}");
        assert!(handed.memo.unwrap().contains(&new.to_string()));
        assert_eq!(rig.fake.calls("deletemessage").len(), usize::from(silent), "what went astray is gone");
    }
}

#[tokio::test]
async fn words_come_even_when_no_topic_holds() {
    let rig = rig().await;
    // Each new topic is said to be gone at once.
    rig.fake.fails("sendmessage", Fault::Says(400, "Bad Request: TOPIC_DELETED"), 2);
    rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap();
    let sent = rig.only(FORUM);
    assert_eq!(sent.thread, None);
    assert!(sent.text.starts_with("Nora · Oak & Ash"), "{}", sent.text);
    assert_eq!(rig.fake.calls("createforumtopic").len(), 2);
}

#[tokio::test]
async fn a_closed_topic_is_opened_again() {
    let rig = rig().await;
    let memo = rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap().memo;
    let (thread, _) = rig.fake.topics(FORUM)[0];
    rig.fake.close_topic(FORUM, thread);
    rig.hand(&forum(), &notice(words_from(1, 2, &["One more thing"])), memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.sent(FORUM)[1].thread, Some(thread));
}

#[tokio::test]
async fn without_the_right_to_make_topics_words_come_all_the_same_and_say_what_to_do() {
    let rig = rig().await;
    rig.fake.let_manage_topics(FORUM, false);
    let handed = rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap();
    let sent = rig.only(FORUM);
    assert!(sent.text.starts_with("Nora · Oak & Ash"), "{}", sent.text);
    assert!(sent.text.contains("right to manage topics"), "{}", sent.text);
    let key = format!("{FORUM}:{}", sent.id);
    assert!(handed.references.iter().any(|reference| reference.key == key));
    rig.fake.let_manage_topics(FORUM, true);
    rig.hand(&forum(), &notice(words_from(1, 2, &["Hm"])), handed.memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.sent(FORUM)[1].thread, Some(rig.fake.topics(FORUM)[0].0));
}

#[tokio::test]
async fn a_topic_that_was_made_is_kept_when_the_message_did_not_go() {
    let rig = rig().await;
    let hello = notice(words(1, &["Hello"]));
    rig.fake.fails("sendmessage", Fault::Gateway(503), 1);
    let failure = rig.hand(&forum(), &hello, None).await.unwrap_err();
    rig.hand(&forum(), &hello, failure.memo.as_deref()).await.unwrap();
    assert_eq!(rig.fake.topics(FORUM).len(), 1);
    assert_eq!(rig.fake.sent(FORUM).len(), 1);
}

#[tokio::test]
async fn a_topic_that_may_have_been_made_is_no_message_that_may_have_been_taken() {
    let rig = rig().await;
    rig.fake.fails("createforumtopic", Fault::CutAfter, 1);
    let failure = rig.hand(&forum(), &notice(words(1, &["Hello"])), None).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
}

#[tokio::test]
async fn in_a_new_topic_it_is_said_what_was_before() {
    let rig = rig().await;
    let mut words = words_from(1, 2, &["And in oak?"]);
    let before = words_from(1, 1, &["Do you have it in ash?"]).messages;
    words.before = before;
    words.page = Some(Page { url: "https://oak.example/stool".into(), title: "The low stool".into() });
    rig.hand(&forum(), &notice(words), None).await.unwrap();
    assert_eq!(rig.only(FORUM).text, "The low stool\nNora: Do you have it in ash?\n\nAnd in oak?");
}
