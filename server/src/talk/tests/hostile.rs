//! Input that no good client sends, and more of it than anybody should send.

use crate::testing::{House, hello, message_id, stranger};
use shopbell_protocol::{CloseCode, ErrorCode, RelayFrame, Seq, VisitorFrame, limits};

fn code(frame: &RelayFrame) -> Option<ErrorCode> {
    match frame {
        RelayFrame::Problem(problem) | RelayFrame::Refused { problem, .. } => Some(problem.code),
        _ => None,
    }
}

#[tokio::test]
async fn the_first_frame_is_hello_and_no_other_is() {
    let house = House::open().await;
    let mut early = house.socket("visitor", None).await;
    early.say(&VisitorFrame::Send { id: message_id(), body: "first".into() }).await;
    let (heard, closed) = early.closed().await;
    assert_eq!(code(&heard[0]), Some(ErrorCode::OutOfTurn));
    assert_eq!(closed, CloseCode::Refused as u16);

    let visitor = stranger();
    let mut twice = house.visitor("oak", &visitor).await;
    twice.say(&hello("oak", &visitor)).await;
    assert_eq!(code(&twice.hear().await), Some(ErrorCode::OutOfTurn));
    assert!(matches!(twice.send(message_id(), "still here").await, RelayFrame::Kept { .. }));
}

#[tokio::test]
async fn an_unknown_frame_never_ends_a_talk_and_nonsense_does() {
    let house = House::open().await;
    let mut bell = house.visitor("oak", &stranger()).await;
    for _ in 0..50 {
        bell.say_text(r#"{"sing":{"song":"la"}}"#).await;
        assert_eq!(code(&bell.hear().await), Some(ErrorCode::UnknownFrame));
    }
    bell.say_text(r#"{"ping":{"new_field":1}}"#).await;
    assert_eq!(bell.hear().await, RelayFrame::Pong {}, "unknown fields are ignored");
    for nonsense in
        ["", "{", "null", "[]", r#"{"send":{}}"#, r#"{"opened":{"upto":-1}}"#, r#"{"opened":{"upto":1e99}}"#]
    {
        bell.say_text(nonsense).await;
        assert_eq!(code(&bell.hear().await), Some(ErrorCode::BadFrame), "{nonsense}");
    }
    for _ in 0..20 {
        bell.say_bytes(b"\x00\xff").await;
    }
    assert_eq!(bell.closed().await.1, CloseCode::Nonsense as u16);
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_the_connection_with_its_code() {
    let house = House::open().await;
    let mut bell = house.visitor("oak", &stranger()).await;
    bell.say(&VisitorFrame::Send { id: message_id(), body: "x".repeat(limits::FRAME_BYTES) }).await;
    assert_eq!(bell.closed().await.1, CloseCode::TooBig as u16);
}

#[tokio::test]
async fn text_that_cannot_be_kept_is_refused_with_its_reason() {
    let house = House::open().await;
    let mut bell = house.visitor("oak", &stranger()).await;
    let long = "ß".repeat(limits::BODY_CHARS + 1);
    for (body, reason) in [
        ("", ErrorCode::Empty),
        (" \n ", ErrorCode::Empty),
        (long.as_str(), ErrorCode::TooLong),
        ("a\u{0}b", ErrorCode::BadText),
        ("a\u{1b}[31m", ErrorCode::BadText),
    ] {
        assert_eq!(code(&bell.send(message_id(), body).await), Some(reason), "{body:?}");
    }
    let wild = "\u{202e}<script>alert(1)</script>\u{1f469}\u{200d}\u{1f469}'; DROP TABLE messages;--";
    assert!(matches!(bell.send(message_id(), wild).await, RelayFrame::Kept { seq: Seq(1), .. }));
    bell.say(&VisitorFrame::After { seq: Seq::NONE }).await;
    let RelayFrame::History { slice, .. } = bell.hear().await else { panic!("no history") };
    assert_eq!(slice.messages[0].body, wild, "words are kept as they were written");
}

#[tokio::test]
async fn too_many_messages_are_refused_with_a_time_to_wait_and_pass_by_themselves() {
    let house = House::open_with(|config| config.limits.visitor_sends_per_minute = 3).await;
    let mut bell = house.visitor("oak", &stranger()).await;
    for _ in 0..3 {
        assert!(matches!(bell.send(message_id(), "hi").await, RelayFrame::Kept { .. }));
    }
    let answer = bell.send(message_id(), "hi").await;
    let RelayFrame::Refused { problem, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(problem.code, ErrorCode::TooFast);
    assert!(problem.retry_after_ms.is_some_and(|ms| ms <= 20_000), "{problem:?}");
    let other = house.visitor("oak", &stranger()).await.send(message_id(), "hi").await;
    assert!(matches!(other, RelayFrame::Kept { .. }), "another visitor is not held up");
}

#[tokio::test]
async fn too_many_frames_are_told_and_in_the_end_closed() {
    let house = House::open_with(|config| config.limits.connection_frames_per_minute = 5).await;
    let mut bell = house.visitor("oak", &stranger()).await;
    for _ in 0..40 {
        // The relay may have closed already.
        bell.say_text(r#"{"ping":{}}"#).await;
    }
    let (heard, closed) = bell.closed().await;
    assert_eq!(closed, CloseCode::Nonsense as u16);
    assert!(heard.iter().any(|frame| code(frame) == Some(ErrorCode::TooFast)));
}
