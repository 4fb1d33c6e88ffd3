//! The relay is copied while people write, its disk is lost, and the copy is put back.

use shopbell_client::MessageState;
use shopbell_tests::{Owner, Visitor, binary::text, host::Storage, relay::Setup, stored};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_is_put_back_and_everybody_goes_on() {
    let mut relay = Setup::default().without_limits().start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    let (early, late) = (Visitor::new(&relay, "oak"), Visitor::new(&relay, "oak"));
    early.write("Is it oak?");
    early.until_all_kept().await;
    owner.open(early.conversation()).await;
    owner.write(early.conversation(), "Yes, all of it.");
    early.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    let busy = Visitor::new(&relay, "oak");
    for number in 0..50 {
        busy.write(&format!("line {number}"));
    }

    let copy = relay.file("copy");
    let made = relay.cli(&["backup", copy.to_str().expect("a path")]).output().expect("starts");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("1 shops"), "{}", text(&made.stdout));
    let twice = relay.cli(&["backup", copy.to_str().expect("a path")]).output().expect("starts");
    assert!(!twice.status.success() && text(&twice.stderr).contains("already"));

    // What is said after the copy: in two conversations, one of which it does not know.
    early.write("And how old?");
    early.until_all_kept().await;
    owner.write(early.conversation(), "Eighty years.");
    early.until_bodies(&["Is it oak?", "Yes, all of it.", "And how old?", "Eighty years."]).await;
    late.write("Are you open tomorrow?");
    late.until_all_kept().await;
    busy.until_all_kept().await;

    relay.kill();
    fs::rename(relay.data(), relay.file("lost")).expect("moves");
    let put = relay.cli(&["restore", copy.to_str().expect("a path")]).output().expect("starts");
    assert!(put.status.success(), "{}", text(&put.stderr));
    let again = relay.cli(&["restore", copy.to_str().expect("a path")]).output().expect("starts");
    assert!(!again.status.success() && text(&again.stderr).contains("already"));
    relay.start_again().await;
    for visitor in [&early, &late, &busy] {
        visitor.start();
    }
    owner.start();

    // Whoever is still there sends again what the copy does not have.
    let mut said = ["Is it oak?", "Yes, all of it.", "And how old?", "Eighty years."];
    for visitor in [&early, &late, &busy] {
        visitor.until("the new epoch", |talker, _| talker.cut().map(drop)).await;
        visitor.until("an empty outbox", |_, _| visitor.stored().is_empty().then_some(())).await;
    }
    owner.until("an empty outbox", |_, _| owner.stored().is_empty().then_some(())).await;
    early.until("all four", |talker, _| (talker.rows().count() == 4).then_some(())).await;
    late.until_bodies(&["Are you open tomorrow?"]).await;
    busy.until("all fifty", |talker, _| (talker.rows().count() == 50).then_some(())).await;

    // Nothing twice, and everybody sees the same.
    let db = stored::open(&relay);
    let kept = stored::messages(&db, early.conversation());
    let bodies: Vec<_> = kept.iter().map(|message| message.body.as_str()).collect();
    early.until_bodies(&bodies).await;
    owner.until_bodies(&bodies).await;
    let mut sorted = bodies.clone();
    sorted.sort_unstable();
    said.sort_unstable();
    assert_eq!(sorted, said);
    let lines: Vec<_> =
        stored::messages(&db, busy.conversation()).into_iter().map(|kept| kept.body).collect();
    assert_eq!(lines, (0..50).map(|number| format!("line {number}")).collect::<Vec<_>>());

    // Who comes anew is told as well.
    let anew = Visitor::again(&relay, "oak", early.credential.clone(), Storage::default());
    anew.until_bodies(&bodies).await;
    assert!(anew.look(|talker| talker.cut().is_some()));
    let page = shopbell_tests::web::client().get(relay.url("/talk/oak")).send().await.expect("answers");
    assert!(!page.text().await.expect("a page").contains("may be missing"), "a new visitor misses nothing");

    // And life goes on.
    let next = early.write("Thank you");
    early.until_state(next, MessageState::HandedOver).await;
    owner.until("their thanks", |talker, _| (talker.rows().count() == 5).then_some(())).await;
}
