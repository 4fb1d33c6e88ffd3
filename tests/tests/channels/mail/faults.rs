//! A mail server that fails in every way.

use shopbell_channels::{
    Failure, Fate,
    email::{EmailConfig, Patience},
};
use shopbell_protocol::UnixMillis;
use shopbell_tests::far::mail::{Faulty, Letters, Step, free_port};
use std::time::Duration;

fn letters(smtp: &str) -> Letters {
    let soon = Duration::from_millis(300);
    let patience = Patience { connect: soon, command: soon, taken: soon, ..Patience::default() };
    Letters::new(&EmailConfig { patience, ..EmailConfig::new(smtp, "bell@relay.example") })
}

async fn hand(smtp: &str) -> Result<(), Failure> {
    letters(smtp).hand("ana@oak.example", "parcel-1", "Hello").await.map(drop)
}

#[tokio::test]
async fn each_fault_is_told_for_what_it_is() {
    use Fate::{Gone, Later, Refused};
    let table = [
        ("it hangs at once", vec![Step::Hang("*")], Later, false, "too long"),
        ("it cuts at once", vec![Step::Cut("*")], Later, false, "cannot be reached"),
        (
            "it is no mail server",
            vec![Step::Say("*", "HTTP/1.1 400 Bad Request")],
            Later,
            false,
            "email.smtp",
        ),
        ("it is closing", vec![Step::Say("*", "421 4.3.2 Closing")], Later, false, "closing"),
        ("it wants nobody", vec![Step::Say("*", "554 5.7.1 Not you")], Later, false, "email.smtp"),
        ("it hangs at the sender", vec![Step::Hang("MAIL")], Later, false, "too long"),
        ("it wants a password", vec![Step::Say("MAIL", "530 5.7.0 Sign in first")], Later, false, "password"),
        (
            "it dislikes the sender",
            vec![Step::Say("MAIL", "553 5.7.1 Not yours")],
            Later,
            false,
            "email.from",
        ),
        ("it is greylisting", vec![Step::Say("RCPT", "450 4.2.0 Greylisted")], Later, false, "moment"),
        ("there is nobody", vec![Step::Say("RCPT", "550 5.1.1 No such user")], Gone, false, "does not exist"),
        (
            "there is nobody, in old words",
            vec![Step::Say("RCPT", "550 No such user")],
            Gone,
            false,
            "does not exist",
        ),
        ("the mailbox is full", vec![Step::Say("RCPT", "552 5.2.2 Over quota")], Later, false, "full"),
        (
            "it carries nothing",
            vec![Step::Say("RCPT", "554 5.7.1 Relay access denied")],
            Later,
            false,
            "provider",
        ),
        ("it cuts at the recipient", vec![Step::Cut("RCPT")], Later, false, "broke"),
        ("it takes no letters", vec![Step::Say("DATA", "554 5.0.0 No")], Refused, false, "refused"),
        ("it takes it for spam", vec![Step::Say(".", "554 5.7.1 Spam")], Refused, false, "refused"),
        ("it finds it too big", vec![Step::Say(".", "552 5.3.4 Too big")], Refused, false, "refused"),
        ("it has no room now", vec![Step::Say(".", "452 4.3.1 No room")], Later, false, "full"),
        ("it is in trouble", vec![Step::Say(".", "451 4.3.0 Later")], Later, false, "moment"),
        ("it cuts after the last dot", vec![Step::Cut(".")], Later, true, "whether"),
        ("it hangs after the last dot", vec![Step::Hang(".")], Later, true, "whether"),
    ];
    for (what, steps, fate, maybe_taken, word) in table {
        let server = Faulty::start(steps).await;
        let failure = hand(&format!("smtp://127.0.0.1:{}?tls=none", server.port())).await.expect_err(what);
        assert_eq!((failure.fate, failure.maybe_taken), (fate, maybe_taken), "{what}: {failure}");
        assert!(failure.reason.contains(word), "{what}: {failure}");
        assert_eq!(
            server.mails().len(),
            usize::from(
                what.contains("last dot")
                    || failure.reason.contains("whether")
                    || word == "full" && what.contains("room")
                    || what.contains("spam")
                    || what.contains("too big")
                    || what.contains("trouble")
            ),
            "{what}"
        );
    }
}

#[tokio::test]
async fn what_stands_in_front_of_the_server_fails_too() {
    let server = Faulty::start(vec![Step::Say("AUTH", "535 5.7.8 Wrong")]).await;
    for (what, smtp, word) in [
        ("nobody listens", format!("smtp://127.0.0.1:{}?tls=none", free_port()), "cannot be reached"),
        ("there is no such name", "smtp://mail.nowhere.invalid".to_owned(), "name is not known"),
        ("it has no TLS", format!("smtp://127.0.0.1:{}", server.port()), "TLS"),
        (
            "the password is wrong",
            format!("smtp://ana:secret@127.0.0.1:{}?tls=none", server.port()),
            "name and password",
        ),
    ] {
        let failure = hand(&smtp).await.expect_err(what);
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false), "{what}: {failure}");
        assert!(failure.reason.contains(word), "{what}: {failure}");
        assert!(!failure.reason.contains("secret") && !failure.reason.contains("127.0.0.1"), "{failure}");
    }
    let failure = hand(&format!("smtps://127.0.0.1:{}", server.port())).await.expect_err("it speaks no TLS");
    assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false), "{failure}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_letter_that_is_sent_again_is_the_same_letter() {
    let server = Faulty::start(vec![Step::Cut(".")]).await;
    let letters = letters(&format!("smtp://127.0.0.1:{}?tls=none", server.port()));
    for minute in 0..2 {
        let now = UnixMillis(Letters::NOW.0 + minute * 60_000);
        let failure =
            letters.hand_to("ana@oak.example", "parcel-1", "Hello", now).await.expect_err("it is cut");
        assert!(failure.maybe_taken);
    }
    let id = |mail: &String| mail.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned);
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert!(id(&mails[0]).is_some());
    assert_eq!(id(&mails[0]), id(&mails[1]));
}

#[tokio::test]
async fn one_line_takes_several_letters_and_a_dead_one_is_noticed() {
    let server = Faulty::start(Vec::new()).await;
    let port = server.port();
    let letters = letters(&format!("smtp://127.0.0.1:{port}?tls=none"));
    for number in 0..3 {
        letters.hand("ana@oak.example", &format!("parcel-{number}"), "Hello").await.expect("it is taken");
    }
    assert_eq!((server.mails().len(), server.lines()), (3, 1));
    drop(server);
    let server = Faulty::start_on(port, Vec::new()).await;
    letters.hand("ana@oak.example", "parcel-4", "Hello").await.expect("by a new line");
    assert_eq!(server.mails().len(), 1);
}
