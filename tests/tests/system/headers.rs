//! What every answer carries, so that nothing the relay serves can be turned against anybody.

use reqwest::Response;
use shopbell_tests::binary::text;
use shopbell_tests::relay::{SITE, Setup};
use shopbell_tests::{Relay, web};

async fn get(relay: &Relay, path: &str) -> Response {
    web::browser().get(relay.url(path)).send().await.expect("an answer")
}

/// One directive of a content security policy.
fn directive<'a>(policy: &'a str, name: &str) -> &'a str {
    let mut directives = policy.split(';').map(str::trim);
    directives.find_map(|directive| directive.strip_prefix(name)).map_or("", str::trim)
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let relay = Relay::start().await;
    let paths = [
        "/",
        "/shopbell.js",
        "/a/nothing",
        "/talk/oak",
        "/talk/sw.js",
        "/talk/no-such-shop",
        "/talk/oak/link/nonsense",
        "/inbox",
        "/inbox/sw.js",
        "/inbox/sign-in",
        "/inbox/sign-out",
        "/inbox/manifest.webmanifest",
        "/inbox/nothing",
        "/exchange",
        "/healthz",
        "/readyz",
        "/ws",
        "/nothing",
    ];
    for path in paths {
        let answer = get(&relay, path).await;
        let policy = web::header(&answer, "content-security-policy").to_owned();
        assert_eq!(web::header(&answer, "x-content-type-options"), "nosniff", "{path}");
        // A form's browser says where it comes from, but to the relay alone.
        let referrer = web::header(&answer, "referrer-policy");
        assert!(["no-referrer", "same-origin"].contains(&referrer), "{path}: {referrer}");
        assert_eq!(directive(&policy, "default-src"), "'none'", "{path}: {policy}");
        assert_eq!(
            directive(&policy, "base-uri"),
            if path.ends_with("/sw.js") { "" } else { "'none'" },
            "{path}"
        );
        for unsafe_word in ["'unsafe-inline'", "'unsafe-eval'", "*", "data: *", "http:", "https:"] {
            let words = || policy.split([' ', ';']);
            assert!(!words().any(|word| word == unsafe_word), "{path}: {policy}");
        }
        assert!(!web::header(&answer, "permissions-policy").is_empty(), "{path}");
        assert!(
            web::header(&answer, "set-cookie").is_empty(),
            "{path}: a page that is only looked at stores nothing"
        );
        assert!(web::header(&answer, "server").is_empty() && web::header(&answer, "x-powered-by").is_empty());
    }
}

#[tokio::test]
async fn the_frame_opens_on_the_shops_sites_only_and_the_inbox_nowhere() {
    let relay = Relay::start().await;
    let talk = get(&relay, "/talk/oak").await;
    let policy = web::header(&talk, "content-security-policy");
    assert_eq!(directive(policy, "frame-ancestors"), format!("'self' {SITE}"));
    assert_eq!(directive(policy, "form-action"), "'self'");
    let inbox = get(&relay, "/inbox").await;
    let policy = web::header(&inbox, "content-security-policy");
    assert_eq!(directive(policy, "frame-ancestors"), "'none'");
    let framed = get(&relay, "/talk/oak?frame=1").await;
    assert_eq!(
        directive(web::header(&framed, "content-security-policy"), "frame-ancestors"),
        format!("'self' {SITE}")
    );
}

#[tokio::test]
async fn the_loader_is_a_script_for_any_page_and_is_asked_for_anew() {
    let relay = Relay::start().await;
    let loader = get(&relay, "/shopbell.js").await;
    assert_eq!(loader.status(), 200);
    assert!(web::header(&loader, "content-type").starts_with("text/javascript"));
    assert_eq!(web::header(&loader, "cross-origin-resource-policy"), "cross-origin");
    let etag = web::header(&loader, "etag").to_owned();
    assert!(!etag.is_empty());
    let again = web::browser().get(relay.url("/shopbell.js")).header("if-none-match", etag);
    assert_eq!(again.send().await.expect("an answer").status(), 304);
    let squeezed = web::browser().get(relay.url("/shopbell.js")).header("accept-encoding", "br, gzip");
    let squeezed = squeezed.send().await.expect("an answer");
    assert_eq!(web::header(&squeezed, "content-encoding"), "br");
    assert!(web::header(&squeezed, "vary").to_lowercase().contains("accept-encoding"));
}

