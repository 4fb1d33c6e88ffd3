//! Asking for updates: each is taken once, whatever comes in between.

use super::rig::*;
use serde_json::json;
use shopbell_channels::Channel;
use shopbell_protocol::ChannelKind;
use shopbell_tests::{far::telegram::Fault, until, web};

/// A visitor has written; gives the message that told of it.
async fn rig() -> (Rig, i64) {
    let rig = Rig::with_private_chat().await;
    rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.expect("it is handed over");
    let sent = rig.only(MAYA).id;
    (rig, sent)
}

fn call(rig: &Rig, method: &str) -> reqwest::RequestBuilder {
    web::client().post(format!("{}/bot{}/{method}", rig.fake.url(), rig.fake.token()))
}

#[tokio::test]
async fn it_asks_for_what_it_needs_and_holds_the_line() {
    let (mut rig, _) = rig().await;
    rig.listen();
    rig.asks(0).await;
    let asked = rig.fake.calls("getupdates").pop().unwrap();
    assert_eq!(asked["timeout"], json!(50));
    assert_eq!(asked["allowed_updates"], json!(["message", "edited_message", "my_chat_member"]));
    assert_eq!(asked.get("offset"), None, "nothing is known yet of where to go on");
}

#[tokio::test]
async fn after_a_restart_no_update_is_taken_twice_and_none_is_missed() {
    let (mut rig, nora) = rig().await;
    rig.listen();
    rig.maya.replies(MAYA, nora, "One");
    rig.said(1).await;
    rig.maya.says(MAYA, "to nobody");
    rig.hears(MAYA, "use “Reply”").await;
    rig.quiet().await;
    rig.stop();
    rig.maya.replies(MAYA, nora, "Two");
    rig.restart();
    assert_eq!(rig.said(2).await, ["One", "Two"]);
    rig.quiet().await;
    assert_eq!(
        rig.count(MAYA, "use “Reply”"),
        1,
        "what can be told twice only shows that it was taken twice"
    );
}

#[tokio::test]
async fn an_update_that_was_taken_but_never_confirmed_is_passed_over_by_a_new_relay() {
    let (mut rig, nora) = rig().await;
    rig.listen();
    rig.asks(0).await;
    // The question that holds the line is answered; the next one, which would confirm, is not heard.
    rig.fake.fails("getupdates", Fault::CutBefore, u32::MAX);
    rig.maya.says(MAYA, "to nobody");
    rig.hears(MAYA, "use “Reply”").await;
    until("the place to be kept", async || {
        rig.ears.all().notes.get(&(ChannelKind::Telegram, "offset".to_owned())).cloned()
    })
    .await;
    rig.stop();
    assert_eq!(rig.fake.pending(), 1);
    rig.fake.heals();
    rig.restart();
    rig.maya.replies(MAYA, nora, "One");
    assert_eq!(rig.said(1).await, ["One"]);
    assert_eq!(rig.count(MAYA, "use “Reply”"), 1);
}

#[tokio::test]
async fn a_cut_line_is_taken_up_again_where_it_was() {
    let (mut rig, nora) = rig().await;
    rig.fake.fails("getupdates", Fault::CutBefore, 1);
    rig.fake.fails("getupdates", Fault::Gateway(502), 1);
    rig.listen();
    rig.maya.replies(MAYA, nora, "One");
    assert_eq!(rig.said(1).await, ["One"]);
    rig.fake.fails("getupdates", Fault::CutAfter, 1);
    rig.maya.replies(MAYA, nora, "Two");
    rig.maya.replies(MAYA, nora, "Three");
    rig.said(3).await;
    rig.quiet().await;
    assert_eq!(rig.ears.bodies(), ["One", "Two", "Three"]);
}

