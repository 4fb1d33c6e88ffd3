//! Reading stretches of a conversation.

use super::Rig;
use super::channels::{mailbox, way};
use super::rig::{from_owner, from_visitor, oak, receipt, talk};
use shopbell_protocol::{Seq, ShopId, Side, Slice, When, limits::SLICE_MESSAGES};
use shopbell_store::{Channel, NewChannel};

const LAST: u32 = 130;

async fn long_talk(rig: &mut Rig) {
    let appends = (1..=u64::from(LAST)).map(|i| {
        let body = format!("no. {i}");
        if i % 3 == 0 { from_owner(1, i, &body) } else { from_visitor(1, i, &body) }
    });
    rig.send_all(appends.collect()).await;
    // A neighbour on either side, whose messages belong to nobody else's slice.
    rig.send_all(vec![from_visitor(0, 500, "before"), from_visitor(2, 501, "behind")]).await;
}

/// A slice must be these places, each with its own message.
fn assert_is(slice: &Slice, places: std::ops::RangeInclusive<u32>) {
    let seqs: Vec<u32> = slice.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, places.collect::<Vec<_>>());
    assert!(slice.messages.iter().all(|message| message.body == format!("no. {}", message.seq)));
    assert_eq!(slice.last, Seq(LAST));
}

pub(crate) async fn a_device_resumes_where_it_was(rig: &mut Rig) {
    long_talk(rig).await;
    let (oak, talk) = (oak(), talk(1));
    let most = u32::try_from(SLICE_MESSAGES).expect("is small");
    for (held, expected) in [
        (100, 101..=LAST),
        (LAST - most, LAST - most + 1..=LAST),
        (LAST - most - 1, LAST - most + 1..=LAST),
        (0, LAST - most + 1..=LAST),
    ] {
        assert_is(&rig.store.resume(&oak, talk, Seq(held)).await.expect("reads"), expected);
    }
    for held in [LAST, LAST + 1, u32::MAX] {
        let slice = rig.store.resume(&oak, talk, Seq(held)).await.expect("reads");
        assert_eq!(slice, Slice { messages: vec![], last: Seq(LAST) });
    }
}

pub(crate) async fn who_comes_back_gets_all_in_one_look(rig: &mut Rig) {
    long_talk(rig).await;
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(2, When::AtOnce) }).await;
    rig.store.advance(&oak(), talk(1), Side::Visitor, receipt(7, 5)).await.expect("writes");
    let kept = rig.store.conversation(&oak(), talk(1)).await.expect("reads");
    assert!(kept.as_ref().is_some_and(|kept| kept.visitor_receipt == receipt(7, 5)));

    let arrival = rig.store.arrival(&oak(), talk(1)).await.expect("reads").expect("there is the shop");
    let shop = rig.store.shop(&oak()).await.expect("reads").expect("is there");
    assert_eq!((arrival.shop, arrival.owner), (shop.name, shop.owner));
    assert_eq!(arrival.conversation, kept);
    let nowhere = ShopId::parse("nowhere").expect("an id");
    assert_eq!(rig.store.arrival(&nowhere, talk(1)).await.expect("reads"), None);

    let resumed = rig.store.resumed(&oak(), talk(1), Seq(100)).await.expect("reads");
    assert_eq!(resumed.conversation, kept);
    assert_is(&resumed.slice, 101..=LAST);
    let ids = |channels: &[Channel]| channels.iter().map(|channel| channel.id).collect::<Vec<_>>();
    assert_eq!(ids(&resumed.owners_channels), [way(1)]);
    assert_eq!(ids(&resumed.channels), [way(2)]);
}

pub(crate) async fn history_is_walked_both_ways(rig: &mut Rig) {
    long_talk(rig).await;
    let (oak, talk) = (oak(), talk(1));
    for (seq, expected) in [(0, 1..=50), (1, 2..=51), (79, 80..=129), (80, 81..=130), (129, 130..=130)] {
        assert_is(&rig.store.after(&oak, talk, Seq(seq)).await.expect("reads"), expected);
    }
    for (seq, expected) in
        [(u32::MAX, 81..=130), (131, 81..=130), (130, 80..=129), (51, 1..=50), (11, 1..=10), (2, 1..=1)]
    {
        assert_is(&rig.store.before(&oak, talk, Seq(seq)).await.expect("reads"), expected);
    }
    for seq in [LAST, u32::MAX] {
        assert_eq!(rig.store.after(&oak, talk, Seq(seq)).await.expect("reads").messages, []);
    }
    for seq in [0, 1] {
        assert_eq!(rig.store.before(&oak, talk, Seq(seq)).await.expect("reads").messages, []);
    }
}

pub(crate) async fn what_does_not_exist_is_empty(rig: &mut Rig) {
    rig.begin(1, 5).await;
    let (oak, nobody) = (oak(), talk(9));
    assert_eq!(rig.store.resume(&oak, nobody, Seq(0)).await.expect("reads"), Slice::default());
    assert_eq!(rig.store.after(&oak, nobody, Seq(0)).await.expect("reads"), Slice::default());
    assert_eq!(rig.store.before(&oak, nobody, Seq(9)).await.expect("reads"), Slice::default());
    assert_eq!(rig.store.conversation(&oak, nobody).await.expect("reads"), None);
    assert_eq!(rig.store.summary(&oak, nobody).await.expect("reads"), None);
    assert_eq!(rig.store.visits(&oak, nobody).await.expect("reads"), []);
    assert!(!rig.store.name(&oak, nobody, Some("Ana".into())).await.expect("writes"));
    assert!(!rig.store.set_closed(&oak, nobody, true).await.expect("writes"));
}
