//! The wire, to the letter: one line of literal JSON for each frame, in
//! `{visitor,owner,relay}.jsonl`. What stands there has been said by
//! somebody's device already, so a line is never changed; new ones are added.

mod frames;

use frames::{conversation, message_id, owner_frames, relay_frames, visitor_frames};
use serde::{Serialize, de::DeserializeOwned};
use shopbell_protocol::*;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Names every variant in a match without a wildcard, so that a new frame does
/// not compile before it is listed, and does not pass before it has a line.
macro_rules! frames {
    ($names:ident, $name_of:ident, $frame:ident: $($variant:ident = $name:literal),* $(,)?) => {
        const $names: &[&str] = &[$($name),*];
        fn $name_of(frame: &$frame) -> &'static str {
            match frame { $($frame::$variant { .. } => $name),* }
        }
    };
}

frames!(VISITOR, visitor_name, VisitorFrame:
    Hello = "hello", Send = "send", Received = "received", Opened = "opened", Typing = "typing",
    Before = "before", After = "after", Visit = "visit", Address = "address", Notify = "notify", Ping = "ping");
frames!(OWNER, owner_name, OwnerFrame:
    Hello = "hello", List = "list", Watch = "watch", Unwatch = "unwatch", Send = "send",
    Received = "received", Opened = "opened", Typing = "typing", Before = "before", After = "after",
    Name = "name", Close = "close", Sessions = "sessions", EndSession = "end_session",
    Channels = "channels", AddChannel = "add_channel", EditChannel = "edit_channel", OrderChannels = "order_channels",
    RemoveChannel = "remove_channel", TestChannel = "test_channel", Signing = "signing", LinkCode = "link_code", Held = "held",
    Release = "release", Discard = "discard", Ping = "ping");
frames!(RELAY, relay_name, RelayFrame:
    VisitorWelcome = "visitor_welcome", OwnerWelcome = "owner_welcome", Kept = "kept", Refused = "refused",
    Message = "message", History = "history", Receipt = "receipt", Received = "received",
    Typing = "typing", OwnerPresence = "owner_presence", VisitorPresence = "visitor_presence", Conversations = "conversations", Changed = "changed", Details = "details", Sessions = "sessions",
    BellSeen = "bell_seen", Address = "address", Channels = "channels", ChannelTried = "channel_tried",
    Signing = "signing", LinkCode = "link_code", Held = "held", Notified = "notified", Problem = "problem",
    Pong = "pong");

/// Every frame is written as its golden line and read back from it, and every
/// variant has one.
fn check<F: Serialize + DeserializeOwned + PartialEq + Debug>(
    golden: &str,
    frames: Vec<F>,
    name_of: fn(&F) -> &'static str,
    names: &[&str],
) {
    let mut seen = BTreeSet::new();
    let mut lines = golden.lines();
    for frame in frames {
        let line = lines.next().unwrap_or_else(|| panic!("no golden line for {frame:?}"));
        assert_eq!(serde_json::to_string(&frame).expect("frames can be written"), line);
        assert_eq!(serde_json::from_str::<F>(line).expect(line), frame);
        assert!(line.starts_with(&format!("{{\"{}\":{{", name_of(&frame))), "{line}");
        seen.insert(name_of(&frame));
    }
    assert_eq!(lines.next(), None, "a golden line without a frame");
    assert_eq!(seen, names.iter().copied().collect());
}

#[test]
fn the_visitor_speaks_as_ever() {
    check(include_str!("visitor.jsonl"), visitor_frames(), visitor_name, VISITOR);
}

#[test]
fn the_owner_speaks_as_ever() {
    check(include_str!("owner.jsonl"), owner_frames(), owner_name, OWNER);
}

#[test]
fn the_relay_speaks_as_ever() {
    check(include_str!("relay.jsonl"), relay_frames(), relay_name, RELAY);
}

/// What a visitor's smaller reader reads is the same frame, and it knows every
/// frame that is not for owners only.
#[test]
fn the_visitors_reader_reads_the_same() {
    const FOR_OWNERS: &[&str] = &[
        "owner_welcome",
        "received",
        "visitor_presence",
        "conversations",
        "changed",
        "details",
        "sessions",
        "bell_seen",
        "channels",
        "channel_tried",
        "signing",
        "link_code",
        "held",
        // A visitor's, but the talk page's own small script asks and reads it.
        "notified",
    ];
    for line in include_str!("relay.jsonl").lines() {
        let whole: RelayFrame = serde_json::from_str(line).expect(line);
        match serde_json::from_str::<ForVisitor>(line) {
            Ok(frame) => assert_eq!(RelayFrame::from(frame), whole),
            Err(_) => assert!(FOR_OWNERS.contains(&relay_name(&whole)), "{line}"),
        }
    }
}

#[test]
fn fields_of_a_newer_speaker_are_ignored() {
    let newer = r#"{"received":{"upto":3,"mood":{"is":["fine"]}}}"#;
    assert_eq!(
        serde_json::from_str::<VisitorFrame>(newer).ok(),
        Some(VisitorFrame::Received { upto: Seq(3) })
    );
}

#[test]
fn fields_that_may_be_left_out_are_not_asked_for() {
    let least = format!(
        r#"{{"hello":{{"shop":"a","credential":{{"conversation":"{}","secret":"{}"}}}}}}"#,
        conversation(),
        Secret::new(&[1; 32]).reveal()
    );
    assert!(
        matches!(serde_json::from_str(&least), Ok(VisitorFrame::Hello(hello)) if hello.after == Seq::NONE)
    );
}

#[test]
fn a_frame_of_a_newer_speaker_is_an_error_that_names_no_known_frame() {
    assert!(serde_json::from_str::<RelayFrame>(r#"{"parade":{}}"#).is_err());
}

#[test]
fn a_code_of_a_newer_relay_is_kept_with_its_sentence() {
    let newer = r#"{"problem":{"code":"moon_phase","sentence":"Wait for the full moon."}}"#;
    let Ok(RelayFrame::Problem(problem)) = serde_json::from_str(newer) else { panic!("reads") };
    assert_eq!(problem.code, ErrorCode::Other);
    assert_eq!(problem.sentence, "Wait for the full moon.");
}

/// The longest text fits into a frame, even when all of it is written as escapes.
#[test]
fn the_longest_body_fits_into_a_frame() {
    for c in ['\t', '\u{1F642}', '"'] {
        let body: String = std::iter::repeat_n(c, limits::BODY_CHARS).collect();
        let frame = OwnerFrame::Send { conversation: conversation(), id: message_id(), body };
        let bytes = serde_json::to_string(&frame).expect("frames can be written").len();
        assert!(bytes <= limits::FRAME_BYTES, "{c:?}: {bytes}");
    }
    assert!(limits::BODY_CHARS * r"\u0009".len() + 512 <= limits::FRAME_BYTES);
}
