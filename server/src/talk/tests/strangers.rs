//! Who is not let in: other secrets, other shops, no session, foreign pages.

use crate::testing::{House, Socket, hello, message_id, stranger};
use shopbell_protocol::{
    CloseCode, Credential, ErrorCode, ListFilter, OwnerFrame, Place, Problem, RelayFrame, Secret, Seq,
    SessionId, VisitorFrame,
};
use tokio_tungstenite::tungstenite::Error;

const REFUSED: u16 = CloseCode::Refused as u16;

async fn refusal(mut socket: Socket, frame: &VisitorFrame) -> (ErrorCode, u16) {
    socket.say(frame).await;
    let (heard, code) = socket.closed().await;
    match heard.as_slice() {
        [RelayFrame::Problem(problem)] => (problem.code, code),
        other => panic!("{other:?}"),
    }
}

/// A conversation of `oak`'s with one message in it.
async fn conversation(house: &House) -> Credential {
    let visitor = stranger();
    house.visitor("oak", &visitor).await.send(message_id(), "a secret").await;
    visitor
}

#[tokio::test]
async fn another_secret_is_refused_and_hears_nothing() {
    let house = House::open().await;
    let visitor = conversation(&house).await;
    let thief = Credential { secret: stranger().secret, ..visitor };
    let refused = refusal(house.socket("visitor", None).await, &hello("oak", &thief)).await;
    assert_eq!(refused, (ErrorCode::NotYours, REFUSED));
    let frames = serde_json::to_string(&[hello("oak", &thief)]).expect("JSON");
    assert_eq!(house.exchange("visitor", None, &frames).await.0, 403);
}

#[tokio::test]
async fn what_is_no_secret_is_refused() {
    let house = House::open().await;
    let secret: Secret = serde_json::from_str("\"short\"").expect("any text is read");
    let visitor = Credential { secret, ..stranger() };
    let refused = refusal(house.socket("visitor", None).await, &hello("oak", &visitor)).await;
    assert_eq!(refused, (ErrorCode::NotYours, REFUSED));
}

#[tokio::test]
async fn a_shop_that_is_not_there_is_said_so() {
    let house = House::open().await;
    let refused = refusal(house.socket("visitor", None).await, &hello("ash", &stranger())).await;
    assert_eq!(refused, (ErrorCode::NoSuchShop, REFUSED));
}

#[tokio::test]
async fn a_visitor_reaches_no_conversation_through_another_shop() {
    let house = House::open().await;
    let visitor = conversation(&house).await;
    let mut bell = house.socket("visitor", None).await;
    bell.say(&hello("elm", &visitor)).await;
    let RelayFrame::VisitorWelcome(welcome) = bell.hear().await else { panic!("no welcome") };
    assert!(welcome.slice.messages.is_empty());
    bell.say(&VisitorFrame::After { seq: Seq::NONE }).await;
    let RelayFrame::History { slice, .. } = bell.hear().await else { panic!("no history") };
    assert!(slice.messages.is_empty());
    let answer = bell.send(message_id(), "let me in").await;
    assert!(
        matches!(&answer, RelayFrame::Refused { problem, .. } if problem.code == ErrorCode::NotYours),
        "{answer:?}"
    );
}

#[tokio::test]
async fn whoever_waits_for_a_conversation_to_begin_is_put_out_when_it_does() {
    let house = House::open().await;
    let visitor = stranger();
    let thief = Credential { secret: stranger().secret, ..visitor.clone() };
    let mut lurker = house.visitor("oak", &thief).await;
    let mut bell = house.visitor("oak", &visitor).await;
    bell.send(message_id(), "for Maya only").await;
    let (heard, code) = lurker.closed().await;
    assert_eq!((heard, code), (Vec::new(), REFUSED));
}

#[tokio::test]
async fn an_owner_without_a_session_hears_that_and_nothing_else() {
    let house = House::open().await;
    for cookie in
        [None, Some("shopbell-owner=nonsense".to_owned()), Some(format!("shopbell-owner={}", "a".repeat(64)))]
    {
        for frame in [r#"{"hello":{}}"#, r#"{"sessions":{}}"#] {
            let mut socket = house.socket("owner", cookie.as_deref()).await;
            socket.say_text(frame).await;
            let (heard, code) = socket.closed().await;
            let signed_out = RelayFrame::Problem(Problem::new(ErrorCode::SignedOut));
            assert_eq!((heard, code), (vec![signed_out], CloseCode::SignedOut as u16));
        }
    }
}