#[tokio::test]
async fn a_webhook_that_somebody_left_is_removed_and_what_waited_is_not_lost() {
    let (mut rig, nora) = rig().await;
    let hook = json!({ "url": "https://elsewhere.invalid/hook" });
    assert!(call(&rig, "setWebhook").json(&hook).send().await.unwrap().status().is_success());
    rig.maya.replies(MAYA, nora, "One");
    rig.listen();
    assert_eq!(rig.said(1).await, ["One"]);
    assert_eq!(rig.fake.webhook(), None);
    assert_eq!(rig.fake.calls("deletewebhook").len(), 1);
    // It is removed once: two relays that quarrel over it must not do so for ever.
    call(&rig, "setWebhook").json(&hook).send().await.unwrap();
    rig.asks(rig.asked() + 1).await;
    assert_eq!(rig.fake.calls("deletewebhook").len(), 1);
}

#[tokio::test]
async fn somebody_else_who_asks_too_is_outlasted() {
    let (mut rig, nora) = rig().await;
    rig.listen();
    rig.asks(0).await;
    let other = call(&rig, "getUpdates").json(&json!({ "timeout": 0 })).send().await.unwrap();
    assert!(other.status().is_success());
    rig.maya.replies(MAYA, nora, "One");
    assert_eq!(rig.said(1).await, ["One"]);
}

#[tokio::test]
async fn after_a_quiet_week_the_ids_begin_anew_and_nothing_is_missed() {
    let (mut rig, nora) = rig().await;
    rig.listen();
    rig.maya.replies(MAYA, nora, "One");
    rig.said(1).await;
    rig.quiet().await;
    rig.fake.count_updates_from(1_000);
    rig.maya.replies(MAYA, nora, "Two");
    rig.maya.replies(MAYA, nora, "Three");
    assert_eq!(rig.said(3).await, ["One", "Two", "Three"]);
    rig.quiet().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    let (mut rig, nora) = rig().await;
    rig.maya.sends(MAYA, json!({ "text": 5 }));
    rig.maya.replies(MAYA, nora, "One");
    rig.listen();
    assert_eq!(rig.said(1).await, ["One"]);
    rig.quiet().await;
}

#[tokio::test]
async fn many_long_answers_at_once_are_all_taken() {
    let (mut rig, nora) = rig().await;
    // More than one answer of the API can hold, in characters that are escaped there.
    for number in 0..40 {
        rig.maya.replies(MAYA, nora, &format!("{number} {}", "\u{1f600}".repeat(1_900)));
    }
    rig.listen();
    let said = rig.said(40).await;
    let fewer = rig.fake.calls("getupdates").iter().any(|call| call["limit"] == 1);
    assert!(fewer, "or else this has shown nothing");
    assert!(said.iter().enumerate().all(|(number, body)| body.starts_with(&format!("{number} "))));
}

#[tokio::test]
async fn it_says_who_the_bot_is_or_what_is_wrong() {
    let (rig, _) = rig().await;
    let said = rig.telegram.examine().await.unwrap();
    assert!(said.starts_with("The bot is @bell_test_bot."), "{said}");
    assert_eq!(rig.telegram.bot_name().await.unwrap(), "bell_test_bot");
    let before = rig.fake.calls("getme").len();
    rig.telegram.bot_name().await.unwrap();
    assert_eq!(rig.fake.calls("getme").len(), before, "it is asked once");
    rig.fake.revoke_token();
    assert!(
        rig.telegram.examine().await.unwrap_err().contains("`token`"),
        "the truth is asked for each time"
    );
}

#[tokio::test]
async fn a_bot_whose_name_is_not_told_has_none() {
    let (rig, _) = rig().await;
    rig.fake.switch(|switches| switches.nameless = true);
    assert!(rig.telegram.bot_name().await.is_err());
}

#[tokio::test]
async fn what_a_webhook_took_is_passed_over_by_a_relay_that_asks() {
    let (mut rig, nora) = rig().await;
    // Telegram called with the first of these, and never heard that it was taken.
    rig.fake.count_updates_from(700);
    rig.ears.all().notes.insert((ChannelKind::Telegram, "taken".to_owned()), "698 700".to_owned());
    rig.maya.says(MAYA, "to nobody");
    rig.maya.replies(MAYA, nora, "One");
    rig.listen();
    assert_eq!(rig.said(1).await, ["One"]);
    rig.quiet().await;
    assert_eq!(rig.count(MAYA, "use “Reply”"), 0);
}
