//! Many channels and deliveries at once: what a look gives, and whom it passes over.

use shopbell_protocol::{ChannelKind, Seq, UnixMillis, When};
use shopbell_store::{Ending, Except, NewChannel};

use super::channels::{mailbox, way};
use super::rig::{Rig, from_visitor, talk};

const MINUTE: u64 = 60_000;

pub(crate) async fn who_has_to_wait_hides_nobody(rig: &mut Rig) {
    for number in 1..=4 {
        let far = if number == 2 { "https://slow.example" } else { "email" };
        let kind = if number == 3 { ChannelKind::Push } else { ChannelKind::Email };
        rig.add(NewChannel { far: far.into(), kind, ..mailbox(number, When::AtOnce) }).await;
    }
    rig.begin(1, 10).await;
    rig.sicken(4, 11).await;
    let but = async |except: Except, limit| {
        let due = rig.store.due_channels(UnixMillis(20), except, limit).await.expect("reads");
        let number = |id| (1..9).find(|n| way(*n) == id).expect("a known one");
        let mut due: Vec<_> = due.into_iter().map(|channel| number(channel.id)).collect();
        due.sort_unstable();
        due
    };
    let all = Except::default;
    assert_eq!(but(all(), 9).await, [1, 2, 3, 4]);
    assert_eq!(but(Except { fars: vec!["https://slow.example".into()], ..all() }, 9).await, [1, 3, 4]);
    let mail = vec![ChannelKind::Email];
    assert_eq!(but(Except { kinds: mail.clone(), ..all() }, 1).await, [3], "they take nobody's place");
    let odd = vec!["\"], '".into()];
    assert_eq!(but(Except { failing: mail, fars: odd, ..all() }, 9).await, [1, 2, 3]);
    let known = rig.store.channel(way(2)).await.expect("reads").expect("a channel");
    assert_eq!(known.far, "https://slow.example");
}

pub(crate) async fn what_is_due_already_hides_nothing_that_comes(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(mailbox(2, When::Unanswered { minutes: 2 })).await;
    rig.begin(1, 10).await;
    let next = async |after| rig.store.next_due(UnixMillis(after)).await.expect("reads").map(|at| at.0);
    assert_eq!(next(9).await, Some(10));
    assert_eq!(next(10).await, Some(10 + 2 * MINUTE));
    assert_eq!(next(10 + 2 * MINUTE).await, None);
}

pub(crate) async fn thousands_that_wait_are_looked_at_in_bounded_slices(rig: &mut Rig) {
    const TALKS: u64 = 1_200;
    rig.add(mailbox(1, When::AtOnce)).await;
    let appends = (1..=TALKS)
        .flat_map(|talk| [from_visitor(talk, talk, "one"), from_visitor(talk, TALKS + talk, "two")]);
    rig.send_all(appends.collect()).await;
    let (mut seen, mut looks) = (Vec::new(), 0);
    loop {
        let bursts = rig.store.bursts(way(1), UnixMillis(9_000), 300).await.expect("reads");
        if bursts.is_empty() {
            break;
        }
        looks += 1;
        assert!(bursts.len() <= 300);
        for burst in bursts {
            assert_eq!(burst.waiting.len(), 2, "all of a conversation together");
            seen.push(burst.conversation);
            let handed = Ending::Handed { memo: None, references: Vec::new() };
            let id = burst.conversation;
            rig.store.end_try(way(1), id, Seq(2), handed, UnixMillis(9_001)).await.expect("writes");
        }
    }
    assert_eq!(seen, (1..=TALKS).map(talk).collect::<Vec<_>>(), "the longest due first, each once");
    assert_eq!(looks, 4);
}

pub(crate) async fn who_can_be_told_of_a_sickness_comes_before_who_cannot(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.sicken(1, 20).await;
    assert_eq!(rig.store.untold(9).await.expect("reads"), [], "there is no way left to tell it by");
    rig.add(mailbox(2, When::AtOnce)).await;
    let untold = rig.store.untold(9).await.expect("reads");
    assert_eq!(untold.iter().map(|channel| channel.id).collect::<Vec<_>>(), [way(1)]);
}
