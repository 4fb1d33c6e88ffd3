//! The bytes on the line, opened and verified by implementations that are not ours.

use super::{CONTACT, Rig, words};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use shopbell_tests::{clock::now_ms, wait::within};
use std::process::{Output, Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

/// Where the checks in JavaScript are, with the exact versions of what they use.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/far-checks/push");

/// Runs a program of Node.js there.
///
/// # Panics
/// When it is not installed, for a check that does not run proves nothing.
async fn run(name: &str, arguments: &[&str], input: String) -> Output {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(FOLDER).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!("`{name}` cannot be run ({error}). On Debian: `apt-get install nodejs npm`.")
    });
    let mut stdin = child.stdin.take().expect("a pipe");
    let write = async move { stdin.write_all(input.as_bytes()).await };
    let (written, output) = within(name, async { tokio::join!(write, child.wait_with_output()) }).await;
    let output = output.expect("its output");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name} {}` failed: {errors}", arguments.join(" "));
    written.expect("what it reads");
    output
}

#[tokio::test]
async fn others_open_what_we_seal_and_believe_what_we_sign() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let longest = "\"Is\" this 👩‍👩‍👧 oak?\n".repeat(180);
    for (conversation, bodies) in [(1, &["Is it oak?"][..]), (2, &["Ölçü", "<b>"]), (3, &[longest.as_str()])]
    {
        rig.hand(&browser.target(), &words(conversation, 1, bodies)).await.unwrap();
    }
    let shown = browser.wake();
    let subscription = browser.subscription();
    let (origin, _) = subscription.endpoint.split_once("/push/").unwrap();
    let lines = shown.iter().map(|shown| {
        json!({
            "body": BASE64URL.encode(&shown.taken.body),
            "privateKey": BASE64URL.encode(browser.private_key()),
            "auth": subscription.auth,
            "authorization": shown.taken.authorization,
            "audience": origin,
            "now": now_ms(),
        })
    });
    let input: String = lines.map(|line| format!("{line}\n")).collect();

    run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"], String::new()).await;
    let output = run("node", &["open.js"], input).await;
    let opened: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(opened.len(), 3);
    for (theirs, ours) in opened.iter().zip(&shown) {
        assert_eq!(theirs["plaintext"].as_str().unwrap().as_bytes(), ours.plaintext);
        assert_eq!(theirs["claims"]["sub"], CONTACT);
        assert_eq!(theirs["key"], rig.key.public_key());
    }
}
