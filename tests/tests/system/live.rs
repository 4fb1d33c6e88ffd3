//! A visitor and an owner talk, live.

use shopbell_client::{MessageState, OwnerEvent, VisitorEvent};
use shopbell_tests::host::Storage;
use shopbell_tests::{Owner, Relay, Visitor};

#[tokio::test]
async fn a_message_goes_from_the_device_to_the_owners_eyes_and_back() {
    let relay = Relay::start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.until("an empty inbox", |talker, _| talker.list().is_loaded().then_some(())).await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.until_live().await;
    visitor
        .until("who they talk to", |talker, _| {
            talker.about().filter(|about| about.owner == "Ana" && about.shop == "Oak & Ash").map(drop)
        })
        .await;

    let question = visitor.write("Do you have it in oak?");
    visitor.until_state(question, MessageState::HandedOver).await;
    owner.until_record("a ring", |record| record.rang.len() == 1).await;
    owner.open(visitor.conversation()).await;
    owner.until_bodies(&["Do you have it in oak?"]).await;
    owner.see();
    visitor.until_state(question, MessageState::Opened).await;

    let answer = owner.write(visitor.conversation(), "Yes, two are left.");
    visitor.until("the answer", |_, record| (record.arrived.len() == 1).then_some(())).await;
    visitor.until_bodies(&["Do you have it in oak?", "Yes, two are left."]).await;
    owner.until_state(answer, MessageState::HandedOver).await;
    visitor.see();
    owner.until_state(answer, MessageState::Opened).await;
    assert!(visitor.stored().is_empty() && owner.stored().is_empty(), "the devices keep nothing back");
}

#[tokio::test]
async fn all_devices_of_both_sides_show_the_same() {
    let relay = Relay::start().await;
    let phone = Visitor::new(&relay, "oak");
    phone.write("one");
    phone.until_all_kept().await;
    let laptop = Visitor::again(&relay, "oak", phone.credential.clone(), Storage::default());
    let owners = [Owner::sign_in(&relay, "oak").await, Owner::sign_in(&relay, "oak").await];
    for owner in &owners {
        owner.open(phone.conversation()).await;
    }
    laptop.until_live().await;
    for round in 0..10 {
        phone.write(&format!("phone {round}"));
        laptop.write(&format!("laptop {round}"));
        owners[0].write(phone.conversation(), &format!("first owner {round}"));
        owners[1].write(phone.conversation(), &format!("second owner {round}"));
    }
    let all = phone
        .until("41 kept messages", |talker, _| {
            let messages = talker.timeline().messages();
            (messages.len() == 41).then(|| messages.to_vec())
        })
        .await;
    let same = |shown: &[shopbell_protocol::Message]| (shown == all).then_some(());
    laptop.until("the same on the laptop", |talker, _| same(talker.timeline().messages())).await;
    for owner in &owners {
        owner
            .until("the same in the inbox", |talker, _| same(talker.open_conversation()?.timeline.messages()))
            .await;
    }
    for who in ["phone", "laptop", "first owner", "second owner"] {
        let own: Vec<_> = all.iter().filter(|message| message.body.starts_with(who)).collect();
        let expected: Vec<_> = (0..10).map(|round| format!("{who} {round}")).collect();
        assert!(own.iter().map(|message| &message.body).eq(&expected), "{who} wrote in another order");
    }
}

#[tokio::test]
async fn each_side_sees_whether_the_other_is_there_and_writing() {
    let relay = Relay::start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.until_live().await;
    assert_eq!(visitor.look(|talker| talker.is_owner_here()), Some(false), "nobody is at the inbox yet");
    let owner = Owner::sign_in(&relay, "oak").await;
    visitor
        .until("the owner's presence", |talker, _| (talker.is_owner_here() == Some(true)).then_some(()))
        .await;
    visitor.write("Hello?");
    owner.open(visitor.conversation()).await;
    visitor.happen(VisitorEvent::Typing(true));
    owner
        .until("the visitor's typing", |talker, _| {
            talker.open_conversation()?.is_visitor_typing().then_some(())
        })
        .await;
    visitor.happen(VisitorEvent::Typing(false));
    owner
        .until("the end of the typing", |talker, _| {
            (!talker.open_conversation()?.is_visitor_typing()).then_some(())
        })
        .await;
    owner.happen(OwnerEvent::Typing(true));
    visitor.until("the owner's typing", |talker, _| talker.is_owner_typing().then_some(())).await;
    owner.write(visitor.conversation(), "Here I am.");
    visitor
        .until("the end of the owner's typing", |talker, _| (!talker.is_owner_typing()).then_some(()))
        .await;
    let conversation = visitor.conversation();
    let here = |talker: &shopbell_client::OwnerTalker, here: bool| {
        (talker.list().get(conversation)?.visitor_here == here).then_some(())
    };
    owner.until("the visitor's presence", |talker, _| here(talker, true)).await;
    drop(visitor);
    owner.until("the visitor's absence", |talker, _| here(talker, false)).await;
}

#[tokio::test]
async fn a_long_conversation_comes_page_by_page() {
    let relay = shopbell_tests::relay::Setup::default().without_limits().start().await;
    let visitor = Visitor::new(&relay, "oak");
    for number in 1..=120 {
        visitor.write(&number.to_string());
    }
    visitor.until_all_kept().await;
    let later = Visitor::again(&relay, "oak", visitor.credential.clone(), Storage::default());
    later
        .until("the latest page", |talker, _| (talker.timeline().messages().len() == 50).then_some(()))
        .await;
    assert!(later.look(|talker| talker.timeline().has_older()));
    for expected in [100, 120] {
        later.happen(VisitorEvent::LoadOlder);
        later
            .until("an older page", |talker, _| {
                (talker.timeline().messages().len() == expected).then_some(())
            })
            .await;
    }
    let expected: Vec<_> = (1..=120).map(|number| number.to_string()).collect();
    assert_eq!(later.bodies(), expected);
    assert!(later.record().arrived.is_empty(), "what was there before is no news");
}
