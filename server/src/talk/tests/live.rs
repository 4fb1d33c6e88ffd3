//! The main job: a visitor and an owner talk, live, on several devices.

use crate::testing::{House, message_id, stranger};
use shopbell_protocol::{
    CloseCode, ErrorCode, OwnerFrame, Page, Place, Receipt, RelayFrame, Seq, Side, VisitorFrame,
};

fn message(frame: RelayFrame) -> Option<(Seq, Side, String)> {
    match frame {
        RelayFrame::Message { message, .. } => Some((message.seq, message.from, message.body)),
        _ => None,
    }
}

#[tokio::test]
async fn a_visitor_and_the_owner_talk() {
    let house = House::open().await;
    let visitor = stranger();
    let conversation = visitor.conversation;
    let mut phone = house.owner(&house.sign_in("oak").await).await;
    let mut bell = house.visitor("oak", &visitor).await;
    let kept = bell.send(message_id(), "Is the oak table still there?").await;
    assert!(matches!(kept, RelayFrame::Kept { seq: Seq(1), .. }), "{kept:?}");

    let line = phone
        .hear_first(|frame| match frame {
            RelayFrame::Changed { summary } => Some(summary),
            _ => None,
        })
        .await;
    assert_eq!((line.conversation, line.unread, line.visitor_here), (conversation, 1, true));
    phone.say(&OwnerFrame::Watch { conversation, after: Seq::NONE }).await;
    let history = phone
        .hear_first(|frame| match frame {
            RelayFrame::History { slice, .. } => Some(slice),
            _ => None,
        })
        .await;
    assert_eq!(history.messages.len(), 1);

    phone.say(&OwnerFrame::Opened { conversation, upto: Seq(1) }).await;
    let receipt = bell
        .hear_first(|frame| match frame {
            RelayFrame::Receipt { side: Side::Owner, receipt, .. } => Some(receipt),
            _ => None,
        })
        .await;
    assert_eq!(receipt, Receipt { handed: Seq(1), opened: Seq(1) });

    phone.say(&OwnerFrame::Typing { conversation, active: true }).await;
    bell.hear_first(|frame| {
        matches!(frame, RelayFrame::Typing { side: Side::Owner, active: true, .. }).then_some(())
    })
    .await;
    phone.say(&OwnerFrame::Send { conversation, id: message_id(), body: "It is!".into() }).await;
    let heard = bell.hear_first(message).await;
    assert_eq!(heard, (Seq(2), Side::Owner, "It is!".into()));
    // The owner's own device hears that it is kept, and not its own message.
    let answer =
        phone.hear_first(|frame| (!matches!(frame, RelayFrame::Receipt { .. })).then_some(frame)).await;
    assert!(matches!(answer, RelayFrame::Kept { .. } | RelayFrame::Changed { .. }), "{answer:?}");
}

#[tokio::test]
async fn every_other_device_hears_a_message_once_and_its_own_none() {
    let house = House::open().await;
    let visitor = stranger();
    let mut first = house.visitor("oak", &visitor).await;
    let mut second = house.visitor("oak", &visitor).await;
    let id = message_id();
    first.send(id, "one").await;
    assert_eq!(second.hear_first(message).await.2, "one");
    let again = first.send(id, "one").await;
    assert!(matches!(again, RelayFrame::Kept { seq: Seq(1), .. }), "sent again: the same answer");
    let other = first.send(id, "another").await;
    assert!(
        matches!(&other, RelayFrame::Refused { problem, .. } if problem.code == ErrorCode::IdReused),
        "{other:?}"
    );
    assert!(second.hear_rest().await.is_empty(), "what was sent again is told to nobody");
    assert!(first.hear_rest().await.is_empty());
}

#[tokio::test]
async fn messages_come_in_the_order_of_their_places() {
    let house = House::open_with(|config| config.limits.visitor_sends_per_minute = 0).await;
    let visitor = stranger();
    let mut first = house.visitor("oak", &visitor).await;
    let mut second = house.visitor("oak", &visitor).await;
    for n in 0..100 {
        first.say(&VisitorFrame::Send { id: message_id(), body: n.to_string() }).await;
    }
    for n in 0..100_u32 {
        assert_eq!(second.hear_first(message).await, (Seq(n + 1), Side::Visitor, n.to_string()));
    }
}

#[tokio::test]
async fn nothing_is_kept_before_the_first_message() {
    let house = House::open().await;
    let visitor = stranger();
    let mut bell = house.visitor("oak", &visitor).await;
    let page = Page { url: "https://oak.example/table".into(), title: "Table".into() };
    bell.say(&VisitorFrame::Visit { page: page.clone() }).await;
    bell.say(&VisitorFrame::Opened { upto: Seq(1) }).await;
    bell.say(&VisitorFrame::Typing { active: true }).await;
    assert!(bell.hear_rest().await.is_empty());
    let (store, shop) = (&house.relay.store, House::shop("oak"));
    assert_eq!(store.conversation(&shop, visitor.conversation).await.expect("read"), None);
    assert!(store.visits(&shop, visitor.conversation).await.expect("read").is_empty());
    bell.send(message_id(), "now").await;
    let line = store.summary(&shop, visitor.conversation).await.expect("read").expect("there");
    assert_eq!(line.page, Some(page), "and then the page it began on is known");
}

