//! Keeping messages.

use super::Rig;
use super::rig::{from_owner, from_visitor, message, oak, secret, talk};
use shopbell_protocol::{Seq, ShopId, Side, UnixMillis, limits};
use shopbell_store::{Append, AppendError, Appended};

fn kept(seq: u32, at: u64, began: bool) -> Result<Appended, AppendError> {
    Ok(Appended { seq: Seq(seq), at: UnixMillis(at), fresh: true, began, deliveries: 0 })
}

fn kept_before(seq: u32, at: u64, began: bool) -> Result<Appended, AppendError> {
    Ok(Appended { seq: Seq(seq), at: UnixMillis(at), fresh: false, began, deliveries: 0 })
}

pub(crate) async fn a_message_gets_the_next_place(rig: &mut Rig) {
    assert_eq!(rig.send(from_visitor(1, 10, "Do you have it in green?")).await, kept(1, 10, true));
    assert_eq!(rig.send(from_owner(1, 11, "I do!")).await, kept(2, 11, false));
    assert_eq!(rig.send(from_visitor(1, 12, "Lovely")).await, kept(3, 12, false));
    assert_eq!(rig.send(from_visitor(2, 13, "Somebody else")).await, kept(1, 13, true));

    let messages = rig.messages(&oak(), talk(1)).await;
    let said: Vec<_> = messages.iter().map(|m| (m.seq.0, m.from, m.at.0, m.id, m.body.as_str())).collect();
    assert_eq!(
        said,
        [
            (1, Side::Visitor, 10, message(10), "Do you have it in green?"),
            (2, Side::Owner, 11, message(11), "I do!"),
            (3, Side::Visitor, 12, message(12), "Lovely"),
        ]
    );
}

pub(crate) async fn sending_again_changes_nothing(rig: &mut Rig) {
    let first = from_visitor(1, 10, "hello");
    let answer = from_owner(1, 11, "good day");
    rig.send_all(vec![first.clone(), answer.clone()]).await;
    rig.store.set_closed(&oak(), talk(1), true).await.expect("closes");
    let before = rig.store.summary(&oak(), talk(1)).await.expect("reads");

    let late = Append { at: UnixMillis(99), ..first };
    assert_eq!(rig.send(late.clone()).await, kept_before(1, 10, true));
    assert_eq!(rig.send(Append { at: UnixMillis(99), ..answer }).await, kept_before(2, 11, false));
    let twice_in_one_batch = vec![from_visitor(2, 12, "hi"), from_visitor(2, 12, "hi"), late];
    assert_eq!(
        rig.send_all(twice_in_one_batch).await,
        [kept(1, 12, true), kept_before(1, 12, true), kept_before(1, 10, true)]
    );

    assert_eq!(rig.store.summary(&oak(), talk(1)).await.expect("reads"), before, "and it stays closed");
    assert_eq!(rig.messages(&oak(), talk(1)).await.len(), 2);
    assert_eq!(rig.messages(&oak(), talk(2)).await.len(), 1);
}

pub(crate) async fn an_id_stands_for_one_message(rig: &mut Rig) {
    rig.send_all(vec![from_visitor(1, 10, "hello"), from_owner(1, 11, "good day")]).await;
    assert_eq!(rig.send(from_visitor(1, 10, "hello!")).await, Err(AppendError::IdReused));
    assert_eq!(rig.send(from_owner(1, 10, "hello")).await, Err(AppendError::IdReused));
    assert_eq!(rig.send(from_visitor(1, 11, "good day")).await, Err(AppendError::IdReused));
    assert_eq!(rig.messages(&oak(), talk(1)).await.len(), 2);

    let elsewhere = rig.send(from_visitor(2, 10, "hello?")).await;
    assert_eq!(elsewhere, kept(1, 10, true), "in another conversation it is another message");
    assert_eq!(rig.send(from_visitor(1, 12, "next")).await, kept(3, 12, false), "no place is lost");
}

