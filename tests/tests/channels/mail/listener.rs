//! Answers that a real Postfix brings to the relay's listener.

use shopbell_channels::email::Protocol;
use shopbell_tests::{
    far::mail::{House, Key, Letters, Person, Rooms, free_port},
    until,
};
use tokio::net::TcpStream;

/// A house, a relay that listens, and a letter in Ana's mailbox.
async fn set() -> (House, Letters, Vec<u8>) {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let mut config = house.config(rooms);
    config.trust_authentication_results = vec!["mx.oak.example".into()];
    let letters = Letters::new(&config).listen();
    letters.hand("ana@oak.example", "parcel-1", "Do you ship to Graz?").await.expect("it is taken");
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    (house, letters, letter)
}

fn to(letter: &[u8]) -> String {
    let parsed = mail_parser::MessageParser::default().parse(letter).expect("a mail");
    parsed.reply_to().and_then(|to| to.first()?.address()).expect("a reply address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_answer_is_said_once() {
    let (house, letters, letter) = set().await;
    let key = Key::new("oak.example", &house.names);
    let ana = Person::ana();
    let mail = key.sign(&ana.reply(&letter, "1", "Yes, we do — 40 €."), &["Message-ID"]);
    for _ in 0..3 {
        ana.send(house.ports.outside, "ana@oak.example", &to(&letter), &mail).await.expect("it is taken");
    }
    until("an answer", async || letters.ears.bodies().pop()).await;
    house.is_quiet().await;
    assert_eq!(letters.ears.bodies(), ["Yes, we do — 40 €."]);
    assert!(letters.ears.all().held.is_empty());
    // The same mail with another name, which no signature covers, is the same mail.
    let unnamed = key.sign(&ana.reply(&letter, "2", "And to Linz."), &[]);
    for mail in [unnamed.clone(), unnamed.replace("<2@", "<3@")] {
        ana.send(house.ports.outside, "ana@oak.example", &to(&letter), &mail).await.expect("it is taken");
    }
    until("a second answer", async || (letters.ears.bodies().len() > 1).then_some(())).await;
    house.is_quiet().await;
    assert_eq!(letters.ears.bodies().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_the_owners_server_has_checked_is_said() {
    let (house, letters, letter) = set().await;
    let mail = Person::ana().reply(&letter, "1", "Yes, we do.");
    Person::send_by_python(house.ports.inside, "ana@oak.example", &to(&letter).to_uppercase(), &mail);
    let said = until("an answer", async || letters.ears.all().said.pop()).await;
    assert_eq!((said.body.as_str(), said.external.as_str()), ("Yes, we do.", "1@oak.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_forged_is_said() {
    let (house, letters, letter) = set().await;
    let (oak, evil) = (Key::new("oak.example", &house.names), Key::new("evil.example", &house.names));
    let ana = Person::ana();
    let eve = Person { from: "Ana <eve@evil.example>".into() };
    let forged = "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n";
    let mut number = 0;
    let mut reply = |from: &Person| {
        number += 1;
        from.reply(&letter, &number.to_string(), "Send the money to Eve.")
    };
    let half = |mail: &str| mail.replace("; s=test", "; l=1; s=test");
    let broken = oak.sign(&reply(&ana), &[]).replace("Send the money", "Send all the money");
    let not_named = reply(&ana).replace(&to(&letter), "somebody@oak.example");
    let mails = [
        ("nothing proves it", reply(&ana)),
        ("her own signature", evil.sign(&reply(&eve), &[])),
        ("her signature under Ana's name", evil.sign(&reply(&ana), &[])),
        ("a signature that was changed afterwards", broken),
        ("a signature over a part", half(&oak.sign(&reply(&ana), &[]))),
        ("a result that she wrote", format!("{forged}{}", reply(&ana))),
        ("a result and a signature of hers", format!("{forged}{}", evil.sign(&reply(&ana), &[]))),
        ("two senders", oak.sign(&reply(&Person { from: "ana@oak.example, eve@evil.example".into() }), &[])),
        (
            "a sender in front of the signed one",
            format!("From: eve@evil.example\r\n{}", oak.sign(&reply(&ana), &[])),
        ),
        ("a sender in her name", format!("Sender: eve@evil.example\r\n{}", oak.sign(&reply(&ana), &[]))),
        ("to somebody else", oak.sign(&not_named, &[])),
        (
            "to somebody else, with the address put in afterwards",
            format!(
                "Cc: {}\r\n{}",
                to(&letter),
                oak.sign(&reply(&ana).replace(&to(&letter), "tom@oak.example"), &[])
            ),
        ),
        (
            "somebody else of the same domain",
            oak.sign(&reply(&Person { from: "Ana <tom@oak.example>".into() }), &[]),
        ),
    ];
    let count = mails.len();
    for (what, mail) in &mails {
        ana.send(house.ports.outside, "eve@evil.example", &to(&letter), mail).await.expect(what);
    }
    until("all of it is held", async || (letters.ears.all().held.len() == count).then_some(())).await;
    house.is_quiet().await;
    let reasons: Vec<_> = letters.ears.all().held.iter().map(|held| held.reason.clone()).collect();
    assert_eq!(letters.ears.bodies(), Vec::<String>::new(), "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.ends_with('.')), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_but_a_good_one_is_taken() {
    let (house, letters, letter) = set().await;
    let key = Key::new("oak.example", &house.names);
    let ana = Person::ana();
    let good = to(&letter);
    // The last letter but one of the token is another one.
    let at = good.find('@').expect("an address") - 2;
    let other = if &good[at..=at] == "a" { "b" } else { "a" };
    let changed = format!("{}{other}{}", &good[..at], &good[at + 1..]);
    let mut config = house.config(Rooms::Listener { port: free_port() });
    config.listen = None;
    for (number, address) in
        [changed.as_str(), "bell+abc@relay.example", "bell@relay.example"].into_iter().enumerate()
    {
        let mail = ana.reply(&letter, &number.to_string(), "Hello").replace(&good, address);
        ana.send(house.ports.outside, "ana@oak.example", address, &key.sign(&mail, &[]))
            .await
            .expect("Postfix takes it");
    }
    // Whoever writes to an address that is none hears so.
    let bounced =
        until("three bounces", async || Some(house.mails("ana")).filter(|mails| mails.len() == 4)).await;
    assert!(bounced.iter().any(|mail| String::from_utf8_lossy(mail).contains("no such address any more")));
    // An address is over some day.
    letters.ears.all().now.0 += 300 * 24 * 60 * 60 * 1_000;
    let mail = key.sign(&ana.reply(&letter, "late", "Hello"), &[]);
    ana.send(house.ports.outside, "ana@oak.example", &good, &mail).await.expect("Postfix takes it");
    let held = until("it is held", async || letters.ears.all().held.pop()).await;
    assert!(held.reason.contains("no longer in use"), "{}", held.reason);
    house.is_quiet().await;
    assert!(letters.ears.all().said.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_machine_speaks_for_a_person() {
    let (house, letters, letter) = set().await;
    let key = Key::new("oak.example", &house.names);
    let ana = Person::ana();
    for (number, field) in [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "X-Autoreply: yes\r\n",
        "List-Id: Wood <wood.oak.example>\r\n",
        "X-Shopbell-Letter: 1\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let mail =
            key.sign(&format!("{field}{}", ana.reply(&letter, &number.to_string(), "I am away.")), &[]);
        ana.send(house.ports.outside, "ana@oak.example", &to(&letter), &mail).await.expect(field);
    }
    let away = key.sign(&ana.reply(&letter, "away", "I am away."), &[]);
    ana.send(house.ports.outside, "", &to(&letter), &away).await.expect("it has no sender");
    // The letter itself, sent back as it came.
    let own = String::from_utf8(letter.clone()).expect("ASCII");
    ana.send(house.ports.outside, "bell@relay.example", &to(&letter), &own).await.expect("it is a mail");
    // What comes after all of that is said, and nothing before it.
    let last = key.sign(&ana.reply(&letter, "last", "Here I am."), &[]);
    ana.send(house.ports.outside, "ana@oak.example", &to(&letter), &last).await.expect("it is taken");
    until("the last one", async || letters.ears.bodies().pop()).await;
    house.is_quiet().await;
    assert_eq!(letters.ears.bodies(), ["Here I am."]);
    assert!(letters.ears.all().held.is_empty() && letters.ears.all().troubles.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relay_cannot_keep_now_is_brought_again() {
    let (house, letters, letter) = set().await;
    let key = Key::new("oak.example", &house.names);
    let mail = key.sign(&Person::ana().reply(&letter, "1", "Yes, we do."), &[]);
    letters.ears.all().away = true;
    Person::ana()
        .send(house.ports.outside, "ana@oak.example", &to(&letter), &mail)
        .await
        .expect("Postfix takes it");
    until("it is put off", async || house.logs().contains("Come again in a moment").then_some(())).await;
    letters.ears.all().away = false;
    house.names.is_down(true);
    until("it is put off for its key", async || {
        (house.logs().matches("451 4.3.0").count() > 1).then_some(())
    })
    .await;
    house.names.is_down(false);
    until("it is said", async || letters.ears.bodies().pop()).await;
    house.is_quiet().await;
    assert_eq!(letters.ears.bodies(), ["Yes, we do."]);
    assert!(letters.ears.all().held.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_straight_to_the_relay_is_believed_by_where_they_come_from() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let port = free_port();
    let mut config = house.config(Rooms::Listener { port });
    config.listen_protocol = Protocol::Smtp;
    config.trust_authentication_results = vec!["mx.oak.example".into()];
    let letters = Letters::new(&config).listen();
    letters.hand("ana@oak.example", "parcel-1", "Do you ship to Graz?").await.expect("it is taken");
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    until("a listener", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    let ana = Person::ana();
    let told = "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n";
    let send = async |id: &str, from: &str, field: &str| {
        let mail = format!("{field}{}", ana.reply(&letter, id, &format!("Answer {id}.")));
        ana.send(port, from, &to(&letter), &mail).await
    };

    house.names.text("oak.example", "v=spf1 ip4:192.0.2.1 -all");
    send("1", "ana@oak.example", "").await.expect("it waits for the owner");
    send("2", "ana@oak.example", told).await.expect("nobody is believed about themselves");
    house.names.text("eve.example", "v=spf1 ip4:127.0.0.0/8 -all");
    send("3", "ana@eve.example", "").await.expect("it proves another domain");
    assert_eq!(letters.ears.all().held.len(), 3);
    house.names.text("mail.oak.example", "v=spf1 ip4:127.0.0.0/8 -all");
    send("4", "ana@mail.oak.example", "").await.expect("it comes from a machine of hers");
    assert_eq!(letters.ears.bodies(), ["Answer 4."]);
    let refused =
        ana.send(port, "ana@oak.example", "eve@evil.example", "Subject: Hello\r\n\r\nHello\r\n").await;
    assert!(refused.is_err_and(|error| error.contains("Nothing is carried to others")));
}
