//! Of several relays one tells the owner, and another one when that has died.

use crate::house::{database, nats, setup};
use shopbell_client::MessageState;
use shopbell_tests::{Owner, Relay, Visitor, far::telegram::FakeTelegram, until};

const MAYA: i64 = 4_001;

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_once_and_by_another_relay_when_one_has_died() {
    let telegram = FakeTelegram::start().await;
    let (postgres, nats) = (database().await, nats().await);
    let mut relays: Vec<Relay> = Vec::new();
    for _ in 0..2 {
        let setup = setup(&postgres, Some(&nats))
            .set("OUTBOUND__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")
            .set("TELEGRAM__TOKEN", telegram.token())
            .set("TELEGRAM__API_URL", telegram.url());
        let relay = Relay::prepare(setup);
        match relays.first() {
            None => relay.add_shop("oak"),
            Some(first) => relay.take_key_of(first),
        }
        relays.push(relay.up().await);
    }
    let [mut first, second] = <[Relay; 2]>::try_from(relays).unwrap_or_else(|_| unreachable!("two"));
    let maya = telegram.person(MAYA, "Maya");
    Owner::sign_in(&second, "oak").await.link_chat(&maya).await;

    // Kept at either, told once.
    let (here, there) = (Visitor::new(&first, "oak"), Visitor::new(&second, "oak"));
    for (visitor, body) in [(&here, "Is it oak?"), (&there, "Is it ash?")] {
        let written = visitor.write(body);
        visitor.until_state(written, MessageState::HandedOver).await;
        let told = telegram.sent(MAYA).into_iter().filter(|sent| sent.text.contains(body)).count();
        assert_eq!(told, 1, "{body}");
    }
    // An answer comes to whoever asked, wherever they are.
    let asked = telegram.sent(MAYA).into_iter().find(|sent| sent.text.contains("Is it ash?")).expect("told");
    maya.replies(MAYA, asked.id, "Yes, ash.");
    there.until_bodies(&["Is it ash?", "Yes, ash."]).await;

    // The first one had both jobs, or none; when it dies the second has them.
    here.write("Are you there?");
    here.until_all_kept().await;
    first.kill();
    let asked = until("the question", async || {
        telegram.sent(MAYA).into_iter().find(|sent| sent.text.contains("Are you there?"))
    })
    .await;
    let more = there.write("And the legs?");
    there.until_state(more, MessageState::HandedOver).await;
    maya.replies(MAYA, asked.id, "I am.");
    first.start_again().await;
    here.start();
    here.until_bodies(&["Is it oak?", "Are you there?", "I am."]).await;
    let times = |body: &str| telegram.sent(MAYA).iter().filter(|sent| sent.text.contains(body)).count();
    assert_eq!(times("And the legs?"), 1);
    assert_eq!(telegram.complaints(), Vec::<String>::new(), "never two who ask for updates");
}
