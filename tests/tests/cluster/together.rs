//! Everything is as it would be at one relay.

use crate::house::{database, nats, owner_at, relays, relays_at};
use shopbell_client::{MessageState, OwnerEvent, VisitorEvent};
use shopbell_protocol::{CloseCode, Credential, ListFilter};
use shopbell_tests::{Owner, Relay, Visitor, host::Storage, people::credential, wait::until};

const SIGNED_OUT: u16 = CloseCode::SignedOut as u16;
const REFUSED: u16 = CloseCode::Refused as u16;

#[tokio::test(flavor = "multi_thread")]
async fn people_at_different_relays_talk_by_nats() {
    let [here, there] = relays(&database().await, Some(&nats().await)).await;
    talk(&here, &there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_at_different_relays_talk_without_nats() {
    let [here, there] = relays(&database().await, None).await;
    talk(&here, &there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_nats_and_one_with_it_read_what_they_do_not_hear() {
    let [here, there] = relays_at(&database().await, [None, Some(&nats().await)]).await;
    until("the one to be missed on NATS", async || there.log().contains("not heard over NATS").then_some(()))
        .await;
    talk(&here, &there).await;
    talk(&there, &here).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_of_another_database_on_the_same_subject_are_passed_over() {
    let nats = nats().await;
    let [here, there] = relays(&database().await, Some(&nats)).await;
    let [stranger] = relays(&database().await, Some(&nats)).await;
    let strangers_owner = Owner::sign_in(&stranger, "oak").await;
    strangers_owner.until_live().await;
    // What it writes down has numbers that will be given here too.
    let other = Visitor::new(&stranger, "oak");
    for number in 0..20 {
        other.write(&number.to_string());
    }
    other.until_all_kept().await;

    let visitor = Visitor::new(&there, "oak");
    visitor.write("Is it oak?");
    visitor.until_all_kept().await;
    assert_eq!(visitor.look(|talker| talker.is_owner_here()), Some(false));
    let owner = Owner::sign_in(&here, "oak").await;
    owner.open(visitor.conversation()).await;
    owner.write(visitor.conversation(), "Yes, all of it.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
}

/// A visitor at one relay, an owner at the other.
async fn talk(here: &Relay, there: &Relay) {
    let owner = Owner::sign_in(there, "oak").await;
    owner.until_live().await;
    let visitor = Visitor::new(here, "oak");
    let conversation = visitor.conversation();
    visitor.until("the owner to be there", |talker, _| talker.is_owner_here()?.then_some(())).await;

    // Words, and how far they have come.
    let question = visitor.write("Is it oak?");
    owner.open(conversation).await;
    owner.until_bodies(&["Is it oak?"]).await;
    visitor.until_state(question, MessageState::HandedOver).await;
    owner.see();
    visitor.until_state(question, MessageState::Opened).await;
    owner
        .until("the visitor to be there", |talker, _| {
            talker.list().get(conversation)?.visitor_here.then_some(())
        })
        .await;

    // Typing, both ways.
    visitor.happen(VisitorEvent::Typing(true));
    owner
        .until("their typing", |talker, _| talker.open_conversation()?.is_visitor_typing().then_some(()))
        .await;
    owner.happen(OwnerEvent::Typing(true));
    visitor.until("the owner's typing", |talker, _| talker.is_owner_typing().then_some(())).await;
    let answer = owner.write(conversation, "Yes, all of it.");
    visitor.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    visitor.see();
    owner.until_state(answer, MessageState::Opened).await;

    // What is said at one of the owner's devices is seen at the other, at another relay.
    let other = owner_at(here, &owner);
    other.open(conversation).await;
    other.until_bodies(&["Is it oak?", "Yes, all of it."]).await;
    owner.happen(OwnerEvent::Name(conversation, "Mr Ash".into()));
    other
        .until("the name", |talker, _| {
            (talker.list().get(conversation)?.name.as_deref() == Some("Mr Ash")).then_some(())
        })
        .await;
    other.happen(OwnerEvent::SetClosed(conversation, true));
    owner
        .until("it to be closed", |talker, _| {
            let line = talker.list().get(conversation);
            line.is_none_or(|line| line.closed).then_some(())
        })
        .await;

    // Who goes is gone everywhere.
    drop(visitor);
    owner.happen(OwnerEvent::Show(ListFilter::Closed, None));
    owner
        .until("the visitor to be gone", |talker, _| {
            (!talker.list().get(conversation)?.visitor_here).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_ends_at_every_relay() {
    let [here, there] = relays(&database().await, Some(&nats().await)).await;
    let owner = Owner::sign_in(&here, "oak").await;
    let other = Owner::sign_in(&there, "oak").await;
    other.until_live().await;
    owner.until_live().await;
    owner.happen(OwnerEvent::ShowSessions);
    let sessions = owner.until("both sessions", |talker, _| {
        let sessions = talker.sessions()?;
        (sessions.len() == 2).then(|| sessions.to_vec())
    });
    let sessions = sessions.await;
    let others = sessions.iter().find(|session| !session.this_one).expect("another one").session;
    owner.happen(OwnerEvent::EndSession(others));
    other.until_record("the end", |record| record.closed.contains(&SIGNED_OUT)).await;
    owner.until("one session", |talker, _| (talker.sessions()?.len() == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_hears_nothing_at_any_relay() {
    let [here, there] = relays(&database().await, Some(&nats().await)).await;
    // Before the conversation is begun, a stranger waits in it at another relay, with another secret.
    let own = credential();
    let foreign = Credential { conversation: own.conversation, ..credential() };
    let stranger = Visitor::again(&there, "oak", foreign, Storage::default());
    stranger.until_live().await;
    let visitor = Visitor::again(&here, "oak", own.clone(), Storage::default());
    visitor.write("My name is Ash.");
    visitor.until_all_kept().await;
    stranger.until("the end", |_, record| record.closed.contains(&REFUSED).then_some(())).await;
    assert_eq!(stranger.bodies(), Vec::<String>::new());

    // The visitor's own other page, which waited there as well, hears all of it.
    let next = credential();
    let page = Visitor::again(&there, "oak", next.clone(), Storage::default());
    page.until_live().await;
    let first = Visitor::again(&here, "oak", next, Storage::default());
    first.write("Are you open?");
    page.until_bodies(&["Are you open?"]).await;
}
