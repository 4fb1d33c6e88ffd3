//! Being called by Telegram.

use super::rig::*;
use axum::{
    Router,
    extract::{Path, Request, State},
    http::StatusCode,
    routing::post,
};
use shopbell_channels::{Channel, HookAnswer, HookRequest, telegram::Telegram};
use shopbell_protocol::ChannelKind;
use shopbell_tests::{far::RecordingEars, until};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

/// What stands in for the relay's route of hooks.
#[derive(Clone)]
struct Relay {
    telegram: Arc<Telegram>,
    ears: Arc<RecordingEars>,
}

async fn receive(
    State(relay): State<Relay>,
    Path(rest): Path<String>,
    request: Request,
) -> (StatusCode, String) {
    let headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let method = request.method().as_str().to_owned();
    let body = axum::body::to_bytes(request.into_body(), shopbell_channels::limits::HOOK_BYTES)
        .await
        .expect("a small body");
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = HookRequest { rest: &rest, method: &method, headers: &headers, body: &body, address };
    let answer = relay.telegram.hook(request, &*relay.ears).await;
    (StatusCode::from_u16(answer.status).expect("a status"), answer.text)
}

/// A relay that is called, a visitor who has written, and the message that told of it.
async fn rig() -> (Rig, i64, JoinSet<()>) {
    let mut rig = Rig::with_private_chat().await;
    rig.fake.switch(|switches| switches.plain_webhooks = true);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let public =
        Url::parse(&format!("http://{}", listener.local_addr().expect("its address"))).expect("an address");
    rig.telegram = Arc::new(bot(&rig.fake, true, Some(&public)));
    let relay = Relay { telegram: Arc::clone(&rig.telegram), ears: Arc::clone(&rig.ears) };
    let routes = Router::new().route("/hook/telegram/{rest}", post(receive)).with_state(relay);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
    rig.hand(&private(), &notice(words(1, &["Hello"])), None).await.expect("it is handed over");
    let sent = rig.only(MAYA).id;
    rig.listen();
    until("the webhook to be set", async || rig.fake.webhook()).await;
    (rig, sent, tasks)
}

/// Calls as Telegram would.
async fn calls(rig: &Rig, secret: Option<&str>, rest: &str, body: &str) -> HookAnswer {
    let secret = secret.map(|secret| ("x-telegram-bot-api-secret-token".to_owned(), secret.to_owned()));
    let headers: Vec<_> = secret.into_iter().collect();
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = HookRequest { rest, method: "POST", headers: &headers, body: body.as_bytes(), address };
    rig.telegram.hook(request, &*rig.ears).await
}

fn secret(rig: &Rig) -> String {
    rig.fake.calls("setwebhook")[0]["secret_token"].as_str().expect("a secret").to_owned()
}

fn update(rig: &Rig, id: i64, message: i64, reply: i64, text: &str) -> String {
    drop(rig.ears.all());
    serde_json::json!({
        "update_id": id,
        "message": {
            "message_id": message,
            "date": 1,
            "from": { "id": MAYA, "is_bot": false, "first_name": "Maya" },
            "chat": { "id": MAYA, "type": "private", "first_name": "Maya" },
            "text": text,
            "reply_to_message": { "message_id": reply },
        },
    })
    .to_string()
}

#[tokio::test]
async fn telegram_calls_with_answers() {
    let (rig, nora, _relay) = rig().await;
    rig.maya.replies(MAYA, nora, "One");
    rig.maya.replies(MAYA, nora, "Two");
    assert_eq!(rig.said(2).await, ["One", "Two"]);
    rig.quiet().await;
    assert!(rig.fake.calls("getupdates").len() == 2, "only this test has asked");
}

#[tokio::test]
async fn what_cannot_be_kept_now_is_called_again() {
    let (rig, nora, _relay) = rig().await;
    rig.ears.all().away = true;
    rig.maya.replies(MAYA, nora, "One");
    let info = format!("{}/bot{}/getWebhookInfo", rig.fake.url(), rig.fake.token());
    until("a call to fail", async || {
        let info: serde_json::Value =
            shopbell_tests::web::client().get(&info).send().await.unwrap().json().await.unwrap();
        info["result"]["last_error_message"].as_str().map(str::to_owned)
    })
    .await;
    rig.ears.all().away = false;
    assert_eq!(rig.said(1).await, ["One"]);
}

