//! The owner in their chat, the visitor at the shop's page, and the whole relay in between.

use shopbell_client::MessageState;
use shopbell_tests::{Owner, Visitor, far::telegram::FakeTelegram, relay::Setup, until};

const MAYA: i64 = 4_001;

#[tokio::test]
async fn the_owner_sees_in_the_chat_what_of_their_words_the_visitor_has_opened() {
    let telegram = FakeTelegram::start().await;
    let setup = Setup::default()
        .set("OUTBOUND__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
        .set("TELEGRAM__TOKEN", telegram.token())
        .set("TELEGRAM__API_URL", telegram.url());
    let relay = setup.start().await;
    let maya = telegram.person(MAYA, "Maya");
    Owner::sign_in(&relay, "oak").await.link_chat(&maya).await;
    let visitor = Visitor::new(&relay, "oak");
    let written = visitor.write("Is it oak?");
    let asked = until("the question", async || {
        telegram.sent(MAYA).into_iter().find(|sent| sent.text.contains("Is it oak?"))
    })
    .await;
    // Now the relay knows its own message by Telegram's name for it.
    visitor.until_state(written, MessageState::HandedOver).await;
    let answer = maya.replies(MAYA, asked.id, "Yes, all of it.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    // More can be said by a reply to what one has said oneself.
    let more = maya.replies(MAYA, answer, "And oiled.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it.", "And oiled."]).await;
    assert_eq!(telegram.reaction(MAYA, more), None, "nobody has looked");
    visitor.see();
    until("the eyes", async || (telegram.reaction(MAYA, more).as_deref() == Some("👀")).then_some(())).await;
    // Another one is opened as it comes.
    let last = maya.replies(MAYA, asked.id, "Come and see it.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it.", "And oiled.", "Come and see it."]).await;
    visitor.see();
    until("the eyes", async || (telegram.reaction(MAYA, last).as_deref() == Some("👀")).then_some(())).await;
    assert_eq!(telegram.complaints(), Vec::<String>::new());
}
