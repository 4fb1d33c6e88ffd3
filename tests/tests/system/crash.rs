//! The relay is killed in the middle of everything, again and again.

use shopbell_tests::host::Storage;
use shopbell_tests::relay::Setup;
use shopbell_tests::{Owner, Visitor, stored};
use std::collections::BTreeMap;

/// Times that it is killed.
const KILLS: usize = 20;
const VISITORS: usize = 8;
/// Messages between two kills: so many that the kill comes in their middle.
const BURST: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_double_and_disorder_nothing() {
    let mut relay = Setup::default().without_limits().start().await;
    let visitors: Vec<_> = (0..VISITORS).map(|_| Visitor::new(&relay, "oak")).collect();
    let owner = Owner::sign_in(&relay, "oak").await;
    let (mut from_visitors, mut from_owner) = (vec![Vec::new(); VISITORS], vec![Vec::new(); VISITORS]);
    for (visitor, written) in visitors.iter().zip(&mut from_visitors) {
        written.push((visitor.write("hello"), "hello".to_owned()));
        visitor.until_all_kept().await;
    }
    for kill in 0..KILLS {
        let kept_before = visitors[0].record().kept.len();
        for number in 0..BURST {
            for (place, visitor) in visitors.iter().enumerate() {
                let body = format!("visitor {kill}.{number}");
                from_visitors[place].push((visitor.write(&body), body));
            }
            let place = (kill + number) % VISITORS;
            let body = format!("owner {kill}.{number}");
            from_owner[place].push((owner.write(visitors[place].conversation(), &body), body));
        }
        // A different place in the burst each time, and always in its middle.
        let far = kept_before + 1 + kill % (BURST / 2);
        visitors[0].until("some of the burst", |_, record| (record.kept.len() >= far).then_some(())).await;
        relay.kill();
        relay.start_again().await;
    }
    for visitor in &visitors {
        visitor.until("an empty outbox", |_, _| visitor.stored().is_empty().then_some(())).await;
    }
    owner.until("an empty outbox", |_, _| owner.stored().is_empty().then_some(())).await;

    let db = stored::open(&relay);
    let owners_kept: BTreeMap<_, _> = owner.record().kept.into_iter().collect();
    for (place, visitor) in visitors.iter().enumerate() {
        let kept = stored::messages(&db, visitor.conversation());
        let seqs: Vec<_> = kept.iter().map(|message| message.seq as usize).collect();
        assert_eq!(seqs, (1..=kept.len()).collect::<Vec<_>>(), "the places have no gaps");
        let places: BTreeMap<_, _> = kept.iter().map(|message| (message.id, message.seq)).collect();
        assert_eq!(places.len(), kept.len(), "no message is kept twice");
        assert_eq!(kept.len(), from_visitors[place].len() + from_owner[place].len(), "none is lost");
        for (id, seq) in visitor.record().kept {
            assert_eq!(places.get(&id), Some(&seq.0), "it was acknowledged at {seq}");
        }
        for written in [&from_visitors[place], &from_owner[place]] {
            let own: Vec<_> =
                kept.iter().filter(|message| written.iter().any(|(id, _)| *id == message.id)).collect();
            let in_order = own.iter().map(|message| (message.id, &message.body));
            assert!(
                in_order.eq(written.iter().map(|(id, body)| (*id, body))),
                "in the order they were written"
            );
        }
        for (id, _) in &from_owner[place] {
            let at = owners_kept.get(id).expect("the owner heard of it");
            assert_eq!(places.get(id), Some(&at.0));
        }

        // Both sides show the very same: the visitor who was there all along, one
        // who comes again, and the owner.
        let bodies: Vec<_> = kept.iter().map(|message| message.body.as_str()).collect();
        visitor.until_bodies(&bodies).await;
        let again = Visitor::again(&relay, "oak", visitor.credential.clone(), Storage::default());
        again.load_all(bodies.len()).await;
        again.until_bodies(&bodies).await;
        owner.open(visitor.conversation()).await;
        owner.load_all(bodies.len()).await;
        owner.until_bodies(&bodies).await;
    }
}
