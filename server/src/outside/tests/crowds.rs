//! Many channels at once, and far sides that hang: who is held up, and who is not.

use super::scene::{Scripted, at_once, until_some};
use crate::testing::{House, at, message_id, stranger};
use shopbell_channels::{Failure, Target, webhook};
use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ConversationId, RANDOM_BYTES, Side, UnixMillis, limits,
};
use shopbell_store::{Append, ChannelState, NewChannel, Target as StoredTarget};
use std::sync::Arc;

/// Two shops whose systems are told.
struct Crowd {
    house: House,
    hook: Arc<Scripted>,
}

impl Crowd {
    async fn gather() -> Self {
        let hook = Scripted::new(ChannelKind::Webhook);
        let house = House::open_with_channels(|_| {}, vec![hook.clone()]).await;
        Self { house, hook }
    }

    /// A channel to a host; of the owner, or of the visitor in a conversation.
    async fn add(
        &self,
        shop: &str,
        conversation: Option<ConversationId>,
        number: u64,
        host: &str,
    ) -> ChannelId {
        let id = ChannelId::new(number, [4; RANDOM_BYTES]);
        let endpoint = webhook::Endpoint { url: format!("https://{host}/hook"), secret: "whsec_".into() };
        let target = Target::Webhook(endpoint);
        let channel = NewChannel {
            id,
            shop: House::shop(shop),
            conversation,
            kind: ChannelKind::Webhook,
            label: target.label(),
            far: target.far(),
            target: StoredTarget(serde_json::to_string(&target).expect("JSON")),
            rule: at_once(),
            at: at(1),
        };
        self.house.relay.store.add_channel(channel).await.expect("added");
        id
    }

    /// A visitor writes to a shop.
    async fn write(&self, shop: &str, body: &str) -> ConversationId {
        let credential = stranger();
        let mut visitor = self.house.visitor(shop, &credential).await;
        visitor.send(message_id(), body).await;
        credential.conversation
    }

    /// The owner answers.
    async fn answer(&self, shop: &str, conversation: ConversationId) {
        let append = Append {
            origin: 0,
            shop: House::shop(shop),
            conversation,
            id: message_id(),
            from: Side::Owner,
            body: "yes".into(),
            system: false,
            pictures: Vec::new(),
            at: self.house.relay.clock.now(),
            secret: None,
            locale: None,
            time_zone: None,
            page: None,
        };
        let relay = &self.house.relay;
        relay.hub.keep(&*relay.store, append).await.expect("the store is there").expect("kept");
    }

    async fn until_hanging(&self, count: usize) {
        until_some(async || (self.hook.hanging() >= count).then_some(())).await;
    }
}

#[tokio::test]
async fn a_far_side_that_hangs_for_one_shop_does_not_hold_up_anothers() {
    let crowd = Crowd::gather().await;
    for number in 0..limits::CHANNELS as u64 {
        crowd.add("oak", None, number, "dead.example").await;
    }
    crowd.add("elm", None, 99, "well.example").await;
    crowd.hook.hang("dead.example");
    crowd.write("oak", "is anybody there?").await;
    crowd.until_hanging(crate::limits::CHANNELS_AT_ONCE_OF_FAR).await;
    crowd.write("elm", "hello").await;
    assert_eq!(crowd.hook.until(1).await[0].bodies(), ["hello"]);
    assert_eq!(crowd.hook.hanging(), crate::limits::CHANNELS_AT_ONCE_OF_FAR, "the others wait for these");
}

#[tokio::test]
async fn channels_that_fail_leave_room_for_those_that_work() {
    let crowd = Crowd::gather().await;
    let mut number = 0;
    let mut talks = Vec::new();
    for _ in 0..5 {
        let conversation = crowd.write("oak", "hello").await;
        for _ in 0..limits::CHANNELS {
            number += 1;
            let id = crowd.add("oak", Some(conversation), number, &format!("dead-{number}.example")).await;
            let state = ChannelState {
                health: ChannelHealth::default(),
                failures: 1,
                failing_since: Some(UnixMillis(1)),
                told_since: None,
            };
            crowd.house.relay.store.set_state(id, state).await.expect("writes");
        }
        talks.push(conversation);
    }
    crowd.add("elm", None, 999, "well.example").await;
    crowd.hook.hang("dead-");
    for conversation in talks {
        crowd.answer("oak", conversation).await;
    }
    crowd.until_hanging(crate::limits::CHANNELS_AT_ONCE_FAILING).await;
    crowd.write("elm", "anybody?").await;
    assert_eq!(crowd.hook.until(1).await[0].bodies(), ["anybody?"]);
    assert_eq!(crowd.hook.hanging(), crate::limits::CHANNELS_AT_ONCE_FAILING, "the others wait for these");
}

#[tokio::test]
async fn one_that_hangs_does_not_put_off_what_is_due_for_another_in_a_moment() {
    let crowd = Crowd::gather().await;
    crowd.add("oak", None, 1, "dead.example").await;
    crowd.add("elm", None, 2, "well.example").await;
    crowd.hook.hang("dead.example");
    crowd.write("oak", "is anybody there?").await;
    crowd.until_hanging(1).await;
    // It is tried again after a second, whatever hangs meanwhile.
    crowd.hook.fail([Failure::later("It is busy.")]);
    crowd.write("elm", "hello").await;
    assert_eq!(crowd.hook.until(1).await[0].bodies(), ["hello"]);
    assert_eq!(crowd.hook.hanging(), 1);
}
