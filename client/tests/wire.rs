//! The small reader and writer against `serde_json`: what one writes the other
//! reads, and what is no JSON neither takes.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use shopbell_client::wire;
use shopbell_protocol::{OwnerFrame, RelayFrame, VisitorFrame};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Whole(u64),
    Named { text: String, flag: bool, maybe: Option<String>, small: u8 },
    Many(Vec<Shape>),
    Word(Word),
    Nothing {},
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    First,
    Second,
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(Shape::Whole),
        (any::<String>(), any::<bool>(), any::<Option<String>>(), any::<u8>())
            .prop_map(|(text, flag, maybe, small)| Shape::Named { text, flag, maybe, small }),
        prop_oneof![Just(Word::First), Just(Word::Second)].prop_map(Shape::Word),
        Just(Shape::Nothing {}),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Shape::Many))
}

/// JSON of any kind, as a newer speaker may put it into a field unknown here.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e300..1e300).prop_map(|float: f64| float.into()),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_it_writes_serde_json_reads(shape in shape()) {
        let text = wire::write(&shape).expect("a frame's shape");
        prop_assert_eq!(serde_json::from_str::<Shape>(&text).expect(&text), shape);
    }

    #[test]
    fn what_serde_json_writes_it_reads(shape in shape()) {
        let plain = serde_json::to_string(&shape).expect("a frame's shape");
        prop_assert_eq!(wire::read::<Shape>(&plain), Ok(shape.clone()));
        let spaced = serde_json::to_string_pretty(&shape).expect("a frame's shape");
        prop_assert_eq!(wire::read::<Shape>(&spaced), Ok(shape));
    }

    #[test]
    fn unknown_fields_are_skipped_whatever_they_hold(unknown in any_json(), flag: bool) {
        let text = format!(r#"{{"typing":{{"new":{unknown},"active":{flag},"newer":{unknown}}}}}"#);
        prop_assert_eq!(wire::read(&text), Ok(VisitorFrame::Typing { active: flag }));
    }

    #[test]
    fn what_it_reads_serde_json_reads_the_same(text in r#"[\{\}\[\]":,0-9a-z\\ tfnu\u{0}-\u{20}]{0,40}"#) {
        if let Ok(shape) = wire::read::<Shape>(&text) {
            prop_assert_eq!(serde_json::from_str::<Shape>(&text).expect(&text), shape);
        }
    }

    #[test]
    fn a_frame_cut_short_is_no_frame(shape in shape(), cut in any::<prop::sample::Index>()) {
        let text = wire::write(&shape).expect("a frame's shape");
        let cut = cut.index(text.len());
        if text.is_char_boundary(cut) {
            prop_assert_eq!(wire::read::<Shape>(&text[..cut]), Err(wire::Unreadable));
        }
    }
}

/// The golden lines are read, and written back to the letter.
#[test]
fn it_speaks_the_golden_lines() {
    fn check<F: Serialize + for<'de> Deserialize<'de>>(golden: &str) {
        for line in golden.lines() {
            let frame: F = wire::read(line).unwrap_or_else(|_| panic!("{line}"));
            assert_eq!(wire::write(&frame).as_deref(), Ok(line));
        }
    }
    check::<VisitorFrame>(include_str!("../../protocol/tests/golden/visitor.jsonl"));
    check::<OwnerFrame>(include_str!("../../protocol/tests/golden/owner.jsonl"));
    check::<RelayFrame>(include_str!("../../protocol/tests/golden/relay.jsonl"));
}

#[test]
fn escapes_of_every_kind_are_read() {
    let text = r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude42""#;
    assert_eq!(wire::read::<String>(text).as_deref(), Ok("\"\\/\u{8}\u{c}\n\r\té🙂"));
    for bad in
        [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\u0041""#, r#""\ude42""#, r#""\x""#, "\"\n\"", r#""a"#]
    {
        assert_eq!(wire::read::<String>(bad), Err(wire::Unreadable), "{bad}");
    }
}
