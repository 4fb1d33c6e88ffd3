//! Answers that arrive in a mailbox of a real Dovecot's.

use shopbell_channels::{Channel, email::EmailConfig};
use shopbell_tests::{
    far::mail::{House, Key, Letters, Person, Rooms},
    until,
};
use std::{fs, sync::Arc, time::Duration};

const WITH_IDLE: Rooms = Rooms::Mailbox { with_idle: true };

/// A house, its configuration, a relay that does not listen yet, and a letter in Ana's mailbox.
async fn set(rooms: Rooms) -> (House, EmailConfig, Letters, Vec<u8>, Key) {
    let house = House::start(rooms).await;
    let config = house.config(rooms);
    let letters = Letters::new(&config);
    letters.hand("ana@oak.example", "parcel-1", "Do you ship to Graz?").await.expect("it is taken");
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    let key = Key::new("oak.example", &house.names);
    (house, config, letters, letter, key)
}

async fn send(house: &House, mail: &str) {
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).expect("a mail");
    let to = parsed.to().and_then(|to| to.first()?.address()).expect("a recipient");
    Person::ana().send(house.ports.outside, "ana@oak.example", to, mail).await.expect("it is taken");
}

/// How many mails lie in a folder of the mailbox, and how many of them were marked as read.
fn lying(house: &House, folder: &str) -> (usize, usize) {
    let home = house.mailbox().join(folder);
    let names = |part: &str| {
        let files = fs::read_dir(home.join(part)).into_iter().flatten().flatten();
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let all = [names("new"), names("cur")].concat();
    let seen = all.iter().filter(|name| name.split(":2,").nth(1).is_some_and(|flags| flags.contains('S')));
    (all.len(), seen.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_said_once_also_after_a_restart() {
    let (house, config, letters, letter, key) = set(WITH_IDLE).await;
    let ana = Person::ana();
    send(&house, &key.sign(&ana.reply(&letter, "1", "Before anybody listens."), &["Message-ID"])).await;
    house.is_quiet().await;
    let letters = letters.listen();
    until("the first answer", async || letters.ears.bodies().pop()).await;
    // It waits for news now: there is no other way for the next one to come.
    let note = "a note of how far it has come";
    until(note, async || letters.ears.all().notes.values().next().cloned()).await;
    send(&house, &key.sign(&ana.reply(&letter, "2", "While it waits."), &["Message-ID"])).await;
    until("the second answer", async || (letters.ears.bodies().len() > 1).then_some(())).await;
    let forged = ana.reply(&letter, "3", "Send the money to Eve.");
    send(&house, &forged).await;
    until("the forged one", async || letters.ears.all().held.first().cloned()).await;
    until("all are read", async || (lying(&house, "") == (3, 3)).then_some(())).await;

    let ears = Arc::clone(&letters.ears);
    drop(letters);
    send(&house, &key.sign(&ana.reply(&letter, "4", "While it was gone."), &["Message-ID"])).await;
    house.is_quiet().await;
    let again = Letters::again(&config, Arc::clone(&ears)).listen();
    until("what came while it was gone", async || (ears.bodies().len() > 2).then_some(())).await;
    assert_eq!(ears.bodies(), ["Before anybody listens.", "While it waits.", "While it was gone."]);
    // What it remembered is lost: it looks at everything again, and nothing is said twice.
    drop(again);
    ears.all().notes.clear();
    let again = Letters::again(&config, Arc::clone(&ears)).listen();
    until(note, async || ears.all().notes.values().next().cloned()).await;
    send(&house, &key.sign(&ana.reply(&letter, "5", "At last."), &["Message-ID"])).await;
    until("the last answer", async || {
        (ears.bodies().last().is_some_and(|last| last == "At last.")).then_some(())
    })
    .await;
    assert_eq!(ears.bodies().len(), 4);
    drop(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_without_idle_is_looked_at_from_time_to_time() {
    let rooms = Rooms::Mailbox { with_idle: false };
    let (house, mut config, letters, letter, key) = set(rooms).await;
    config.patience.poll = Duration::from_millis(50);
    let starttls = config.imap.take().expect("a mailbox");
    config.imap = Some(
        starttls
            .replace("imaps://", "imap://")
            .replace(&house.ports.imaps.to_string(), &house.ports.imap.to_string()),
    );
    let letters = Letters::again(&config, Arc::clone(&letters.ears)).listen();
    for number in 1..4 {
        send(
            &house,
            &key.sign(&Person::ana().reply(&letter, &number.to_string(), &format!("Answer {number}.")), &[]),
        )
        .await;
        until("the answer", async || (letters.ears.bodies().len() == number).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_the_relay_is_left_alone_and_what_is_goes_where_it_should() {
    let (house, mut config, letters, letter, key) = set(WITH_IDLE).await;
    config.imap_done = Some("Done".into());
    let ana = Person::ana();
    let private = "From: tom@visitors.example\r\nTo: bell@relay.example\r\nSubject: Lunch?\r\nMessage-ID: \
                   <lunch@visitors.example>\r\n\r\nAt noon?\r\n";
    send(&house, private).await;
    let unknown = ana.reply(&letter, "1", "Hello").replace("+", "+x");
    send(&house, &unknown).await;
    house.is_quiet().await;
    send(&house, &key.sign(&ana.reply(&letter, "2", "Yes, we do."), &[])).await;
    let letters = Letters::again(&config, Arc::clone(&letters.ears)).listen();
    until("the answer", async || letters.ears.bodies().pop()).await;
    until("it is put away", async || (lying(&house, ".Done").0 == 1).then_some(())).await;
    until("both others are there, and unread", async || (lying(&house, "") == (2, 0)).then_some(())).await;
    assert!(letters.ears.all().held.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_or_proven_now_is_looked_at_again() {
    let (house, _, letters, letter, key) = set(WITH_IDLE).await;
    letters.ears.all().away = true;
    send(&house, &key.sign(&Person::ana().reply(&letter, "1", "Yes, we do."), &[])).await;
    house.is_quiet().await;
    let letters = letters.listen();
    until("it has been there", async || {
        house.logs().contains("imap-login: Info: Login: user=<bell@relay.example>").then_some(())
    })
    .await;
    assert!(letters.ears.all().said.is_empty());
    letters.ears.all().away = false;
    until("the answer", async || letters.ears.bodies().pop()).await;
    // A key that was not asked for before.
    let other = Key::new("mail.oak.example", &house.names);
    house.names.is_down(true);
    send(&house, &other.sign(&Person::ana().reply(&letter, "2", "And Linz."), &[])).await;
    let held =
        until("it is held when it can't be proven for long", async || letters.ears.all().held.pop()).await;
    assert!(
        held.reason.contains("could not be looked up") && held.body.contains("And Linz."),
        "{}",
        held.reason
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_into_the_mailbox() {
    let (_house, config, letters, ..) = set(WITH_IDLE).await;
    let said = letters.email.examine().await.expect("all is well");
    assert!(said.contains("INBOX"), "{said}");
    let imap = config.imap.clone().expect("a mailbox");
    for (what, imap, done, word) in [
        ("the password is wrong", imap.replace("signs", "mistakes"), None, "name and password"),
        ("there is no such folder", imap.replace("INBOX", "Attic"), None, "Attic"),
        ("there is nowhere to put it", imap.clone(), Some("Attic".to_owned()), "Attic"),
        ("nobody listens", "imaps://ana:secret@localhost:9/INBOX".into(), None, "cannot be reached"),
        (
            "it names nobody",
            imap.replace(
                imap.split_once("//")
                    .and_then(|(_, rest)| rest.rsplit_once('@'))
                    .map_or("", |(login, _)| login),
                "",
            )
            .replace("//@", "//"),
            None,
            "nobody to sign in",
        ),
    ] {
        let config = EmailConfig { imap: Some(imap), imap_done: done, ..config.clone() };
        let said = Letters::new(&config).email.examine().await.expect_err(what);
        assert!(
            said.contains(word) && !said.contains("mistakes") && !said.contains("secret"),
            "{what}: {said}"
        );
    }
    let config = EmailConfig { smtp: "smtp://127.0.0.1:9?tls=none".into(), ..config.clone() };
    assert!(Letters::new(&config).email.examine().await.is_err());
    let config = EmailConfig { extra_roots: Vec::new(), smtp: config.smtp, ..config };
    assert!(Letters::new(&config).email.examine().await.is_err());
}
