mod attacked;

use super::{super::hearing::*, *};
use crate::{Fate, email::Protocol};
use shopbell_protocol::{MessageId, RANDOM_BYTES, UnixMillis};

const PASS: &str = "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n";
const FROM: &str = "From: Ana <Ana@Oak.Example>\r\n";
const ID: &str = "Message-ID: <1@oak.example>\r\n";
const BODY: &str = "Yes, we do.\r\n> Do you ship?\r\n";

/// A proven reply, with some of it replaced.
fn reply(ears: &Hearing, changes: &[(&str, &str)], more: &str, body: &str) -> String {
    let to = format!("To: {}\r\n", ears.address());
    let fields = [
        ("proof", PASS),
        ("from", FROM),
        ("to", &to),
        ("id", ID),
        ("subject", "Subject: Re: Tom on Oak & Ash\r\n"),
    ];
    let value = |name: &str, usual: &str| {
        changes.iter().find(|(changed, _)| *changed == name).map_or(usual, |(_, value)| value).to_owned()
    };
    let head: String = fields.iter().map(|(name, usual)| value(name, usual)).collect();
    format!("{head}{more}\r\n{body}")
}

const LMTP: Way<'static> = Way::Lmtp { from: "ana@oak.example" };

async fn take(desk: &Desk, ears: &Hearing, raw: &str, way: Way<'_>) -> Taken {
    let mail = Incoming { raw: raw.as_bytes(), token: &ears.token, way, is_last_try: true };
    desk.take(mail, ears).await.expect("ears are there")
}

fn set() -> (Desk, Hearing) {
    let desk = desk(Protocol::Lmtp);
    let ears = Hearing::new(&desk);
    (desk, ears)
}

#[tokio::test]
async fn a_proven_reply_is_said_once() {
    let (desk, ears) = set();
    let raw = reply(&ears, &[], "", BODY);
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Said);
    assert_eq!(take(&desk, &ears, &raw, Way::Mailbox).await, Taken::Said, "by another way");
    let heard = ears.heard();
    let said = &heard.said[0];
    assert_eq!(
        (heard.said.len(), said.body.as_str(), said.external.as_str()),
        (1, "Yes, we do.", "1@oak.example")
    );
    assert!(heard.held.is_empty());
}

