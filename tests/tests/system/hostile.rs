//! Floods, giants and the half-dead, while a real conversation goes on.

use crate::frames::assert_alive;
use futures_util::future::join_all;
use shopbell_protocol::ErrorCode;
use shopbell_tests::memory::resident_bytes;
use shopbell_tests::raw::Raw;
use shopbell_tests::relay::Setup;
use shopbell_tests::{Owner, Relay, Visitor, stored, web};
use std::io::ErrorKind;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A visitor and an owner say something to each other, now.
async fn assert_they_talk(visitor: &Visitor, owner: &Owner) {
    let question = visitor.write("Are you still there?");
    let conversation = visitor.conversation();
    let shown = |talker: &shopbell_client::OwnerTalker| {
        talker.rows().any(|row| row.id == question && row.seq.is_some()).then_some(())
    };
    owner.until("the question", |talker, _| shown(talker)).await;
    let answer = owner.write(conversation, "I am.");
    visitor.until("the answer", |talker, _| talker.rows().any(|row| row.id == answer).then_some(())).await;
}

async fn two_who_talk(relay: &Relay) -> (Visitor, Owner) {
    let visitor = Visitor::new(relay, "oak");
    visitor.write("Hello");
    let owner = Owner::sign_in(relay, "oak").await;
    owner.open(visitor.conversation()).await;
    (visitor, owner)
}

#[tokio::test]
async fn bodies_of_five_megabytes_are_refused_wherever_they_go() {
    let relay = Relay::start().await;
    let (visitor, owner) = two_who_talk(&relay).await;
    let giant = "x".repeat(5 * 1024 * 1024);
    let paths = [
        ("/talk/oak", 413),
        ("/inbox/sign-in", 413),
        ("/exchange?speaker=visitor", 413),
        ("/exchange?speaker=owner", 413),
        ("/inbox/sign-out", 401),
        ("/ws", 405),
        ("/", 405),
        ("/nothing/here", 404),
    ];
    for (path, expected) in paths {
        let post = web::browser().post(relay.url(path)).header("origin", relay.origin());
        let form = post.header("content-type", "application/x-www-form-urlencoded");
        match form.body(giant.clone()).send().await {
            Ok(answer) => assert_eq!(answer.status(), expected, "{path}"),
            // Where nothing is taken at all, the line may go before the answer is read.
            Err(error) => assert_ne!(expected, 413, "{path} was not answered: {error}"),
        }
    }
    assert_they_talk(&visitor, &owner).await;
    assert_eq!(stored::count(&stored::open(&relay), "messages"), 3);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let relay = Relay::start().await;
    let mut stream = TcpStream::connect(relay.address()).await.expect("connects");
    let head = format!(
        "POST /exchange?speaker=visitor HTTP/1.1\r\nhost: {}\r\norigin: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        relay.address(),
        relay.origin()
    );
    stream.write_all(head.as_bytes()).await.expect("writes");
    let (mut read, mut write) = stream.into_split();
    let pour = async move {
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        // It ends when the relay has had enough.
        while write.write_all(chunk.as_bytes()).await.is_ok() {}
    };
    let answer = async move {
        let mut answer = Vec::new();
        // A reset after the answer is as good as an end.
        drop(read.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let (answer, ()) =
        shopbell_tests::wait::within("the end of it", async { tokio::join!(answer, pour) }).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    assert_alive(&mut raw).await;
}

#[tokio::test]
async fn a_thousand_half_open_connections_disturb_nobody() {
    let relay = Relay::start().await;
    let (visitor, owner) = two_who_talk(&relay).await;
    let openings = [
        "",
        "G",
        "GET /ws?speaker=visitor HTTP/1.1\r\n",
        "POST /exchange?speaker=visitor HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n[",
        "GET /inbox HTTP/1.1\r\nhost: x\r\nx-slow: ",
    ];
    let mut half_open = Vec::new();
    for number in 0..1_000u16 {
        let address = SocketAddr::from(([127, 1, 0, u8::try_from(number % 5 + 1).expect("small")], 0));
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(address).expect("any loopback address will do");
        let mut stream = socket.connect(relay.address()).await.expect("connects");
        let opening = openings[usize::from(number) % openings.len()];
        stream.write_all(opening.as_bytes()).await.expect("writes");
        half_open.push(stream);
        if number % 100 == 0 {
            assert_they_talk(&visitor, &owner).await;
        }
    }
    assert_they_talk(&visitor, &owner).await;
    let newcomer = Visitor::new(&relay, "oak");
    newcomer.write("May I come in?");
    newcomer.until_all_kept().await;
    // The relay lets every one of them go by itself.
    let ends = half_open.iter_mut().map(|stream| async {
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest).await);
    });
    shopbell_tests::wait::within("the relay to let go of them", join_all(ends)).await;
    assert_they_talk(&visitor, &owner).await;
}

