//! What holds for every reply, however it was made.

use proptest::prelude::*;
use shopbell_channels::email::reply::{Extracted, REPLY_ABOVE, ReplyMail, extract};
use std::borrow::Cow;

/// The usual ways to quote a letter in a reply.
#[derive(Debug, Clone, Copy)]
enum Way {
    Marked,
    MarkedWrapped,
    MarkedBelow,
    Gmail,
    GmailRenamed,
    Apple,
    Thunderbird,
    OutlookDesktop,
    OutlookWeb,
    OutlookText,
    Yahoo,
    Bare,
    BareHtml,
}

const WAYS: [Way; 13] = [
    Way::Marked,
    Way::MarkedWrapped,
    Way::MarkedBelow,
    Way::Gmail,
    Way::GmailRenamed,
    Way::Apple,
    Way::Thunderbird,
    Way::OutlookDesktop,
    Way::OutlookWeb,
    Way::OutlookText,
    Way::Yahoo,
    Way::Bare,
    Way::BareHtml,
];

const ATTRIBUTION: &str = "On Tue, Feb 3, 2026 at 10:00 AM Maya <reply+k3@bell.example> wrote:";
const HEADERS: [&str; 4] = [
    "From: Maya <reply+k3@bell.example>",
    "Sent: Tuesday, February 3, 2026 10:00 AM",
    "To: Ana <ana@oak.example>",
    "Subject: Bowls",
];

impl Way {
    /// The text and the HTML part.
    fn quote(self, new: &[String], ours: &[String]) -> (Option<String>, Option<String>) {
        let said = new.join("\n");
        let shown: String = new.iter().map(|line| format!("<div>{line}</div>")).collect();
        let paragraphs: String = ours.iter().map(|line| format!("<p>{line}</p>")).collect();
        let marked: String = ours.iter().map(|line| format!("> {line}\n")).collect();
        let headers = HEADERS.join("\n");
        let head = HEADERS.map(|line| line.replace('<', "&lt;").replace(": ", ":</b> ")).join("<br><b>");
        let attribution = ATTRIBUTION.replace('<', "&lt;");
        match self {
            Way::Marked => (Some(format!("{said}\n\n{ATTRIBUTION}\n\n{marked}")), None),
            Way::MarkedWrapped => {
                let words: Vec<&str> = ours.iter().flat_map(|line| line.split(' ')).collect();
                let wrapped: String =
                    words.chunks(3).map(|words| format!("> {}\n", words.join(" "))).collect();
                (Some(format!("{said}\n\n{ATTRIBUTION}\n{wrapped}")), None)
            }
            Way::MarkedBelow => (Some(format!("{ATTRIBUTION}\n{marked}\n{said}\n")), None),
            Way::Gmail => (
                Some(format!("{said}\n\n{ATTRIBUTION}\n\n{marked}")),
                Some(format!(
                    "<div dir=ltr>{shown}</div><br><div class=\"gmail_quote\"><div class=\"gmail_attr\">{attribution}<br>\
                     </div><blockquote class=\"gmail_quote\">{paragraphs}</blockquote></div>"
                )),
            ),
            Way::GmailRenamed => (
                None,
                Some(format!(
                    "{shown}<div class=\"m_-77gmail_quote\">{attribution}<br><blockquote class=\"m_-77gmail_quote\">\
                     {paragraphs}</blockquote></div>"
                )),
            ),
            Way::Apple => (
                Some(format!("{said}\n\n> {ATTRIBUTION}\n> \n{marked}")),
                Some(format!(
                    "{shown}<blockquote type=\"cite\"><div>{attribution}</div>{paragraphs}</blockquote>"
                )),
            ),
            Way::Thunderbird => (
                Some(format!("{ATTRIBUTION}\n{marked}\n{said}\n")),
                Some(format!(
                    "<div class=\"moz-cite-prefix\">{attribution}</div><blockquote type=\"cite\">{paragraphs}\
                     </blockquote>{shown}"
                )),
            ),
            Way::OutlookDesktop => (
                Some(format!("{said}\n\n{headers}\n\n{}", ours.join("\n"))),
                Some(format!(
                    "{shown}<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>{head}</p></div>\
                     {paragraphs}"
                )),
            ),
            Way::OutlookWeb => (
                None,
                Some(format!(
                    "{shown}<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>{head}</div>{paragraphs}"
                )),
            ),
            Way::OutlookText => (
                Some(format!("{said}\n\n-----Original Message-----\n{headers}\n\n{}", ours.join("\n"))),
                None,
            ),
            Way::Yahoo => (
                None,
                Some(format!(
                    "{shown}<div class=\"yahoo_quoted\"><div>{attribution}</div>{paragraphs}</div>"
                )),
            ),
            Way::Bare => (Some(format!("{said}\n\n{}", ours.join("\n"))), None),
            Way::BareHtml => (None, Some(format!("{shown}<blockquote>{paragraphs}</blockquote>"))),
        }
    }
}

/// Lines of some words. The two sides' words differ, or a word of ours could be new too.
fn lines(word: &'static str, most: usize) -> impl Strategy<Value = Vec<String>> {
    let line = prop::collection::vec(word, 4..12).prop_map(|words| words.join(" "));
    prop::collection::vec(line, 1..most)
}

fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn mail<'a>(text: Option<&'a str>, html: Option<&'a str>, ours: &'a [String]) -> ReplyMail<'a> {
    ReplyMail {
        text: text.map(Cow::Borrowed),
        html: html.map(Cow::Borrowed),
        addresses: vec!["reply+k3@bell.example".into()],
        ours,
        ..ReplyMail::default()
    }
}

