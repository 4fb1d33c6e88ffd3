//! Tried by what others wrote: our Telegram by a client for the real one, and our channel by another
//! Telegram for tests.

use super::rig::*;
use serde_json::{Value, json};
use shopbell_channels::{Channel, Known, Parcel, Target};
use shopbell_protocol::UnixMillis;
use shopbell_tests::{
    clock::now_ms,
    far::{RecordingEars, telegram::FakeTelegram},
    until, web,
};
use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    sync::Arc,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
    sync::Mutex,
};

/// A chat of its own for each, as the scripts want one.
const OTHER: i64 = 4_003;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("far-checks/telegram")
}

async fn run(command: &mut Command) -> Output {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.current_dir(folder()).kill_on_drop(true).stdin(Stdio::null()).output().await.unwrap_or_else(
        |error| panic!("`{name}` cannot be run ({error}). On Debian: `apt-get install nodejs npm`."),
    )
}

/// Fetches the packages that the scripts use, once for each change of their list.
async fn packages() {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    let wanted = fs::read_to_string(folder().join("package-lock.json")).expect("the list of packages");
    let stamp = folder().join("node_modules/.shopbell-installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return;
    }
    let output = run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])).await;
    assert!(output.status.success(), "npm failed: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(stamp, wanted).expect("a note in the folder of packages");
}

#[tokio::test]
async fn a_client_for_the_real_telegram_agrees_with_ours() {
    packages().await;
    let fake = FakeTelegram::start().await;
    let person = fake.person(MAYA, "Maya");
    for text in ["/start", "Hello", "Anybody?"] {
        person.says(MAYA, text);
    }
    fake.group(GROUP, "Staff");
    person.upgrades(GROUP, FORUM);
    fake.forum(FORUM, "Desk");
    let mut script = Command::new("node");
    script.arg("client.js").arg(fake.url()).arg(fake.token());
    script.args([MAYA, FORUM, GROUP].map(|id| id.to_string()));
    let output = run(&mut script).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("all agreed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// It knows sending, short polling and `getMe`, and has no limits: what it shows is that the channel does
/// not depend on what is ours. Topics, reactions and errors it does not know.
#[tokio::test]
async fn the_channel_talks_with_another_telegram_for_tests() {
    packages().await;
    const TOKEN: &str = "123456:another";
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut server = Command::new("node")
        .args(["server.js", &port.to_string()])
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js, which npm was found with");
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("started"));
    let url = format!("http://127.0.0.1:{port}");

    let telegram = Arc::new(bot_at(&url, TOKEN, false, None));
    assert_eq!(telegram.bot_name().await.unwrap(), "TestNameBot");
    let chat =
        shopbell_channels::telegram::Chat { chat: OTHER, user: OTHER, name: "Maya".into(), topics: false };
    let target = Target::Telegram(chat.clone());
    let words = words(1, &["Hello", "Is the stool oiled? 😀"]);
    let parcel = Parcel {
        channel: channel(),
        target: &target,
        key: "parcel-1",
        notice: &notice(words.clone()),
        memo: None,
        now: UnixMillis(now_ms()),
    };
    let handed = telegram.hand(parcel).await.unwrap();
    let ears = Arc::new(RecordingEars::default());
    let known: Known = known(&chat, Some(words.conversation));
    ears.refer(&known, &handed.references);

    let client = web::client();
    let ask = json!({ "token": TOKEN, "chatId": OTHER });
    let got: Value =
        client.post(format!("{url}/getUpdates")).json(&ask).send().await.unwrap().json().await.unwrap();
    let message = &got["result"][0]["message"];
    assert_eq!(message["text"], json!("Nora · Oak & Ash\n\nHello\n\nIs the stool oiled? 😀"));
    let id = got["result"][0]["messageId"].as_i64().unwrap();

    let person = |id: i64, text: &str, reply: i64| {
        json!({
            "botToken": TOKEN,
            "date": 1,
            "from": { "id": id, "is_bot": false, "first_name": "Maya" },
            "chat": { "id": OTHER, "type": "private", "first_name": "Maya" },
            "text": text,
            "reply_to_message": { "message_id": reply, "chat": { "id": OTHER } },
        })
    };
    for body in [person(STRANGER, "I am the owner", id), person(OTHER, "Twice oiled", id)] {
        client.post(format!("{url}/sendMessage")).json(&body).send().await.unwrap();
    }
    let listening = tokio::spawn({
        let ears = Arc::clone(&ears);
        async move { telegram.listen(ears).await }
    });
    until("the answer", async || (!ears.bodies().is_empty()).then_some(())).await;
    assert_eq!(ears.bodies(), ["Twice oiled"]);
    listening.abort();
    drop(server.stdin.take());
    assert!(server.wait().await.unwrap().success());
}