#[tokio::test]
async fn who_says_nothing_costs_next_to_nothing() {
    const SILENT: usize = 500;
    /// A request that is being read holds 16 KiB.
    const MOST_BYTES: f64 = 6_000.0;
    let relay = Setup::default().without_limits().start().await;
    let healthy = async || {
        let answer = web::browser().get(relay.url("/healthz")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    };
    healthy().await;
    let before = resident_bytes(relay.pid()).expect("it runs");
    let mut silent = Vec::with_capacity(SILENT);
    for _ in 0..SILENT {
        silent.push(TcpStream::connect(relay.address()).await.expect("connects"));
    }
    // Connections are taken in the order in which they come.
    healthy().await;
    let each = (resident_bytes(relay.pid()).expect("it runs") - before) / SILENT as f64;
    assert!(each < MOST_BYTES, "{each:.0} bytes for each");
    for stream in &silent {
        let read = stream.try_read(&mut [0]).map_err(|error| error.kind());
        assert_eq!(read, Err(ErrorKind::WouldBlock), "the relay has let go of it");
    }
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let relay = Setup::default().set("LIMITS__CONNECTIONS_PER_ADDRESS", 20).start().await;
    let from = |last: u8| async move {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 2, 0, last], 0))).expect("any loopback address will do");
        socket
    };
    let mut greedy = Vec::new();
    for _ in 0..40 {
        greedy.push(from(1).await.connect(relay.address()).await.expect("connects"));
    }
    let mut modest = from(2).await.connect(relay.address()).await.expect("connects");
    let head = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", relay.address());
    modest.write_all(head.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    modest.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The later twenty were told so or let go at once.
    let late = greedy.split_off(20);
    for mut stream in late {
        drop(stream.write_all(head.as_bytes()).await);
        let mut answer = Vec::new();
        let read = shopbell_tests::wait::within("an end", stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(read.is_err() || answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
}

#[tokio::test]
async fn broken_requests_are_answered_with_a_reason_a_person_can_read() {
    let relay = Relay::start().await;
    let client = web::browser();
    let post = async |path: &str, body: Vec<u8>| {
        let request = client.post(relay.url(path)).header("origin", relay.origin()).body(body);
        let answer = request.send().await.expect("the relay answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    let broken: [(&str, &[u8]); 8] = [
        ("/exchange?speaker=visitor", b"\xff\xfe"),
        ("/exchange?speaker=visitor", b"[]"),
        ("/exchange?speaker=visitor", b"{}"),
        ("/exchange?speaker=visitor", b"[\"\xc0\"]"),
        ("/exchange?speaker=nobody", b"[]"),
        ("/exchange", b"[]"),
        ("/inbox/sign-in", b"{\"code\":1}"),
        ("/inbox/sign-in", b"\0"),
    ];
    for (path, body) in broken {
        let (status, said) = post(path, body.to_vec()).await;
        assert_eq!(status, 400, "{path}: {said}");
        let problem: shopbell_protocol::Problem = serde_json::from_str(&said).expect("a problem");
        assert!(problem.code == ErrorCode::BadFrame && problem.sentence.ends_with('.'), "{said}");
    }
    let many = format!("[{}]", vec![r#"{"ping":{}}"#; 65].join(","));
    assert_eq!(post("/exchange?speaker=visitor", many.into_bytes()).await.0, 400);
    let (status, said) = post("/exchange?speaker=visitor", br#"[{"ping":{}}]"#.to_vec()).await;
    assert_eq!(status, 400);
    assert!(said.contains("out_of_turn"), "{said}");
}