/// Pieces of which a mail that means no good could be made.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "<div>",
        "</div>",
        "<blockquote type=cite>",
        "</blockquote>",
        "<div class=gmail_quote>",
        "<table><tr><td>",
        "</table>",
        "<p>",
        "<br>",
        "<ul><li>",
        "</ul>",
        "<pre>",
        "</pre>",
        "<a href='https://oak.example'>",
        "</a>",
        "<div id=divRplyFwdMsg>",
        "<div style='display:none'>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "&nbsp;",
        "&#x202e;",
        "<span style='mso-list:Ignore'>",
        "<div style='border-top:solid'>",
        "\n",
        "\n\n",
        "> ",
        ">> ",
        "-- \n",
        "--\n",
        "On 3 Feb 2026 at 10:00, Ana <a@b.example> wrote:\n",
        "From: a@b.example\n",
        "Sent: 2026\n",
        "Subject: x\n",
        "-----Original Message-----\n",
        "________________\n",
        "wrote:",
        ":",
        "Sent from my iPhone\n",
        "Tel. +356 2123 4567\n",
        "Best regards\n",
        "İ",
        "ﬁ",
        "ß",
        "\u{202b}",
        "\u{fffd}",
        "👩‍👩‍👧",
        "鉢",
        "é",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[a-z ]{1,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_quoted_in_a_usual_way_comes_out(
        new in lines("[a-k]{2,8}", 4),
        ours in lines("[n-z]{3,9}", 7),
        way in prop::sample::select(WAYS.to_vec()),
        with_separator in any::<bool>(),
    ) {
        let mut ours = ours;
        if with_separator {
            ours.insert(0, REPLY_ABOVE.to_owned());
        }
        let (text, html) = way.quote(&new, &ours);
        match extract(&mail(text.as_deref(), html.as_deref(), &ours)) {
            Extracted::Sure(shown) => {
                for line in &ours {
                    prop_assert!(!bare(&shown).contains(&bare(line)), "{shown:?}");
                }
                prop_assert_eq!(shown, new.join("\n"));
            }
            Extracted::Unsure { best, .. } => {
                for line in ours.iter().filter(|line| bare(line).len() >= 12) {
                    prop_assert!(!bare(&best).contains(&bare(line)), "{best:?}");
                }
            }
            Extracted::Nothing => prop_assert!(false, "{new:?} was lost"),
        }
    }

    #[test]
    fn nothing_leaks_from_a_mark_that_is_known_when_the_letter_is_not(
        new in lines("[a-k]{2,8}", 4),
        ours in lines("[n-z]{3,9}", 7),
        way in prop::sample::select(WAYS[..11].to_vec()),
    ) {
        let (text, html) = way.quote(&new, &ours);
        if let Extracted::Sure(shown) = extract(&mail(text.as_deref(), html.as_deref(), &[])) {
            prop_assert_eq!(shown, new.join("\n"));
        }
    }

    #[test]
    fn no_mail_makes_it_panic(
        text in prop::collection::vec(piece(), 0..40),
        html in prop::collection::vec(piece(), 0..40),
        ours in prop::collection::vec(any::<String>(), 0..4),
    ) {
        let (text, html) = (text.concat(), html.concat());
        for (text, html) in [(Some(text.as_str()), None), (None, Some(html.as_str())), (Some(&text), Some(&html))] {
            if let Extracted::Sure(shown) = extract(&mail(text, html, &ours)) {
                prop_assert_eq!(shown.trim(), &shown);
                prop_assert!(!shown.is_empty());
                prop_assert!(!shown.to_lowercase().contains("reply+k3@bell.example"));
            }
        }
    }
}

/// Each is as long as its limit, or about. What took time by the square would not come to an end.
#[test]
fn hostile_mails_are_read_as_quickly_as_others() {
    let long = |piece: &str| piece.repeat((if piece == "<" { 1024 } else { 256 }) * 1024 / piece.len());
    for piece in [
        "<",
        "<<",
        "&",
        "<a ",
        "<b>",
        "<div>",
        "<p>",
        "<table><td>",
        "<blockquote>",
        "<li>",
        "</p>",
        "<a b='",
        "<!--",
        "<div id=divRplyFwdMsg>",
    ] {
        let found = extract(&mail(None, Some(&long(piece)), &[]));
        assert!(!matches!(found, Extracted::Sure(ref shown) if shown.contains("gmail")), "{piece}");
    }
    let attributes: String = (0..100_000).map(|number| format!("a{number} ")).collect();
    assert_eq!(
        extract(&mail(None, Some(&format!("<p {attributes}>Yes.</p>")), &[])),
        Extracted::Sure("Yes.".into())
    );
}

#[test]
fn hostile_texts_are_read_as_quickly_as_others() {
    let ours: Vec<String> = (0..900).map(|number| format!("line {number} {}", "n".repeat(50))).collect();
    let long = |piece: &str| piece.repeat(256 * 1024 / piece.len());
    for piece in [
        ">",
        "> \n",
        ":\n",
        "From: a@b.example\n",
        "--\n",
        "wrote 2026 10:00:\n",
        "1:1:1:1:",
        "@",
        "On 2026 ",
        "nnnnnnnnnnnnnnnnnnnnnnnnn\n",
        "鉢",
    ] {
        let text = long(piece);
        if let Extracted::Sure(shown) = extract(&mail(Some(&text), None, &ours)) {
            assert!(!shown.contains("line 1 n"), "{piece}");
        }
    }
    assert!(matches!(extract(&mail(Some(&"Yes. ".repeat(60_000)), None, &[])), Extracted::Unsure { .. }));
}
