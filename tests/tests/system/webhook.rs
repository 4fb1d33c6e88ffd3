//! The shop's own system, as its programmer meets it: the address and the secret that the
//! inbox shows, and another's library that signs with it.

use serde_json::json;
use shopbell_client::{OwnerEvent, Signing};
use shopbell_protocol::{ChannelId, ChannelRule, NewChannel, OwnerFrame};
use shopbell_tests::{Owner, Relay, Visitor, clock::now_ms, until, web};

const CHANNEL: ChannelId = ChannelId::from_bytes([3; 16]);

#[tokio::test]
async fn a_system_speaks_with_what_the_inbox_shows_and_as_nobody_else() {
    let relay = Relay::start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    let target = NewChannel::Webhook { url: "https://shop.example/bell".into() };
    let rule = ChannelRule::default();
    owner.happen(OwnerEvent::Outside(OwnerFrame::AddChannel { channel: CHANNEL, target, rule }));
    owner.happen(OwnerEvent::Outside(OwnerFrame::Signing { channel: CHANNEL }));
    let signing = until("the secret", async || owner.look(|talker| talker.outside()?.signing.clone())).await;
    let Signing { channel, address, secret } = signing;
    assert_eq!((channel, address), (CHANNEL, relay.url(&format!("/hook/webhook/{CHANNEL}"))));

    let visitor = Visitor::new(&relay, "oak");
    let asked = visitor.write("Where is my table?");
    visitor.until_state(asked, shopbell_client::MessageState::HandedOver).await;
    let body = json!({
        "type": "system.message",
        "data": { "conversation": visitor.conversation(), "text": "Your table left the workshop today." },
    })
    .to_string();
    let seconds = i64::try_from(now_ms() / 1_000).expect("a time");
    let signer = standardwebhooks::Webhook::new(&secret.0).expect("a secret");
    let signature = signer.sign("msg-1", seconds, body.as_bytes()).expect("signed");
    let post = |signature: String| {
        let request = web::client().post(relay.url(&format!("/hook/webhook/{CHANNEL}")));
        let request = request.header("webhook-id", "msg-1").header("webhook-timestamp", seconds);
        request.header("webhook-signature", signature).body(body.clone()).send()
    };
    let stranger =
        standardwebhooks::Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").expect("a secret");
    let forged = stranger.sign("msg-1", seconds, body.as_bytes()).expect("signed");
    assert_eq!(post(forged).await.expect("an answer").status(), 401);
    for _ in 0..2 {
        assert!(post(signature.clone()).await.expect("an answer").status().is_success());
    }
    visitor.until_bodies(&["Where is my table?", "Your table left the workshop today."]).await;
    let by_system = visitor.look(|talker| talker.rows().map(|row| row.system).collect::<Vec<_>>());
    assert_eq!(by_system, [false, true]);
}
