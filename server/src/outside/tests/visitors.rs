//! A visitor who has left is written to.

use super::{
    super::address_of,
    scene::{Scene, until_some},
};
use crate::testing::{House, message_id};
use shopbell_channels::{Ears, Said, Verdict};
use shopbell_protocol::{ChannelId, ChannelKind, ChannelRule, RelayFrame, Side, VisitorFrame};

#[tokio::test]
async fn a_visitor_who_has_left_gets_the_answer_by_mail_and_comes_back() {
    let mut scene = Scene::begin_with(|config| config.channels.visitor_mail_after_minutes = 0).await;
    scene.write("is it oak?").await;
    let left = |frame| match frame {
        RelayFrame::Address { email, refused } => Some((email, refused)),
        _ => None,
    };
    scene.visitor.say(&VisitorFrame::Address { email: "nonsense".into() }).await;
    assert_eq!(scene.visitor.hear_first(left).await, (None, true));
    scene.visitor.say(&VisitorFrame::Address { email: " tom@post.example ".into() }).await;
    assert_eq!(scene.visitor.hear_first(left).await, (Some("tom@post.example".into()), false));
    let mut again = scene.house.socket("visitor", None).await;
    again.say(&crate::testing::hello("oak", &scene.credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.hear().await else { panic!("a welcome") };
    assert_eq!((welcome.can_mail, welcome.email.as_deref()), (true, Some("tom@post.example")));
    drop(again);
    let conversation = scene.conversation();
    scene.visitor.close().await;
    scene.answer("Yes, all of it.").await;
    let taken = scene.mail.until(1).await.remove(0);
    assert_eq!((taken.words().to, taken.bodies()), (Side::Visitor, vec!["Yes, all of it."]));
    assert_eq!(taken.words().before[0].body, "is it oak?");
    assert_eq!(taken.memo, None);

    // The private link opens the conversation, on a device that has nothing else.
    let link = taken.words().link.clone();
    let client = House::client();
    let page = client.get(&link).send().await.expect("an answer");
    assert_eq!(page.status(), 303, "{link}");
    let key = link.rsplit_once('/').expect("a key").1;
    let credential = crate::secrets::parse_key(key).expect("a key");
    assert_eq!(credential.conversation, conversation);
    let mut elsewhere = scene.house.visitor("oak", &credential).await;
    let kept = elsewhere.send(message_id(), "thank you!").await;
    assert!(matches!(kept, RelayFrame::Kept { .. }), "{kept:?}");

    // And their mailed answer comes back too, as theirs.
    let ears = scene.ears();
    let (known, _) =
        until_some(async || ears.reference(ChannelKind::Email, "far 1").await.expect("asked")).await;
    assert_eq!(known.side, Side::Visitor);
    let said = Said { channel: known.channel, ..scene.said("<c@x>", "by mail") };
    assert!(matches!(ears.say(said).await.expect("asked"), Verdict::Kept(_)));
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes, all of it.", "thank you!", "by mail"]);

    // No more mail: asked first, and then the link is over too.
    let stop = taken.words().stop_link.clone().expect("a way out");
    let asked = client.get(&stop).send().await.expect("an answer").text().await.expect("a text");
    assert!(asked.contains("tom@post.example") && asked.contains("No more mail"), "{asked}");
    let foreign = client.post(format!("{}x", &stop[..stop.len() - 1])).send().await.expect("an answer");
    assert_eq!(foreign.status(), 404);
    let done = client.post(&stop).send().await.expect("an answer").text().await.expect("a text");
    assert!(done.contains("No more mail"), "{done}");
    assert_eq!(client.get(&link).send().await.expect("an answer").status(), 404);
    let left = address_of(&scene.house.relay, &House::shop("oak"), conversation).await;
    assert_eq!(left.expect("reads"), None);
}

#[tokio::test]
async fn a_visitor_leaves_an_address_without_any_script() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    let key = crate::secrets::key(&scene.credential);
    let post = |email: &'static str| {
        House::client()
            .post(format!("{}/talk/oak", scene.house.origin))
            .header("origin", &scene.house.origin)
            .header("cookie", format!("shopbell-visitor={key}"))
            .form(&[("email", email)])
            .send()
    };
    assert_eq!(post("tom@post.example").await.expect("an answer").status(), 303);
    let stands = address_of(&scene.house.relay, &House::shop("oak"), scene.conversation()).await;
    assert_eq!(stands.expect("reads").as_deref(), Some("tom@post.example"));
    let refused = post("nonsense").await.expect("an answer");
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a text").contains("Please check it"));
    assert_eq!(post("").await.expect("an answer").status(), 303);
    let stands = address_of(&scene.house.relay, &House::shop("oak"), scene.conversation()).await;
    assert_eq!(stands.expect("reads"), None);
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_an_address_that_strangers_leave() {
    let mut scene = Scene::begin_with(|config| config.channels.visitor_mail_after_minutes = 0).await;
    scene.write("is it oak?").await;
    scene.visitor.say(&VisitorFrame::Address { email: "victim@post.example".into() }).await;
    scene.visitor.hear_first(|frame| matches!(frame, RelayFrame::Address { .. }).then_some(())).await;
    scene.visitor.close().await;
    for _ in 0..crate::limits::LETTERS_PER_HOUR {
        assert!(scene.house.relay.guard.letter("Victim+1@post.example").is_ok());
    }
    scene.answer("one").await;
    let relay = &scene.house.relay;
    let channels = relay.store.channels_of(&House::shop("oak"), scene.conversation()).await.expect("reads");
    let is_put_off = async || {
        let now = relay.clock.now();
        let next = relay.store.next_due(now).await.expect("reads");
        next.filter(|next| next.0 > now.0 + 60_000)
    };
    until_some(is_put_off).await;
    assert_eq!((channels.len(), scene.mail.taken().len()), (1, 0), "it waits, and is not lost");
}

#[tokio::test]
async fn who_takes_their_address_away_has_none_left() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    let relay = &scene.house.relay;
    // As when two devices leave one at the same moment.
    for number in 1..3 {
        let mailbox = shopbell_channels::email::Mailbox { address: format!("tom{number}@post.example") };
        let target = shopbell_channels::Target::Email(mailbox);
        let channel = shopbell_store::NewChannel {
            id: ChannelId::new(number, [number as u8; 10]),
            shop: House::shop("oak"),
            conversation: Some(scene.conversation()),
            kind: ChannelKind::Email,
            label: format!("tom{number}@post.example"),
            far: target.far(),
            target: shopbell_store::Target(serde_json::to_string(&target).expect("JSON")),
            rule: ChannelRule::default(),
            at: relay.clock.now(),
        };
        relay.store.add_channel(channel).await.expect("writes");
    }
    scene.visitor.say(&VisitorFrame::Address { email: String::new() }).await;
    scene.visitor.hear_first(|frame| matches!(frame, RelayFrame::Address { .. }).then_some(())).await;
    let left = relay.store.channels_of(&House::shop("oak"), scene.conversation()).await.expect("reads");
    assert_eq!(left.len(), 0);
}
