//! Frames as no talker of ours would send them: twice, late, broken, from a newer world.

use shopbell_protocol::{
    CloseCode, ErrorCode, MessageId, OwnerFrame, Problem, RANDOM_BYTES, RelayFrame, Seq, VisitorFrame, limits,
};
use shopbell_tests::clock::{fresh, now_ms};
use shopbell_tests::people::credential;
use shopbell_tests::raw::{Heard, Raw, hello};
use shopbell_tests::relay::Setup;
use shopbell_tests::{Relay, stored};
use tokio_tungstenite::tungstenite::Message;

pub(crate) fn message_id() -> MessageId {
    let mut random = [0; RANDOM_BYTES];
    random[..8].copy_from_slice(&fresh().to_be_bytes());
    MessageId::new(now_ms(), random)
}

pub(crate) fn send(id: MessageId, body: &str) -> VisitorFrame {
    VisitorFrame::Send { id, body: body.into() }
}

/// What became of a send.
async fn outcome(raw: &mut Raw, id: MessageId) -> Result<Seq, Problem> {
    raw.until(|frame| match frame {
        RelayFrame::Kept { id: kept, seq, .. } if kept == id => Some(Ok(seq)),
        RelayFrame::Refused { id: refused, problem, .. } if refused == id => Some(Err(problem)),
        _ => None,
    })
    .await
}

async fn problem(raw: &mut Raw) -> ErrorCode {
    raw.until(|frame| match frame {
        RelayFrame::Problem(problem) => Some(problem.code),
        _ => None,
    })
    .await
}

/// The relay still answers on this connection.
pub(crate) async fn assert_alive(raw: &mut Raw) {
    raw.say(&VisitorFrame::Ping {}).await;
    raw.until(|frame| (frame == RelayFrame::Pong {}).then_some(())).await;
}

#[tokio::test]
async fn sending_again_gives_the_same_answer_and_keeps_nothing_more() {
    let relay = Relay::start().await;
    let (mut raw, credential) = Raw::visitor(&relay, "oak").await;
    let id = message_id();
    for _ in 0..3 {
        raw.say(&send(id, "hello")).await;
        assert_eq!(outcome(&mut raw, id).await, Ok(Seq(1)));
    }
    let next = message_id();
    raw.say(&send(next, "there")).await;
    assert_eq!(outcome(&mut raw, next).await, Ok(Seq(2)));
    let kept = stored::messages(&stored::open(&relay), credential.conversation);
    let bodies: Vec<_> = kept.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["hello", "there"]);
}

#[tokio::test]
async fn the_same_id_with_another_text_is_refused() {
    let relay = Relay::start().await;
    let (mut raw, credential) = Raw::visitor(&relay, "oak").await;
    let id = message_id();
    raw.say(&send(id, "hello")).await;
    assert_eq!(outcome(&mut raw, id).await, Ok(Seq(1)));
    raw.say(&send(id, "another text")).await;
    let refused = outcome(&mut raw, id).await.expect_err("it is another message");
    assert_eq!(refused.code, ErrorCode::IdReused);
    let kept = stored::messages(&stored::open(&relay), credential.conversation);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].body, "hello");
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_with_its_reason() {
    let relay = Relay::start().await;
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    let too_long = "ß".repeat(limits::BODY_CHARS + 1);
    for (body, code) in [
        ("", ErrorCode::Empty),
        (" \n\t ", ErrorCode::Empty),
        (too_long.as_str(), ErrorCode::TooLong),
        ("a\u{0}b", ErrorCode::BadText),
        ("\u{1b}[31mred", ErrorCode::BadText),
        ("c1 \u{9b}", ErrorCode::BadText),
    ] {
        let id = message_id();
        raw.say(&send(id, body)).await;
        assert_eq!(outcome(&mut raw, id).await.map_err(|problem| problem.code), Err(code), "{body:?}");
    }
    let db = stored::open(&relay);
    assert_eq!((stored::count(&db, "messages"), stored::count(&db, "conversations")), (0, 0));
}

