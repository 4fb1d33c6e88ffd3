use super::{
    super::super::hearing::{Hearing, desk},
    *,
};
use tokio::io::AsyncReadExt;

const MAIL: &str = "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\nFrom: ana@oak.example\r\nTo: \
                    ADDRESS\r\nMessage-ID: <1@oak.example>\r\n\r\nYes, we do.\r\n..and more\r\n.\r\n";

/// What is answered to everything that is sent at once, a line each.
async fn answers(protocol: Protocol, desk: &Desk, ears: &Hearing, sent: &str) -> Vec<String> {
    let sent = sent.replace("MAIL\r\n", "MAIL FROM:<ana@oak.example>\r\n");
    let sent = sent.replace("<MAIL>", MAIL).replace("ADDRESS", &ears.address());
    let (near, mut far) = tokio::io::duplex(64 * 1024);
    let address = "127.0.0.1".parse().expect("an address");
    let mut text = String::new();
    let session = Session::new(desk, ears, protocol, address, sent.as_bytes(), near);
    let (_, read) = tokio::join!(session.run(), far.read_to_string(&mut text));
    read.expect("text");
    text.lines().map(str::to_owned).collect()
}

fn set(protocol: Protocol) -> (Desk, Hearing) {
    let desk = desk(protocol);
    let ears = Hearing::new(&desk);
    (desk, ears)
}

/// The codes alone.
async fn codes(protocol: Protocol, sent: &str) -> (String, Hearing) {
    let (desk, ears) = set(protocol);
    let lines = answers(protocol, &desk, &ears, sent).await;
    let last_lines = lines.iter().filter(|line| line.as_bytes().get(3) == Some(&b' '));
    (last_lines.map(|line| &line[..3]).collect::<Vec<_>>().join(" "), ears)
}

#[tokio::test]
async fn a_mail_for_an_address_of_ours_is_taken() {
    let sent = "LHLO mx.oak.example\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n<MAIL>QUIT\r\n";
    let (codes, ears) = codes(Protocol::Lmtp, sent).await;
    assert_eq!(codes, "220 250 250 250 354 250 221");
    let heard = ears.heard();
    assert_eq!(heard.said[0].body, "Yes, we do.\n.and more");
    assert_eq!(heard.said.len(), 1);
}

#[tokio::test]
async fn it_says_what_it_offers() {
    let (desk, ears) = set(Protocol::Smtp);
    let lines = answers(Protocol::Smtp, &desk, &ears, "EHLO mx.oak.example\r\nQUIT\r\n").await.join("\n");
    for word in ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760", "ENHANCEDSTATUSCODES"] {
        assert!(lines.contains(word), "{word}: {lines}");
    }
    for word in ["CHUNKING", "AUTH", "STARTTLS", "DSN"] {
        assert!(!lines.contains(word), "{word}: {lines}");
    }
}

#[tokio::test]
async fn nothing_is_carried_to_others_and_nothing_to_nobody() {
    for to in [
        "eve@evil.example",
        "bell@relay.example",
        "bell+abc@relay.example",
        "postmaster",
        "ADDRESS@evil.example",
    ] {
        let sent = format!("EHLO a\r\nMAIL\r\nRCPT TO:<{to}>\r\nDATA\r\nQUIT\r\n");
        let (codes, _) = codes(Protocol::Smtp, &sent).await;
        assert!(codes == "220 250 250 550 503 221" || codes == "220 250 250 553 503 221", "{to}: {codes}");
    }
}

#[tokio::test]
async fn each_recipient_has_an_answer_of_its_own() {
    let head = "LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nRCPT TO:<bell+no@relay.example>\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n";
    let (codes, ears) = codes(Protocol::Lmtp, &format!("{head}<MAIL>NOOP\r\n")).await;
    assert_eq!(codes, "220 250 250 250 550 250 354 250 250 250");
    assert_eq!(ears.heard().said.len(), 1);
}

#[tokio::test]
async fn it_is_taken_only_when_the_relay_has_it() {
    let (desk, ears) = set(Protocol::Lmtp);
    let sent = "LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n<MAIL>";
    ears.heard().away = true;
    let lines = answers(Protocol::Lmtp, &desk, &ears, "LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\n").await;
    assert!(lines.last().is_some_and(|line| line.starts_with("451")), "{lines:?}");
    ears.heard().away = false;
    ears.heard().verdict = Some(crate::Verdict::Refused(shopbell_protocol::ErrorCode::Busy));
    let lines = answers(Protocol::Lmtp, &desk, &ears, sent).await;
    assert!(lines.last().is_some_and(|line| line.starts_with("451")), "{lines:?}");
    assert!(ears.heard().said.is_empty());
}

