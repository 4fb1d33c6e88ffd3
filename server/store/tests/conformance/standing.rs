//! What happens to a conversation besides messages.

use super::Rig;
use super::rig::{from_owner, from_visitor, oak, page, talk};
use shopbell_protocol::{Side, Summary, UnixMillis, limits::VISITS_KEPT};
use shopbell_store::Append;

async fn line(rig: &Rig) -> Summary {
    rig.store.summary(&oak(), talk(1)).await.expect("reads").expect("is there")
}

async fn waiting_since(rig: &Rig) -> Option<u64> {
    line(rig).await.waiting_since.map(|at| at.0)
}

async fn waiting(rig: &Rig) -> u32 {
    rig.store.waiting(&oak()).await.expect("reads")
}

pub(crate) async fn who_waits_since_when(rig: &mut Rig) {
    assert_eq!(waiting(rig).await, 0);
    rig.begin(1, 5).await;
    assert_eq!(waiting_since(rig).await, Some(5));
    rig.send(from_visitor(1, 9, "Anybody?")).await.expect("is kept");
    assert_eq!(waiting_since(rig).await, Some(5), "since the first unanswered message");
    rig.begin(2, 6).await;
    assert_eq!(waiting(rig).await, 2);
    rig.send(from_owner(1, 10, "Here!")).await.expect("is kept");
    assert_eq!(waiting_since(rig).await, None);
    assert_eq!(waiting(rig).await, 1);
    rig.send_all(vec![from_owner(1, 11, "Still here"), from_visitor(1, 12, "Ah")]).await;
    assert_eq!(waiting_since(rig).await, Some(12));
}

pub(crate) async fn closing_and_reopening(rig: &mut Rig) {
    rig.begin(1, 5).await;
    let (oak, talk) = (oak(), talk(1));
    assert!(rig.store.set_closed(&oak, talk, true).await.expect("writes"));
    assert!(rig.store.set_closed(&oak, talk, true).await.expect("writes"), "twice is as well");
    assert!(line(rig).await.closed);
    assert_eq!(waiting_since(rig).await, None, "who has nothing more to expect does not wait");
    assert_eq!(waiting(rig).await, 0);

    rig.store.set_closed(&oak, talk, false).await.expect("writes");
    assert!(!line(rig).await.closed);
    assert_eq!(waiting_since(rig).await, Some(5), "a slip of the finger loses no one's place");

    rig.store.set_closed(&oak, talk, true).await.expect("writes");
    rig.send(from_owner(1, 8, "One more thing")).await.expect("is kept");
    assert!(line(rig).await.closed, "an owner's word does not reopen");
    rig.send(from_visitor(1, 20, "I am back")).await.expect("is kept");
    assert!(!line(rig).await.closed, "a visitor's does");
    assert_eq!(waiting_since(rig).await, Some(20));

    rig.store.set_closed(&oak, talk, true).await.expect("writes");
    rig.send(from_visitor(1, 30, "Me again")).await.expect("is kept");
    assert_eq!(waiting_since(rig).await, Some(30), "what was closed is not waited for any more");
    assert_eq!(waiting(rig).await, 1);
}

pub(crate) async fn a_visitor_is_named(rig: &mut Rig) {
    rig.begin(1, 5).await;
    let (oak, talk) = (oak(), talk(1));
    assert_eq!(line(rig).await.name, None);
    assert!(rig.store.name(&oak, talk, Some("Zoë Ø.".into())).await.expect("writes"));
    assert_eq!(line(rig).await.name.as_deref(), Some("Zoë Ø."));
    assert!(rig.store.name(&oak, talk, None).await.expect("writes"));
    assert_eq!(line(rig).await.name, None);
}

pub(crate) async fn pages_are_remembered_up_to_a_bound(rig: &mut Rig) {
    let (oak, talk) = (oak(), talk(1));
    let first = Append { page: Some(page("https://oak.example/", "Oak")), ..from_visitor(1, 5, "hello") };
    rig.send(first).await.expect("is kept");
    for (url, title, at) in [("/a", "A", 10), ("/b", "B", 11), ("/a", "A, changed", 12), ("/b", "B", 9)] {
        let page = page(&format!("https://oak.example{url}"), title);
        rig.store.visit(&oak, talk, page, UnixMillis(at)).await.expect("writes");
    }
    let visits = rig.store.visits(&oak, talk).await.expect("reads");
    let seen: Vec<_> = visits.iter().map(|v| (v.page.url.as_str(), v.page.title.as_str(), v.at.0)).collect();
    assert_eq!(
        seen,
        [
            ("https://oak.example/a", "A, changed", 12),
            ("https://oak.example/b", "B", 11),
            ("https://oak.example/", "Oak", 5),
        ]
    );

    for i in 0..VISITS_KEPT as u64 + 5 {
        let page = page(&format!("https://oak.example/{i}"), "");
        rig.store.visit(&oak, talk, page, UnixMillis(100 + i)).await.expect("writes");
    }
    let visits = rig.store.visits(&oak, talk).await.expect("reads");
    assert_eq!(visits.len(), VISITS_KEPT);
    assert_eq!(visits[0].page.url, format!("https://oak.example/{}", VISITS_KEPT + 4));
    assert!(visits.is_sorted_by(|one, next| one.at > next.at));
    assert_eq!(line(rig).await.page, Some(page("https://oak.example/", "Oak")), "where it began stays known");
}

pub(crate) async fn what_was_known_at_the_beginning_stays(rig: &mut Rig) {
    let first = Append {
        locale: Some("pt-BR".into()),
        time_zone: Some("America/Bahia".into()),
        page: Some(page("https://oak.example/table", "A table")),
        ..from_visitor(1, 5, "hello")
    };
    let later = Append {
        locale: Some("de".into()),
        time_zone: None,
        page: Some(page("https://oak.example/chair", "A chair")),
        ..from_visitor(1, 6, "again")
    };
    rig.send_all(vec![first, later]).await;
    let known = rig.store.conversation(&oak(), talk(1)).await.expect("reads").expect("is there");
    assert_eq!(known.locale.as_deref(), Some("pt-BR"));
    assert_eq!(known.time_zone.as_deref(), Some("America/Bahia"));
    assert_eq!(known.began_at, UnixMillis(5));
    assert_eq!(line(rig).await.page, Some(page("https://oak.example/table", "A table")));
    assert_eq!(rig.store.visits(&oak(), talk(1)).await.expect("reads").len(), 1);
}

pub(crate) async fn what_a_system_says_is_no_persons_answer(rig: &mut Rig) {
    rig.begin(1, 10).await;
    let system = Append { system: true, ..from_owner(1, 20, "Your order has been sent.") };
    rig.send(system).await.expect("is kept");
    let messages = rig.messages(&oak(), talk(1)).await;
    assert_eq!(messages.iter().map(|message| message.system).collect::<Vec<_>>(), [false, true]);
    let line = rig.store.summary(&oak(), talk(1)).await.expect("reads").expect("a line");
    assert!(line.last_by_system && line.last_from == Side::Owner);
    assert_eq!(line.waiting_since, Some(UnixMillis(10)), "they wait for a person");
}
