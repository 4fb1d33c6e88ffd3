//! Whom the relay calls, and what it says when that goes wrong.

use crate::faults::{Mishap, past_the_time};
use reqwest::{Method, header::AUTHORIZATION};
use shopbell_channels::{Answer, Failure, Fate, Outbound, OutboundConfig, limits};
use shopbell_tests::{
    far::http::{Certificate, FarHttp, Fault, NAME, Reply},
    until,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use url::Url;

async fn call(outbound: &Outbound, method: Method, url: &str) -> Result<Answer, Failure> {
    let url = Url::parse(url).expect("an address");
    outbound.send(outbound.request(method, &url)?.header(AUTHORIZATION, "Bearer hush")).await
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

async fn far() -> FarHttp {
    FarHttp::start(|heard| Reply::status(200).text(heard.path.clone())).await
}

/// Nobody is allowed anything here but what a test says.
fn strict(far: &FarHttp, networks: &[&str]) -> Outbound {
    let allow_networks = networks.iter().map(|text| text.parse().expect("a network")).collect();
    Outbound::with_lookup(&OutboundConfig { allow_networks, ..far.config() }, far.names().clone())
}

#[tokio::test]
async fn what_is_allowed_is_called_by_tls_and_without() {
    let far = far().await;
    let outbound = far.outbound();
    let answer = call(&outbound, Method::GET, &far.url("/tls?x=1")).await.expect("an answer");
    assert_eq!((answer.status, answer.body), (200, b"/tls?x=1".to_vec()));
    far.show(Certificate::None);
    let plain = format!("http://127.0.0.1:{}/plain", far.port());
    assert_eq!(call(&far.outbound(), Method::POST, &plain).await.expect("an answer").body, b"/plain");
    assert_eq!(far.heard()[0].header("authorization"), Some("Bearer hush"));
    assert!(far.heard()[0].header("accept-encoding").is_none(), "nothing compressed is wanted");
}

#[tokio::test]
async fn a_machine_inside_is_never_connected_to() {
    let far = far().await;
    let strict = strict(&far, &[]);
    far.names().lead("inside.example", &[ip("127.0.0.1"), ip("::1"), ip("169.254.169.254")]);
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let failure = call(&strict, Method::POST, &format!("https://{host}:{}/", far.port())).await;
        let failure = failure.expect_err(host);
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Gone, false), "{host}: {failure}");
        assert!(failure.reason.contains("not public"), "{host}: {failure}");
    }
    for name in ["inside.example", NAME] {
        let failure = call(&strict, Method::POST, &format!("https://{name}:{}/", far.port())).await;
        let failure = failure.expect_err(name);
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false), "{name}: {failure}");
        assert!(failure.reason.contains("not public"), "{name}: {failure}");
    }
    assert_eq!(far.connections(), 0);
}

#[tokio::test]
async fn the_machines_own_names_lead_nowhere_either() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let outbound = Outbound::new(&OutboundConfig::default());
    let failure = call(&outbound, Method::GET, &format!("https://localhost:{port}/")).await;
    assert!(failure.expect_err("inside").reason.contains("not public"));
    tokio::time::timeout(Duration::ZERO, listener.accept()).await.expect_err("nobody came");
}

