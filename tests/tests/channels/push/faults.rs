//! What becomes of a push that is not taken.

use super::{Rig, parcel, random, words};
use shopbell_channels::{
    Channel, Fate, Outbound, OutboundConfig, Target,
    email::Mailbox,
    limits,
    push::{Push, PushConfig},
};
use shopbell_tests::{
    far::push::{Fault, PushService},
    until,
};
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn a_device_that_has_unsubscribed_is_gone() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    browser.unsubscribe();
    let failure = rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("Turn them on again"), "{}", failure.reason);

    let mut unknown = rig.browser().subscription();
    unknown.endpoint.push_str("-of-another");
    let failure = rig.hand(&Target::Push(unknown), &words(1, 1, &["one"])).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert_eq!(rig.service.complaints().len(), 2);
}

#[tokio::test]
async fn a_device_that_was_set_up_with_another_key_is_gone() {
    let (rig, before) = (Rig::new().await, Rig::with_key(8).await);
    let browser = rig.service.browser(&before.key.public_key());
    let failure = rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("another key"), "{}", failure.reason);
    assert!(browser.wake().is_empty());
}

#[tokio::test]
async fn what_may_work_again_is_tried_again_when_the_push_service_says() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let minute = Some(Duration::from_secs(60));
    for (fault, retry_after) in [
        (Fault::Says(429, Some("60"), ""), minute),
        (Fault::Says(503, Some("60"), "down"), minute),
        (Fault::Says(500, None, ""), None),
        (Fault::Says(401, None, "the token has expired"), None),
        (Fault::Says(403, None, r#"{"reason":"BadJwtToken"}"#), None),
    ] {
        rig.service.fail([fault.clone()]);
        let failure = rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap_err();
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false), "{fault:?}");
        assert_eq!(failure.retry_after, retry_after, "{fault:?}");
    }
    rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap();
    assert_eq!(browser.wake().len(), 1);
    assert_eq!(rig.service.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_that_was_not_believed_is_made_anew() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let (target, notice) = (browser.target(), words(1, 1, &["one"]));
    let at = |later_ms: u64| {
        let mut parcel = parcel(&target, &notice);
        parcel.now.0 += later_ms;
        rig.push.hand(parcel)
    };
    at(0).await.unwrap();
    // The relay's clock goes wrong, and is put right without a word.
    at(60_000).await.unwrap();
    rig.service.fail([Fault::Says(401, None, "")]);
    assert_eq!(at(60_000).await.unwrap_err().fate, Fate::Later);
    let before = browser.wake().remove(0).taken.authorization;
    at(60_000).await.unwrap();
    assert_ne!(browser.wake().remove(0).taken.authorization, before);
}

#[tokio::test]
async fn a_push_that_is_too_long_is_refused_alone() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    rig.service.fail([Fault::Says(413, None, "")]);
    let failure = rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Refused);
    assert!(failure.reason.contains("too long"), "{}", failure.reason);
}

#[tokio::test]
async fn a_push_whose_answer_is_lost_may_have_been_taken_and_is_shown_once() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    rig.service.fail([Fault::Cut]);
    let failure = rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, true));
    rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap();
    assert_eq!(browser.wake().len(), 1, "the second took the place of the first");
}

#[tokio::test]
async fn a_push_service_that_says_nothing_holds_nobody_up() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    rig.service.fail([Fault::Silent]);
    let (target, notice) = (browser.target(), words(1, 1, &["one"]));
    let handing = rig.hand(&target, &notice);
    let waiting = async {
        until("the request to have come", async || (rig.service.heard() == 1).then_some(())).await;
        tokio::time::pause();
        tokio::time::advance(limits::ANSWER_WITHIN).await;
    };
    let (handed, ()) = tokio::join!(handing, waiting);
    let failure = handed.unwrap_err();
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, true));
}

#[tokio::test]
async fn nothing_is_sent_where_the_relay_may_not_call() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let outbound = Outbound::new(&OutboundConfig::default());
    let push = Push::new(PushConfig::default(), rig.key.clone(), outbound, Arc::new(random));
    let (target, notice) = (browser.target(), words(1, 1, &["one"]));
    let failure = push.hand(parcel(&target, &notice)).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Gone);
    assert_eq!(rig.service.heard(), 0);
}

#[tokio::test]
async fn nothing_is_sent_without_randomness_or_to_what_is_no_browser() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let nothing = Arc::new(|_: &mut [u8]| {});
    let push = Push::new(PushConfig::default(), rig.key.clone(), PushService::outbound(), nothing);
    let (target, notice) = (browser.target(), words(1, 1, &["one"]));
    let failure = push.hand(parcel(&target, &notice)).await.unwrap_err();
    assert_eq!(failure.fate, Fate::Later);
    let mut broken = browser.subscription();
    broken.p256dh.replace_range(..4, "AAAA");
    let mailbox = Target::Email(Mailbox { address: "ana@oak.example".into() });
    for target in [Target::Push(broken), mailbox] {
        assert_eq!(rig.hand(&target, &notice).await.unwrap_err().fate, Fate::Gone);
    }
    assert_eq!(rig.service.heard(), 0);
}
