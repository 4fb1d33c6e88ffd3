//! ntfy: what a phone shows that has subscribed to the topic.

use crate::{
    faults::{every_fault, gone, later, past_the_time, refused},
    notices::{alarm, message, opened, parcel, shop, test, words, words_from},
};
use serde_json::json;
use shopbell_channels::{Channel, Fate, Notice, Target, limits, ntfy};
use shopbell_protocol::Side;
use shopbell_tests::{
    far::{
        http::{FarHttp, Fault, Reply},
        ntfy::FarNtfy,
    },
    until,
};

fn topic(far: &FarHttp) -> Target {
    topic_with(far, None)
}

fn topic_with(far: &FarHttp, token: Option<&str>) -> Target {
    Target::Ntfy(ntfy::Topic { url: far.url("/oak-bell"), token: token.map(Into::into) })
}

fn way(far: &FarHttp) -> ntfy::Ntfy {
    ntfy::Ntfy::new(far.outbound())
}

#[tokio::test]
async fn an_owner_reads_who_wrote_what_and_comes_to_the_inbox_by_one_tap() {
    let far = FarNtfy::start().await;
    let (target, notice) = (topic(&far.http), words(&["Hello?", "Is the *oak* stool <b>left</b>?"]));
    way(&far.http).hand(parcel(&target, "k-1", &notice)).await.expect("handed");
    let [shown] = far.shown("oak-bell").try_into().expect("one notification");
    assert_eq!(shown.title, "A visitor – Oak & Ash");
    assert_eq!(shown.message, "Hello?\n\nIs the *oak* stool <b>left</b>?\n\nOn the page: Stools");
    assert!(shown.click.starts_with("https://relay.example/inbox#with="), "{}", shown.click);
    assert_eq!(shown.priority, 4);
    let [reply] = shown.actions.try_into().expect("one button");
    assert_eq!((reply.action.as_str(), reply.label.as_str(), &reply.url), ("view", "Reply", &shown.click));
    assert!(far.http.heard()[0].header("authorization").is_none());
}

#[tokio::test]
async fn alarms_and_tests_come_through_and_hidden_words_stay_hidden() {
    let far = FarNtfy::start().await;
    let target = topic(&far.http);
    let mut hidden = words_from(1, &["My address is 7 Elm Street"]);
    hidden.show_words = false;
    for (key, notice) in [("a", alarm()), ("t", test()), ("h", Notice::Words(Box::new(hidden)))] {
        way(&far.http).hand(parcel(&target, key, &notice)).await.expect("handed");
    }
    let [alarm, test, hidden] = far.shown("oak-bell").try_into().expect("three");
    assert!(alarm.title.contains("E-mail to maya@oak-and-ash.example does not work"), "{}", alarm.title);
    assert_eq!(alarm.message, "Its certificate has expired.");
    assert_eq!(alarm.click, "https://relay.example/inbox#settings");
    assert!(test.title.contains("It works") && test.priority == 3, "{}", test.title);
    assert!(!format!("{hidden:?}").contains("Elm Street"));
    assert!(hidden.message.contains("new message"));
}

#[tokio::test]
async fn the_longest_message_fits_whatever_json_makes_of_it() {
    let far = FarNtfy::start().await;
    let target = topic(&far.http);
    for (place, body) in ["a", "\"", "\\", "x\n", "ß", "🦊", "\"ß"].into_iter().enumerate() {
        let body = body.repeat(4000 / body.chars().count());
        let (notice, key) = (words(&[&body]), format!("k-{place}"));
        way(&far.http).hand(parcel(&target, &key, &notice)).await.expect("handed");
        let shown = far.shown("oak-bell").pop().expect("a notification");
        assert!(shown.message.len() > 2000, "{place}: {}", shown.message.len());
        assert!(shown.message.ends_with('…') || shown.message.ends_with("Stools"), "{place}");
    }
}

#[tokio::test]
async fn a_token_opens_a_topic_and_a_wrong_one_is_said() {
    let far = FarNtfy::start().await;
    far.protect("oak-bell", "tk_good");
    let notice = words(&["Hello?"]);
    let good = topic_with(&far.http, Some("tk_good"));
    way(&far.http).hand(parcel(&good, "k-1", &notice)).await.expect("handed");
    for (token, words) in
        [(Some("tk_bad"), "does not accept the access token"), (None, "wants an access token")]
    {
        let target = topic_with(&far.http, token);
        let failure = way(&far.http).hand(parcel(&target, "k-2", &notice)).await.expect_err("no way in");
        assert_eq!(failure.fate, Fate::Later);
        assert!(failure.reason.contains(words) && !failure.reason.contains("tk_"), "{failure}");
    }
    assert_eq!(far.shown("oak-bell").len(), 1);
}

