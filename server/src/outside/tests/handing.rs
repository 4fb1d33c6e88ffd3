//! What is handed over, what fails, and who takes over.

use super::scene::{MAIL, SMS, Scene, Scripted, at_once, mail, phone, refused, until_some};
use crate::testing::{House, at, message_id, stranger};
use shopbell_channels::{Failure, Notice, Target, email, sms};
use shopbell_protocol::{ChannelKind, ChannelRule, OwnerFrame, RelayFrame, Seq, Side, When};
use shopbell_store::{NewChannel as NewStored, Target as StoredTarget};

#[tokio::test]
async fn a_message_is_handed_over_and_the_visitor_sees_it() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    let taken = scene.mail.until(1).await;
    assert_eq!(taken[0].bodies(), ["is it oak?"]);
    assert_eq!(taken[0].target, Target::Email(email::Mailbox { address: "maya@oak.example".into() }));
    let words = taken[0].words();
    assert_eq!((words.to, words.owner.as_str(), words.shop_name.as_str()), (Side::Owner, "Maya", "The oak"));
    assert!(words.link.ends_with(&format!("/inbox#with={}", scene.conversation())), "{}", words.link);
    assert_eq!(scene.handed().await, Seq(1));
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_key() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.mail.fail([refused().maybe_taken(), refused()]);
    scene.write("one").await;
    scene.write("two").await;
    let taken = scene.mail.until(1).await;
    assert_eq!(taken[0].bodies()[0], "one");
    let own = format!("{MAIL}-{}-1-", scene.conversation());
    assert!(taken[0].key.starts_with(&own), "no other conversation has this key: {}", taken[0].key);
    let lines = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert!(lines[0].health.is_well());
}

#[tokio::test]
async fn a_sick_channel_is_told_by_the_next_which_takes_over() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let standby = ChannelRule { when: When::Standby, ..at_once() };
    scene.add(SMS, phone(), standby).await;
    scene.mail.fail_always(Some(refused()));
    scene.write("is anybody there?").await;
    let taken = scene.sms.until(2).await;
    let words: Vec<_> = taken.iter().filter(|taken| matches!(taken.notice, Notice::Words(_))).collect();
    assert_eq!(words[0].bodies(), ["is anybody there?"]);
    assert_eq!(words[0].target, Target::Sms(sms::Phone { number: "+351912345678".into() }));
    let alarm = taken.iter().find_map(|taken| match &taken.notice {
        Notice::Alarm(alarm) => Some(alarm.clone()),
        _ => None,
    });
    let alarm = alarm.expect("the owner is told");
    assert_eq!(alarm.about, "E-mail to maya@oak.example");
    assert_eq!(alarm.reason, "The mail server does not answer.");
    assert_eq!(scene.handed().await, Seq(1));
    // From now on the next one is used at once.
    scene.write("hello?").await;
    let more = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert!(!more[0].health.is_well() && more[1].health.is_well());
    assert_eq!(scene.mail.taken().len(), 0);
}

#[tokio::test]
async fn when_none_is_left_the_visitor_is_told_the_truth() {
    let mail = Scripted::new(ChannelKind::Email);
    let house = House::open_with_channels(|_| {}, vec![mail.clone()]).await;
    let (store, oak) = (&house.relay.store, House::shop("oak"));
    let target = Target::Email(email::Mailbox { address: "maya@oak.example".into() });
    let channel = NewStored {
        id: MAIL,
        shop: oak.clone(),
        conversation: None,
        kind: ChannelKind::Email,
        label: target.label(),
        far: target.far(),
        target: StoredTarget(serde_json::to_string(&target).expect("JSON")),
        rule: at_once(),
        at: at(1),
    };
    store.add_channel(channel).await.expect("added");
    mail.fail_always(Some(Failure::gone("There is no such mailbox.")));
    let credential = stranger();
    let mut visitor = house.visitor("oak", &credential).await;
    visitor.send(message_id(), "is anybody there?").await;
    let told = |here: bool, unreachable: bool| {
        move |frame| (frame == RelayFrame::OwnerPresence { here, unreachable }).then_some(())
    };
    visitor.hear_first(told(false, true)).await;
    let mut again = house.socket("visitor", None).await;
    again.say(&crate::testing::hello("oak", &credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.hear().await else { panic!("a welcome") };
    assert!(welcome.unreachable && !welcome.owner_here);
    let page = House::client().get(format!("{}/talk/oak", house.origin)).send().await.expect("a page");
    assert!(page.text().await.expect("a text").contains("can’t be reached just now"));
    // The owner looks in: that is a way to them again.
    let cookie = house.sign_in("oak").await;
    let _owner = house.owner(&cookie).await;
    visitor.hear_first(told(true, false)).await;
    let stuck = until_some(async || {
        let stuck = store.undelivered(&oak, credential.conversation, 9).await.expect("reads");
        stuck.into_iter().next()
    });
    assert_eq!(stuck.await.reason, "There is no such mailbox.");
}

#[tokio::test]
async fn a_parcel_that_is_refused_is_stuck_and_goes_another_way() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.add(SMS, phone(), ChannelRule { when: When::Standby, ..at_once() }).await;
    scene.mail.fail([Failure::refused("The mail is too large for this mailbox.")]);
    scene.write("a long story").await;
    assert_eq!(scene.sms.until(1).await[0].bodies(), ["a long story"]);
    let lines = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert_eq!((lines[0].stuck, lines[0].health.is_well()), (1, true), "the channel itself is well");
    let conversation = scene.conversation();
    scene.owner.say(&OwnerFrame::Watch { conversation, after: Seq::NONE }).await;
    let undelivered = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::Details(details) => Some(details.undelivered),
            _ => None,
        })
        .await;
    assert_eq!(undelivered[0].reason, "The mail is too large for this mailbox.");
}

#[tokio::test]
async fn what_the_owner_has_opened_is_told_nowhere() {
    let mut scene = Scene::begin().await;
    let outside = ChannelRule { only_outside: true, ..at_once() };
    scene.add(MAIL, mail(), outside).await;
    scene.add(SMS, phone(), at_once()).await;
    scene.write("hello").await;
    scene.sms.until(1).await;
    let conversation = scene.conversation();
    scene.owner.say(&OwnerFrame::Opened { conversation, upto: Seq(1) }).await;
    // Looked at again while the owner is there, and then it has been opened.
    let store = &scene.house.relay.store;
    until_some(async || {
        let lines = store.channels(&House::shop("oak")).await.expect("reads");
        (lines[0].waiting == 0).then_some(())
    })
    .await;
    assert_eq!(scene.mail.taken().len(), 0);
}
