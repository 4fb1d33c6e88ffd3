//! Whatever a far side does, for every kind of channel: a message ends handed over, once as
//! far as the far side can tell, or stuck with a reason that the owner sees.

use super::scene::{Scripted, at_once, until_some};
use crate::{
    clock::testing::StillClock,
    limits,
    testing::{House, at, message_id, stranger},
};
use shopbell_channels::{Channel, Failure, Target, email, ntfy, push, sms, telegram, webhook};
use shopbell_protocol::{ChannelId, ChannelKind, ConversationId, Receipt, Seq, Side, UnixMillis};
use shopbell_store::{Append, Digest, NewChannel, Target as StoredTarget};
use std::{sync::Arc, time::Duration};

const CHANNEL: ChannelId = ChannelId::from_bytes([1; 16]);
const SECOND: u64 = 1_000;
const HOUR: u64 = 60 * 60 * SECOND;
/// 2026-03-14.
const BEGIN: u64 = 1_773_500_966_000;
const WORDS: &str = "Is it oak?";

/// A shop with one channel, of which the far side does as it is told.
struct Stage {
    house: House,
    clock: Arc<StillClock>,
    far: Arc<Scripted>,
    conversation: ConversationId,
}

impl Stage {
    async fn set(kind: ChannelKind) -> Self {
        let clock = Arc::new(StillClock::at(BEGIN));
        let far = Scripted::new(kind);
        let house = House::open_at(clock.clone(), vec![far.clone() as Arc<dyn Channel>]).await;
        let target = target(kind);
        let channel = NewChannel {
            id: CHANNEL,
            shop: House::shop("oak"),
            conversation: None,
            kind,
            label: target.label(),
            far: target.far(),
            target: StoredTarget(serde_json::to_string(&target).expect("JSON")),
            rule: at_once(),
            at: at(BEGIN),
        };
        house.relay.store.add_channel(channel).await.expect("added");
        Self { house, clock, far, conversation: stranger().conversation }
    }

    async fn write(&self) {
        let append = Append {
            origin: 0,
            shop: House::shop("oak"),
            conversation: self.conversation,
            id: message_id(),
            from: Side::Visitor,
            body: WORDS.into(),
            system: false,
            pictures: Vec::new(),
            at: self.house.relay.clock.now(),
            secret: Some(Digest([7; 32])),
            locale: None,
            time_zone: None,
            page: None,
        };
        let relay = &self.house.relay;
        relay.hub.keep(&*relay.store, append).await.expect("the store is there").expect("kept");
    }

    /// Puts the clock forward from try to try, until nothing waits any more.
    async fn play(&self) {
        for _ in 0..1_000 {
            let tries = self.far.tried_at().len();
            let store = &self.house.relay.store;
            // Either it has ended, or it was tried and waits for its time.
            let next = until_some(async || {
                let channel = store.channel(CHANNEL).await.expect("reads").expect("a channel");
                let next = store.next_due(self.house.relay.clock.now()).await.expect("reads");
                let is_over = channel.waiting == 0;
                (is_over || next.is_some()).then_some(if is_over { None } else { next })
            })
            .await;
            let Some(next) = next else { return };
            self.wait(next.0 - self.house.relay.clock.now().0);
            until_some(async || {
                let channel = store.channel(CHANNEL).await.expect("reads").expect("a channel");
                (channel.waiting == 0 || self.far.tried_at().len() > tries).then_some(())
            })
            .await;
        }
        panic!("it is tried without end");
    }

    /// Lets time pass in which nothing happens.
    fn wait(&self, ms: u64) {
        self.clock.pass(ms);
        self.house.relay.hub.wake_outside();
    }

    /// The relay dies and comes back.
    async fn restart(mut self) -> Self {
        let far: Arc<dyn Channel> = self.far.clone();
        self.house = self.house.die_and_come_back(vec![far]).await;
        self
    }

    /// What the far side has of it: the message, so often, and always as the same.
    async fn assert_taken(&self, times: usize) {
        let taken = self.far.taken();
        assert_eq!(taken.len(), times);
        for one in &taken {
            assert_eq!((one.bodies(), &one.key), (vec![WORDS], &taken[0].key), "the far side can tell");
        }
        let kept = self.house.relay.store.conversation(&House::shop("oak"), self.conversation).await;
        let receipt = kept.expect("reads").expect("a conversation").owner_receipt;
        assert_eq!(receipt, Receipt { handed: Seq(1), opened: Seq(0) }, "the visitor sees it");
        // That the channel works is noted after that it took something.
        let channel = until_some(async || {
            let channel = self.house.relay.store.channel(CHANNEL).await.expect("reads");
            channel.filter(|channel| channel.health.is_well() && channel.failures == 0)
        })
        .await;
        assert_eq!((channel.waiting, channel.stuck), (0, 0));
    }

    async fn assert_stuck(&self, reason: &str) {
        let store = &self.house.relay.store;
        let stuck = store.undelivered(&House::shop("oak"), self.conversation, 9).await.expect("reads");
        assert_eq!(stuck.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), [reason]);
        let kept = store.conversation(&House::shop("oak"), self.conversation).await.expect("reads");
        assert_eq!(kept.expect("a conversation").owner_receipt.handed, Seq(0), "nobody says it was");
    }
}