#[tokio::test]
async fn what_is_not_sure_waits_for_the_owner() {
    let cc = "To: eve@evil.example\r\n";
    let attached = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n";
    let part = |kind: &str, how: &str| {
        format!(
            "--x\r\nContent-Type: text/plain\r\n\r\nYes, we do.\r\n--x\r\nContent-Type: {kind}\r\nContent-Disposition: \
             {how}\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n"
        )
    };
    let (picture, file) =
        (part("image/png", "inline; filename=table.png"), part("application/pdf", "attachment"));
    for (why, changes, more, body) in [
        ("Nothing proves", vec![("proof", "")], "", BODY),
        (
            "Nothing proves",
            vec![("proof", "Authentication-Results: mx.oak.example; dkim=pass header.d=eve.example\r\n")],
            "",
            BODY,
        ),
        (
            "Nothing proves",
            vec![("proof", "Authentication-Results: eve.example; dkim=pass header.d=oak.example\r\n")],
            "",
            BODY,
        ),
        ("another mailbox", vec![("from", "From: eve@oak.example\r\n")], "", BODY),
        ("another mailbox", vec![("from", "From: \"ana@oak.example\" <eve@oak.example>\r\n")], "", BODY),
        ("several people", vec![("from", "From: ana@oak.example, eve@oak.example\r\n")], "", BODY),
        ("stands there twice", vec![], "From: eve@oak.example\r\n", BODY),
        ("stands there twice", vec![], "To: eve@oak.example\r\n", BODY),
        ("not say who", vec![("from", "")], "", BODY),
        ("not say who", vec![("from", "From: Ana\r\n")], "", BODY),
        ("not say who", vec![("from", "From: people: ana@oak.example;\r\n")], "", BODY),
        ("in the name of", vec![], "Sender: eve@oak.example\r\n", BODY),
        ("several ways", vec![("from", "From: ana@oak.example <ana@oak.example>\r\n")], "", BODY),
        ("several ways", vec![("from", "From: <ana@oak.example> <eve@oak.example>\r\n")], "", BODY),
        ("several ways", vec![("from", "From: eve@oak.example (x) <ana@oak.example>\r\n")], "", BODY),
        ("several ways", vec![("from", "From: Ana <ana@oak.example> eve@oak.example\r\n")], "", BODY),
        ("no mail program", vec![], "F rom: eve@oak.example\r\n", BODY),
        ("no mail program", vec![], "X-Field : x\r\n", BODY),
        ("no mail program", vec![], "X-Field: x\r\n \t\r\nX-Other: x\r\n", BODY),
        ("no mail program", vec![], "X-Field: x\ry\r\n", BODY),
        ("no mail program", vec![], "no field\r\n", BODY),
        ("without naming it", vec![("to", cc)], "", BODY),
        ("without naming it", vec![("to", "")], "", BODY),
        ("files", vec![], attached, file.as_str()),
        ("passed on", vec![("subject", "Subject: Fwd: Tom on Oak & Ash\r\n")], "", BODY),
        ("automatic reply", vec![("subject", "Subject: Automatic reply: Tom\r\n")], "", "I am away.\r\n"),
        (
            "encrypted",
            vec![],
            "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=x\r\n",
            &picture,
        ),
    ] {
        let (desk, ears) = set();
        let raw = reply(&ears, &changes, more, body);
        assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Held, "{why}: {raw}");
        let heard = ears.heard();
        assert!(heard.said.is_empty(), "{why}");
        assert!(heard.held[0].reason.contains(why), "{why}: {}", heard.held[0].reason);
    }
}

#[tokio::test]
async fn what_is_held_says_who_and_what() {
    let (desk, ears) = set();
    let raw = reply(&ears, &[("from", "From: =?utf-8?q?E=CC=81ve=0D=0A?= <eve@evil.example>\r\n")], "", BODY);
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Held);
    let heard = ears.heard();
    assert_eq!(heard.held[0].from, "E\u{301}ve <eve@evil.example>");
    assert_eq!(heard.held[0].body, "Yes, we do.");
}

#[tokio::test]
async fn no_machines_mail_is_anybodys_words() {
    for (field, body) in [
        ("Auto-Submitted: auto-replied\r\n", "I am away.\r\n"),
        ("Auto-Submitted: auto-generated (vacation); x=y\r\n", "I am away.\r\n"),
        ("Precedence: bulk\r\n", BODY),
        ("Precedence: auto_reply\r\n", BODY),
        ("X-Autoreply: yes\r\n", BODY),
        ("X-Autorespond: 1\r\n", BODY),
        ("List-Id: <wood.example>\r\n", BODY),
        ("X-Loop: bell@relay.example\r\n", BODY),
        ("X-Shopbell-Letter: 1\r\n", BODY),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n", BODY),
        ("", "> Do you ship?\r\n"),
        ("", ""),
    ] {
        let (desk, ears) = set();
        let taken = take(&desk, &ears, &reply(&ears, &[], field, body), LMTP).await;
        assert!(matches!(taken, Taken::Dropped(_)), "{field}: {taken:?}");
        let heard = ears.heard();
        assert!(heard.said.is_empty() && heard.held.is_empty() && heard.troubles.is_empty(), "{field}");
    }
    let (desk, ears) = set();
    let raw = reply(&ears, &[], "", BODY);
    assert!(
        matches!(take(&desk, &ears, &raw, Way::Lmtp { from: "" }).await, Taken::Dropped(_)),
        "from nobody"
    );
    let ours = reply(&ears, &[("from", "From: bell@relay.example\r\n")], "", BODY);
    assert!(matches!(take(&desk, &ears, &ours, LMTP).await, Taken::Dropped(_)), "our own");
}

