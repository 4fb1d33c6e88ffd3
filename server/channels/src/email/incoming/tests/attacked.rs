//! What somebody tries who knows how it is built.

use super::*;

/// With a signature of Ana's server over these fields, that her other server found to be good.
fn signed(ears: &Hearing, fields: &str, more: &str) -> String {
    let signature = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=oak.example; s=x; h={fields};{more} bh=aGVsbG8=; \
         b=aGVsbG8=\r\n"
    );
    reply(ears, &[], &signature, BODY)
}

#[tokio::test]
async fn a_servers_word_for_a_signature_is_no_word_for_what_it_leaves_open() {
    for (fields, more, name) in [
        ("from:to:subject:message-id", "", Some("1@oak.example")),
        ("From:To:Subject:Date", "", Some("dkim:")),
        ("from:subject:message-id", "", None),
        ("to:subject:message-id", "", None),
        ("from:to:message-id", " l=0;", Some("1@oak.example")),
        ("from:to:message-id", " l=3;", None),
        ("from:to:message-id", " a=rsa-sha1;", None),
    ] {
        let (desk, ears) = set();
        let taken = take(&desk, &ears, &signed(&ears, fields, more), LMTP).await;
        let heard = ears.heard();
        match name {
            Some(name) => {
                assert_eq!(taken, Taken::Said, "{fields}{more}");
                assert!(heard.said[0].external.starts_with(name), "{}", heard.said[0].external);
            }
            None => assert_eq!((taken, heard.said.len()), (Taken::Held, 0), "{fields}{more}"),
        }
    }
    // Beside a good one, one that leaves the mail's end open: which of them it was is not known.
    let (desk, ears) = set();
    let both = signed(&ears, "from:to:message-id", "");
    let other =
        both.lines().find(|line| line.starts_with("DKIM")).expect("a signature").replace("h=", "l=3; h=");
    assert_eq!(take(&desk, &ears, &format!("{PASS}{other}\r\n{both}"), LMTP).await, Taken::Held);
    // A machine's word is for the whole mail.
    let (desk, ears) = set();
    let machine = "Authentication-Results: mx.oak.example; spf=pass smtp.mailfrom=ana@oak.example\r\n";
    let raw = format!("{machine}{}", signed(&ears, "from:subject", " l=3;").replace(PASS, ""));
    assert_eq!(take(&desk, &ears, &raw, LMTP).await, Taken::Said);
}

#[tokio::test]
async fn who_answers_from_the_relays_own_mailbox_is_heard_too() {
    let (desk, mut ears) = set();
    ears.known.target = Target::Email(crate::email::Mailbox { address: "Bell@Relay.Example".into() });
    let proof = "Authentication-Results: mx.oak.example; spf=pass smtp.mailfrom=bell@relay.example\r\n";
    let from = [("proof", proof), ("from", "From: Ana <bell@relay.example>\r\n")];
    assert_eq!(take(&desk, &ears, &reply(&ears, &from, "", BODY), Way::Mailbox).await, Taken::Said);
    let letter = reply(&ears, &from, "X-Shopbell-Letter: 1\r\n", BODY);
    assert!(
        matches!(take(&desk, &ears, &letter, Way::Mailbox).await, Taken::Dropped(_)),
        "the letter itself"
    );
    let from = [("proof", proof), ("from", "From: bell+abc@relay.example\r\n")];
    let raw = reply(&ears, &from, "", BODY);
    assert!(
        matches!(take(&desk, &ears, &raw, Way::Mailbox).await, Taken::Dropped(_)),
        "nobody writes from there"
    );
}

#[tokio::test]
async fn what_finds_no_room_to_wait_is_not_said_to_wait() {
    let (desk, ears) = set();
    ears.heard().full = true;
    assert_eq!(take(&desk, &ears, &reply(&ears, &[("proof", "")], "", BODY), LMTP).await, Taken::Full);
    let raw = reply(&ears, &[], "", BODY);
    let mail = Incoming { raw: raw.as_bytes(), token: &ears.token, way: LMTP, is_last_try: true };
    assert_eq!(desk.take_unread(mail, &ears).await, Ok(Taken::Full));
}