fn target(kind: ChannelKind) -> Target {
    match kind {
        ChannelKind::Email => Target::Email(email::Mailbox { address: "maya@oak.example".into() }),
        ChannelKind::Push => Target::Push(push::Subscription {
            endpoint: "https://push.example/1".into(),
            p256dh: String::new(),
            auth: String::new(),
            device: "A phone".into(),
            hide_words: false,
        }),
        ChannelKind::Telegram => {
            Target::Telegram(telegram::Chat { chat: 1, user: 1, name: "Maya".into(), topics: false })
        }
        ChannelKind::Ntfy => {
            Target::Ntfy(ntfy::Topic { url: "https://ntfy.example/oak".into(), token: None })
        }
        ChannelKind::Webhook => {
            let endpoint = webhook::Endpoint { url: "https://oak.example/h".into(), secret: String::new() };
            Target::Webhook(endpoint)
        }
        ChannelKind::Sms => Target::Sms(sms::Phone { number: "+351912345678".into() }),
    }
}

/// Everything that may pass by itself, as each channel tells it (`faults` of the channels'
/// own tests), and how long it goes on.
fn troubles() -> Vec<(&'static str, Failure, u64)> {
    vec![
        ("refused", Failure::later("The far side refuses connections."), 5 * SECOND),
        ("slow, and nothing was sent", Failure::later("It takes too long."), 20 * SECOND),
        (
            "slow, and it may have come",
            Failure::later("It did not answer in time.").maybe_taken(),
            20 * SECOND,
        ),
        ("429", Failure::later("Slow down.").after(Some(Duration::from_secs(90))), 80 * SECOND),
        ("5xx for an hour", Failure::later("It answers with 503."), HOUR),
        ("TLS wrong", Failure::later("Its certificate has expired."), 3 * HOUR),
        ("DNS gone", Failure::later("Its name cannot be found."), 2 * HOUR),
    ]
}

#[tokio::test]
async fn what_passes_by_itself_is_got_through_and_told_once() {
    for &kind in ChannelKind::ALL {
        for (what, failure, span) in troubles() {
            let stage = Stage::set(kind).await;
            stage.far.fail_until(UnixMillis(BEGIN + span), failure.clone());
            stage.write().await;
            stage.play().await;
            stage.assert_taken(1).await;
            let tried = stage.far.tried_at();
            assert!(tried.len() > 1 && tried.len() < 250, "{kind}, {what}: {} tries", tried.len());
            let least = failure.retry_after.map_or(SECOND / 2, |wait| wait.as_millis() as u64);
            let gaps = tried.windows(2).map(|pair| pair[1].0 - pair[0].0);
            assert!(gaps.min() >= Some(least), "{kind}, {what}: it is given its time: {tried:?}");
            let last = tried.last().expect("a try").0;
            let late = limits::RETRY_MOST_MS + failure.retry_after.map_or(0, |wait| wait.as_millis() as u64);
            assert!(last <= BEGIN + span + late, "{kind}, {what}: told soon after");
        }
    }
}

#[tokio::test]
async fn what_does_not_pass_is_stuck_with_its_reason() {
    for &kind in ChannelKind::ALL {
        for (what, failure, tries) in [
            ("gone", Failure::gone("There is no such target."), Some(1)),
            ("refused for good", Failure::refused("It is too large."), Some(1)),
            ("dead for days", Failure::later("Its name cannot be found."), None),
        ] {
            let stage = Stage::set(kind).await;
            stage.far.fail_always(Some(failure.clone()));
            stage.write().await;
            until_some(async || (!stage.far.tried_at().is_empty()).then_some(())).await;
            stage.wait(tries.map_or(73 * HOUR, |_| 0));
            stage.play().await;
            stage.assert_stuck(&failure.reason).await;
            assert_eq!(stage.far.taken().len(), 0, "{kind}, {what}");
            if let Some(tries) = tries {
                assert_eq!(stage.far.tried_at().len(), tries, "{kind}, {what}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_makes_no_second_message_that_the_far_side_could_not_tell() {
    for &kind in ChannelKind::ALL {
        let stage = Stage::set(kind).await;
        stage.far.lose_answers(1);
        stage.write().await;
        // What comes meanwhile does not change what is sent again.
        stage.play().await;
        stage.assert_taken(2).await;
    }
}

#[tokio::test]
async fn a_restart_in_between_loses_and_doubles_nothing() {
    for &kind in ChannelKind::ALL {
        // While it waits for its time.
        let stage = Stage::set(kind).await;
        stage.far.fail([Failure::later("It is busy.")]);
        stage.write().await;
        until_some(async || (stage.far.tried_at().len() == 1).then_some(())).await;
        let stage = stage.restart().await;
        stage.play().await;
        stage.assert_taken(1).await;
        // While the far side has the request and has not answered: nobody knows, so that it
        // goes again just as it was.
        let stage = Stage::set(kind).await;
        stage.far.hang("");
        stage.write().await;
        until_some(async || (stage.far.hanging() == 1).then_some(())).await;
        let stage = stage.restart().await;
        let bursts = stage.house.relay.store.bursts(CHANNEL, UnixMillis(BEGIN), 9).await.expect("reads");
        assert!(bursts[0].waiting[0].doubtful, "{kind}: it may have been taken");
        stage.far.go_on();
        stage.house.relay.hub.wake_outside();
        stage.play().await;
        stage.assert_taken(1).await;
    }
}
