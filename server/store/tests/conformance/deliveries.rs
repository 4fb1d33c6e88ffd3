//! What is on its way: a row for each message and channel, due by its rule, ended once.

use shopbell_protocol::{ChannelKind, Receipt, Seq, Side, UnixMillis, When};
use shopbell_store::{Burst, ChannelState, Ending, Except, NewChannel, Waiting};

use super::channels::{mailbox, way};
use super::rig::{Rig, elm, from_owner, from_visitor, oak, receipt, talk};

const MINUTE: u64 = 60_000;

fn handed() -> Ending {
    Ending::Handed { memo: None, references: Vec::new() }
}

fn later(until: u64) -> Ending {
    Ending::Later { until: UnixMillis(until), doubtful: false, memo: None }
}

impl Rig {
    async fn due(&self, at: u64) -> Vec<u64> {
        let due = self.store.due_channels(UnixMillis(at), Except::default(), 10).await.expect("reads");
        due.into_iter().map(|channel| (1..9).find(|n| way(*n) == channel.id).expect("a known one")).collect()
    }

    async fn next_due(&self) -> Option<u64> {
        self.store.next_due(UnixMillis(0)).await.expect("reads").map(|at| at.0)
    }

    async fn bursts(&self, channel: u64, at: u64) -> Vec<Burst> {
        self.store.bursts(way(channel), UnixMillis(at), 10).await.expect("reads")
    }

    /// The places that wait in the first burst.
    async fn waiting(&self, channel: u64, at: u64) -> Vec<u32> {
        let bursts = self.bursts(channel, at).await;
        bursts
            .first()
            .map(|burst| burst.waiting.iter().map(|waiting| waiting.seq.0).collect())
            .unwrap_or_default()
    }

    async fn end(
        &self,
        channel: u64,
        conversation: u64,
        upto: u32,
        ending: Ending,
        at: u64,
    ) -> Option<Receipt> {
        let id = talk(conversation);
        let begun = self.store.begin_try(way(channel), id, Seq(upto), Vec::new(), UnixMillis(at));
        begun.await.expect("writes");
        self.store.end_try(way(channel), id, Seq(upto), ending, UnixMillis(at)).await.expect("writes")
    }

    async fn rest(&self, channel: u64, not_before: u64) {
        self.store.rest(way(channel), UnixMillis(not_before)).await.expect("writes");
    }

    pub(crate) async fn sicken(&self, channel: u64, since: u64) {
        let known = self.store.channel(way(channel)).await.expect("reads").expect("a channel");
        let mut health = known.health;
        health.sick_since = Some(UnixMillis(since));
        let state =
            ChannelState { health, failures: 3, failing_since: Some(UnixMillis(since)), told_since: None };
        self.store.set_state(way(channel), state).await.expect("writes");
    }
}

pub(crate) async fn a_message_is_due_by_each_channels_rule(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(mailbox(2, When::Unanswered { minutes: 2 })).await;
    rig.add(mailbox(3, When::Standby)).await;
    let appended = rig.send(from_visitor(1, 100, "hello")).await.expect("is kept");
    assert_eq!(appended.deliveries, 3);
    let again = rig.send(from_visitor(1, 100, "hello")).await.expect("is kept");
    assert_eq!(again.deliveries, 0, "sending again is no news");
    assert_eq!((rig.due(99).await, rig.due(100).await), (vec![], vec![1]));
    assert_eq!(rig.due(100 + 2 * MINUTE).await, [1, 2]);
    assert_eq!(rig.next_due().await, Some(100));
    let expected = Waiting { seq: Seq(1), since: UnixMillis(100), tries: 0, doubtful: false };
    let [burst] = &rig.bursts(1, 100).await[..] else { panic!("one conversation") };
    assert_eq!((burst.conversation, &burst.waiting[..]), (talk(1), &[expected][..]));
    assert_eq!(rig.bursts(3, u64::from(u32::MAX)).await, [], "what is on standby is never due by itself");
}

pub(crate) async fn who_is_told_is_the_other_side(rig: &mut Rig) {
    rig.begin(1, 10).await;
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(2, When::AtOnce) }).await;
    rig.send(from_owner(1, 20, "yes?")).await.expect("is kept");
    assert_eq!(rig.due(100).await, [2]);
    rig.send(from_visitor(1, 30, "no")).await.expect("is kept");
    assert_eq!(rig.waiting(1, 100).await, [3]);
    rig.begin(2, 40).await;
    rig.send(from_owner(2, 50, "another")).await.expect("is kept");
    assert_eq!(rig.waiting(2, 100).await, [2], "nothing of another conversation");
}

