//! The last look before an answer goes on: are there words of the other side left in it?
//! Whoever cuts quotes off goes by the marks of mail programs; this goes by the words.

use super::super::{letter, reply};
use shopbell_protocol::{Message, Side};

/// Why an answer is not sure, if a line of the other side's stands in it, or something that
/// only our own letters have. `is_ours` knows the addresses by which one answers.
pub(super) fn look(
    body: &str,
    side: Side,
    lately: &[Message],
    is_ours: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let theirs = lately.iter().filter(|message| message.from != side).map(|message| message.body.as_str());
    if reply::has_some_of(theirs.chain(letter::SENTENCES), body) {
        return Some("Words of the letter that it answers are still in it.");
    }
    let mut words = body.split(|c: char| c.is_whitespace() || "<>()[]\"',;".contains(c));
    let is_address = |word: &str| is_ours(word.trim_start_matches("mailto:").trim_end_matches(['.', ':']));
    words.any(|word| is_link(word) || is_address(word)).then_some(
        "An address of the letter that it answers is still in it, by which others could speak or read along.",
    )
}

/// Whether a word is one of the links that letters have, with what lets anybody in.
fn is_link(word: &str) -> bool {
    let key = ["/link/", "/stop/"].iter().find_map(|before| Some(word.split_once(before)?.1));
    let opens = key.is_some_and(|key| key.len() > ID_CHARS && key.as_bytes()[ID_CHARS] == b'.');
    word.contains("://") && (opens || word.contains("/inbox#with="))
}

/// An id as it stands in a link, before its secret.
const ID_CHARS: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{MessageId, Seq, UnixMillis};

    fn said(from: Side, body: &str) -> Message {
        let id = MessageId::new(1, [1; 10]);
        Message {
            id,
            seq: Seq(1),
            from,
            at: UnixMillis(1),
            body: body.into(),
            system: false,
            pictures: Vec::new(),
        }
    }

    fn look(body: &str, lately: &[Message]) -> Option<&'static str> {
        super::look(body, Side::Owner, lately, |address| address.starts_with("bell+"))
    }

    #[test]
    fn the_other_sides_words_are_found_however_they_are_wrapped() {
        let lately = [said(Side::Visitor, "Is the walnut table still there?\nYes?")];
        for quoted in [
            "It is.\n> Is the walnut\n> table  still there?",
            "It is.\n| Is the walnut\n| table still there",
            "It is. \u{201c}is the *walnut table* still there\u{201d}",
            "I\u{200b}s th\u{200d}e wal\u{2060}nut ta\u{ad}ble sti\u{200c}ll there?",
        ] {
            assert!(look(quoted, &lately).is_some(), "{quoted}");
        }
        assert!(look("Yes? It is, and the oak table too.", &lately).is_none(), "too short to tell");
        let own = [said(Side::Owner, "We are open until seven today.")];
        assert!(look("We are open until seven today.", &own).is_none(), "one may repeat oneself");
    }

    #[test]
    fn short_lines_are_found_together_and_wide_scripts_by_less() {
        let lately = [said(Side::Visitor, "Hi!\nYes?\nToday?\nAt ten, or later?")];
        let echo = "We have the walnut table here at ten. Later too.";
        assert!(look(echo, &lately).is_none());
        assert!(look("Fine.\nHi!\nYes?\nToday?\nAt ten, or later?", &lately).is_some());
        let lately = [said(Side::Visitor, "大きい青い器は在庫がありますか")];
        assert!(look("はい。\n> 大きい青い器は\n> 在庫がありますか", &lately).is_some());
        assert!(look("はい、あります。", &lately).is_none());
        for greeting in ["Hello again!", "よろしくお願いします。", "Thank you!"] {
            assert!(look(greeting, &[said(Side::Visitor, greeting)]).is_none(), "{greeting}");
        }
    }

    #[test]
    fn what_only_our_letters_have_goes_no_further() {
        for left in [
            "Yes.\nJust reply to this mail, and your words reach them.",
            "Yes.\nhttps://relay.example/talk/oak/link/018bcfe5-6800-7707-8707-070707070707.0707",
            "Yes. Stop: <https://relay.example/stop/018bcfe5-6800-7707-8707-070707070707.0707>",
            "Yes.\nhttps://relay.example/inbox#with=018bcfe5-6800-7707-8707-070707070707",
            "Yes.\nReply-To: Tom <bell+abc@relay.example>",
            "Yes (mailto:bell+abc@relay.example).",
        ] {
            assert!(look(left, &[]).is_some(), "{left}");
        }
        for own in
            ["See https://oak.example/link/tables", "Write to ana@oak.example.", "Just reply to this mail."]
        {
            assert_eq!(look(own, &[]), None, "{own}");
        }
    }
}
