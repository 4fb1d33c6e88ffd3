//! Every route: its headers, who may use it, and what it does with too much.

use crate::testing::House;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::open().await;
    for path in [
        "/",
        "/talk/oak",
        "/talk/none",
        "/inbox",
        "/healthz",
        "/readyz",
        "/a/none",
        "/ws",
        "/nowhere",
        "/inbox/x",
    ] {
        let response =
            House::client().get(format!("{}{path}", house.origin)).send().await.expect("an answer");
        let headers = response.headers();
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-resource-policy",
        ] {
            assert!(headers.contains_key(name), "{path} has no {name}");
        }
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"),
            "{path}: {policy}"
        );
        assert!(headers.get("strict-transport-security").is_none());
    }
    let inbox = House::client().get(format!("{}/inbox", house.origin)).send().await.expect("an answer");
    assert_eq!(inbox.headers()["x-frame-options"], "DENY");
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_take_it() {
    let house = House::open().await;
    for (accepted, coding) in [("br", Some("br")), ("gzip", None)] {
        let request = House::client().get(format!("{}/talk/oak", house.origin));
        let response = request.header("accept-encoding", accepted).send().await.expect("an answer");
        let said = response.headers().get("content-encoding").map(|value| value.to_str().expect("text"));
        assert_eq!(said, coding);
        assert_eq!(response.headers()["vary"], "accept-encoding");
    }
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there_and_cookies_are_secure() {
    let house = House::open_with(|config| {
        config.server.public_url = Some(super::Origin::parse("https://bell.example").expect("an origin"));
    })
    .await;
    let response = House::client()
        .post(format!("{}/talk/oak", house.origin))
        .header("origin", "https://bell.example")
        .form(&[("body", "hi")])
        .send()
        .await
        .expect("an answer");
    assert!(response.headers().contains_key("strict-transport-security"));
    let cookie = response.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("SameSite=None; Secure; Partitioned"), "{cookie}");
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_only_from_our_own_page() {
    let house = House::open().await;
    let code = house.code("oak").await;
    let foreign = House::client()
        .post(format!("{}/inbox/sign-in", house.origin))
        .header("origin", "https://evil.example")
        .body(format!("{{\"code\":{code:?}}}"));
    assert_eq!(foreign.send().await.expect("an answer").status(), 403);
    assert_eq!(house.use_code(&code).await.status(), 200);
    let again = house.use_code(&code).await;
    assert_eq!(again.status(), 401);
    assert!(again.text().await.expect("a text").contains("owner link"));
    for made_up in ["", "abc", &"0".repeat(64)] {
        assert_eq!(house.use_code(made_up).await.status(), 401);
    }
}

#[tokio::test]
async fn guessing_sign_in_codes_is_slow() {
    let house = House::open_with(|config| config.limits.address_sign_ins_per_minute = 2).await;
    for _ in 0..2 {
        assert_eq!(house.use_code(&"0".repeat(64)).await.status(), 401);
    }
    let slow = house.use_code(&"0".repeat(64)).await;
    assert_eq!(slow.status(), 429);
    assert!(slow.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let house = House::open().await;
    let cookie = house.sign_in("oak").await;
    let mut phone = house.owner(&cookie).await;
    let sign_out = |origin: String, cookie: String| {
        let address = format!("{}/inbox/sign-out", house.origin);
        House::client().post(address).header("origin", origin).header("cookie", cookie).send()
    };
    assert_eq!(
        sign_out("https://evil.example".into(), cookie.clone()).await.expect("an answer").status(),
        403
    );
    assert_eq!(sign_out(house.origin.clone(), String::new()).await.expect("an answer").status(), 401);
    assert_eq!(sign_out(house.origin.clone(), cookie.clone()).await.expect("an answer").status(), 204);
    assert_eq!(phone.closed().await.1, shopbell_protocol::CloseCode::SignedOut as u16);
    assert_eq!(sign_out(house.origin.clone(), cookie).await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_body_of_five_megabytes_is_answered_with_a_sentence() {
    let house = House::open().await;
    for path in ["/talk/oak", "/exchange?speaker=visitor", "/inbox/sign-in"] {
        let response = House::client()
            .post(format!("{}{path}", house.origin))
            .header("origin", &house.origin)
            .body(vec![b'x'; 5_000_000])
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 413, "{path}");
        assert!(response.text().await.expect("a text").contains("too much to send"), "{path}");
    }
}

#[tokio::test]
async fn bodies_that_make_no_sense_are_answered_with_a_sentence() {
    let house = House::open().await;
    let many = format!("[{}]", vec![r#"{"ping":{}}"#; 65].join(","));
    for (path, body) in [
        ("/talk/oak", &b"body=%ff%fe&key=x&seen=-1"[..]),
        ("/exchange?speaker=visitor", b"\xff\xfe"),
        ("/exchange?speaker=visitor", b"[]"),
        ("/exchange?speaker=visitor", b"{}"),
        ("/exchange?speaker=nobody", b"[]"),
        ("/exchange?speaker=visitor", many.as_bytes()),
        ("/inbox/sign-in", b"\xff"),
    ] {
        let response = House::client()
            .post(format!("{}{path}", house.origin))
            .header("origin", &house.origin)
            .body(body.to_vec())
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 400, "{path}");
        assert!(response.text().await.expect("a text").contains('.'), "{path}");
    }
}

#[tokio::test]
async fn an_exchange_from_a_foreign_page_is_refused() {
    let house = House::open().await;
    for origin in ["https://oak.example", "null", ""] {
        let request = House::client().post(format!("{}/exchange?speaker=owner", house.origin));
        let response = request.header("origin", origin).body(r#"[{"hello":{}}]"#).send().await;
        assert_eq!(response.expect("an answer").status(), 403, "{origin}");
    }
}

#[tokio::test]
async fn many_half_open_connections_keep_nobody_out() {
    let house = House::open_with(|config| config.limits.connections_per_address = 0).await;
    let address = house.origin.trim_start_matches("http://").to_owned();
    let mut half_open = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.expect("written");
        half_open.push(stream);
    }
    let visitor = crate::testing::stranger();
    let kept = house.visitor("oak", &visitor).await.send(crate::testing::message_id(), "still").await;
    assert!(matches!(kept, shopbell_protocol::RelayFrame::Kept { .. }));
}

#[tokio::test]
async fn who_is_one_too_many_is_told() {
    let house = House::open_with(|config| config.limits.connections_per_address = 1).await;
    let address = house.origin.trim_start_matches("http://").to_owned();
    let mut first = TcpStream::connect(&address).await.expect("a connection");
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    let mut some = [0; 15];
    first.read_exact(&mut some).await.expect("an answer");
    let mut second = TcpStream::connect(&address).await.expect("a connection");
    let mut said = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), second.read_to_string(&mut said));
    read.await.expect("in time").expect("an answer");
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("The line is busy."), "{said}");
}
