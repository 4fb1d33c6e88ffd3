//! The channels: adding, ordering, removing, and who may.

use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ChannelRule, QuietHours, RANDOM_BYTES, ShopId, UnixMillis, When,
    limits,
};
use shopbell_store::{Channel, ChannelAdded, ChannelState, NewChannel, Target};

use super::rig::{Rig, elm, oak, talk};

pub(crate) fn way(number: u64) -> ChannelId {
    ChannelId::new(number, [3; RANDOM_BYTES])
}

pub(crate) fn rule(when: When) -> ChannelRule {
    ChannelRule { when, ..ChannelRule::default() }
}

/// A mailbox of the oak shop's owner.
pub(crate) fn mailbox(number: u64, when: When) -> NewChannel {
    NewChannel {
        id: way(number),
        shop: oak(),
        conversation: None,
        kind: ChannelKind::Email,
        label: format!("{number}@oak.example"),
        target: Target(format!("target {number}")),
        far: "email".into(),
        rule: rule(when),
        at: UnixMillis(number),
    }
}

impl Rig {
    pub(crate) async fn add(&self, channel: NewChannel) {
        assert_eq!(self.store.add_channel(channel).await.expect("writes"), ChannelAdded::Done);
    }

    pub(crate) async fn ways(&self, shop: &ShopId) -> Vec<Channel> {
        self.store.channels(shop).await.expect("reads")
    }

    async fn order(&self) -> Vec<ChannelId> {
        self.ways(&oak()).await.into_iter().map(|channel| channel.id).collect()
    }
}

pub(crate) async fn a_channel_is_kept_as_it_was_given(rig: &mut Rig) {
    let quiet = QuietHours { from: 1320, to: 420, time_zone: "Europe/Lisbon".into() };
    let rule = ChannelRule { when: When::Unanswered { minutes: 7 }, only_outside: true, quiet: Some(quiet) };
    rig.add(NewChannel { rule: rule.clone(), ..mailbox(1, When::AtOnce) }).await;
    let [channel] = &rig.ways(&oak()).await[..] else { panic!("one channel") };
    assert_eq!((channel.id, channel.kind, &channel.rule), (way(1), ChannelKind::Email, &rule));
    assert_eq!((channel.label.as_str(), channel.target.0.as_str()), ("1@oak.example", "target 1"));
    assert_eq!((&channel.health, channel.conversation), (&ChannelHealth::default(), None));
    assert_eq!(rig.store.channel(way(1)).await.expect("reads").as_ref(), Some(channel));
    assert_eq!(rig.store.channel(way(2)).await.expect("reads"), None);
    for when in [When::AtOnce, When::Standby, When::Unanswered { minutes: 1_440 }] {
        assert!(rig.store.set_rule(&oak(), way(1), super::channels::rule(when)).await.expect("writes"));
        assert_eq!(rig.ways(&oak()).await[0].rule, super::channels::rule(when));
    }
}

pub(crate) async fn the_same_id_changes_where_a_channel_leads(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    let sick = ChannelHealth {
        sick_since: Some(UnixMillis(5)),
        reason: Some("No such mailbox.".into()),
        ..ChannelHealth::default()
    };
    let state = ChannelState {
        health: sick.clone(),
        failures: 3,
        failing_since: Some(UnixMillis(4)),
        told_since: None,
    };
    rig.store.set_state(way(1), state).await.expect("writes");
    assert_eq!(rig.ways(&oak()).await[0].health, sick);
    rig.add(NewChannel { target: Target("another".into()), ..mailbox(1, When::Standby) }).await;
    let [channel] = &rig.ways(&oak()).await[..] else { panic!("still one") };
    assert_eq!((channel.target.0.as_str(), channel.rule.when), ("another", When::Standby));
    assert_eq!(
        (&channel.health, channel.failures),
        (&ChannelHealth::default(), 0),
        "it counts as well again"
    );
}

pub(crate) async fn channels_stand_in_the_owners_order(rig: &mut Rig) {
    for number in 1..=4 {
        rig.add(mailbox(number, When::AtOnce)).await;
    }
    assert_eq!(rig.order().await, [way(1), way(2), way(3), way(4)]);
    rig.store.order_channels(&oak(), vec![way(3), way(1)]).await.expect("writes");
    assert_eq!(rig.order().await, [way(3), way(1), way(2), way(4)], "the others come after, as they stood");
    rig.store.order_channels(&oak(), vec![way(9), way(4)]).await.expect("writes");
    assert_eq!(rig.order().await, [way(4), way(3), way(1), way(2)]);
    rig.add(mailbox(5, When::AtOnce)).await;
    assert_eq!(rig.order().await.last(), Some(&way(5)), "a new one is the last");
}

pub(crate) async fn channels_are_bounded(rig: &mut Rig) {
    for number in 1..=limits::CHANNELS as u64 {
        rig.add(mailbox(number, When::AtOnce)).await;
    }
    let more = mailbox(limits::CHANNELS as u64 + 1, When::AtOnce);
    assert_eq!(rig.store.add_channel(more).await.expect("writes"), ChannelAdded::TooMany);
    assert_eq!(rig.ways(&oak()).await.len(), limits::CHANNELS);
}

pub(crate) async fn a_removed_channel_is_gone_with_what_waited(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    assert_eq!(rig.ways(&oak()).await[0].waiting, 1);
    assert!(rig.store.remove_channel(&oak(), way(1)).await.expect("writes"));
    assert_eq!(rig.ways(&oak()).await, []);
    assert_eq!(rig.store.next_due(UnixMillis(0)).await.expect("reads"), None);
    assert!(!rig.store.remove_channel(&oak(), way(1)).await.expect("writes"));
}

pub(crate) async fn a_visitors_channel_is_their_conversations(rig: &mut Rig) {
    rig.begin(1, 10).await;
    rig.begin(2, 11).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(7, When::AtOnce) }).await;
    assert_eq!(rig.ways(&oak()).await, [], "it is none of the owner's");
    let theirs = rig.store.channels_of(&oak(), talk(1)).await.expect("reads");
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0].conversation, Some(talk(1)));
    assert_eq!(rig.store.channels_of(&oak(), talk(2)).await.expect("reads"), []);
}

pub(crate) async fn another_shop_reaches_no_channel(rig: &mut Rig) {
    rig.begin(1, 10).await;
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(2, When::AtOnce) }).await;
    let before = rig.ways(&oak()).await;
    for (id, conversation) in [(1, None), (2, None), (2, Some(talk(1))), (3, Some(talk(1)))] {
        let stolen = NewChannel { shop: elm(), conversation, ..mailbox(id, When::Standby) };
        assert_eq!(rig.store.add_channel(stolen).await.expect("writes"), ChannelAdded::NotYours);
    }
    assert!(!rig.store.set_rule(&elm(), way(1), rule(When::Standby)).await.expect("writes"));
    assert!(!rig.store.remove_channel(&elm(), way(1)).await.expect("writes"));
    rig.store.order_channels(&elm(), vec![way(1)]).await.expect("writes");
    assert_eq!(rig.store.channels_of(&elm(), talk(1)).await.expect("reads"), []);
    assert_eq!(rig.ways(&elm()).await, []);
    assert_eq!(rig.ways(&oak()).await, before);
    let moved = NewChannel { conversation: None, ..mailbox(2, When::Standby) };
    assert_eq!(
        rig.store.add_channel(moved).await.expect("writes"),
        ChannelAdded::NotYours,
        "a visitor's does not become the owner's"
    );
}
