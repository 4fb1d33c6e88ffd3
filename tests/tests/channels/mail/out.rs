//! Letters on their way out.

use mail_parser::MessageParser;
use shopbell_channels::{Channel, Fate, email::EmailConfig};
use shopbell_tests::{
    far::mail::{Faulty, House, Letters, Person, Rooms, Step, free_port},
    until,
};
use tokio::net::TcpStream;

async fn house() -> (House, Letters) {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let letters = Letters::new(&house.config(rooms));
    (house, letters)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_and_every_reader_can_read_it() {
    let (house, letters) = house().await;
    let said = format!("Do you ship to Graz? 🙏\n.\n..\n{}\n\nشكرا", "x".repeat(3_000));
    letters.hand("ana@oak.example", "parcel-1", &said).await.expect("it is taken");
    letters
        .hand("ana@oak.example", "parcel-2", "Are you there?")
        .await
        .expect("it is taken, by the same line");
    let mails =
        until("two letters", async || Some(house.mails("ana")).filter(|mails| mails.len() == 2)).await;
    for mail in &mails {
        let text = String::from_utf8(mail.clone()).expect("ASCII on the way").replace("\r\n", "\n");
        assert!(text.lines().all(|line| line.len() <= 998), "RFC 5322, clause 2.1.1");
        assert!(text.contains("Return-Path: <bell+"), "a bounce finds back: {text}");
    }
    let parsed = MessageParser::default().parse(&mails[0]).expect("a mail");
    assert_eq!(parsed.subject(), Some("Tóm on Oak & Ash"));
    let text = parsed.body_text(0).expect("text").replace("\r\n", "\n");
    assert!(text.contains(&said), "{text}");
    let read = Person::read_by_python(&mails[0]);
    assert!(read.starts_with("Tóm on Oak & Ash\nTóm via Oak & Ash <bell@relay.example>\n"), "{read}");
    assert!(read.contains(&said), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_server_refuses_is_told_for_what_it_is() {
    let (house, letters) = house().await;
    let failure = letters.hand("nobody@oak.example", "parcel-1", "Hello").await.expect_err("there is nobody");
    assert_eq!(failure.fate, Fate::Gone, "{failure}");
    assert!(failure.reason.contains("does not exist"), "{failure}");

    let wrong = house.config(Rooms::Listener { port: free_port() }).smtp.replace("signs", "mistakes");
    let mut config = house.config(Rooms::Listener { port: free_port() });
    config.smtp = wrong;
    let letters = Letters::new(&config);
    let failure =
        letters.hand("ana@oak.example", "parcel-1", "Hello").await.expect_err("the password is wrong");
    assert_eq!(failure.fate, Fate::Later);
    assert!(failure.reason.contains("name and password"), "{failure}");

    config.smtp = house.config(Rooms::Listener { port: free_port() }).smtp;
    config.extra_roots.clear();
    for smtp in [
        config.smtp.clone(),
        config
            .smtp
            .replace("smtp://", "smtps://")
            .replace(&house.ports.submission.to_string(), &house.ports.smtps.to_string()),
    ] {
        config.smtp = smtp;
        let letters = Letters::new(&config);
        let failure = letters
            .hand("ana@oak.example", "parcel-1", "Hello")
            .await
            .expect_err("nobody knows this certificate");
        assert_eq!(failure.fate, Fate::Later);
        assert!(failure.reason.contains("certificate"), "{failure}");
    }
    assert!(house.mails("ana").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tries_it_for_real() {
    let port = free_port();
    let rooms = Rooms::Listener { port };
    let house = House::start(rooms).await;
    let mut config = house.config(rooms);
    let smtps = config
        .smtp
        .replace("smtp://", "smtps://")
        .replace(&house.ports.submission.to_string(), &house.ports.smtps.to_string());
    for smtp in [config.smtp.clone(), smtps] {
        config.smtp = smtp;
        let said = Letters::new(&config).email.examine().await.expect("all is well");
        assert!(said.contains("takes letters") && said.contains(&port.to_string()), "{said}");
    }
    let _running = Letters::new(&config).listen();
    until("the relay to listen", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    Letters::new(&config).email.examine().await.expect("the relay that runs is no stranger");
    let other = Faulty::start(Vec::new()).await;
    let taken = EmailConfig { listen: Some(([127, 0, 0, 1], other.port()).into()), ..config.clone() };
    let said = Letters::new(&taken).email.examine().await.expect_err("somebody else has the port");
    assert!(said.contains("email.listen"), "{said}");
    config.smtp = config.smtp.replace("signs", "mistakes");
    let said = Letters::new(&config).email.examine().await.expect_err("the password is wrong");
    assert!(said.contains("name and password") && !said.contains("mistakes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_comes_back_is_told_to_its_channel() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let letters = Letters::new(&house.config(rooms)).listen();
    let _elsewhere = Faulty::start_on(
        house.ports.elsewhere,
        vec![Step::Say("RCPT", "550 5.1.1 There is no such person here")],
    )
    .await;
    letters.hand("gone@elsewhere.example", "parcel-1", "Hello").await.expect("the first server takes it");
    let (_, failure) = until("trouble", async || letters.ears.all().troubles.first().cloned()).await;
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("does not exist"), "{failure}");
    house.is_quiet().await;
    assert!(letters.ears.all().said.is_empty() && letters.ears.all().held.is_empty());
}