#[tokio::test]
async fn a_person_whose_server_suppresses_answers_is_a_person() {
    for field in
        ["X-Auto-Response-Suppress: All\r\n", "Auto-Submitted: no\r\n", "Precedence: first-class\r\n"]
    {
        let (desk, ears) = set();
        assert_eq!(take(&desk, &ears, &reply(&ears, &[], field, BODY), LMTP).await, Taken::Said, "{field}");
    }
    let (desk, ears) = set();
    let away = reply(
        &ears,
        &[("subject", "Subject: Abwesenheitsnotiz: Tom\r\n")],
        "X-Auto-Response-Suppress: All\r\n",
        BODY,
    );
    assert!(matches!(take(&desk, &ears, &away, LMTP).await, Taken::Dropped(_)));
}

#[tokio::test]
async fn a_small_picture_of_a_signature_is_none_that_was_sent() {
    let (desk, ears) = set();
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n";
    let body = "--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain\r\n\r\nYes, we \
                do.\r\n--y\r\nContent-Type: text/html\r\n\r\nYes, we do.<img src=\"cid:logo@oak\">\r\n--y--\r\n--x\r\nContent-Type: \
                image/png\r\nContent-ID: <logo@oak>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: \
                base64\r\n\r\naGVsbG8=\r\n--x--\r\n";
    let unseen = body.replace("cid:logo@oak", "cid:other");
    let attached = body.replace("Content-Disposition: inline", "Content-Disposition: attachment");
    let large = body.replace("aGVsbG8=", &"aGVsbG8h\r\n".repeat(limits::SIGNATURE_PICTURE_BYTES / 6 + 1));
    for (body, pictures) in [(body, 0), (&unseen, 1), (&attached, 1), (&large, 1)] {
        let raw = reply(&ears, &[("id", "")], more, body);
        assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Said);
        let said = ears.heard().said.last().cloned().expect("said");
        assert_eq!((said.body.as_str(), said.pictures.len()), ("Yes, we do.", pictures), "{raw}");
    }
}

/// A mail with these parts behind its text, each its head and its base64.
fn with_parts(ears: &Hearing, text: &str, parts: &[(&str, &str)]) -> String {
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n";
    let mut body = format!("--x\r\nContent-Type: text/plain\r\n\r\n{text}\r\n");
    for (head, base64) in parts {
        body += &format!("--x\r\n{head}\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n");
    }
    reply(ears, &[], more, &(body + "--x--\r\n"))
}

#[tokio::test]
async fn pictures_come_along_as_they_stand_in_the_mail() {
    for text in ["Yes, we do.", ""] {
        let (desk, ears) = set();
        let attached = "Content-Type: image/jpeg; name=table.jpg\r\nContent-Disposition: attachment";
        // Known by how it begins, whatever the program called it.
        let unnamed = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment";
        let raw = with_parts(&ears, text, &[(attached, "aGVsbG8="), (unnamed, "R0lGODlh")]);
        assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Said);
        let heard = ears.heard();
        let pictures: Vec<_> = heard.said[0].pictures.iter().map(|picture| picture.0.as_slice()).collect();
        assert_eq!((heard.said[0].body.as_str(), pictures), (text, vec![&b"hello"[..], b"GIF89a"]));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_whole_is_held_with_its_pictures() {
    let picture = ("Content-Type: image/png\r\nContent-Disposition: inline", "aGVsbG8=");
    let file = ("Content-Type: application/pdf\r\nContent-Disposition: attachment", "JVBERi0=");
    let (desk, ears) = set();
    let raw = with_parts(&ears, "Yes, we do.", &[picture, file]);
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Held);
    ears.heard().verdict = Some(Verdict::Unfit(crate::Unfit::Kind));
    let raw = with_parts(&ears, "Yes, we do.", &[picture]);
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Held);
    let heard = ears.heard();
    let held: Vec<_> = heard.held.iter().map(|held| (held.reason.as_str(), held.pictures.len())).collect();
    assert!(held[0].0.contains("files") && held[0].1 == 1, "{held:?}");
    assert_eq!(held[1], ("Not all of it can be sent.", 1));
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_none() {
    let (desk, ears) = set();
    let raw = reply(&ears, &[], "", BODY);
    let other = desk.tokens.issue(ears.known.channel, None, ears.known.side, NOW);
    for token in ["", "abc", &other, &ears.token[1..]] {
        let mail = Incoming { raw: raw.as_bytes(), token, way: LMTP, is_last_try: true };
        assert_eq!(desk.take(mail, &ears).await, Ok(Taken::Unknown), "{token}");
    }
    // The look-up leads to another conversation than the token was made for.
    let mut ears = ears;
    ears.known.conversation = None;
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Unknown);
}

