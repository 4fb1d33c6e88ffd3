//! The bytes on the line, opened and verified by implementations that are not ours.

use super::{CONTACT, Rig, words};
use crate::npm;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use shopbell_tests::clock::now_ms;

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
    let pushes = shown.iter().map(|shown| {
        json!({
            "body": BASE64URL.encode(&shown.taken.body),
            "privateKey": BASE64URL.encode(browser.private_key()),
            "auth": subscription.auth,
            "authorization": shown.taken.authorization,
            "audience": origin,
            "now": now_ms(),
        })
    });
    let pushes: Value = pushes.collect();
    let opened = npm::run("push", "open.js", &[], &pushes.to_string()).await;
    let opened = opened.as_array().unwrap();
    assert_eq!(opened.len(), 3);
    for (theirs, ours) in opened.iter().zip(&shown) {
        assert_eq!(theirs["plaintext"].as_str().unwrap().as_bytes(), ours.plaintext);
        assert_eq!(theirs["claims"]["sub"], CONTACT);
        assert_eq!(theirs["key"], rig.key.public_key());
    }
}
