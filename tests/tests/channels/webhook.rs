//! The shop's own system, both ways: what it gets and what it says. What is signed is
//! looked at, and what is looked at is signed, by another implementation.

use crate::{
    faults::{every_fault, gone, later},
    notices::{alarm, channel, conversation, message, parcel, shop, test, words, words_from},
};
use http::HeaderMap;
use serde_json::{Value, json};
use shopbell_channels::{
    Channel, HookAnswer, HookRequest, Known, Notice, Parcel, Target, limits,
    webhook::{self, Endpoint, Webhook, draw_secret},
};
use shopbell_protocol::{ChannelId, RANDOM_BYTES, Side, UnixMillis};
use shopbell_tests::{
    clock::now_ms,
    far::{
        RecordingEars,
        http::{FarHttp, Fault, Heard, Reply},
    },
};
use std::net::Ipv4Addr;

fn secret() -> String {
    draw_secret(&[7; 32])
}

async fn far() -> FarHttp {
    FarHttp::start(|_| Reply::status(204)).await
}

fn target(far: &FarHttp) -> Target {
    Target::Webhook(Endpoint { url: far.url("/hook?shop=1"), secret: secret() })
}

fn way(far: &FarHttp) -> Webhook {
    Webhook::new(far.outbound())
}

/// By the library that others verify with.
fn is_signed(heard: &Heard, secret: &str) -> bool {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = heard.header(name).expect("signed");
        headers.insert(name, value.parse().expect("a header"));
    }
    let other = standardwebhooks::Webhook::new(secret).expect("a secret");
    other.verify(&heard.body, &headers).is_ok()
}

/// Its library looks at the real clock.
fn now() -> UnixMillis {
    UnixMillis(now_ms())
}

#[tokio::test]
async fn a_shops_system_is_told_by_a_request_that_others_can_verify() {
    let far = far().await;
    let (target, notice) = (target(&far), words(&["Hello?", "Is the oak stool \"left\"?"]));
    let parcel = Parcel { now: now(), ..parcel(&target, "k-1-2", &notice) };
    way(&far).hand(parcel).await.expect("handed");
    let [heard] = far.heard().try_into().expect("one");
    assert!(is_signed(&heard, &secret()));
    assert!(!is_signed(&heard, &draw_secret(&[8; 32])));
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/hook?shop=1"));
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!(heard.header("webhook-id"), Some("k-1-2"));
    let first = message(1, Side::Visitor, "");
    let second = message(2, Side::Visitor, "");
    assert_eq!(
        heard.json(),
        json!({
            "type": "message.created",
            "timestamp": "2026-03-14T15:09:26.535Z",
            "data": {
                "shop": { "id": "oak-and-ash", "name": "Oak & Ash" },
                "conversation": conversation(),
                "visitor": null,
                "page": { "url": "https://oak-and-ash.example/stools", "title": "Stools" },
                "messages": [
                    { "id": first.id, "seq": 1, "from": "visitor", "at": "2026-03-14T15:09:26.535Z", "text": "Hello?" },
                    { "id": second.id, "seq": 2, "from": "visitor", "at": "2026-03-14T15:09:26.535Z",
                      "text": "Is the oak stool \"left\"?" },
                ],
                "link": format!("https://relay.example/inbox#with={}", conversation()),
            },
        })
    );
}

#[tokio::test]
async fn what_is_tried_again_has_the_same_id_and_a_new_time() {
    let far = far().await;
    let (target, notice) = (target(&far), words(&["Hello?"]));
    far.fault_times(Fault::Cut, 1).await;
    let first = Parcel { now: UnixMillis(now_ms() - 60_000), ..parcel(&target, "k-1-1", &notice) };
    assert!(way(&far).hand(first).await.expect_err("cut").maybe_taken);
    way(&far).hand(Parcel { now: now(), ..first }).await.expect("handed");
    let [first, second] = far.heard().try_into().expect("two");
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    assert_ne!(first.header("webhook-timestamp"), second.header("webhook-timestamp"));
    assert!(is_signed(&first, &secret()) && is_signed(&second, &secret()));
}

#[tokio::test]
async fn while_the_secret_changes_either_verifies() {
    let far = far().await;
    let (old, new) = (secret(), draw_secret(&[8; 32]));
    let target = Target::Webhook(Endpoint { url: far.url("/"), secret: format!("{new} {old}") });
    let notice = test();
    way(&far).hand(Parcel { now: now(), ..parcel(&target, "k", &notice) }).await.expect("handed");
    let heard = &far.heard()[0];
    assert!(is_signed(heard, &old) && is_signed(heard, &new));
}

