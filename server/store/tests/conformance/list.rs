//! The inbox's list.

use super::Rig;
use super::rig::{elm, from_owner, from_visitor, number, oak, page, talk};
use shopbell_protocol::{ListFilter, Receipt, Seq, ShopId, Side, Summary, UnixMillis, limits};
use shopbell_store::{Append, ListQuery};

fn query(filter: ListFilter, limit: usize) -> ListQuery {
    ListQuery { filter, limit, ..ListQuery::default() }
}

fn open() -> ListQuery {
    query(ListFilter::Open, limits::LIST_CONVERSATIONS)
}

fn closed() -> ListQuery {
    query(ListFilter::Closed, limits::LIST_CONVERSATIONS)
}

/// Walks a list to its end; gives the conversations' numbers in order.
async fn walk(rig: &Rig, mut query: ListQuery) -> Vec<u64> {
    let mut walked = Vec::new();
    loop {
        let page = rig.store.list(&oak(), query.clone()).await.expect("lists");
        assert!(page.conversations.len() <= query.limit);
        walked.extend(page.conversations.iter().map(|line| number(line.conversation)));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return walked,
        }
    }
}

pub(crate) async fn waiting_ones_first_then_the_latest(rig: &mut Rig) {
    for (conversation, at) in [(1, 30), (2, 10), (3, 20), (4, 5), (5, 6)] {
        rig.begin(conversation, at).await;
    }
    // 4 was answered last, 5 before; 3 wrote again, which changes nothing of its place.
    rig.send_all(vec![from_owner(5, 40, "a"), from_owner(4, 41, "b"), from_visitor(3, 42, "?")]).await;
    assert_eq!(rig.listed(open()).await, [2, 3, 1, 4, 5]);
    assert_eq!(walk(rig, query(ListFilter::Open, 2)).await, [2, 3, 1, 4, 5]);
    assert_eq!(walk(rig, query(ListFilter::Open, 1)).await, [2, 3, 1, 4, 5]);
    rig.send(from_owner(2, 50, "c")).await.expect("is kept");
    assert_eq!(rig.listed(open()).await, [3, 1, 2, 4, 5]);
    rig.send(from_owner(5, 60, "d")).await.expect("is kept");
    assert_eq!(rig.listed(open()).await, [3, 1, 5, 2, 4]);
}

pub(crate) async fn what_nobody_has_heard_of_is_known(rig: &mut Rig) {
    for (conversation, at) in [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)] {
        rig.begin(conversation, at).await;
    }
    let unheard = async |rig: &Rig, limit| {
        let lines = rig.store.unheard(&oak(), limit).await.expect("reads");
        lines.iter().map(|line| number(line.conversation)).collect::<Vec<_>>()
    };
    assert_eq!(unheard(rig, 10).await, [5, 4, 3, 2, 1], "the latest first");
    assert_eq!(unheard(rig, 2).await, [5, 4]);
    let handed = Receipt { handed: Seq(1), opened: Seq::NONE };
    rig.store.advance(&oak(), talk(2), Side::Owner, handed).await.expect("advances");
    rig.store.advance(&oak(), talk(5), Side::Owner, handed).await.expect("advances");
    rig.send(from_owner(3, 60, "answered")).await.expect("is kept");
    rig.store.set_closed(&oak(), talk(4), true).await.expect("closes");
    assert_eq!(unheard(rig, 10).await, [1]);
    rig.send(from_visitor(2, 70, "and one more")).await.expect("is kept");
    assert_eq!(unheard(rig, 10).await, [2, 1]);
    assert_eq!(rig.store.unheard(&elm(), 10).await.expect("reads"), [], "another shop's are not");
}

pub(crate) async fn closed_ones_stand_apart(rig: &mut Rig) {
    for (conversation, at) in [(1, 10), (2, 30), (3, 20)] {
        rig.begin(conversation, at).await;
    }
    assert_eq!(rig.listed(closed()).await, [0_u64; 0]);
    for conversation in [1, 2] {
        rig.store.set_closed(&oak(), talk(conversation), true).await.expect("closes");
    }
    assert_eq!(rig.listed(open()).await, [3]);
    assert_eq!(rig.listed(closed()).await, [2, 1], "the latest first");
    rig.send(from_owner(1, 40, "P.S.")).await.expect("is kept");
    assert_eq!(rig.listed(closed()).await, [1, 2]);
    rig.send(from_visitor(2, 50, "hello again")).await.expect("is kept");
    assert_eq!(rig.listed(closed()).await, [1]);
    assert_eq!(rig.listed(open()).await, [3, 2]);
}

