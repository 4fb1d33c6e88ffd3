//! Generated histories: whatever is asked of the store, in whatever order, it
//! answers as the model does and stands as the model stands.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use shopbell_protocol::{ListFilter, Receipt, ShopId, Side, UnixMillis};
use shopbell_store::{Append, ListQuery, PictureFile};

use super::model::{Model, Talk};
use super::rig::{elm, from_visitor, number, oak, picture, receipt, secret, talk};
use super::{Factory, Rig};

const BODIES: [&str; 3] = ["Hello", "hello", "100% OAK"];
const HISTORIES: u32 = 48;

/// What somebody does to one of a few conversations.
#[derive(Debug, Clone)]
enum Act {
    /// One append, or several that are likely to share a batch.
    Append(Vec<Append>),
    Advance(ShopId, u64, Side, Receipt),
    Close(ShopId, u64, bool),
    Name(ShopId, u64, Option<String>),
}

fn shops() -> impl Strategy<Value = ShopId> {
    prop_oneof![4 => Just(oak()), 1 => Just(elm())]
}

fn sides() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Visitor), Just(Side::Owner)]
}

fn appends() -> impl Strategy<Value = Append> {
    let secrets = prop_oneof![8 => Just(0_u64), 1 => Just(50)];
    (shops(), 0..4_u64, 0..12_u64, sides(), 0..BODIES.len(), secrets).prop_map(
        |(shop, conversation, id, from, body, off)| Append {
            shop,
            from,
            secret: (from == Side::Visitor).then(|| secret(conversation + off)),
            pictures: pictures(conversation, id, body),
            ..from_visitor(conversation, id, BODIES[body])
        },
    )
}

/// Some of the messages have pictures, the same when they are sent again.
fn pictures(conversation: u64, id: u64, body: usize) -> Vec<PictureFile> {
    (0..body as u64 % 3)
        .map(|place| picture(1 + place + 10 * (body as u64 + 10 * (id + 20 * conversation))))
        .collect()
}

fn acts() -> impl Strategy<Value = Act> {
    let advance =
        (shops(), 0..4_u64, sides(), 0..8_u32, 0..8_u32).prop_map(|(shop, talk, side, handed, opened)| {
            Act::Advance(shop, talk, side, receipt(handed, opened))
        });
    let name = (shops(), 0..4_u64, prop::option::of(Just("Oakley".to_owned())));
    prop_oneof![
        6 => prop::collection::vec(appends(), 1..8).prop_map(Act::Append),
        2 => advance,
        2 => (shops(), 0..4_u64, any::<bool>()).prop_map(|(shop, talk, closed)| Act::Close(shop, talk, closed)),
        1 => name.prop_map(|(shop, talk, name)| Act::Name(shop, talk, name)),
    ]
}

pub(crate) fn any_history_agrees_with_the_model(factory: &dyn Factory) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let histories = prop::collection::vec(acts(), 1..40);
    let result = runner.run(&histories, |history| runtime.block_on(agrees(factory, history)));
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn agrees(factory: &dyn Factory, history: Vec<Act>) -> Result<(), TestCaseError> {
    let mut rig = Rig::new(factory).await;
    let mut model = Model::default();
    for (now, act) in (0_u64..).zip(history) {
        // Two acts share a millisecond, so that ties come up.
        let at = UnixMillis(now / 2);
        match act {
            Act::Append(appends) => {
                let appends: Vec<_> = appends.into_iter().map(|append| Append { at, ..append }).collect();
                let expected: Vec<_> =
                    appends.iter().map(|append| model.append(number(append.conversation), append)).collect();
                prop_assert_eq!(rig.send_all(appends).await, expected);
            }
            Act::Advance(shop, id, side, to) => {
                let moved = rig.store.advance(&shop, talk(id), side, to).await.expect("writes");
                prop_assert_eq!(moved, model.advance(id, &shop, side, to));
            }
            Act::Close(shop, id, closed) => {
                let known = model.talk(id, &shop).map(|talk| talk.closed = closed).is_some();
                prop_assert_eq!(rig.store.set_closed(&shop, talk(id), closed).await.expect("writes"), known);
            }
            Act::Name(shop, id, name) => {
                let known = model.talk(id, &shop).map(|talk| talk.name = name.clone()).is_some();
                prop_assert_eq!(rig.store.name(&shop, talk(id), name).await.expect("writes"), known);
            }
        }
    }
    for (id, expected) in &model.talks {
        talk_agrees(&rig, *id, expected).await?;
    }
    for shop in [oak(), elm()] {
        list_agrees(&rig, &model, &shop).await?;
    }
    rig.store.close().await;
    Ok(())
}

async fn talk_agrees(rig: &Rig, id: u64, expected: &Talk) -> Result<(), TestCaseError> {
    prop_assert_eq!(&rig.messages(&expected.shop, talk(id)).await, &expected.messages);
    let kept = rig.store.conversation(&expected.shop, talk(id)).await.expect("reads").expect("is there");
    prop_assert_eq!(kept.last, expected.last());
    prop_assert_eq!(kept.visitor_receipt, expected.visitor);
    prop_assert_eq!(kept.owner_receipt, expected.owner);
    let line = rig.store.summary(&expected.shop, talk(id)).await.expect("reads").expect("is there");
    let last = expected.messages.last().expect("has one");
    prop_assert_eq!((line.last_seq, line.last_at, line.last_from), (last.seq, last.at, last.from));
    prop_assert_eq!(line.waiting_since, expected.waiting_since());
    prop_assert_eq!(line.unread as usize, expected.unread());
    prop_assert_eq!(line.closed, expected.closed);
    prop_assert_eq!(&line.name, &expected.name);
    Ok(())
}

async fn list_agrees(rig: &Rig, model: &Model, shop: &ShopId) -> Result<(), TestCaseError> {
    let waiting = model.talks.values().filter(|t| t.shop == *shop && t.waiting_since().is_some()).count();
    prop_assert_eq!(rig.store.waiting(shop).await.expect("counts") as usize, waiting);
    let (open, closed) = (model.listed(shop, false), model.listed(shop, true));
    prop_assert_eq!(&walk(rig, shop, ListFilter::Open, None).await, &open);
    prop_assert_eq!(&walk(rig, shop, ListFilter::Closed, None).await, &closed);
    for words in ["hello", "oak", "100%"] {
        let found: Vec<_> =
            open.iter().chain(&closed).copied().filter(|id| model.talks[id].holds(words)).collect();
        prop_assert_eq!(walk(rig, shop, ListFilter::Open, Some(words)).await, found);
    }
    Ok(())
}

async fn walk(rig: &Rig, shop: &ShopId, filter: ListFilter, words: Option<&str>) -> Vec<u64> {
    let mut query = ListQuery { filter, search: words.map(Into::into), cursor: None, limit: 2 };
    let mut walked = Vec::new();
    loop {
        let page = rig.store.list(shop, query.clone()).await.expect("lists");
        walked.extend(page.conversations.iter().map(|line| number(line.conversation)));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return walked;
        }
    }
}