#[tokio::test]
async fn a_test_letter_can_come_back_and_cannot_be_answered() {
    let (desk, ears) = set();
    let token = desk.tokens.issue_for_channel(ears.known.channel, ears.known.side, NOW);
    let take = async |raw: &str, way| {
        let mail = Incoming { raw: raw.as_bytes(), token: &token, way, is_last_try: true };
        desk.take(mail, &ears).await.expect("ears are there")
    };
    assert_eq!(take(&report("failed", "5.1.1"), Way::Lmtp { from: "" }).await, Taken::Reported);
    assert_eq!(ears.heard().troubles.len(), 1);
    let raw = reply(&ears, &[], "", BODY).replace(&ears.token, &token);
    assert!(matches!(take(&raw, LMTP).await, Taken::Refused(_)));
    assert!(ears.heard().said.is_empty() && ears.heard().held.is_empty());
}

#[tokio::test]
async fn an_address_that_is_over_is_not_believed() {
    let (desk, mut ears) = set();
    ears.now = UnixMillis(NOW.0 + 300 * 24 * 60 * 60 * 1000);
    assert_eq!(take(&desk, &ears, &reply(&ears, &[], "", BODY), LMTP).await, Taken::Held);
    assert!(ears.heard().held[0].reason.contains("no longer in use"));
}

#[tokio::test]
async fn nobody_is_believed_about_themselves() {
    let (desk, ears) = set();
    let address = "127.0.0.1".parse().expect("an address");
    let way = Way::Smtp { from: "eve@evil.example", hello: "evil.example", address };
    assert_eq!(take(&desk, &ears, &reply(&ears, &[], "", BODY), way).await, Taken::Held);
}

#[tokio::test]
async fn a_mail_without_a_name_gets_one_from_what_it_says() {
    let (desk, ears) = set();
    for (id, body) in [("", BODY), ("Received: by mx\r\n", BODY), ("", "Another.\r\n")] {
        assert_eq!(take(&desk, &ears, &reply(&ears, &[("id", id)], "", body), LMTP).await, Taken::Said);
    }
    let heard = ears.heard();
    assert_eq!(heard.said.len(), 2, "what servers add on the way makes no other mail of it");
    assert!(heard.said[0].external.starts_with("sha256:"));
}

#[tokio::test]
async fn what_the_relay_says_to_it_decides() {
    for (verdict, taken) in [
        (Verdict::Kept(MessageId::new(1, [0; RANDOM_BYTES])), Taken::Said),
        (Verdict::TakenBefore, Taken::Said),
        (Verdict::Refused(ErrorCode::TooFast), Taken::Again),
        (Verdict::Refused(ErrorCode::TooLong), Taken::Held),
        (Verdict::Refused(ErrorCode::Empty), Taken::Dropped("there is nothing to see in it")),
        (Verdict::Refused(ErrorCode::NoSuchConversation), Taken::Refused("There is no such conversation.")),
    ] {
        let (desk, ears) = set();
        ears.heard().verdict = Some(verdict);
        assert_eq!(take(&desk, &ears, &reply(&ears, &[], "", BODY), LMTP).await, taken, "{verdict:?}");
    }
    let (desk, ears) = set();
    ears.heard().away = true;
    let raw = reply(&ears, &[], "", BODY);
    let mail = Incoming { raw: raw.as_bytes(), token: &ears.token, way: LMTP, is_last_try: true };
    assert_eq!(desk.take(mail, &ears).await, Err(Away));
}