#[tokio::test]
async fn an_ended_session_is_closed_at_once_and_stays_out() {
    let house = House::open().await;
    let (old, new) = (house.sign_in("oak").await, house.sign_in("oak").await);
    let mut lost_phone = house.owner(&old).await;
    let mut phone = house.owner(&new).await;
    phone.say(&OwnerFrame::Sessions {}).await;
    let sessions = phone
        .hear_first(|frame| match frame {
            RelayFrame::Sessions { sessions } => Some(sessions),
            _ => None,
        })
        .await;
    assert_eq!(sessions.iter().map(|session| session.this_one).collect::<Vec<_>>(), [true, false]);
    phone.say(&OwnerFrame::EndSession { session: sessions[1].session }).await;
    assert_eq!(lost_phone.closed().await.1, CloseCode::SignedOut as u16);
    assert_eq!(house.exchange("owner", Some(&old), r#"[{"hello":{}}]"#).await.0, 401);
    assert_eq!(house.exchange("owner", Some(&new), r#"[{"hello":{}}]"#).await.0, 200);
}

#[tokio::test]
async fn going_down_answers_first_what_was_taken() {
    let house = House::open().await;
    let mut bell = house.visitor("oak", &stranger()).await;
    for _ in 0..20 {
        bell.say(&VisitorFrame::Send { id: message_id(), body: "before".into() }).await;
    }
    // The first is kept: all that came before it in the queue was taken.
    bell.hear_first(|frame| matches!(frame, RelayFrame::Kept { seq: Seq(1), .. }).then_some(())).await;
    house.relay.hub.close();
    let (heard, code) = bell.closed().await;
    assert_eq!(code, CloseCode::GoingAway as u16);
    let kept = heard.iter().filter(|frame| matches!(frame, RelayFrame::Kept { .. })).count() + 1;
    house.relay.hub.emptied().await;
    house.relay.store.close().await;
    assert!(kept >= 1);
    assert!(heard.iter().all(|frame| matches!(frame, RelayFrame::Kept { .. })), "{heard:?}");
}

#[tokio::test]
async fn an_exchange_is_a_socket_that_lives_for_one_request() {
    let house = House::open().await;
    let (visitor, id) = (stranger(), message_id());
    let frames = serde_json::to_string(&[
        crate::testing::hello("oak", &visitor),
        VisitorFrame::Send { id, body: "by http".into() },
        VisitorFrame::Ping {},
    ])
    .expect("JSON");
    let (status, heard) = house.exchange("visitor", None, &frames).await;
    assert_eq!(status, 200);
    assert!(matches!(heard[0], RelayFrame::VisitorWelcome(_)), "{heard:?}");
    assert!(heard.iter().any(|frame| matches!(frame, RelayFrame::Kept { seq: Seq(1), .. })), "{heard:?}");
    assert!(heard.contains(&RelayFrame::Pong {}));

    let cookie = house.sign_in("oak").await;
    let conversation = visitor.conversation;
    let answer = serde_json::to_string(&[
        OwnerFrame::Hello {},
        OwnerFrame::Send { conversation, id: message_id(), body: "by http too".into() },
    ])
    .expect("JSON");
    let (_, heard) = house.exchange("owner", Some(&cookie), &answer).await;
    assert!(heard.iter().any(|frame| matches!(frame, RelayFrame::Kept { seq: Seq(2), .. })), "{heard:?}");
    let (_, heard) = house.exchange("visitor", None, &frames).await;
    let RelayFrame::VisitorWelcome(welcome) = &heard[0] else { panic!("{heard:?}") };
    assert_eq!(welcome.slice.messages.len(), 2);
}

#[tokio::test]
async fn an_owner_who_comes_hears_of_what_nobody_has_taken_notice_of() {
    let house = House::open().await;
    let visitor = stranger();
    house.visitor("oak", &visitor).await.send(message_id(), "Anybody there?").await;
    let session = house.sign_in("oak").await;
    let unheard = async || {
        let mut phone = house.owner(&session).await;
        phone.say(&OwnerFrame::Ping {}).await;
        let mut lines = Vec::new();
        loop {
            match phone.hear().await {
                RelayFrame::Changed { summary } => lines.push(summary.conversation),
                RelayFrame::Pong {} => return (phone, lines),
                _ => {}
            }
        }
    };
    let (mut phone, lines) = unheard().await;
    assert_eq!(lines, [visitor.conversation]);
    let places = vec![Place { conversation: visitor.conversation, upto: Seq(1) }];
    phone.say(&OwnerFrame::Received { places: places.clone() }).await;
    let noted = |frame| if let RelayFrame::Received { places } = frame { Some(places) } else { None };
    assert_eq!(phone.hear_first(noted).await, places);
    let (_phone, lines) = unheard().await;
    assert_eq!(lines, [], "it is heard of now");
}