#[tokio::test]
async fn no_frame_of_an_owners_reaches_another_shop() {
    let house = House::open().await;
    let visitor = conversation(&house).await;
    let conversation = visitor.conversation;
    let mut bell = house.visitor("oak", &visitor).await;
    let oaks = house.sign_in("oak").await;
    let mut oak = house.owner(&oaks).await;
    oak.say(&OwnerFrame::Sessions {}).await;
    let session: SessionId = oak
        .hear_first(|frame| match frame {
            RelayFrame::Sessions { sessions } => Some(sessions[0].session),
            _ => None,
        })
        .await;
    let mut elm = house.owner(&house.sign_in("elm").await).await;
    let (id, seq) = (message_id(), Seq::NONE);
    let frames = [
        OwnerFrame::List { filter: ListFilter::Open, search: Some("secret".into()), cursor: None },
        OwnerFrame::Watch { conversation, after: seq },
        OwnerFrame::Send { conversation, id, body: "I am not Maya".into() },
        OwnerFrame::Received { places: vec![Place { conversation, upto: Seq(1) }] },
        OwnerFrame::Opened { conversation, upto: Seq(1) },
        OwnerFrame::Typing { conversation, active: true },
        OwnerFrame::Before { conversation, seq: Seq(9) },
        OwnerFrame::After { conversation, seq },
        OwnerFrame::Name { conversation, name: "Mine".into() },
        OwnerFrame::Close { conversation, closed: true },
        OwnerFrame::EndSession { session },
    ];
    for frame in &frames {
        elm.say(frame).await;
    }
    // The answer to the send comes from the store, so it is waited for by itself.
    let mut heard = Vec::new();
    while !heard.iter().any(|frame| matches!(frame, RelayFrame::Refused { .. })) {
        heard.push(elm.hear().await);
    }
    heard.extend(elm.hear_rest().await);
    for frame in &heard {
        match frame {
            RelayFrame::Conversations { conversations, .. } => assert!(conversations.is_empty()),
            RelayFrame::Problem(problem) | RelayFrame::Refused { problem, .. } => {
                assert_eq!(problem.code, ErrorCode::NoSuchConversation, "{frame:?}");
            }
            RelayFrame::Sessions { sessions } => {
                assert!(sessions.iter().all(|seen| seen.session != session), "{frame:?}");
            }
            // No more than its own words, as for a conversation that does not exist.
            RelayFrame::Received { places } => assert_eq!(places[..], [Place { conversation, upto: Seq(1) }]),
            other => panic!("{other:?}"),
        }
    }
    let problems = heard.iter().filter(|frame| matches!(frame, RelayFrame::Problem(_))).count();
    assert_eq!(problems, 5, "watch, before, after, name, close: {heard:?}");
    let told = bell.hear_rest().await;
    let is_presence = |frame: &RelayFrame| {
        matches!(frame, RelayFrame::OwnerPresence { .. } | RelayFrame::VisitorPresence { .. })
    };
    assert!(told.iter().all(is_presence), "the visitor hears nothing of it: {told:?}");
    assert!(oak.hear_rest().await.iter().all(is_presence), "nor does the owner, who is still signed in");
    let kept =
        house.relay.store.summary(&House::shop("oak"), conversation).await.expect("read").expect("there");
    assert_eq!((kept.name, kept.closed, kept.unread, kept.last_seq), (None, false, 1, Seq(1)));
}

#[tokio::test]
async fn foreign_pages_and_other_protocols_get_no_socket() {
    let house = House::open().await;
    let own = house.origin.as_str();
    for (origin, protocol, status) in
        [("https://oak.example", "shopbell.v1", 403), ("null", "shopbell.v1", 403), (own, "shopbell.v0", 400)]
    {
        match house.try_socket("visitor", None, origin, protocol).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{origin} {protocol}"),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("{origin} {protocol} was let in"),
        }
    }
}

#[tokio::test]
async fn a_session_that_gives_way_to_newer_ones_is_out() {
    let house = House::open_with(|config| config.limits.address_sign_ins_per_minute = 0).await;
    let first = house.sign_in("oak").await;
    let mut phone = house.owner(&first).await;
    for _ in 0..shopbell_store::limits::SESSIONS_PER_SHOP {
        house.sign_in("oak").await;
    }
    assert_eq!(phone.closed().await.1, CloseCode::SignedOut as u16);
}

#[tokio::test]
async fn a_link_of_another_shops_changes_the_inbox_only_when_the_owner_wants_it() {
    let house = House::open().await;
    let oaks = house.sign_in("oak").await;
    let mut phone = house.owner(&oaks).await;
    let code = house.code("elm").await;
    let sign_in = async |replace: bool| {
        let request = House::client().post(format!("{}/inbox/sign-in", house.origin));
        let request = request.header("origin", &house.origin).header("cookie", &oaks);
        let body = serde_json::json!({ "code": code, "replace": replace });
        request.json(&body).send().await.expect("an answer")
    };
    let asked = sign_in(false).await;
    assert_eq!(asked.status(), 409);
    assert!(asked.headers().get("set-cookie").is_none());
    assert_eq!(sign_in(true).await.status(), 200, "the link was not used up by the question");
    assert_eq!(phone.closed().await.1, CloseCode::SignedOut as u16, "the session of before is over");
}

#[tokio::test]
async fn one_address_begins_so_many_conversations_and_goes_on_with_them() {
    let house = House::open_with(|config| config.limits.address_begins_per_minute = 2).await;
    let known = stranger();
    let mut bell = house.visitor("oak", &known).await;
    assert!(matches!(bell.send(message_id(), "one").await, RelayFrame::Kept { .. }));
    house.visitor("oak", &stranger()).await.send(message_id(), "two").await;
    let third = house.visitor("oak", &stranger()).await.send(message_id(), "three").await;
    let RelayFrame::Refused { problem, .. } = third else { panic!("{third:?}") };
    assert_eq!(problem.code, ErrorCode::TooFast);
    assert!(matches!(bell.send(message_id(), "four").await, RelayFrame::Kept { .. }), "who is in is in");
}