#[tokio::test]
async fn alarms_and_tests_are_events_of_their_own_and_hidden_words_stay_hidden() {
    let far = far().await;
    let target = target(&far);
    let mut hidden = words_from(1, &["My address is 7 Elm Street"]);
    hidden.show_words = false;
    for notice in [alarm(), test(), Notice::Words(Box::new(hidden))] {
        way(&far).hand(parcel(&target, "k", &notice)).await.expect("handed");
    }
    let [alarm, test, hidden] = far.heard().try_into().expect("three");
    assert_eq!(alarm.json()["type"], "channel.failed");
    assert_eq!(alarm.json()["data"]["reason"], "Its certificate has expired.");
    assert_eq!(test.json()["type"], "webhook.test");
    assert_eq!(hidden.json()["data"]["messages"][0].get("text"), None);
    assert!(!hidden.text().contains("Elm Street"));
}

#[tokio::test]
async fn a_burst_of_long_messages_is_bounded_and_says_what_is_cut() {
    let far = far().await;
    let target = target(&far);
    for (body, count) in [("\"", 50), ("🦊", 50), ("a", 3)] {
        far.forget();
        let long = body.repeat(4000);
        let notice = words(&vec![long.as_str(); count]);
        way(&far).hand(parcel(&target, "k", &notice)).await.expect("handed");
        let [heard] = far.heard().try_into().expect("one");
        assert!(heard.body.len() <= limits::WEBHOOK_BYTES, "{body}: {}", heard.body.len());
        let messages = heard.json()["data"]["messages"].clone();
        let messages = messages.as_array().expect("messages");
        assert_eq!(messages.len(), count, "{body}: each is there");
        for said in messages {
            let text = said["text"].as_str().expect("text");
            assert_eq!(said.get("cut"), (text != long).then_some(&Value::Bool(true)), "{body}");
            assert!(text.starts_with(body), "{body}");
        }
    }
}

#[tokio::test]
async fn every_fault_is_told_apart() {
    let far = far().await;
    let (target, notice) = (target(&far), words(&["Hello?"]));
    let own = vec![
        (Reply::status(410), gone("wants nothing")),
        (Reply::status(401), later("secret")),
        (Reply::status(403), later("secret")),
        (Reply::status(404), later("404")),
        (Reply::status(400).header("retry-after", "9"), later("400").after(9)),
    ];
    let way = |outbound| Box::new(webhook::Webhook::new(outbound)) as Box<dyn Channel>;
    every_fault(&far, way, parcel(&target, "k", &notice), own).await;
}

/// A relay that knows one such channel, and hears what its system says.
struct Hearing {
    ears: RecordingEars,
    way: Webhook,
}

/// A request as a system makes it.
struct Call {
    channel: ChannelId,
    method: &'static str,
    id: &'static str,
    at_s: u64,
    secret: String,
    body: String,
}