fn report(action: &str, status: &str) -> String {
    format!(
        "From: mailer-daemon@mx.oak.example\r\nTo: bell@relay.example\r\nSubject: Undelivered\r\nMIME-Version: \
         1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: \
         text/plain\r\n\r\nSorry.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; \
         mx.oak.example\r\n\r\nFinal-Recipient: rfc822; ana@oak.example\r\nAction: {action}\r\nStatus: \
         {status}\r\nDiagnostic-Code: smtp; 550 no\r\n such user\r\n--x--\r\n"
    )
}

#[tokio::test]
async fn a_bounce_is_told_by_its_reason() {
    for (action, status, told) in [
        ("failed", "5.1.1", Some((Fate::Gone, "does not exist"))),
        ("Failed", "5.2.1 (disabled)", Some((Fate::Gone, "does not exist"))),
        ("failed", "5.0.0", Some((Fate::Gone, "does not exist"))),
        ("failed", "5.2.2", Some((Fate::Later, "full"))),
        ("failed", "4.2.2", Some((Fate::Later, "full"))),
        ("failed", "5.7.1", Some((Fate::Later, "not wanted"))),
        ("failed", "5.2.3", Some((Fate::Refused, "too big"))),
        ("failed", "4.4.1", Some((Fate::Later, "for days"))),
        ("delayed", "4.4.1", None),
        ("delivered", "2.0.0", None),
        ("", "", None),
    ] {
        let (desk, ears) = set();
        let taken = take(&desk, &ears, &report(action, status), Way::Lmtp { from: "" }).await;
        let heard = ears.heard();
        match told {
            Some((fate, word)) => {
                assert_eq!(taken, Taken::Reported, "{action} {status}");
                let failure = &heard.troubles[0];
                assert_eq!(failure.fate, fate, "{status}");
                assert!(failure.reason.contains(word), "{status}: {}", failure.reason);
            }
            None => {
                assert!(heard.troubles.is_empty() && matches!(taken, Taken::Dropped(_)), "{action} {status}")
            }
        }
        assert!(heard.said.is_empty() && heard.held.is_empty());
    }
    let (desk, ears) = set();
    let taken = take(&desk, &ears, &report("failed", "5.1.1"), LMTP).await;
    assert!(matches!(taken, Taken::Dropped(_)), "a report has no sender: {taken:?}");
    assert!(ears.heard().troubles.is_empty());
}

#[tokio::test]
async fn hostile_mails_do_no_harm() {
    let (desk, ears) = set();
    let deep: String =
        (0..500).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let many = "X-Field: x\r\n".repeat(5_000);
    for raw in [
        String::new(),
        "\r\n\r\n".into(),
        "\0".repeat(1_000),
        format!("{FROM}{deep}"),
        reply(&ears, &[], &many, BODY),
        reply(&ears, &[], &format!("References: {}\r\n", "<a@b> ".repeat(10_000)), "\u{202e}\0\0\r\n"),
        reply(&ears, &[], &format!("DKIM-Signature: {}\r\n", "v=1; a=rsa-sha256; ".repeat(1_000)), BODY),
        reply(&ears, &[("proof", &"Authentication-Results: (((((((\r\n".repeat(100))], "", BODY),
    ] {
        let taken = take(&desk, &ears, &raw, LMTP).await;
        assert!(!matches!(taken, Taken::Unknown | Taken::Reported), "{taken:?}");
    }
}
