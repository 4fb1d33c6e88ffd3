//! What reaches a browser, and how.

use super::{CONTACT, Rig, words};
use serde_json::json;
use shopbell_channels::{Alarm, Channel, Handed, Notice, Opened, Target};
use shopbell_protocol::{ChannelId, ConversationId, Seq, ShopId, UnixMillis};
use shopbell_tests::{clock::now_ms, far::push::Shown};

#[tokio::test]
async fn words_reach_the_browser_and_nobody_else_can_read_them() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let handed = rig.hand(&browser.target(), &words(7, 3, &["Is it oak?", "“Ölçü” 👩‍👩‍👧\n<b>"])).await.unwrap();
    assert_eq!(handed, Handed::default());
    assert_eq!(rig.service.complaints(), Vec::<String>::new());
    let [shown] = &browser.wake()[..] else { panic!("one push") };
    let said = shown.json();
    assert_eq!(said["title"], "Elm 👩‍👩‍👧");
    assert_eq!(said["body"], "Is it oak?\n“Ölçü” 👩‍👩‍👧\n<b>");
    assert_eq!(said["conversation"], "07070707-0707-0707-0707-070707070707");
    assert_eq!((&said["first"], &said["upto"], &said["count"]), (&json!(3), &json!(4), &json!(2)));
    assert_eq!((shown.taken.urgency.as_str(), shown.taken.ttl_s), ("high", 72 * 60 * 60));
    assert_eq!(shown.taken.claims["sub"], CONTACT);
    let body = String::from_utf8_lossy(&shown.taken.body);
    assert!(!body.contains("oak"), "it is sealed");
}

#[tokio::test]
async fn what_waits_for_a_sleeping_device_is_replaced_by_what_is_newer() {
    let rig = Rig::new().await;
    let (browser, other) = (rig.browser(), rig.browser());
    for (conversation, body) in [(1, "one"), (2, "two"), (1, "three")] {
        rig.hand(&browser.target(), &words(conversation, 1, &[body])).await.unwrap();
    }
    rig.hand(&other.target(), &words(1, 1, &["one"])).await.unwrap();
    let waited = browser.wake();
    let bodies: Vec<_> = waited.iter().map(|shown| shown.json()["body"].clone()).collect();
    assert_eq!(bodies, ["two", "three"]);
    let others = other.wake();
    assert_ne!(
        waited[1].taken.topic, others[0].taken.topic,
        "a push service can't tell that both are told of one conversation"
    );
    let conversation = waited[1].json()["conversation"].as_str().unwrap().replace('-', "");
    assert!(!format!("{:?}", waited[1].taken.topic).contains(&conversation));
}

#[tokio::test]
async fn the_length_of_a_push_tells_little_and_no_push_is_too_long() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let lengths = async |bodies: &[&str]| {
        rig.hand(&browser.target(), &words(1, 1, bodies)).await.unwrap();
        let shown = browser.wake().remove(0);
        assert_eq!(shown.taken.body.len(), 86 + shown.plaintext.len() + shown.padding + 1 + 16);
        (shown.taken.body.len(), shown.json()["body"].as_str().unwrap().to_owned())
    };
    let (short, _) = lengths(&["Yes"]).await;
    let (longer, _) = lengths(&["Yes, with pleasure, and the chairs too"]).await;
    assert_eq!(short, longer);
    let endless = "👩‍👩‍👧".repeat(800);
    let (longest, body) = lengths(&["first", &endless]).await;
    assert_eq!(longest, 4096);
    let whole = body.strip_suffix('…').expect("it was cut");
    assert_eq!(whole.len() % "👩‍👩‍👧".len(), 0, "between characters as a reader sees them");
    assert!(whole.len() > 3_000, "{}", whole.len());
}

#[tokio::test]
async fn no_two_pushes_share_a_key_or_a_salt_and_tokens_are_used_again() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    for _ in 0..2 {
        rig.hand(&browser.target(), &words(1, 1, &["same"])).await.unwrap();
        rig.hand(&browser.target(), &words(2, 1, &["same"])).await.unwrap();
    }
    let shown = browser.wake();
    let head = |shown: &Shown| shown.taken.body[..86].to_vec();
    assert_ne!(head(&shown[0])[..16], head(&shown[1])[..16]);
    assert_ne!(head(&shown[0])[21..], head(&shown[1])[21..]);
    assert_eq!(shown[0].taken.authorization, shown[1].taken.authorization);
}

#[tokio::test]
async fn a_device_can_leave_the_words_out() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let mut subscription = browser.subscription();
    subscription.hide_words = true;
    rig.hand(&Target::Push(subscription), &words(1, 1, &["secret", "secret"])).await.unwrap();
    let said = browser.wake().remove(0).json();
    assert_eq!((&said["body"], &said["hidden"]), (&json!("2 new messages"), &json!(true)));
    assert!(!said.to_string().contains("secret"));
}

#[tokio::test]
async fn alarms_and_tests_are_less_urgent() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let shop = ShopId::parse("oak").unwrap();
    let link = "https://relay.example/inbox#settings".to_owned();
    let alarm = Notice::Alarm(Alarm {
        shop: shop.clone(),
        shop_name: "Oak & Ash".into(),
        about: "E-mail to ana@oak.example".into(),
        since: UnixMillis(now_ms()),
        reason: "The mail server refuses the password. Set the new one.".into(),
        link: link.clone(),
    });
    rig.hand(&browser.target(), &alarm).await.unwrap();
    rig.hand(&browser.target(), &Notice::Test { shop, shop_name: "Oak & Ash".into(), link }).await.unwrap();
    let shown = browser.wake();
    assert_eq!(shown[0].json()["kind"], "alarm");
    assert!(shown[0].json()["body"].as_str().unwrap().contains("refuses the password"));
    assert_eq!(shown[1].json()["kind"], "test");
    for shown in shown {
        assert_eq!(
            (shown.taken.urgency.as_str(), shown.json()["title"].as_str()),
            ("normal", Some("Oak & Ash"))
        );
    }
}

#[tokio::test]
async fn a_push_is_never_silent() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap();
    assert_eq!(browser.wake().len(), 1);
    let target = browser.target();
    let opened = Opened {
        channel: ChannelId::from_bytes([1; 16]),
        target: &target,
        shop: &ShopId::parse("oak").unwrap(),
        conversation: ConversationId::from_bytes([1; 16]),
        upto: Seq(1),
        memo: None,
        now: UnixMillis(now_ms()),
    };
    rig.push.opened(opened).await.unwrap();
    assert_eq!(rig.service.heard(), 1, "nothing was sent that would show nothing");
}

#[tokio::test]
async fn the_doctor_hears_that_the_key_is_in_order() {
    let rig = Rig::new().await;
    assert!(rig.push.examine().await.unwrap().contains("key is in order"));
}