pub(crate) async fn a_burst_is_taken_together_and_ends_once(rig: &mut Rig) {
    rig.add(mailbox(1, When::Unanswered { minutes: 1 })).await;
    for id in 1..=3 {
        rig.send(from_visitor(1, id, "line")).await.expect("is kept");
    }
    assert_eq!(rig.waiting(1, MINUTE + 1).await, [1, 2, 3], "what is not due yet goes along");
    assert_eq!(rig.end(1, 1, 3, handed(), MINUTE + 2).await, Some(receipt(3, 0)));
    rig.rest(1, 0).await;
    assert_eq!((rig.due(u64::from(u32::MAX)).await, rig.next_due().await), (vec![], None));
    assert_eq!(
        rig.end(1, 1, 3, Ending::Stuck { reason: "late".into() }, 9).await,
        None,
        "it has ended already"
    );
    assert_eq!(rig.ways(&oak()).await[0].stuck, 0);
    let burst = rig.send(from_visitor(1, 9, "more")).await.expect("is kept");
    assert_eq!(burst.deliveries, 1);
    let [burst] = &rig.bursts(1, 10 * MINUTE).await[..] else { panic!("one conversation") };
    assert_eq!(burst.handed_at, Some(UnixMillis(MINUTE + 2)));
}

pub(crate) async fn what_failed_waits_and_counts_its_tries(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    rig.end(1, 1, 1, later(500), 11).await;
    rig.rest(1, 700).await;
    assert_eq!(rig.next_due().await, Some(700), "the channel rests longer than the message");
    rig.begin(2, 20).await;
    assert_eq!(rig.next_due().await, Some(700), "and a new message does not wake it");
    let bursts = rig.bursts(1, 700).await;
    assert_eq!(bursts.len(), 2);
    let tries = |n: u64| bursts.iter().find(|b| b.conversation == talk(n)).expect("is due").waiting[0];
    assert_eq!((tries(1).tries, tries(1).doubtful, tries(2).tries), (1, false, 0));
}

pub(crate) async fn a_try_that_nobody_ended_is_doubtful(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    let promised = vec![("far 1".to_owned(), Seq(1))];
    rig.store.begin_try(way(1), talk(1), Seq(1), promised, UnixMillis(15)).await.expect("writes");
    let found = rig.store.reference(ChannelKind::Email, "far 1").await.expect("reads").expect("known");
    assert_eq!((found.0.id, found.1, found.2), (way(1), talk(1), Seq(1)), "an answer may be here already");
    assert!(rig.bursts(1, 20).await[0].waiting[0].doubtful, "the relay died in the middle");
    rig.end(1, 1, 1, later(30), 21).await;
    assert!(rig.bursts(1, 30).await[0].waiting[0].doubtful, "and that is not forgotten");
    rig.begin(2, 40).await;
    let doubtful = Ending::Later { until: UnixMillis(50), doubtful: true, memo: None };
    rig.end(1, 2, 1, doubtful, 41).await;
    let bursts = rig.bursts(1, 60).await;
    assert!(bursts.iter().all(|burst| burst.waiting[0].doubtful), "no answer came");
}

pub(crate) async fn handed_over_has_no_holes(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    for id in 1..=4 {
        rig.send(from_visitor(1, id, "line")).await.expect("is kept");
    }
    assert_eq!(rig.end(1, 1, 1, handed(), 10).await, Some(receipt(1, 0)));
    assert_eq!(rig.end(1, 1, 2, Ending::Stuck { reason: "too long".into() }, 11).await, None);
    assert_eq!(rig.end(1, 1, 4, handed(), 12).await, None, "the second never was");
    let undelivered = rig.store.undelivered(&oak(), talk(1), 5).await.expect("reads");
    assert_eq!(undelivered.len(), 1);
    assert_eq!((undelivered[0].seq, undelivered[0].reason.as_str()), (Seq(2), "too long"));
    assert_eq!(rig.store.undelivered(&elm(), talk(1), 5).await.expect("reads"), []);
    // An inbox that heard of them all fills the hole.
    let heard = rig.store.advance(&oak(), talk(1), Side::Owner, receipt(2, 0)).await.expect("writes");
    assert_eq!(heard, Some(receipt(2, 0)));
    rig.send(from_visitor(1, 5, "more")).await.expect("is kept");
    assert_eq!(rig.end(1, 1, 5, handed(), 13).await, Some(receipt(5, 0)));
}