#[tokio::test]
async fn the_order_is_kept_to() {
    for (sent, wanted) in [
        ("MAIL\r\n", "220 503"),
        ("EHLO a\r\nRCPT TO:<ADDRESS>\r\n", "220 250 503"),
        ("EHLO a\r\nDATA\r\n", "220 250 503"),
        ("EHLO a\r\nMAIL\r\nMAIL\r\n", "220 250 250 503"),
        ("EHLO a\r\nMAIL\r\nDATA\r\n", "220 250 250 503"),
        ("EHLO a\r\nMAIL\r\nRSET\r\nRCPT TO:<ADDRESS>\r\n", "220 250 250 250 503"),
        ("EHLO a\r\nMAIL\r\nEHLO a\r\nRCPT TO:<ADDRESS>\r\n", "220 250 250 250 503"),
        ("LHLO a\r\n", "220 502"),
        ("STARTTLS\r\nAUTH PLAIN AAAA\r\nEXPN a\r\n", "220 502 502 502"),
        ("VRFY ana\r\nNOOP\r\n", "220 252 250"),
        ("XFORWARD ADDR=1.2.3.4\r\nHELLO\r\n\r\n", "220 500 500 500"),
        ("EHLO a\r\nMAIL FROM:<a@b.example> SIZE=99999999\r\n", "220 250 552"),
        ("EHLO a\r\nMAIL FROM:<a@b.example> BODY=BINARYMIME\r\n", "220 250 501"),
        ("EHLO a\r\nMAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8\r\n", "220 250 250"),
        ("EHLO a\r\nMAIL FROM:<a@b.example> SURPRISE=1\r\n", "220 250 555"),
        ("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<ADDRESS>\r\n", "220 250 250 250"),
        ("EHLO a\r\nMAIL FROM: <a b>\r\n", "220 250 553"),
    ] {
        let (codes, _) = codes(Protocol::Smtp, sent).await;
        assert_eq!(codes, wanted, "{sent}");
    }
}

#[tokio::test]
async fn a_lone_line_end_smuggles_nothing_in() {
    let smuggled = "\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n<MAIL>";
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r\n\0.\n"] {
        let mail = MAIL.replace("\r\n.\r\n", end);
        let sent = format!("LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n{mail}{smuggled}");
        let (codes, ears) = codes(Protocol::Lmtp, &sent).await;
        assert_eq!(codes, "220 250 250 250 354 550", "{end:?}");
        assert!(ears.heard().said.is_empty() && ears.heard().held.is_empty(), "{end:?}");
    }
    let (codes, _) = codes(Protocol::Lmtp, "LHLO a\nNOOP\r\n").await;
    assert_eq!(codes, "220 500");
}

#[tokio::test]
async fn chunks_that_were_not_offered_are_not_taken_for_commands() {
    let sent = "LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nBDAT 6 LAST\r\nNOOP\r\nNOOP\r\n";
    let (codes, _) = codes(Protocol::Lmtp, sent).await;
    assert_eq!(codes, "220 250 250 250 502");
}

#[tokio::test]
async fn nonsense_has_an_end() {
    let (all, _) = codes(Protocol::Smtp, &"WHAT\r\n".repeat(100)).await;
    assert_eq!(all.matches("500").count(), limits::SESSION_FAULTS);
    assert!(all.ends_with("421"), "{all}");
    let (all, _) = codes(Protocol::Smtp, &"NOOP\r\n".repeat(limits::SESSION_COMMANDS + 10)).await;
    assert_eq!(all.matches("250").count(), limits::SESSION_COMMANDS);
    let (all, _) = codes(Protocol::Smtp, &"A".repeat(1_000_000)).await;
    assert_eq!(all, "220 500");
    let recipients = "RCPT TO:<ADDRESS>\r\n".repeat(limits::RECIPIENTS + 1);
    let (all, _) = codes(Protocol::Lmtp, &format!("LHLO a\r\nMAIL\r\n{recipients}")).await;
    assert!(all.ends_with("452"), "{all}");
}

#[tokio::test]
async fn a_mail_that_is_too_big_is_refused_for_good() {
    let sent = format!(
        "LHLO a\r\nMAIL\r\nRCPT TO:<ADDRESS>\r\nDATA\r\n{}\r\n.\r\nQUIT\r\n",
        "x".repeat(limits::MAIL_BYTES + 1)
    );
    let (codes, ears) = codes(Protocol::Lmtp, &sent).await;
    assert_eq!(codes, "220 250 250 250 354 552 221");
    assert!(ears.heard().said.is_empty());
}

#[tokio::test]
async fn any_octets_at_all_do_no_harm() {
    for seed in 0_u32..200 {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        let words = [
            "LHLO a",
            "MAIL FROM:<",
            "RCPT TO:<",
            "DATA",
            ">",
            "\r\n",
            "\r",
            "\n",
            ".",
            "\0",
            "\u{ff}",
            "\"",
            "@",
            "a b",
            "BDAT 99",
        ];
        let sent: String = (0..200).map(|_| words[next() as usize % words.len()]).collect();
        let (codes, ears) = codes(Protocol::Lmtp, &sent).await;
        assert!(codes.starts_with("220"), "{sent:?}");
        assert!(ears.heard().said.is_empty(), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_not_waited_for() {
    let (desk, ears) = set(Protocol::Smtp);
    let (near, mut far) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(near);
    let session =
        Session::new(&desk, &ears, Protocol::Smtp, "127.0.0.1".parse().expect("an address"), reader, writer);
    session.run().await;
    let mut text = String::new();
    far.read_to_string(&mut text).await.expect("text");
    assert!(text.contains("421 4.4.2"), "{text}");
}