#[tokio::test]
async fn what_is_tried_again_does_not_stand_there_twice() {
    let far = FarNtfy::start().await;
    let (target, notice) = (topic(&far.http), words(&["Hello?"]));
    // The server has it, and its answer is lost.
    far.http.fault_times(Fault::Cut, 1).await;
    let failure = way(&far.http).hand(parcel(&target, "k-1", &notice)).await.expect_err("cut");
    assert!(failure.maybe_taken && failure.memo.as_deref() == Some("k-1:1"), "{failure:?}");
    assert_eq!(far.shown("oak-bell").len(), 1);
    for _ in 0..2 {
        way(&far.http).hand(parcel(&target, "k-1", &notice)).await.expect("handed");
    }
    assert_eq!(far.shown("oak-bell").len(), 1);
    way(&far.http).hand(parcel(&target, "k-2", &notice)).await.expect("handed");
    assert_eq!(far.shown("oak-bell").len(), 2, "another parcel makes a sound of its own");
}

#[tokio::test]
async fn what_was_opened_elsewhere_goes_from_the_phone() {
    let far = FarNtfy::start().await;
    far.protect("oak-bell", "tk_good");
    let (target, shop) = (topic_with(&far.http, Some("tk_good")), shop());
    let mut memo = None;
    for (key, seq) in [("k-1", 1), ("k-2", 2), ("k-3", 3)] {
        let notice = Notice::Words(Box::new(words_from(seq, &["Hello?"])));
        let parcel = shopbell_channels::Parcel { memo: memo.as_deref(), ..parcel(&target, key, &notice) };
        memo = way(&far.http).hand(parcel).await.expect("handed").memo;
    }
    way(&far.http).opened(opened(&target, &shop, 2, memo.as_deref())).await.expect("cleared");
    let left: Vec<_> = far.shown("oak-bell").into_iter().map(|shown| shown.sequence_id).collect();
    assert_eq!(left, ["k-3"]);
    // Once it was answered, the old ones are no longer asked about.
    let mut next = words_from(5, &["Thank you"]);
    next.before = vec![message(4, Side::Owner, "Yes")];
    let notice = Notice::Words(Box::new(next));
    let parcel = shopbell_channels::Parcel { memo: memo.as_deref(), ..parcel(&target, "k-5", &notice) };
    let memo = way(&far.http).hand(parcel).await.expect("handed").memo;
    assert_eq!(memo.as_deref(), Some("k-5:5"));
}

#[tokio::test]
async fn an_older_server_shows_notifications_and_keeps_them() {
    let far = FarNtfy::start().await;
    far.grow_old();
    let (target, shop, notice) = (topic(&far.http), shop(), words(&["Hello?"]));
    let memo = way(&far.http).hand(parcel(&target, "k-1", &notice)).await.expect("handed").memo;
    way(&far.http).opened(opened(&target, &shop, 9, memo.as_deref())).await.expect("nothing to be done");
    assert_eq!(far.shown("oak-bell").len(), 1);
}

#[tokio::test]
async fn what_is_no_ntfy_server_has_taken_nothing() {
    let notice = words(&["Hello?"]);
    for reply in [
        Reply::status(200).text("<html>Welcome to the hotel</html>"),
        Reply::status(200).json(&json!({ "id": "x", "topic": "another" })),
        Reply::status(204),
    ] {
        let far = FarHttp::start(move |_| reply.clone()).await;
        let target = topic(&far);
        let failure = way(&far).hand(parcel(&target, "k-1", &notice)).await.expect_err("not ntfy");
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false));
        assert!(failure.reason.contains("no ntfy server"), "{failure}");
    }
}

#[tokio::test]
async fn every_fault_is_told_apart() {
    let far = FarNtfy::start().await;
    let (target, notice) = (topic(&far.http), words(&["Hello?"]));
    let fault = |status, code: u32| Reply::status(status).json(&json!({ "code": code, "http": status }));
    let own = vec![
        (fault(400, 40009), gone("name")),
        (fault(400, 40010), gone("name")),
        (fault(400, 40024), refused("did not understand")),
        (fault(401, 40101), later("access token")),
        (fault(403, 40301), later("access token")),
        (Reply::status(404), later("no ntfy server")),
        (fault(413, 41303), refused("too large")),
        (fault(429, 42901).header("retry-after", "17"), later("fewer").after(17)),
        (fault(429, 42908), later("daily limit")),
        (fault(429, 42909), later("wrong tokens")),
        (fault(507, 50701), later("subscribed")),
        (Reply::status(418), later("418")),
    ];
    let way = |outbound| Box::new(ntfy::Ntfy::new(outbound)) as Box<dyn Channel>;
    every_fault(&far.http, way, parcel(&target, "k-1", &notice), own).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_may_have_it() {
    let far = FarNtfy::start().await;
    let (target, shop) = (topic(&far.http), shop());
    far.http.fault(Fault::Silent).await;
    let way = way(&far.http);
    let clearing = way.opened(opened(&target, &shop, 1, Some("k-1:1")));
    let silence = async {
        until("the request", async || (!far.http.heard().is_empty()).then_some(())).await;
        past_the_time(limits::ANSWER_WITHIN).await;
    };
    let (cleared, ()) = tokio::join!(clearing, silence);
    assert!(cleared.expect_err("silence").maybe_taken);
    assert_eq!(far.http.heard()[0].path, "/oak-bell/k-1/clear");
}
