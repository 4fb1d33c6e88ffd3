//! How frames and drafts are written and read.

use serde::{Deserialize, Serialize};
use shopbell_client::wire;
use shopbell_protocol::RelayFrame;

/// Writes a value down; empty when it can't be, which no frame of ours meets.
pub(crate) fn write<T: Serialize>(value: &T) -> String {
    wire::write(value).unwrap_or_default()
}

/// Reads a value; none for anything that is not one, or that a newer relay says.
pub(crate) fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    wire::read(text).ok()
}

/// Reads an array of frames, one by one, so that one that is unknown here costs
/// only itself.
pub(crate) fn read_frames(array: &str) -> Vec<RelayFrame> {
    elements(array).into_iter().filter_map(read).collect()
}

/// The elements of a JSON array of objects, as they stand.
fn elements(array: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut begin, mut in_text, mut escaped) = (0u32, 0, false, false);
    for (at, byte) in array.bytes().enumerate() {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 {
                    begin = at;
                }
            }
            b'}' | b']' => {
                if depth == 2 {
                    found.push(&array[begin..=at]);
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_unknown_here_costs_only_itself() {
        let array = r#"[{"pong":{}},{"moon":{"phase":[1,"]}\""]}},{"pong":{}}]"#;
        assert_eq!(read_frames(array), [RelayFrame::Pong {}, RelayFrame::Pong {}]);
        assert_eq!(read_frames("[]"), []);
        assert_eq!(read_frames("oops ]}]"), []);
    }

    #[test]
    fn an_array_is_cut_at_its_elements() {
        assert_eq!(elements(r#"[{"a":"}{\\"}, {"b":{}}]"#), [r#"{"a":"}{\\"}"#, r#"{"b":{}}"#]);
    }
}