/// The loader as a page of this origin is given it.
async fn loader_for(relay: &Relay, page: Option<&str>) -> String {
    let request = web::browser().get(relay.url("/shopbell.js"));
    let request = match page {
        Some(page) => request.header("referer", format!("{page}/table?id=1")),
        None => request,
    };
    let answer = request.send().await.expect("an answer");
    assert!(web::header(&answer, "vary").to_lowercase().contains("referer"), "it is not every page's");
    answer.text().await.expect("a script")
}

#[tokio::test]
async fn the_loader_knows_the_owner_by_the_page_that_asks_and_no_other_page_hears_of_them() {
    let relay = Relay::start().await;
    let names = r#"[["oak","Ana"]]"#;
    assert!(loader_for(&relay, Some(SITE)).await.contains(names));
    assert!(loader_for(&relay, None).await.contains(names), "the only shop there is");
    assert!(!loader_for(&relay, Some("https://evil.example")).await.contains("Ana"));
    let edit = |args: &[&str]| {
        let output = relay.cli(&[&["shop", "edit", "oak"], args].concat()).output().expect("runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    edit(&["--owner", "Ben", "--add-site", "https://www.shop.example", "--remove-site", SITE]);
    assert!(loader_for(&relay, Some("https://www.shop.example")).await.contains(r#"[["oak","Ben"]]"#));
    assert!(!loader_for(&relay, Some(SITE)).await.contains("Ben"));
    let frame = get(&relay, "/talk/oak").await;
    let policy = web::header(&frame, "content-security-policy");
    assert_eq!(directive(policy, "frame-ancestors"), "'self' https://www.shop.example");
    relay.add_shop("ash");
    assert!(!loader_for(&relay, None).await.contains("Ben"), "of two shops neither is meant");
}

#[tokio::test]
async fn behind_https_cookies_and_connections_are_for_https_only() {
    let setup = Setup::default().set("SERVER__PUBLIC_URL", "https://bell.example");
    let relay = setup.start().await;
    let answer = get(&relay, "/inbox").await;
    assert!(web::header(&answer, "strict-transport-security").starts_with("max-age="));
    let policy = web::header(&answer, "content-security-policy").to_owned();
    assert!(directive(&policy, "connect-src").contains("wss://bell.example"), "{policy}");
    let body = serde_json::json!({ "code": relay.sign_in_code("oak") });
    let post = |origin: &str| {
        let request = web::browser().post(relay.url("/inbox/sign-in")).header("origin", origin).json(&body);
        request.send()
    };
    assert_eq!(
        post(&relay.origin()).await.expect("an answer").status(),
        403,
        "the public address alone counts"
    );
    let answer = post("https://bell.example").await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let cookie = web::header(&answer, "set-cookie");
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let form = web::browser().post(relay.url("/talk/oak")).header("origin", "https://bell.example");
    let answer = form.form(&[("body", "hello")]).send().await.expect("an answer");
    let cookie = web::header(&answer, "set-cookie");
    for part in ["Secure", "SameSite=None", "Partitioned", "Path=/talk/oak"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn wrong_methods_and_wrong_addresses_are_told_from_each_other() {
    let relay = Relay::start().await;
    for (method, path, expected) in [
        ("DELETE", "/talk/oak", 405),
        ("PUT", "/inbox", 405),
        ("GET", "/exchange", 405),
        ("GET", "/inbox/sign-in", 405),
        ("POST", "/healthz", 405),
        ("GET", "/wp-login.php", 404),
        ("GET", "/a/../../etc/passwd", 404),
        ("GET", "/a/%2e%2e%2fsecret", 404),
        ("GET", "/inbox/../secret", 404),
        ("GET", "/ws", 400),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = web::browser().request(method.clone(), relay.url(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), expected, "{method} {path}");
    }
}
