//! The side of the push service that real browsers are connected to: what Firefox says works,
//! and one thing wrong ends the line.

use super::{Rig, words};
use base64::{
    Engine as _,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use shopbell_channels::{Fate, Target};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

const CHANNEL: &str = "0ef2ad4a-6c49-41ad-af6e-95d2425276bf";

/// A browser's line.
struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    async fn open(rig: &Rig) -> Self {
        let mut request =
            rig.service.origin().replacen("http", "ws", 1).into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "push-notification".parse().expect("a value"));
        Self(connect_async(request).await.expect("a line").0)
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string().into())).await.expect("the line holds");
    }

    /// The next message; none when the line was ended.
    async fn hear(&mut self) -> Option<Value> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).expect("JSON")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&mut self, message: Value) -> Option<Value> {
        self.say(message).await;
        self.hear().await
    }

    /// Says hello; gives the `uaid`.
    async fn hello(&mut self, uaid: Option<&str>) -> String {
        let mut hello = json!({ "messageType": "hello", "broadcasts": {}, "use_webpush": true });
        if let Some(uaid) = uaid {
            hello["uaid"] = uaid.into();
        }
        let said = self.ask(hello).await.expect("a hello");
        assert_eq!((&said["status"], &said["use_webpush"]), (&json!(200), &json!(true)));
        said["uaid"].as_str().expect("a uaid").to_owned()
    }
}

fn register(rig: &Rig) -> Value {
    let point = URL_SAFE_NO_PAD.decode(rig.key.public_key()).expect("base64url");
    json!({ "messageType": "register", "channelID": CHANNEL, "key": URL_SAFE.encode(point) })
}

#[tokio::test]
async fn what_comes_is_passed_on_until_the_browser_has_it() {
    let rig = Rig::new().await;
    let mut line = Line::open(&rig).await;
    let uaid = line.hello(None).await;
    let registered = line.ask(register(&rig)).await.expect("an answer");
    assert_eq!((&registered["status"], &registered["channelID"]), (&json!(200), &json!(CHANNEL)));
    // The keys are those of another browser, for only the line is looked at here.
    let endpoint = registered["pushEndpoint"].as_str().expect("an endpoint").to_owned();
    let target =
        Target::Push(shopbell_channels::push::Subscription { endpoint, ..rig.browser().subscription() });
    rig.hand(&target, &words(1, 1, &["one"])).await.expect("is taken");
    let first = line.hear().await.expect("a notification");
    assert_eq!((&first["messageType"], &first["channelID"]), (&json!("notification"), &json!(CHANNEL)));
    assert_eq!(first["headers"]["encoding"], "aes128gcm");
    drop(line);

    // It was not acknowledged, so it comes again; then not any more.
    let mut line = Line::open(&rig).await;
    assert_eq!(line.hello(Some(&uaid)).await, uaid);
    assert_eq!(line.hear().await.as_ref(), Some(&first));
    let update = json!({ "channelID": CHANNEL, "version": first["version"], "code": 100 });
    line.say(json!({ "messageType": "ack", "updates": [update] })).await;
    assert_eq!(line.ask(json!({})).await, Some(json!({})));
    assert_eq!(rig.service.fared(), (vec![100], vec![]));

    let over = json!({ "messageType": "unregister", "channelID": CHANNEL, "code": 200 });
    assert_eq!(line.ask(over).await.expect("an answer")["status"], 200);
    let failure = rig.hand(&target, &words(1, 2, &["two"])).await.expect_err("nobody takes it");
    assert_eq!(failure.fate, Fate::Gone);
    let unknown = "f".repeat(32);
    assert_ne!(Line::open(&rig).await.hello(Some(&unknown)).await, unknown, "it is called anew");
}

#[tokio::test]
async fn one_thing_wrong_ends_the_line() {
    let rig = Rig::new().await;
    let good = register(&rig);
    let with = |name: &str, value: Value| {
        let mut message = good.clone();
        message[name] = value;
        message
    };
    let point = good["key"].as_str().expect("a key");
    let ack = |version: &str, code: u64| {
        let update = json!({ "channelID": CHANNEL, "version": version, "code": code });
        json!({ "messageType": "ack", "updates": [update] })
    };
    for bad in [
        json!([]),
        json!({ "messageType": "parade" }),
        json!({ "messageType": "hello", "broadcasts": {}, "use_webpush": true }),
        with("channelID", json!("0EF2AD4A-6C49-41AD-AF6E-95D2425276BF")),
        with("channelID", json!("0ef2ad4a6c4941adaf6e95d2425276bf")),
        with("key", json!(point.trim_end_matches('='))),
        with("key", json!("AAAA")),
        with("more", json!(1)),
        json!({ "messageType": "register", "channelID": CHANNEL }),
        json!({ "messageType": "unregister", "channelID": CHANNEL, "code": 200 }),
        json!({ "messageType": "unregister", "channelID": CHANNEL, "code": 9 }),
        ack("nothing", 100),
        ack("nothing", 99),
    ] {
        let mut line = Line::open(&rig).await;
        line.hello(None).await;
        let before = rig.service.complaints().len();
        assert_eq!(line.ask(bad.clone()).await, None, "{bad}");
        assert_eq!(rig.service.complaints().len(), before + 1, "{bad}");
    }
    for first in [json!({}), good.clone(), json!({ "messageType": "hello", "broadcasts": {} })] {
        assert_eq!(Line::open(&rig).await.ask(first.clone()).await, None, "{first}");
    }
    let plain = rig.service.origin().replacen("http", "ws", 1);
    assert!(connect_async(plain).await.is_err(), "it has to ask for the protocol");
}