impl Call {
    fn saying(text: &str) -> Self {
        let data = json!({ "conversation": conversation(), "text": text });
        Self {
            channel: channel(),
            method: "POST",
            id: "msg_1",
            at_s: 1_773_500_966,
            secret: secret(),
            body: json!({ "type": "system.message", "data": data }).to_string(),
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let other = standardwebhooks::Webhook::new(&self.secret).expect("a secret");
        let at = i64::try_from(self.at_s).expect("a time");
        let signature = other.sign(self.id, at, self.body.as_bytes()).expect("signed");
        [("webhook-id", self.id), ("webhook-timestamp", &at.to_string()), ("webhook-signature", &signature)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }
}

impl Hearing {
    fn new() -> Self {
        let ears = RecordingEars::default();
        ears.all().now = UnixMillis(1_773_500_966_535);
        let endpoint = Endpoint { url: "https://shop.example/hook".into(), secret: secret() };
        ears.know(Known {
            channel: channel(),
            shop: shop(),
            side: Side::Owner,
            target: Target::Webhook(endpoint),
            conversation: None,
        });
        Self { ears, way: Webhook::new(shopbell_channels::Outbound::new(&Default::default())) }
    }

    async fn hear(&self, call: &Call) -> HookAnswer {
        self.hear_with(call, &call.headers()).await
    }

    async fn hear_with(&self, call: &Call, headers: &[(String, String)]) -> HookAnswer {
        let rest = call.channel.to_string();
        let address = Ipv4Addr::LOCALHOST.into();
        let request =
            HookRequest { rest: &rest, method: call.method, headers, body: call.body.as_bytes(), address };
        self.way.hook(request, &self.ears).await
    }
}

#[tokio::test]
async fn what_a_system_says_is_the_systems_and_never_the_owners() {
    let relay = Hearing::new();
    let answer = relay.hear(&Call::saying("Your parcel is on its way <b>now</b>")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let all = relay.ears.all();
    assert!(all.said.is_empty(), "nothing is said as the owner");
    let [said] = all.system.as_slice() else { panic!("{:?}", all.system) };
    assert_eq!((said.channel, said.conversation), (channel(), conversation()));
    assert_eq!(said.body, "Your parcel is on its way <b>now</b>");
}

#[tokio::test]
async fn what_is_sent_again_is_taken_once() {
    let relay = Hearing::new();
    for _ in 0..3 {
        assert_eq!(relay.hear(&Call::saying("On its way")).await.status, 200);
    }
    assert_eq!(relay.hear(&Call { id: "msg_2", ..Call::saying("On its way") }).await.status, 200);
    assert_eq!(relay.ears.all().system.len(), 2);
    let data =
        json!({ "conversation": shopbell_protocol::ConversationId::new(1, [9; RANDOM_BYTES]), "text": "x" });
    let other = json!({ "type": "system.message", "data": data }).to_string();
    assert_eq!(relay.hear(&Call { body: other, ..Call::saying("") }).await.status, 409);
}

#[tokio::test]
async fn who_has_not_signed_just_now_is_not_heard() {
    let relay = Hearing::new();
    let well = || Call::saying("On its way");
    for (what, call, status) in [
        ("another secret", Call { secret: draw_secret(&[8; 32]), ..well() }, 401),
        ("too old", Call { at_s: 1_773_500_966 - 301, ..well() }, 401),
        ("too early", Call { at_s: 1_773_500_966 + 301, ..well() }, 401),
        ("a full stop in the id", Call { id: "msg.1", ..well() }, 401),
        ("no id", Call { id: "", ..well() }, 401),
        ("another channel", Call { channel: ChannelId::new(1, [9; RANDOM_BYTES]), ..well() }, 404),
        ("only asked", Call { method: "GET", ..well() }, 404),
    ] {
        let answer = relay.hear(&call).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
    }
    let call = well();
    let changed = Call { body: call.body.replace("On", "in"), ..well() };
    assert_eq!(relay.hear_with(&changed, &call.headers()).await.status, 401);
    for place in 0..3 {
        let mut headers = call.headers();
        headers.push(headers[place].clone());
        assert_eq!(relay.hear_with(&call, &headers).await.status, 401, "{place} twice");
        headers.retain(|header| *header != call.headers()[place]);
        assert_eq!(relay.hear_with(&call, &headers).await.status, 401, "{place} missing");
    }
    assert!(relay.ears.all().system.is_empty());
    for at_s in [1_773_500_966 - 300, 1_773_500_966 + 300] {
        assert_eq!(relay.hear(&Call { at_s, ..well() }).await.status, 200, "{at_s} is near enough");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_said() {
    let relay = Hearing::new();
    for body in [
        "",
        "[]",
        "{}",
        r#"{"type":"system.message","data":{}}"#,
        r#"{"type":"message.created","data":{"conversation":"x","text":"x"}}"#,
    ] {
        let answer = relay.hear(&Call { body: body.into(), ..Call::saying("") }).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
    let spoken =
        json!({ "type": "owner.message", "data": { "conversation": conversation(), "text": "I am Maya" } });
    assert_eq!(relay.hear(&Call { body: spoken.to_string(), ..Call::saying("") }).await.status, 400);
    assert_eq!(relay.hear(&Call::saying(" \n ")).await.status, 422);
    assert_eq!(relay.hear(&Call::saying(&"x".repeat(4001))).await.status, 422);
    relay.ears.all().away = true;
    let answer = relay.hear(&Call::saying("On its way")).await;
    assert_eq!((answer.status, answer.retry_after_s), (503, Some(5)));
    relay.ears.all().away = false;
    assert_eq!(relay.hear(&Call::saying("On its way")).await.status, 200, "it is not used up");
}

#[tokio::test]
async fn the_channels_of_other_kinds_are_not_found() {
    let relay = Hearing::new();
    let phone = shopbell_channels::sms::Phone { number: "+351912345678".into() };
    let known = relay.ears.all().channels[&channel()].clone();
    relay.ears.know(Known { target: Target::Sms(phone), ..known });
    assert_eq!(relay.hear(&Call::saying("On its way")).await, HookAnswer::not_found());
}
