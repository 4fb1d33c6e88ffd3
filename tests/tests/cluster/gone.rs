//! A relay that dies says nothing: the others notice.

use crate::house::{connect, database, nats, relays, setup};
use rustix::process::Signal;
use shopbell_tests::{Owner, Relay, Visitor, wait::until};

#[tokio::test(flavor = "multi_thread")]
async fn who_was_at_a_relay_that_died_counts_as_gone() {
    let [here, mut there] = relays(&database().await, Some(&nats().await)).await;
    let owner = Owner::sign_in(&there, "oak").await;
    owner.until_live().await;
    let visitor = Visitor::new(&here, "oak");
    visitor.until("the owner to be there", |talker, _| talker.is_owner_here()?.then_some(())).await;
    there.kill();
    visitor.until("the owner to be gone", |talker, _| (!talker.is_owner_here()?).then_some(())).await;
    // A relay that comes anew is told who is here, and tells who is there.
    there.start_again().await;
    owner.start();
    visitor.until("the owner to be back", |talker, _| talker.is_owner_here()?.then_some(())).await;
    visitor.write("Hello");
    owner
        .until("the visitor to be there", |talker, _| {
            talker.list().get(visitor.conversation())?.visitor_here.then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_at_a_relay_that_slept_is_there_again() {
    let [here, there] = relays(&database().await, Some(&nats().await)).await;
    let owner = Owner::sign_in(&there, "oak").await;
    owner.until_live().await;
    let visitor = Visitor::new(&here, "oak");
    visitor.until("the owner to be there", |talker, _| talker.is_owner_here()?.then_some(())).await;
    there.signal(Signal::STOP);
    visitor.until("the owner to be gone", |talker, _| (!talker.is_owner_here()?).then_some(())).await;
    there.signal(Signal::CONT);
    visitor.until("the owner to be back", |talker, _| talker.is_owner_here()?.then_some(())).await;
    assert_eq!(owner.record().connected, 1, "they were there all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_asks_who_is_there_is_not_taken_for_a_new_one() {
    let postgres = database().await;
    let [here, there] = relays(&postgres, Some(&nats().await)).await;
    let owner = Owner::sign_in(&there, "oak").await;
    let visitor = Visitor::new(&here, "oak");
    visitor.until("the owner to be there", |talker, _| talker.is_owner_here()?.then_some(())).await;
    visitor.write("Is it oak?");
    owner.open(visitor.conversation()).await;
    owner.until_bodies(&["Is it oak?"]).await;
    let looker = connect(&postgres).await;
    // What a relay asks before NATS is there is read later than what it says there.
    let asks = r#"INSERT INTO wakes (relay, told)
        SELECT relay, '[{"hello":{}},{"typing":{"shop":"oak","conversation":"' || $1 || '","side":"owner","active":true}}]'
        FROM wakes WHERE told LIKE '%receipt%owner%' LIMIT 1"#;
    let conversation = visitor.conversation().to_string();
    until("the owner's receipt to be there", async || {
        (looker.execute(asks, &[&conversation]).await.expect("writes") == 1).then_some(())
    })
    .await;
    visitor.until("the typing", |talker, _| talker.is_owner_typing().then_some(())).await;
    assert_eq!(visitor.look(|talker| talker.is_owner_here()), Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_at_a_relay_that_has_said_that_it_goes() {
    let postgres = database().await;
    let [here] = relays(&postgres, None).await;
    let visitor = Visitor::new(&here, "oak");
    visitor.until_live().await;
    visitor.write("Is it oak?");
    visitor.until_all_kept().await;
    let looker = connect(&postgres).await;
    let tell = async |wakes: &str| {
        let told = wakes.replace("CONVERSATION", &visitor.conversation().to_string());
        let row = "INSERT INTO wakes (relay, told) VALUES (4711, $1)";
        looker.execute(row, &[&told]).await.expect("writes");
    };
    let owner = r#"{"presence":{"shop":"oak","conversation":null,"here":true}}"#;
    let typing = r#"{"typing":{"shop":"oak","conversation":"CONVERSATION","side":"owner","active":true}}"#;
    tell(&format!("[{owner}]")).await;
    visitor.until("the owner to be there", |talker, _| talker.is_owner_here()?.then_some(())).await;
    // Its last words may come in any order.
    tell(&format!(r#"[{{"bye":{{}}}},{owner},{{"anew":{{}}}},{owner},{typing}]"#)).await;
    visitor.until("the typing", |talker, _| talker.is_owner_typing().then_some(())).await;
    assert_eq!(visitor.look(|talker| talker.is_owner_here()), Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_another_key_is_told_what_to_do() {
    let postgres = database().await;
    let _first: [Relay; 1] = relays(&postgres, None).await;
    let stranger = Relay::prepare(setup(&postgres, None));
    let mut serve = stranger.cli(&["serve", "--listen", &stranger.address().to_string()]);
    let ended = tokio::task::spawn_blocking(move || serve.output().expect("starts")).await.expect("ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && said.contains("relay.key"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_told_in_a_sentence() {
    for (postgres, hint) in [
        ("localhost", "postgresql://user:password@host/name"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", "whether the server runs"),
    ] {
        let relay = Relay::prepare(setup(postgres, None));
        let mut serve = relay.cli(&["serve", "--listen", &relay.address().to_string()]);
        let ended = tokio::task::spawn_blocking(move || serve.output().expect("starts")).await.expect("ends");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && said.contains(hint), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
