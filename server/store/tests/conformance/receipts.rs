//! How far each side has come.

use super::Rig;
use super::rig::{from_owner, from_visitor, oak, receipt, talk};
use shopbell_protocol::Side;

async fn three_and_two(rig: &mut Rig) {
    rig.send_all(vec![
        from_visitor(1, 10, "a"),
        from_visitor(1, 11, "b"),
        from_owner(1, 12, "c"),
        from_visitor(1, 13, "d"),
        from_owner(1, 14, "e"),
    ])
    .await;
}

async fn unread(rig: &Rig) -> u32 {
    rig.store.summary(&oak(), talk(1)).await.expect("reads").expect("is there").unread
}

pub(crate) async fn receipts_only_rise_and_stop_at_the_end(rig: &mut Rig) {
    three_and_two(rig).await;
    let (oak, talk, side) = (oak(), talk(1), Side::Owner);
    for (to, expected) in [
        (receipt(2, 0), Some(receipt(2, 0))),
        (receipt(2, 0), None),
        (receipt(1, 0), None),
        (receipt(0, 1), Some(receipt(2, 1))),
        // What was opened has been handed over.
        (receipt(0, 3), Some(receipt(3, 3))),
        (receipt(99, 2), Some(receipt(5, 3))),
        (receipt(u32::MAX, u32::MAX), Some(receipt(5, 5))),
        (receipt(6, 6), None),
    ] {
        let moved = rig.store.advance(&oak, talk, side, to).await.expect("writes");
        assert_eq!(moved, expected, "to {to:?}");
    }
    let conversation = rig.store.conversation(&oak, talk).await.expect("reads").expect("is there");
    assert_eq!(conversation.owner_receipt, receipt(5, 5));
    assert_eq!(conversation.last.0, 5);
}

pub(crate) async fn sides_have_receipts_of_their_own(rig: &mut Rig) {
    three_and_two(rig).await;
    let (oak, talk) = (oak(), talk(1));
    rig.store.advance(&oak, talk, Side::Visitor, receipt(4, 3)).await.expect("writes");
    rig.store.advance(&oak, talk, Side::Owner, receipt(2, 1)).await.expect("writes");
    rig.send(from_owner(1, 15, "writing opens nothing")).await.expect("is kept");
    let conversation = rig.store.conversation(&oak, talk).await.expect("reads").expect("is there");
    assert_eq!(conversation.visitor_receipt, receipt(4, 3));
    assert_eq!(conversation.owner_receipt, receipt(2, 1));
}

pub(crate) async fn unread_counts_what_the_owner_has_not_opened(rig: &mut Rig) {
    three_and_two(rig).await;
    let (oak, talk) = (oak(), talk(1));
    assert_eq!(unread(rig).await, 3);
    rig.store.advance(&oak, talk, Side::Owner, receipt(5, 0)).await.expect("writes");
    assert_eq!(unread(rig).await, 3, "handed over is not opened");
    rig.store.advance(&oak, talk, Side::Visitor, receipt(5, 5)).await.expect("writes");
    assert_eq!(unread(rig).await, 3, "nor is what the visitor has opened");
    for (opened, left) in [(1, 2), (2, 1), (3, 1), (4, 0), (5, 0)] {
        rig.store.advance(&oak, talk, Side::Owner, receipt(5, opened)).await.expect("writes");
        assert_eq!(unread(rig).await, left, "opened up to {opened}");
    }
    rig.send_all(vec![from_owner(1, 15, "f"), from_visitor(1, 16, "g"), from_visitor(1, 17, "h")]).await;
    assert_eq!(unread(rig).await, 2);
}
