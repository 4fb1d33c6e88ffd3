//! The database is put back to an earlier copy by its own tools, and everybody finds out.

use crate::house::{database, nats, relays, with_tools};
use shopbell_tests::{Owner, Visitor, binary::text, host::Storage};

#[tokio::test(flavor = "multi_thread")]
async fn devices_find_out_that_the_database_was_put_back_and_send_again_what_is_missing() {
    let postgres = database().await;
    let name = postgres.rsplit('/').next().expect("a name").to_owned();
    let [mut here, mut there] = relays(&postgres, Some(&nats().await)).await;
    let owner = Owner::sign_in(&here, "oak").await;
    let (early, late) = (Visitor::new(&there, "oak"), Visitor::new(&here, "oak"));
    early.write("Is it oak?");
    owner.open(early.conversation()).await;
    owner.write(early.conversation(), "Yes, all of it.");
    early.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    let of = name.clone();
    let copy = with_tools(move |postgres| postgres.dump(&of)).await;

    // What is said after it, also in a conversation that it does not know.
    early.write("And how old?");
    early.until_all_kept().await;
    owner.until_bodies(&["Is it oak?", "Yes, all of it.", "And how old?"]).await;
    owner.write(early.conversation(), "Eighty years.");
    early.until_bodies(&["Is it oak?", "Yes, all of it.", "And how old?", "Eighty years."]).await;
    late.write("Are you open tomorrow?");
    late.until_all_kept().await;

    let note = || here.cli(&["restore", "--postgres"]);
    let refused = note().output().expect("starts");
    assert!(!refused.status.success() && text(&refused.stderr).contains("Stop them all"), "{refused:?}");
    let mut noted = note();
    there.kill();
    here.kill();
    with_tools(move |postgres| postgres.put_back(&name, &copy)).await;
    let noted = noted.output().expect("starts");
    assert!(noted.status.success(), "{}", text(&noted.stderr));
    assert!(text(&noted.stdout).contains("1 conversations and 2 messages"), "{}", text(&noted.stdout));
    for relay in [&mut here, &mut there] {
        relay.start_again().await;
    }
    owner.start();
    for visitor in [&early, &late] {
        visitor.start();
        visitor.until("the new epoch", |talker, _| talker.cut().map(drop)).await;
        visitor.until("an empty outbox", |_, _| visitor.stored().is_empty().then_some(())).await;
    }
    owner.until("an empty outbox", |_, _| owner.stored().is_empty().then_some(())).await;
    late.until_bodies(&["Are you open tomorrow?"]).await;
    early.until("all four", |talker, _| (talker.rows().count() == 4).then_some(())).await;
    let bodies = early.bodies();
    assert_eq!(bodies[..2], ["Is it oak?", "Yes, all of it."]);
    let bodies: Vec<_> = bodies.iter().map(String::as_str).collect();
    owner.until_bodies(&bodies).await;
    // Who comes anew is told as well that something may be missing.
    let anew = Visitor::again(&there, "oak", early.credential.clone(), Storage::default());
    anew.until_bodies(&bodies).await;
    assert!(anew.look(|talker| talker.cut().is_some()));
}
