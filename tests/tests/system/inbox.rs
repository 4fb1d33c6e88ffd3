//! What the owner does in the inbox, beside answering.

use shopbell_client::OwnerEvent;
use shopbell_protocol::ListFilter;
use shopbell_tests::relay::Setup;
use shopbell_tests::{Owner, Relay, Visitor};

fn order(talker: &shopbell_client::OwnerTalker) -> Vec<String> {
    talker.list().conversations().iter().map(|summary| summary.preview.clone()).collect()
}

#[tokio::test]
async fn those_that_wait_longest_come_first_and_the_answered_sink() {
    let relay = Relay::start().await;
    let mut visitors = Vec::new();
    for body in ["first", "second", "third"] {
        let visitor = Visitor::new(&relay, "oak");
        visitor.write(body);
        visitor.until_all_kept().await;
        visitors.push(visitor);
    }
    let owner = Owner::sign_in(&relay, "oak").await;
    owner
        .until("the order of waiting", |talker, _| {
            (order(talker) == ["first", "second", "third"]).then_some(())
        })
        .await;
    owner.write(visitors[0].conversation(), "answered");
    owner
        .until("the answered one at the end", |talker, _| {
            (order(talker) == ["second", "third", "answered"]).then_some(())
        })
        .await;
    visitors[0].write("fourth");
    owner
        .until("it waits again, behind those who wait longer", |talker, _| {
            (order(talker) == ["second", "third", "fourth"]).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_visitor_gets_a_name_and_a_closed_conversation_reopens_by_itself() {
    let relay = Relay::start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("It arrived, thank you!");
    let conversation = visitor.conversation();
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.open(conversation).await;
    owner.happen(OwnerEvent::Name(conversation, "Maria <b>Lima</b>".into()));
    owner
        .until("the name", |talker, _| {
            let name = talker.list().get(conversation)?.name.as_deref()?;
            (name == "Maria <b>Lima</b>").then_some(())
        })
        .await;
    owner.happen(OwnerEvent::SetClosed(conversation, true));
    owner.until("an empty list", |talker, _| talker.list().conversations().is_empty().then_some(())).await;
    owner.happen(OwnerEvent::Show(ListFilter::Closed, None));
    owner.until("it among the closed", |talker, _| talker.list().get(conversation).map(drop)).await;
    owner.happen(OwnerEvent::Show(ListFilter::Open, None));
    owner.until("the open ones", |talker, _| talker.list().is_loaded().then_some(())).await;
    visitor.write("One more thing…");
    owner.until("it back in the list", |talker, _| talker.list().get(conversation).map(drop)).await;
}

#[tokio::test]
async fn search_finds_names_and_words() {
    let relay = Relay::start().await;
    let (oak, ash) = (Visitor::new(&relay, "oak"), Visitor::new(&relay, "oak"));
    oak.write("Is the OAK table still there?");
    ash.write("100% wool?");
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.open(ash.conversation()).await;
    owner.open(oak.conversation()).await;
    owner.happen(OwnerEvent::Name(ash.conversation(), "Jürgen".into()));
    for (search, found) in [
        ("oak tab", Some(oak.conversation())),
        ("jürgen", Some(ash.conversation())),
        ("100%", Some(ash.conversation())),
        ("%", Some(ash.conversation())),
        ("nobody said this", None),
    ] {
        owner.happen(OwnerEvent::Show(ListFilter::Open, Some(search.into())));
        let expected: Vec<_> = found.into_iter().collect();
        owner
            .until(&format!("{search:?} to be found"), |talker, _| {
                let list = talker.list();
                let shown: Vec<_> = list.conversations().iter().map(|summary| summary.conversation).collect();
                (list.is_loaded() && list.search() == Some(search) && shown == expected).then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_long_list_comes_page_by_page_and_whole() {
    let relay = Setup::default().without_limits().start().await;
    let mut visitors = Vec::new();
    for number in 0..120 {
        let visitor = Visitor::new(&relay, "oak");
        visitor.write(&format!("number {number}"));
        visitor.until_all_kept().await;
        visitors.push(visitor.conversation());
    }
    let owner = Owner::sign_in(&relay, "oak").await;
    for expected in [50, 100, 120] {
        owner
            .until("a page", |talker, _| (talker.list().conversations().len() == expected).then_some(()))
            .await;
        owner.happen(OwnerEvent::LoadMore);
    }
    let shown: Vec<_> = owner.look(|talker| {
        assert!(!talker.list().has_more());
        talker.list().conversations().iter().map(|summary| summary.conversation).collect()
    });
    assert_eq!(shown, visitors, "by the length of their wait");
}

#[tokio::test]
async fn the_owner_hears_where_the_bell_was_seen() {
    let relay = Relay::start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    owner
        .until("the tag", |talker, _| {
            let tag = &talker.about()?.tag;
            (tag.contains("/shopbell.js") && tag.contains(r#"data-shop="oak""#)).then_some(())
        })
        .await;
    let seen =
        |talker: &shopbell_client::OwnerTalker| talker.about().map(|about| about.sites[0].seen_at.is_some());
    assert_eq!(owner.look(seen), Some(false));
    let client = shopbell_tests::web::client();
    let referer = format!("{}/products/table", shopbell_tests::relay::SITE);
    let answer = client.get(relay.url("/shopbell.js")).header("referer", referer).send().await;
    assert!(answer.expect("the relay answers").status().is_success());
    owner.until("the bell seen", |talker, _| (seen(talker) == Some(true)).then_some(())).await;
}
