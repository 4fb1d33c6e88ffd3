//! Bad lines: tunnels, proxies, tabs that were closed too early.

use shopbell_client::{MessageState, Status};
use shopbell_tests::host::Storage;
use shopbell_tests::people::credential;
use shopbell_tests::{Owner, Relay, Visitor, stored};

#[tokio::test]
async fn what_was_said_on_both_sides_of_a_cut_is_there_after_it() {
    let relay = Relay::start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("one");
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.open(visitor.conversation()).await;
    for round in 0..5 {
        visitor.cut();
        visitor.write(&format!("visitor {round}"));
        owner.write(visitor.conversation(), &format!("owner {round}"));
        owner.cut();
    }
    let all = visitor
        .until("11 messages", |talker, _| {
            let messages = talker.timeline().messages();
            (messages.len() == 11).then(|| messages.to_vec())
        })
        .await;
    owner
        .until("the same in the inbox", |talker, _| {
            (talker.open_conversation()?.timeline.messages() == all).then_some(())
        })
        .await;
    let kept = stored::messages(&stored::open(&relay), visitor.conversation());
    assert!(kept.iter().map(|message| &message.body).eq(all.iter().map(|message| &message.body)));
    let arrived: Vec<_> = visitor.record().arrived.into_iter().map(|message| message.body).collect();
    assert_eq!(arrived, (0..5).map(|round| format!("owner {round}")).collect::<Vec<_>>(), "each rings once");
}

#[tokio::test]
async fn where_sockets_are_blocked_the_same_conversation_goes_by_plain_http() {
    let relay = Relay::start().await;
    let credential = credential();
    let visitor = Visitor::waiting(relay.origin(), "oak", credential, Storage::default());
    visitor.block_sockets(true);
    visitor.start();
    visitor.until_live().await;
    let question = visitor.write("Do you hear me?");
    visitor.until_state(question, MessageState::Kept).await;

    let online = Owner::sign_in(&relay, "oak").await;
    let owner = Owner::with_session(relay.origin(), online.cookie.clone(), Storage::default());
    drop(online);
    owner.block_sockets(true);
    owner.start();
    owner.open(visitor.conversation()).await;
    owner.until_bodies(&["Do you hear me?"]).await;
    visitor.until_state(question, MessageState::HandedOver).await;
    owner.see();
    visitor.until_state(question, MessageState::Opened).await;
    let answer = owner.write(visitor.conversation(), "Loud and clear.");
    visitor.until_bodies(&["Do you hear me?", "Loud and clear."]).await;
    visitor.see();
    owner.until_state(answer, MessageState::Opened).await;
    assert_eq!((visitor.record().connected, owner.record().connected), (0, 0), "no socket was ever open");
}

#[tokio::test]
async fn what_was_written_without_a_relay_survives_the_closed_tab() {
    let mut relay = Relay::start().await;
    relay.kill();
    let visitor = Visitor::new(&relay, "oak");
    let ids = [visitor.write("one"), visitor.write("two")];
    visitor
        .until("a line that waits", |talker, _| matches!(talker.status(), Status::Waiting(_)).then_some(()))
        .await;
    for id in ids {
        visitor.until_state(id, MessageState::OnDevice).await;
    }
    let (credential, storage) = (visitor.credential.clone(), visitor.storage());
    drop(visitor);
    let again = Visitor::again(&relay, "oak", credential, storage);
    again.write("three");
    again.until_bodies(&["one", "two", "three"]).await;
    relay.start_again().await;
    again.until_all_kept().await;
    assert_eq!(again.bodies(), ["one", "two", "three"]);
    assert!(again.stored().is_empty(), "the device lets go of what is kept");
}

#[tokio::test]
async fn a_relay_that_is_gone_for_a_while_is_found_again() {
    let mut relay = Relay::start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("before");
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.open(visitor.conversation()).await;
    relay.kill();
    visitor.write("meanwhile");
    owner.write(visitor.conversation(), "meanwhile here too");
    relay.start_again().await;
    owner
        .until("three messages", |talker, _| {
            (talker.open_conversation()?.timeline.messages().len() == 3).then_some(())
        })
        .await;
    visitor
        .until("three messages", |talker, _| (talker.timeline().messages().len() == 3).then_some(()))
        .await;
    assert_eq!(visitor.bodies(), owner.bodies());
}