pub(crate) async fn any_channel_that_took_it_has_handed_it_over(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(mailbox(2, When::AtOnce)).await;
    rig.begin(1, 10).await;
    assert_eq!(rig.end(1, 1, 1, Ending::Stuck { reason: "no".into() }, 11).await, None);
    assert_eq!(rig.end(2, 1, 1, handed(), 12).await, Some(receipt(1, 0)));
    assert_eq!(rig.end(2, 1, 1, handed(), 13).await, None);
}

pub(crate) async fn another_channel_takes_over(rig: &mut Rig) {
    for number in 1..=3 {
        rig.add(mailbox(number, if number == 3 { When::Standby } else { When::AtOnce })).await;
    }
    rig.begin(1, 10).await;
    rig.end(1, 1, 1, later(9_000), 11).await;
    rig.end(2, 1, 1, handed(), 11).await;
    rig.begin(2, 20).await;
    rig.end(2, 2, 1, handed(), 21).await;
    rig.rest(2, 0).await;
    rig.sicken(1, 25).await;
    rig.store.take_over(way(1), way(3), UnixMillis(30)).await.expect("writes");
    assert_eq!(rig.bursts(3, 30).await.len(), 2);
    assert!(rig.due(30).await.contains(&3));
    // Whoever is well next in line is used at once from now on.
    rig.sicken(2, 40).await;
    rig.begin(3, 50).await;
    let third = rig.bursts(3, 50).await;
    assert!(third.iter().any(|burst| burst.conversation == talk(3)));
}

pub(crate) async fn sickness_is_told_once(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(2, When::AtOnce) }).await;
    rig.add(mailbox(3, When::AtOnce)).await;
    assert_eq!(rig.store.untold(9).await.expect("reads"), []);
    rig.sicken(1, 20).await;
    rig.sicken(2, 20).await;
    let untold = rig.store.untold(9).await.expect("reads");
    assert_eq!(
        untold.iter().map(|channel| channel.id).collect::<Vec<_>>(),
        [way(1)],
        "a visitor's is nobody's news"
    );
    let Some(channel) = untold.into_iter().next() else { unreachable!() };
    let state = ChannelState {
        told_since: channel.health.sick_since,
        health: channel.health,
        failures: 3,
        failing_since: channel.failing_since,
    };
    rig.store.set_state(way(1), state).await.expect("writes");
    assert_eq!(rig.store.untold(9).await.expect("reads"), []);
    rig.sicken(1, 99).await;
    assert_eq!(rig.store.untold(9).await.expect("reads").len(), 1, "another sickness is news again");
}

pub(crate) async fn what_is_gone_gets_nothing_more(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    let mut channel = rig.ways(&oak()).await.remove(0);
    channel.health.gone = true;
    let state = ChannelState { health: channel.health, failures: 1, failing_since: None, told_since: None };
    rig.store.set_state(way(1), state).await.expect("writes");
    assert_eq!(rig.send(from_visitor(1, 1, "hello")).await.expect("is kept").deliveries, 0);
}

pub(crate) async fn what_was_told_and_then_opened_is_known(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(mailbox(2, When::AtOnce)).await;
    for conversation in 1..=4 {
        rig.begin(conversation, 10).await;
        if conversation < 4 {
            rig.end(1, conversation, 1, handed(), 10 * conversation).await;
        }
        if conversation != 3 {
            rig.store.advance(&oak(), talk(conversation), Side::Owner, receipt(1, 1)).await.expect("writes");
        }
    }
    let known = async |channel, since, limit| {
        rig.store.told_and_opened(way(channel), UnixMillis(since), limit).await.expect("reads")
    };
    assert_eq!(known(1, 0, 9).await, [talk(2), talk(1)], "3 is not opened, 4 was not told");
    assert_eq!(known(1, 0, 1).await, [talk(2)]);
    assert_eq!(known(1, 11, 9).await, [talk(2)]);
    assert_eq!(known(2, 0, 9).await, [], "another channel told nothing");
    rig.send(from_visitor(2, 90, "and?")).await.expect("is kept");
    let known = rig.store.told_and_opened(way(1), UnixMillis(0), 9).await.expect("reads");
    assert_eq!(known, [talk(1)], "there is something new");
}