#[tokio::test]
async fn only_telegram_can_call() {
    let (rig, nora, _relay) = rig().await;
    let secret = secret(&rig);
    let forged = update(&rig, 1, 900, nora, "I am Telegram");
    for wrong in [None, Some(""), Some("x"), Some(&secret[1..]), Some(&*secret.to_uppercase())] {
        let answer = calls(&rig, wrong, "update", &forged).await;
        assert_eq!(answer, HookAnswer::not_found(), "{wrong:?}");
    }
    assert_eq!(calls(&rig, Some(&secret), "other", &forged).await.status, 404);
    assert!(rig.ears.bodies().is_empty());
    assert!(!secret.contains(&rig.fake.token()));
    // A relay that asks by itself is not called at all.
    let polling = bot(&rig.fake, false, None);
    let headers = [("x-telegram-bot-api-secret-token".to_owned(), secret)];
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request =
        HookRequest { rest: "update", method: "POST", headers: &headers, body: forged.as_bytes(), address };
    assert_eq!(polling.hook(request, &*rig.ears).await, HookAnswer::not_found());
}

#[tokio::test]
async fn each_update_is_taken_once_in_whatever_order_they_come() {
    let (rig, nora, _relay) = rig().await;
    let secret = secret(&rig);
    // A sentence to the owner shows each taking; an answer would be told by its own name.
    let bodies: Vec<_> =
        [12, 11, 12, 13, 11].map(|id| (id, update(&rig, id, 900 + id, 1, "to nobody"))).into();
    for (_, body) in &bodies {
        assert_eq!(calls(&rig, Some(&secret), "update", body).await.status, 200);
    }
    assert_eq!(rig.count(MAYA, "use “Reply”"), 3);
    let note = rig.ears.all().notes[&(ChannelKind::Telegram, "taken".to_owned())].clone();
    assert_eq!(note, "12 11 13");
    // Also by a relay that was started anew.
    let again = Relay { telegram: Arc::new(bot(&rig.fake, true, None)), ears: Arc::clone(&rig.ears) };
    let headers = [("x-telegram-bot-api-secret-token".to_owned(), secret)];
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for (_, body) in &bodies {
        let request =
            HookRequest { rest: "update", method: "POST", headers: &headers, body: body.as_bytes(), address };
        assert_eq!(again.telegram.hook(request, &*rig.ears).await.status, 200);
    }
    assert_eq!(rig.count(MAYA, "use “Reply”"), 3);
    assert!(rig.ears.bodies().is_empty());
    let _ = nora;
}

#[tokio::test]
async fn what_is_taken_is_remembered_within_bounds() {
    let (rig, _, _relay) = rig().await;
    let secret = secret(&rig);
    for id in 0..300 {
        let body = format!(r#"{{"update_id":{}}}"#, 2_000_000_000 + id);
        assert_eq!(calls(&rig, Some(&secret), "update", &body).await.status, 200);
    }
    let note = rig.ears.all().notes[&(ChannelKind::Telegram, "taken".to_owned())].clone();
    assert!(note.len() <= shopbell_channels::limits::NOTE_BYTES, "{}", note.len());
    assert!(note.ends_with("2000000299"));
}

#[tokio::test]
async fn nonsense_is_refused() {
    let (rig, _, _relay) = rig().await;
    let secret = secret(&rig);
    for body in ["", "{}", "[]", "\u{0}", r#"{"update_id":"x"}"#] {
        assert_eq!(calls(&rig, Some(&secret), "update", body).await.status, 400, "{body:?}");
    }
}

#[tokio::test]
async fn setting_it_goes_on_until_telegram_has_understood() {
    let mut rig = Rig::new().await;
    rig.fake.switch(|switches| switches.plain_webhooks = true);
    let public = Url::parse("http://127.0.0.1:9/").unwrap();
    rig.telegram = Arc::new(bot(&rig.fake, true, Some(&public)));
    rig.fake.fails("setwebhook", shopbell_tests::far::telegram::Fault::Gateway(502), 1);
    rig.listen();
    let url = until("the webhook to be set", async || rig.fake.webhook()).await;
    assert_eq!(url, "http://127.0.0.1:9/hook/telegram/update");
}

#[tokio::test]
async fn a_doctor_says_what_a_webhook_lacks() {
    let rig = Rig::new().await;
    let without = bot(&rig.fake, true, None);
    assert!(without.examine().await.unwrap_err().contains("public address"));
    let plain = bot(&rig.fake, true, Some(&Url::parse("http://relay.example").unwrap()));
    assert!(plain.examine().await.unwrap_err().contains("https"));
    let public = Url::parse("https://relay.example").unwrap();
    let good = bot(&rig.fake, true, Some(&public));
    assert!(good.examine().await.unwrap().contains("will call as soon as the relay runs"));
}