#[tokio::test]
async fn every_text_that_can_be_typed_comes_through_as_it_was_written() {
    let relay = Relay::start().await;
    let (mut raw, credential) = Raw::visitor(&relay, "oak").await;
    let longest = "👩‍👩‍👧".chars().cycle().take(limits::BODY_CHARS).collect::<String>();
    let texts = [
        "<script>alert(1)</script>",
        "a\tb\nc",
        "\u{202e}right to left override",
        "שלום עולם",
        "'; DROP TABLE messages; --",
        "%s %n {0} ${x} \\u0000",
        longest.as_str(),
    ];
    for text in texts {
        let id = message_id();
        raw.say(&send(id, text)).await;
        assert!(outcome(&mut raw, id).await.is_ok(), "{text}");
    }
    let kept = stored::messages(&stored::open(&relay), credential.conversation);
    assert!(kept.iter().map(|message| message.body.as_str()).eq(texts));
    let mut again = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
    again.say(&hello("oak", credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.frame().await else { panic!("no welcome") };
    assert!(welcome.slice.messages.iter().map(|message| message.body.as_str()).eq(texts));
}

#[tokio::test]
async fn frames_of_a_newer_world_disturb_nobody() {
    let relay = Relay::start().await;
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    for _ in 0..100 {
        raw.say_text(r#"{"wave":{"hand":"left"}}"#).await;
        assert_eq!(problem(&mut raw).await, ErrorCode::UnknownFrame);
    }
    raw.say_text(r#"{"ping":{"since":"version 2"}}"#).await;
    raw.until(|frame| (frame == RelayFrame::Pong {}).then_some(())).await;
}

#[tokio::test]
async fn frames_out_of_order_are_told_so() {
    let relay = Relay::start().await;
    let mut early = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
    early.say(&send(message_id(), "before any hello")).await;
    let (frames, code) = early.to_the_end().await;
    assert!(matches!(&frames[..], [RelayFrame::Problem(problem)] if problem.code == ErrorCode::OutOfTurn));
    assert_eq!(code, Some(CloseCode::Refused as u16));

    let (mut twice, own) = Raw::visitor(&relay, "oak").await;
    twice.say(&hello("oak", own)).await;
    assert_eq!(problem(&mut twice).await, ErrorCode::OutOfTurn);
    twice.say(&hello("oak", credential())).await;
    assert_eq!(problem(&mut twice).await, ErrorCode::OutOfTurn);
    assert_alive(&mut twice).await;
    assert_eq!(stored::count(&stored::open(&relay), "messages"), 0);
}

#[tokio::test]
async fn nonsense_is_answered_and_too_much_of_it_ends_the_line() {
    let relay = Relay::start().await;
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    let nonsense = [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        "{",
        r#"{"send":{}}"#,
        r#"{"send":{"id":"nope","body":"x"}}"#,
        r#"{"opened":{"upto":-1}}"#,
        r#"{"opened":{"upto":1e99}}"#,
        r#"{"ping":{},"pong":{}}"#,
        r#"{"hello":{"shop":"../../etc/passwd"}}"#,
    ];
    for text in nonsense {
        raw.say_text(text).await;
        assert_eq!(problem(&mut raw).await, ErrorCode::BadFrame, "{text:?}");
    }
    raw.send(Message::binary(vec![0xff; 100])).await;
    assert_eq!(problem(&mut raw).await, ErrorCode::BadFrame);
    let deep = "[".repeat(30_000);
    raw.say_text(&deep).await;
    assert_eq!(problem(&mut raw).await, ErrorCode::BadFrame);
    for _ in 0..20 {
        raw.say_text("nonsense").await;
    }
    let (_, code) = raw.to_the_end().await;
    assert_eq!(code, Some(CloseCode::Nonsense as u16));
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_line_and_nothing_else() {
    let relay = Relay::start().await;
    let (mut bystander, _) = Raw::visitor(&relay, "oak").await;
    for size in [limits::FRAME_BYTES + 1, 5 * 1024 * 1024] {
        let (mut raw, _) = Raw::visitor(&relay, "oak").await;
        raw.say_text(&"x".repeat(size)).await;
        let (_, code) = raw.to_the_end().await;
        // A sender that is still at it may find the line gone before the reason comes.
        assert!(code.is_none_or(|code| code == CloseCode::TooBig as u16), "{code:?}");
    }
    assert_alive(&mut bystander).await;
}

#[tokio::test]
async fn broken_utf_8_ends_the_line_and_nothing_else() {
    use tokio_tungstenite::tungstenite::protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    };
    let relay = Relay::start().await;
    let (mut bystander, _) = Raw::visitor(&relay, "oak").await;
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    let mut bytes = br#"{"send":{"id":"018bcfe5-6800-7707-8707-070707070707","body":""#.to_vec();
    bytes.extend([0xff, 0xfe, 0xc0]);
    bytes.extend(br#""}}"#);
    raw.send(Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), true))).await;
    let (_, code) = raw.to_the_end().await;
    assert!(code.is_none_or(|code| code == CloseCode::Nonsense as u16 || code == 1007), "{code:?}");
    assert_alive(&mut bystander).await;
    assert_eq!(stored::count(&stored::open(&relay), "messages"), 0);
}

#[tokio::test]
async fn receipts_beyond_what_was_said_move_nothing() {
    let relay = Relay::start().await;
    let (mut raw, own) = Raw::visitor(&relay, "oak").await;
    let id = message_id();
    raw.say(&send(id, "hello")).await;
    assert_eq!(outcome(&mut raw, id).await, Ok(Seq(1)));
    for upto in [Seq(u32::MAX), Seq(2), Seq(0)] {
        raw.say(&VisitorFrame::Opened { upto }).await;
        raw.say(&VisitorFrame::Before { seq: upto }).await;
        raw.say(&VisitorFrame::After { seq: upto }).await;
    }
    assert_alive(&mut raw).await;
    let cookie = shopbell_tests::web::sign_in(&relay, &relay.sign_in_code("oak")).await;
    let mut owner = Raw::owner(&relay, &cookie).await;
    owner.say(&OwnerFrame::Watch { conversation: own.conversation, after: Seq::NONE }).await;
    let details = owner
        .until(|frame| match frame {
            RelayFrame::Details(details) => Some(details),
            _ => None,
        })
        .await;
    assert!(details.visitor_receipt.opened <= Seq(1), "{:?}", details.visitor_receipt);
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let relay = Setup::default().start().await;
    let mut silent = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
    match silent.hear().await {
        Heard::Frame(frame) => {
            assert!(matches!(*frame, RelayFrame::Problem(Problem { code: ErrorCode::OutOfTurn, .. })));
            let (_, code) = silent.to_the_end().await;
            assert_eq!(code, Some(CloseCode::Silent as u16));
        }
        Heard::Closed(code) => assert_eq!(code, Some(CloseCode::Silent as u16)),
    }
}