pub(crate) async fn only_the_secret_opens_a_conversation(rig: &mut Rig) {
    let mine = from_visitor(1, 10, "mine");
    let without = Append { secret: None, ..mine.clone() };
    assert_eq!(rig.send(without.clone()).await, Err(AppendError::NotYours));
    assert_eq!(rig.store.conversation(&oak(), talk(1)).await.expect("reads"), None);

    rig.send(mine.clone()).await.expect("is kept");
    let guess = Append { secret: Some(secret(2)), ..from_visitor(1, 11, "theirs") };
    assert_eq!(rig.send(guess).await, Err(AppendError::NotYours));
    assert_eq!(rig.send(without).await, Err(AppendError::NotYours), "not even what was kept before");
    assert_eq!(rig.messages(&oak(), talk(1)).await.len(), 1);
    let conversation = rig.store.conversation(&oak(), talk(1)).await.expect("reads").expect("is there");
    assert_eq!(conversation.secret, secret(1));
}

pub(crate) async fn an_owner_answers_but_never_begins(rig: &mut Rig) {
    assert_eq!(rig.send(from_owner(1, 10, "hello?")).await, Err(AppendError::NoSuchConversation));
    assert_eq!(rig.store.summary(&oak(), talk(1)).await.expect("reads"), None);
    let nowhere = ShopId::parse("nowhere").expect("an id");
    for append in [from_owner(1, 10, "a"), from_visitor(1, 11, "b")] {
        let append = Append { shop: nowhere.clone(), ..append };
        assert_eq!(rig.send(append).await, Err(AppendError::NoSuchShop));
    }
}

pub(crate) async fn outcomes_come_in_the_order_taken(rig: &mut Rig) {
    let appends: Vec<_> = (0..2_500).map(|i| from_visitor(i % 7, 10 + i, &format!("no. {i}"))).collect();
    // `send_all` sees to it that the outcomes are in order.
    let results = rig.send_all(appends).await;
    for (i, result) in (0_u32..).zip(results) {
        assert_eq!(result.expect("is kept").seq, Seq(1 + i / 7));
    }
    for conversation in 0..7 {
        let bodies = rig.messages(&oak(), talk(conversation)).await.into_iter().map(|m| m.body);
        let expected = (0..2_500).filter(|i| i % 7 == conversation).map(|i| format!("no. {i}"));
        assert!(bodies.eq(expected));
    }
}

pub(crate) async fn a_bad_append_harms_no_other(rig: &mut Rig) {
    rig.begin(1, 5).await;
    let results = rig
        .send_all(vec![
            from_visitor(1, 10, "one"),
            Append { secret: Some(secret(9)), ..from_visitor(1, 11, "stranger") },
            from_visitor(1, 10, "another text"),
            from_owner(3, 12, "to nobody"),
            from_owner(1, 13, "two"),
            Append { at: UnixMillis(u64::MAX), ..from_visitor(2, 14, "from the end of time") },
        ])
        .await;
    assert_eq!(
        results[..5],
        [
            kept(2, 10, false),
            Err(AppendError::NotYours),
            Err(AppendError::IdReused),
            Err(AppendError::NoSuchConversation),
            kept(3, 13, false),
        ]
    );
    assert!(results[5].is_ok());
    assert_eq!(rig.messages(&oak(), talk(1)).await.len(), 3);
}

pub(crate) async fn a_body_comes_back_as_it_was(rig: &mut Rig) {
    let bodies = [
        "'; DROP TABLE messages; --".to_owned(),
        "<script>alert(1)</script> & \"quotes\" \\ %_".to_owned(),
        "👩‍👩‍👧 שלום\n\tΟΔΟΣ ß \u{202e}".to_owned(),
        "𝄞".repeat(limits::BODY_CHARS),
    ];
    for (id, body) in (10..).zip(&bodies) {
        rig.send(from_visitor(1, id, body)).await.expect("is kept");
    }
    let kept: Vec<_> = rig.messages(&oak(), talk(1)).await.into_iter().map(|m| m.body).collect();
    assert_eq!(kept, bodies);
}
