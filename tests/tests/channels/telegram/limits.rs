//! Telegram's limits: kept, and obeyed when it says that they were not.

use super::rig::*;
use shopbell_channels::Fate;
use shopbell_tests::{clock::tick, far::telegram::Fault};
use std::time::Duration;

#[tokio::test]
async fn a_chat_gets_no_more_than_one_message_a_second() {
    let rig = Rig::with_private_chat().await;
    rig.fake.switch(|switches| switches.limits = true);
    let begun = tick();
    for seq in 1..=3 {
        rig.hand(&private(), &notice(words_from(1, seq, &["Hello"])), None).await.unwrap();
    }
    assert_eq!(rig.fake.sent(MAYA).len(), 3);
    assert!(begun.elapsed() >= Duration::from_millis(1_900));
}

#[tokio::test]
async fn the_parts_of_one_parcel_keep_the_pace_too() {
    let rig = Rig::with_private_chat().await;
    rig.fake.switch(|switches| switches.limits = true);
    let long = "🪑".repeat(4_000);
    rig.hand(&private(), &notice(words(1, &[&long, &long])), None).await.unwrap();
    let chairs: usize = rig.fake.sent(MAYA).iter().map(|sent| sent.text.matches('🪑').count()).sum();
    assert_eq!(chairs, 8_000);
}

#[tokio::test]
async fn chats_do_not_wait_for_each_other() {
    let rig = Rig::with_private_chat().await;
    rig.fake.switch(|switches| switches.limits = true);
    let begun = tick();
    for number in 1..=12 {
        rig.fake.group(GROUP - number, "Staff");
        let chat = shopbell_channels::telegram::Chat { chat: GROUP - number, ..group() };
        rig.hand(&chat, &notice(words(1, &["Hello"])), None).await.unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(11));
}

#[tokio::test]
async fn a_pause_that_telegram_asks_for_is_passed_on() {
    let rig = Rig::with_private_chat().await;
    rig.fake.switch(|switches| switches.limits = true);
    // Somebody else with the same bot was quicker.
    let client = shopbell_tests::web::client();
    let url = format!("{}/bot{}/sendMessage", rig.fake.url(), rig.fake.token());
    let body = serde_json::json!({ "chat_id": MAYA, "text": "first" });
    client.post(url).json(&body).send().await.unwrap();
    let failure = rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.unwrap_err();
    assert_eq!((failure.fate, failure.retry_after), (Fate::Later, Some(Duration::from_secs(1))));
    assert!(!failure.maybe_taken);
}

#[tokio::test]
async fn the_twenty_first_in_a_minute_waits_for_its_turn_outside() {
    let rig = Rig::with_private_chat().await;
    rig.fake.group(GROUP, "Staff");
    // Twenty in a minute by the relay's clock, without waiting for a real one.
    let target = shopbell_channels::Target::Telegram(group());
    let words = notice(words(1, &["Hello"]));
    let begun = shopbell_tests::clock::now_ms();
    let hand = async |at: u64| {
        let parcel = shopbell_channels::Parcel {
            channel: channel(),
            target: &target,
            key: "parcel-1",
            notice: &words,
            memo: None,
            now: shopbell_protocol::UnixMillis(begun + at),
        };
        shopbell_channels::Channel::hand(&*rig.telegram, parcel).await
    };
    for second in 0..20 {
        hand(second * 1_000).await.unwrap();
    }
    let failure = hand(20_000).await.unwrap_err();
    assert_eq!((failure.fate, failure.retry_after), (Fate::Later, Some(Duration::from_secs(40))));
    assert_eq!(rig.fake.calls("sendmessage").len(), 20, "Telegram was not even asked");
    hand(60_000).await.unwrap();
}

#[tokio::test]
async fn a_sentence_is_tried_once_more_after_a_short_pause() {
    let mut rig = Rig::new().await;
    rig.fake.switch(|switches| switches.limits = true);
    rig.listen();
    rig.maya.says(MAYA, "/start");
    let sent = rig.hears(MAYA, "/link CODE").await;
    rig.fake.fails("sendmessage", Fault::Says(500, "Internal Server Error"), 1);
    rig.ears.all().now.0 += 60 * 60 * 1000;
    rig.maya.says(MAYA, "/start");
    rig.quiet().await;
    assert_eq!(rig.only(MAYA).id, sent.id, "best effort: the listener goes on");
}
