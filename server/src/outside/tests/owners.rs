//! What owners do with their channels.

use super::scene::{MAIL, Scene, at_once, mail, problem_of};
use crate::testing::House;
use shopbell_channels::{Ears, Failure, Notice, Target, sms};
use shopbell_protocol::{ErrorCode, NewChannel, OwnerFrame, RelayFrame};

#[tokio::test]
async fn the_test_button_does_the_real_thing() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let tried = |frame| match frame {
        RelayFrame::ChannelTried { channel, problem } => Some((channel, problem)),
        _ => None,
    };
    scene.owner.say(&OwnerFrame::TestChannel { channel: MAIL }).await;
    assert_eq!(scene.owner.hear_first(tried).await, (MAIL, None));
    assert!(matches!(scene.mail.taken()[0].notice, Notice::Test { .. }));
    scene.mail.fail([Failure::later("The password is not accepted.")]);
    scene.owner.say(&OwnerFrame::TestChannel { channel: MAIL }).await;
    let problem = Some("The password is not accepted.".to_owned());
    assert_eq!(scene.owner.hear_first(tried).await, (MAIL, problem));
}

#[tokio::test]
async fn a_channel_is_of_its_own_shop_only() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let cookie = scene.house.sign_in("elm").await;
    let mut stranger = scene.house.owner(&cookie).await;
    for frame in [
        OwnerFrame::AddChannel { channel: MAIL, target: mail(), rule: at_once() },
        OwnerFrame::EditChannel { channel: MAIL, rule: at_once() },
        OwnerFrame::RemoveChannel { channel: MAIL },
        OwnerFrame::TestChannel { channel: MAIL },
    ] {
        stranger.say(&frame).await;
        assert_eq!(stranger.hear_first(problem_of).await, ErrorCode::NoSuchChannel, "{frame:?}");
    }
    stranger.say(&OwnerFrame::OrderChannels { channels: vec![MAIL] }).await;
    stranger.say(&OwnerFrame::Channels {}).await;
    let shown = stranger
        .hear_first(|frame| match frame {
            RelayFrame::Channels { channels, .. } => Some(channels),
            _ => None,
        })
        .await;
    assert_eq!(shown, []);
    assert_eq!(scene.mail.taken().len(), 0);
    assert_eq!(scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_an_address_is_refused_with_a_sentence() {
    let mut scene = Scene::begin().await;
    let target = NewChannel::Email { address: "not an address".into() };
    scene.owner.say(&OwnerFrame::AddChannel { channel: MAIL, target, rule: at_once() }).await;
    let problem = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::ChannelTried { problem, .. } => problem,
            _ => None,
        })
        .await;
    assert!(problem.contains("no e-mail address"), "{problem}");
    let target = NewChannel::Ntfy { url: "https://ntfy.example/oak".into(), token: None };
    scene.owner.say(&OwnerFrame::AddChannel { channel: MAIL, target, rule: at_once() }).await;
    let code = scene.owner.hear_first(problem_of).await;
    assert_eq!(code, ErrorCode::NoSuchChannel, "the relay is not set up for it");
}

#[tokio::test]
async fn a_chat_is_linked_by_a_code_once() {
    let mut scene = Scene::begin().await;
    scene.owner.say(&OwnerFrame::LinkCode {}).await;
    let code = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::LinkCode { code, .. } => Some(code),
            _ => None,
        })
        .await;
    let target = || Target::Sms(sms::Phone { number: "+351912345678".into() });
    let ears = scene.ears();
    assert_eq!(ears.link("nonsense", target()).await.expect("asked"), None);
    assert_eq!(ears.link(&code, target()).await.expect("asked").as_deref(), Some("The oak"));
    assert_eq!(ears.link(&code, target()).await.expect("asked"), None);
    assert_eq!(scene.channels().await.len(), 1);
}