#[tokio::test]
async fn of_several_addresses_only_the_permitted_are_tried() {
    let far = far().await;
    // Beside the permitted one stands an address that would answer as well.
    far.names().lead(NAME, &[ip("127.0.0.2"), ip("169.254.169.254"), ip("127.0.0.1")]);
    let outbound = strict(&far, &["127.0.0.1/32"]);
    assert!(call(&outbound, Method::GET, &far.url("/")).await.expect("an answer").is_success());
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_second_time_leads_nowhere() {
    let far = far().await;
    let outbound = strict(&far, &["10.0.0.0/8"]);
    // The first answer would be permitted. It is looked up once for each connection, so
    // there is no second answer that could slip in after the look.
    far.names().lead_in_turn(NAME, &[&[ip("127.0.0.1")], &[ip("127.0.0.1")]]);
    assert!(call(&outbound, Method::GET, &far.url("/")).await.is_err());
    assert_eq!(far.connections(), 0);
    let outbound = strict(&far, &["127.0.0.1/32"]);
    far.names().lead_in_turn(NAME, &[&[ip("127.0.0.1")], &[ip("127.0.0.2")]]);
    assert!(call(&outbound, Method::GET, &far.url("/")).await.expect("the first").is_success());
    assert_eq!(far.connections(), 1);
}

#[tokio::test]
async fn plain_http_goes_to_allowed_networks_only_whatever_the_name_says() {
    let far = far().await;
    far.names().lead("public.example", &[ip("93.184.215.14")]);
    let outbound = strict(&far, &["10.0.0.0/8"]);
    for url in ["http://public.example/", "https://public.example:25/"] {
        let failure = call(&outbound, Method::GET, url).await.expect_err(url);
        assert!(failure.reason.contains("https://") && !failure.maybe_taken, "{failure}");
    }
}

/// A far side that sends who asks for `/to?…` there.
async fn mover() -> FarHttp {
    FarHttp::start(|heard| match heard.path.split_once("/to?") {
        Some((_, to)) => Reply::status(307).header("location", to),
        None => Reply::status(200).text(heard.path.clone()),
    })
    .await
}

#[tokio::test]
async fn a_redirect_is_looked_at_like_the_first_address() {
    let far = mover().await;
    let outbound = far.outbound();
    let to = |target: &str| far.url(&format!("/to?{target}"));
    let answer = call(&outbound, Method::GET, &to("/there")).await.expect("an answer");
    assert_eq!(answer.body, b"/there");
    far.names().lead("inside.example", &[ip("10.1.2.3")]);
    for target in
        ["https://10.0.0.1/", "https://inside.example/", "https://[::1]/", "https://169.254.169.254/"]
    {
        let failure = call(&outbound, Method::GET, &to(target)).await.expect_err(target);
        assert!(failure.reason.contains("not public"), "{target}: {failure}");
    }
    let plain = format!("http://127.0.0.1:{}/there", far.port());
    for target in [plain.as_str(), "file:///etc/passwd", "https://"] {
        let failure = call(&outbound, Method::GET, &to(target)).await.expect_err(target);
        assert!(failure.reason.contains("another address"), "{target}: {failure}");
    }
}

#[tokio::test]
async fn a_redirect_takes_no_token_to_another_origin() {
    let (far, other) = (mover().await, far().await);
    let config = OutboundConfig {
        extra_roots: [far.config().extra_roots, other.config().extra_roots].concat(),
        ..far.config()
    };
    let outbound = Outbound::with_lookup(&config, far.names().clone());
    call(&outbound, Method::GET, &far.url("/to?/same")).await.expect("an answer");
    call(&outbound, Method::GET, &far.url(&format!("/to?{}", other.url("/other")))).await.expect("an answer");
    assert_eq!(far.heard()[1].header("authorization"), Some("Bearer hush"));
    assert_eq!(other.heard()[0].header("authorization"), None);
}

#[tokio::test]
async fn redirects_end_and_only_questions_follow_them() {
    let far = FarHttp::start(|_| Reply::status(302).header("location", "/again")).await;
    let failure = call(&far.outbound(), Method::GET, &far.url("/")).await.expect_err("a circle");
    assert!(failure.reason.contains("yet another"), "{failure}");
    assert_eq!(far.heard().len(), limits::REDIRECTS + 1);
    far.forget();
    let failure = call(&far.outbound(), Method::POST, &far.url("/")).await.expect_err("moved");
    assert!(failure.reason.contains("has moved") && !failure.maybe_taken, "{failure}");
    assert_eq!(far.heard().len(), 1);
}

#[tokio::test]
async fn every_fault_has_its_words_and_only_what_was_sent_may_have_been_taken() {
    let far = Arc::new(far().await);
    for (mishap, words, maybe_taken) in [
        (Mishap::Fault(Fault::Refuse), "refuses connections", false),
        (Mishap::NameGone, "name cannot be found", false),
        (Mishap::Certificate(Certificate::Expired), "has expired", false),
        (Mishap::Certificate(Certificate::NotYet), "not valid yet", false),
        (Mishap::Certificate(Certificate::OtherName), "another name", false),
        (Mishap::Certificate(Certificate::Stranger), "issuer", false),
        (Mishap::Certificate(Certificate::None), "does not speak https", false),
        (Mishap::Fault(Fault::Silent), "did not answer in time", true),
        (Mishap::Fault(Fault::StallInBody), "did not answer in time", true),
        (Mishap::Fault(Fault::Cut), "cut the connection", true),
        (Mishap::Fault(Fault::CutInBody), "cut the connection", true),
    ] {
        mishap.begin(&far).await;
        let (outbound, url) = (far.outbound(), far.url("/secret-path?token=hush"));
        let call = async move { call(&outbound, Method::POST, &url).await };
        let failure = mishap.through(&far, call).await.expect_err(words);
        assert!(failure.reason.contains(words), "{mishap:?}: {failure}");
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, maybe_taken), "{mishap:?}");
        assert!(!format!("{failure:?}").contains("secret-path"), "{failure:?}");
        mishap.end(&far).await;
    }
    assert!(call(&far.outbound(), Method::POST, &far.url("/")).await.expect("an answer").is_success());
}

#[tokio::test]
async fn nobody_who_listens_without_a_word_keeps_the_relay() {
    // The kernel takes the connection; nobody ever says anything in TLS.
    let far = far().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{NAME}:{}/", silent.local_addr().expect("an address").port());
    let outbound = far.outbound();
    let asking = tokio::spawn(async move { call(&outbound, Method::POST, &url).await });
    let _connection = silent.accept().await.expect("a connection");
    past_the_time(limits::CONNECT_WITHIN).await;
    let failure = asking.await.expect("no panic").expect_err("nothing was said");
    assert!(failure.reason.contains("reached in time") && !failure.maybe_taken, "{failure:?}");
}

#[tokio::test]
async fn of_a_body_without_end_only_the_beginning_is_fetched() {
    let far = far().await;
    far.fault(Fault::Endless).await;
    let answer = call(&far.outbound(), Method::GET, &far.url("/")).await.expect("an answer");
    assert_eq!(answer.body.len(), limits::ANSWER_BYTES);
    // What the sockets of both ends hold comes on top; then it stops, for nobody reads.
    let mut before = 0;
    until("the far side to stop", async || {
        let sent = far.sent_bytes();
        (std::mem::replace(&mut before, sent) == sent).then_some(())
    })
    .await;
    assert!(far.sent_bytes() < 32 * 1024 * 1024, "{}", far.sent_bytes());
}

#[tokio::test]
async fn a_far_side_says_when_to_come_again() {
    let far = far().await;
    for (header, wait) in
        [("7", Some(7)), ("Fri, 31 Dec 9999 23:59:59 GMT", Some(24 * 60 * 60)), ("soon", None)]
    {
        far.fault(Fault::Answer(Reply::status(503).header("retry-after", header))).await;
        let answer = call(&far.outbound(), Method::POST, &far.url("/")).await.expect("an answer");
        assert_eq!((answer.status, answer.retry_after), (503, wait.map(Duration::from_secs)), "{header}");
    }
}