pub(crate) async fn ties_go_by_id(rig: &mut Rig) {
    let at = UnixMillis(7);
    let order = [3_u64, 1, 4, 2, 5];
    let begin = order.map(|i| Append { at, ..from_visitor(i, i, "hello") });
    rig.send_all(begin.to_vec()).await;
    assert_eq!(walk(rig, query(ListFilter::Open, 2)).await, [1, 2, 3, 4, 5]);
    let answer = order.map(|i| Append { at, ..from_owner(i, 10 + i, "good day") });
    rig.send_all(answer.to_vec()).await;
    assert_eq!(walk(rig, query(ListFilter::Open, 2)).await, [1, 2, 3, 4, 5]);
    for i in order {
        rig.store.set_closed(&oak(), talk(i), true).await.expect("closes");
    }
    assert_eq!(walk(rig, query(ListFilter::Closed, 2)).await, [1, 2, 3, 4, 5]);
}

pub(crate) async fn ten_thousand_are_paged_once_each(rig: &mut Rig) {
    const MANY: u64 = 10_000;
    let begin = (0..MANY).map(|i| from_visitor(i, 100_000 + i * 7 % MANY, "hello"));
    rig.send_all(begin.collect()).await;
    let answer = (0..MANY).filter(|i| i % 2 == 0).map(|i| from_owner(i, 200_000 + i * 13 % MANY, "yes?"));
    rig.send_all(answer.collect()).await;
    assert_eq!(rig.store.waiting(&oak()).await.expect("counts"), 5_000);

    let mut waiting: Vec<u64> = (0..MANY).filter(|i| i % 2 == 1).collect();
    waiting.sort_by_key(|i| i * 7 % MANY);
    let mut answered: Vec<u64> = (0..MANY).filter(|i| i % 2 == 0).collect();
    answered.sort_by_key(|i| std::cmp::Reverse(i * 13 % MANY));
    waiting.extend(answered);
    assert_eq!(walk(rig, open()).await, waiting);
}

pub(crate) async fn a_page_stays_right_while_things_change(rig: &mut Rig) {
    for i in 1..=30 {
        rig.begin(i, i).await;
    }
    let mut query = query(ListFilter::Open, 10);
    let first = rig.store.list(&oak(), query.clone()).await.expect("lists");
    assert_eq!(first.conversations.len(), 10);
    // One of the first page is answered, one of the last is closed, one begins.
    rig.send(from_owner(3, 100, "answer")).await.expect("is kept");
    rig.store.set_closed(&oak(), talk(25), true).await.expect("closes");
    rig.begin(31, 101).await;
    query.cursor = first.next;
    let rest = walk(rig, query).await;
    let expected: Vec<u64> = (11..=31).filter(|i| *i != 25).chain([3]).collect();
    assert_eq!(rest, expected, "nothing is left out, and nothing comes twice but what moved");
}

pub(crate) async fn a_broken_cursor_is_the_first_page(rig: &mut Rig) {
    for i in 1..=3 {
        rig.begin(i, i).await;
    }
    let page = rig.store.list(&oak(), query(ListFilter::Open, 1)).await.expect("lists");
    let good = page.next.expect("there is more");
    for broken in ["", "x", "' OR 1=1 --", "w.1", &good[1..], &format!("{good}z"), &good.replace('.', ":")] {
        let query = ListQuery { cursor: Some(broken.into()), ..query(ListFilter::Open, 1) };
        assert_eq!(rig.listed(query).await, [1], "{broken:?}");
    }
    rig.store.set_closed(&oak(), talk(3), true).await.expect("closes");
    let of_another_list = ListQuery { cursor: Some(good), ..closed() };
    assert_eq!(rig.listed(of_another_list).await, [3]);
    let greedy = query(ListFilter::Open, usize::MAX);
    assert_eq!(rig.listed(greedy).await, [1, 2]);
}

pub(crate) async fn a_line_says_what_it_must(rig: &mut Rig) {
    let begins_on = page("https://oak.example/table", "A table");
    let long = format!("Hello\n{}", "long ".repeat(100));
    rig.send_all(vec![
        Append { page: Some(begins_on.clone()), ..from_visitor(1, 10, "first") },
        from_owner(1, 11, "yes?"),
        from_visitor(1, 12, &long),
    ])
    .await;
    rig.store.name(&oak(), talk(1), Some("Ana".into())).await.expect("names");
    let line = Summary {
        conversation: talk(1),
        name: Some("Ana".into()),
        waiting_since: Some(UnixMillis(12)),
        last_seq: Seq(3),
        last_at: UnixMillis(12),
        last_from: Side::Visitor,
        preview: shopbell_protocol::text::preview(&long, limits::PREVIEW_CHARS),
        last_by_system: false,
        last_pictures: 0,
        unread: 2,
        closed: false,
        visitor_here: false,
        page: Some(begins_on),
    };
    assert!(line.preview.starts_with("Hello long") && line.preview.chars().count() <= limits::PREVIEW_CHARS);
    let page = rig.store.list(&oak(), open()).await.expect("lists");
    assert_eq!(page.conversations, std::slice::from_ref(&line));
    assert_eq!(page.next, None);
    assert_eq!(rig.store.summary(&oak(), talk(1)).await.expect("reads"), Some(line));
    let nowhere = ShopId::parse("nowhere").expect("an id");
    assert_eq!(rig.store.list(&nowhere, open()).await.expect("lists").conversations, []);
}
