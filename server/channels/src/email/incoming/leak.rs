//! The last look before an answer goes on: are there words of the other side left in it?
//! Whoever cuts quotes off goes by the marks of mail programs; this goes by the words.

use shopbell_protocol::{Message, Side};

/// Lines that are shorter are said by anybody, in spaces and letters alike.
const TELLING_CHARS: usize = 16;

/// Why an answer is not sure, if a line of the other side's stands in it.
pub(super) fn look(body: &str, side: Side, lately: &[Message]) -> Option<&'static str> {
    let body = plain(body);
    let theirs = lately.iter().filter(|message| message.from != side);
    let mut lines = theirs.flat_map(|message| message.body.lines()).map(plain);
    let is_left = |line: String| line.chars().count() >= TELLING_CHARS && body.contains(&line);
    lines.any(is_left).then_some("Words of the letter that it answers are still in it.")
}

/// However a mail program has wrapped and marked it.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == '>');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{MessageId, Seq, UnixMillis};

    fn said(from: Side, body: &str) -> Message {
        let id = MessageId::new(1, [1; 10]);
        Message { id, seq: Seq(1), from, at: UnixMillis(1), body: body.into(), system: false }
    }

    #[test]
    fn the_other_sides_words_are_found_however_they_are_wrapped() {
        let lately = [said(Side::Visitor, "Is the walnut table still there?\nYes?")];
        let quoted = "It is.\n> Is the walnut\n> table  still there?";
        assert!(look(quoted, Side::Owner, &lately).is_some());
        assert!(
            look("Yes? It is, and the oak table too.", Side::Owner, &lately).is_none(),
            "too short to tell"
        );
        let own = [said(Side::Owner, "We are open until seven today.")];
        assert!(
            look("We are open until seven today.", Side::Owner, &own).is_none(),
            "one may repeat oneself"
        );
    }
}
