//! Finding words.

use super::Rig;
use super::rig::{elm, from_owner, from_visitor, oak, talk};
use shopbell_protocol::{ListFilter, limits};
use shopbell_store::{Append, ListQuery};

fn words(search: &str) -> ListQuery {
    ListQuery {
        filter: ListFilter::Open,
        search: Some(search.into()),
        cursor: None,
        limit: limits::LIST_CONVERSATIONS,
    }
}

pub(crate) async fn names_and_messages_are_searched(rig: &mut Rig) {
    rig.send_all(vec![
        from_visitor(1, 10, "Is the oak table still there?"),
        from_owner(1, 11, "It is, and so are the chairs."),
        from_visitor(2, 12, "A lamp"),
        Append { shop: elm(), ..from_visitor(3, 13, "An oak table in the other shop") },
    ])
    .await;
    rig.store.name(&oak(), talk(2), Some("Tabatha".into())).await.expect("names");
    assert_eq!(rig.listed(words("oak")).await, [1]);
    assert_eq!(rig.listed(words("chairs")).await, [1], "what the owner wrote is found too");
    assert_eq!(rig.listed(words("tab")).await, [2, 1], "a name, and a message");
    assert_eq!(rig.listed(words("sofa")).await, [0_u64; 0]);
    assert_eq!(rig.listed(words("")).await, [2, 1], "no words, no search");
    assert_eq!(rig.listed(words("  ")).await, [2, 1]);
    assert_eq!(rig.listed(words(" lamp ")).await, [2]);
}

pub(crate) async fn letter_case_and_special_characters(rig: &mut Rig) {
    let bodies =
        ["Grüße aus KÖLN", "ΟΔΟΣ 12", "100% wool_blend", "100 percent", "ПРИВЕТ", r"C:\temp", "it's \"so\""];
    let begin = (1..).zip(bodies).map(|(i, body)| from_visitor(i, i, body));
    rig.send_all(begin.collect()).await;
    for (search, expected) in [
        ("GRÜSSE", &[][..]),
        ("grüße AUS köln", &[1]),
        ("οδος", &[2]),
        ("ΟΔΌΣ", &[]),
        ("100%", &[3]),
        ("%", &[3]),
        ("_", &[3]),
        ("0_", &[]),
        ("wool?blend", &[]),
        ("*", &[]),
        ("привет", &[5]),
        (r"\", &[6]),
        ("it's \"", &[7]),
        ("' OR 1=1 --", &[]),
    ] {
        assert_eq!(rig.listed(words(search)).await, expected, "{search:?}");
    }
}

pub(crate) async fn open_and_closed_are_searched_and_paged(rig: &mut Rig) {
    let begin = (1..=40).map(|i| from_visitor(i, i, if i % 4 == 0 { "a green one" } else { "a red one" }));
    rig.send_all(begin.collect()).await;
    rig.send(from_owner(4, 100, "yes")).await.expect("is kept");
    rig.store.set_closed(&oak(), talk(8), true).await.expect("closes");
    let everything = [12, 16, 20, 24, 28, 32, 36, 40, 4, 8];
    for filter in [ListFilter::Open, ListFilter::Closed] {
        let mut query = ListQuery { filter, limit: 3, ..words("GREEN") };
        let mut found = Vec::new();
        for _ in 0..4 {
            let page = rig.store.list(&oak(), query.clone()).await.expect("lists");
            found.extend(page.conversations.iter().map(|line| super::rig::number(line.conversation)));
            query.cursor = page.next;
        }
        assert_eq!(found, everything, "waiting ones, the others, and closed ones last");
        assert_eq!(query.cursor, None);
    }
}
