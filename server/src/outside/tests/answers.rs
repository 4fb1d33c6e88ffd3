//! What comes back from outside.

use super::scene::{MAIL, Scene, at_once, mail, problem_of, refused, until_some};
use crate::{
    outside::opened,
    testing::{House, message_id, stranger},
};
use shopbell_channels::{Ears, Held, Said, Verdict};
use shopbell_protocol::{ChannelKind, ErrorCode, OwnerFrame, RelayFrame, Seq, Side, VisitorFrame};

#[tokio::test]
async fn an_answer_from_outside_is_taken_once() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    assert_eq!(scene.handed().await, Seq(1));
    let ears = scene.ears();
    let (known, seq) = ears.reference(ChannelKind::Email, "far 1").await.expect("asked").expect("known");
    assert_eq!((known.channel, known.side, seq), (MAIL, Side::Owner, Seq(1)));
    assert_eq!(known.conversation, Some(scene.conversation()));
    let first = ears.say(scene.said("<a@x>", "Yes, all of it.")).await.expect("kept");
    let again = ears.say(scene.said("<a@x>", "Yes, all of it.")).await.expect("kept");
    assert!(matches!(first, Verdict::Kept(_)));
    assert_eq!(first, again);
    assert_eq!(ears.say(scene.said("<a@x>", "other words")).await.expect("asked"), Verdict::TakenBefore);
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes, all of it."]);
    let body = scene
        .visitor
        .hear_first(|frame| match frame {
            RelayFrame::Message { message, .. } => Some((message.from, message.body)),
            _ => None,
        })
        .await;
    assert_eq!(body, (Side::Owner, "Yes, all of it.".into()));
    let empty = ears.say(scene.said("<b@x>", "  ")).await.expect("asked");
    assert_eq!(empty, Verdict::Refused(ErrorCode::Empty));
}

/// Somebody answers at once, or the relay died before it heard that its letter was taken.
#[tokio::test]
async fn an_answer_finds_back_also_to_what_is_not_known_to_be_handed_over() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.mail.fail_always(Some(refused().maybe_taken()));
    scene.write("is it oak?").await;
    let key = format!("promised {MAIL}-{}-1-1", scene.conversation());
    let ears = scene.ears();
    let (known, seq) =
        until_some(async || ears.reference(ChannelKind::Email, &key).await.expect("asked")).await;
    assert_eq!((known.conversation, seq), (Some(scene.conversation()), Seq(1)));
    assert!(scene.mail.taken().is_empty());
}

#[tokio::test]
async fn a_channel_shows_what_of_its_owners_words_the_visitor_has_opened() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    scene.handed().await;
    let ears = scene.ears();
    let said = |name: &str, body: &str| Said { name: Some(name.into()), ..scene.said(name, body) };
    ears.say(said("mine 2", "Yes, all of it.")).await.expect("kept");
    scene.visitor.say(&VisitorFrame::Received { upto: Seq(2) }).await;
    scene.visitor.say(&VisitorFrame::Opened { upto: Seq(2) }).await;
    until_some(async || (scene.mail.seen() == ["mine 2"]).then_some(())).await;
    // The visitor looks on, and has opened this one before its name is noted.
    ears.say(scene.said("<c@x>", "And oiled.")).await.expect("kept");
    scene.visitor.say(&VisitorFrame::Opened { upto: Seq(3) }).await;
    scene.visitor.hear_rest().await;
    let store = &scene.house.relay.store;
    let channel = store.channel(MAIL).await.expect("reads").expect("a channel");
    let (late, at) = (("mine 3".into(), Seq(3)), scene.house.relay.clock.now());
    opened::said(&scene.house.relay, &channel, scene.conversation(), late, at).await.expect("writes");
    until_some(async || scene.mail.seen().contains(&"mine 3".to_owned()).then_some(())).await;
    // A reply to one's own words opens nothing that one has not read.
    scene.write("thanks").await;
    let (known, seq) = ears.reference(ChannelKind::Email, "mine 3").await.expect("asked").expect("known");
    assert_eq!((known.conversation, seq), (Some(scene.conversation()), Seq::NONE));
}

#[tokio::test]
async fn no_channel_speaks_in_a_conversation_that_is_not_its_own() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("mine").await;
    let other = stranger();
    let mut at_elm = scene.house.visitor("elm", &other).await;
    at_elm.send(message_id(), "at another shop").await;
    let ears = scene.ears();
    let said = Said { conversation: other.conversation, ..scene.said("<a@x>", "not mine to say") };
    let refused = Verdict::Refused(ErrorCode::NoSuchConversation);
    assert_eq!(ears.say(said).await.expect("asked"), refused);
    let held = Held {
        channel: MAIL,
        conversation: other.conversation,
        external: "<b@x>".into(),
        from: "x".into(),
        reason: "x".into(),
        body: "x".into(),
        pictures: Vec::new(),
    };
    ears.hold(held).await.expect("asked");
    assert_eq!(scene.house.relay.store.count_held(&House::shop("elm")).await.expect("reads"), 0);
    ears.opened(MAIL, other.conversation, Seq(1)).await.expect("asked");
    let kept = scene.house.relay.store.conversation(&House::shop("elm"), other.conversation).await;
    assert_eq!(kept.expect("reads").expect("a conversation").owner_receipt.opened, Seq::NONE);
}

#[tokio::test]
async fn a_held_answer_is_sent_only_by_the_owners_word() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    let held = |external: &str, body: &str| Held {
        channel: MAIL,
        conversation: scene.conversation(),
        external: external.into(),
        from: "maya@oak.example".into(),
        reason: "It is not proven to be yours.".into(),
        body: body.into(),
        pictures: Vec::new(),
    };
    let (ears, right, wrong) = (scene.ears(), held("<a@x>", "Yes."), held("<b@x>", "Send money."));
    ears.hold(wrong).await.expect("held");
    ears.hold(right).await.expect("held");
    assert_eq!(scene.bodies().await, ["is it oak?"]);
    scene.owner.say(&OwnerFrame::Held {}).await;
    let shown = |frame| match frame {
        RelayFrame::Held { replies } => Some(replies),
        _ => None,
    };
    let replies = scene.owner.hear_first(shown).await;
    let find = |body: &str| replies.iter().find(|reply| reply.body == body).expect("shown").held;
    let (yes, money) = (find("Yes."), find("Send money."));
    let cookie = scene.house.sign_in("elm").await;
    let mut stranger = scene.house.owner(&cookie).await;
    for frame in [OwnerFrame::Release { held: yes }, OwnerFrame::Discard { held: yes }] {
        stranger.say(&frame).await;
        assert_eq!(stranger.hear_first(problem_of).await, ErrorCode::NoSuchChannel);
    }
    stranger.say(&OwnerFrame::Held {}).await;
    assert_eq!(stranger.hear_first(shown).await, []);
    scene.owner.say(&OwnerFrame::Release { held: yes }).await;
    scene.owner.say(&OwnerFrame::Discard { held: money }).await;
    scene.owner.hear_rest().await;
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes."]);
    assert_eq!(scene.house.relay.store.count_held(&House::shop("oak")).await.expect("reads"), 0);
}
