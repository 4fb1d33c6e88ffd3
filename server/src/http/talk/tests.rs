//! The talk page without scripts.

use crate::secrets;
use crate::testing::{House, stranger};
use reqwest::{Response, header::HeaderMap};

fn field(html: &str, name: &str) -> String {
    let found =
        html.split_once(&format!("name=\"{name}\"")).and_then(|(_, rest)| rest.split_once("value=\""));
    let value = found.unwrap_or_else(|| panic!("no field {name} in {html}")).1;
    value.split_once('"').expect("an end").0.to_owned()
}

struct Page {
    html: String,
    headers: HeaderMap,
    status: u16,
}

async fn page(response: Response) -> Page {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Page { html: response.text().await.expect("a page"), headers, status }
}

async fn get(house: &House, path: &str, cookie: &str) -> Page {
    let request = House::client().get(format!("{}{path}", house.origin)).header("cookie", cookie);
    page(request.send().await.expect("an answer")).await
}

async fn post(house: &House, path: &str, origin: &str, cookie: &str, form: &[(&str, &str)]) -> Page {
    let request = House::client().post(format!("{}{path}", house.origin));
    let request = request.header("origin", origin).header("cookie", cookie).form(form);
    page(request.send().await.expect("an answer")).await
}

fn location(page: &Page) -> String {
    let location = page.headers.get("location").expect("a redirect").to_str().expect("text");
    location.strip_suffix("#last").expect("the end of what was said").to_owned()
}

fn cookie(page: &Page) -> String {
    let cookie = page.headers.get("set-cookie").expect("a cookie").to_str().expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}

#[tokio::test]
async fn a_visitor_without_scripts_writes_and_comes_back() {
    let house = House::open().await;
    let first = get(&house, "/talk/oak", "").await;
    assert_eq!(first.status, 200);
    assert!(first.headers.get("set-cookie").is_none(), "nothing is stored before the first send");
    let (id, key) = (field(&first.html, "id"), field(&first.html, "key"));
    let form = [("body", "Hello <script>alert(1)</script>"), ("id", &*id), ("key", &*key)];
    let sent = post(&house, "/talk/oak", &house.origin, "", &form).await;
    assert_eq!(sent.status, 303);
    // Pressing twice sends once.
    let again = post(&house, "/talk/oak", &house.origin, "", &form).await;
    assert_eq!((again.status, location(&again)), (303, location(&sent)));
    let cookie = cookie(&sent);

    let with_cookie = get(&house, &location(&sent), &cookie).await;
    assert_eq!((with_cookie.status, location(&with_cookie)), (303, "/talk/oak".into()));
    let back = get(&house, "/talk/oak", &cookie).await;
    assert_eq!(back.html.matches("alert(1)").count(), 1);
    assert!(!back.html.contains("<script>alert"), "{}", back.html);
    assert!(back.html.contains("Kept"), "{}", back.html);

    let without_cookie = get(&house, &location(&sent), "").await;
    assert_eq!(without_cookie.status, 200);
    assert!(without_cookie.html.contains("alert(1)"));
    assert_eq!(field(&without_cookie.html, "key"), key, "the page itself carries who speaks");

    let link = get(&house, &format!("/talk/oak/link/{key}"), "").await;
    assert_eq!(link.status, 303);
    assert!(link.headers.get("set-cookie").is_some());
}

#[tokio::test]
async fn what_cannot_be_sent_stays_in_the_box() {
    let house = House::open_with(|config| config.limits.visitor_sends_per_minute = 1).await;
    let key = secrets::key(&stranger());
    let long = "very ".repeat(1_000);
    for (body, status, said) in
        [("  ", 422, "Write a few words first."), (long.as_str(), 413, "at most 4,000 characters")]
    {
        let refused = post(&house, "/talk/oak", &house.origin, "", &[("body", body), ("key", &key)]).await;
        assert_eq!(refused.status, status);
        assert!(refused.html.contains(said) && refused.html.contains(body), "{}", refused.html);
    }
    let sent = post(&house, "/talk/oak", &house.origin, "", &[("body", "one"), ("key", &key)]).await;
    assert_eq!(sent.status, 303);
    let fast = post(&house, "/talk/oak", &house.origin, "", &[("body", "two &amp;"), ("key", &key)]).await;
    assert_eq!(fast.status, 429);
    assert!(fast.headers.get("retry-after").is_some());
    assert!(fast.html.contains("two &#38;amp;"), "{}", fast.html);
}

#[tokio::test]
async fn a_foreign_page_cannot_post_as_the_visitor() {
    let house = House::open().await;
    let visitor = stranger();
    let key = secrets::key(&visitor);
    let cookie = format!("shopbell-visitor={key}");
    for origin in ["https://evil.example", "https://oak.example", "null"] {
        let refused = post(&house, "/talk/oak", origin, &cookie, &[("body", "not me")]).await;
        assert_eq!(refused.status, 403, "{origin}");
    }
    let hidden = post(&house, "/talk/oak", "null", &cookie, &[("body", "me"), ("key", &key)]).await;
    assert_eq!(hidden.status, 303, "a page that hides where it is from may use what it carries itself");
    let other = secrets::key(&stranger());
    let planted = post(&house, "/talk/oak", "null", "", &[("body", "x"), ("key", &other)]).await;
    assert!(planted.headers.get("set-cookie").is_none(), "but cannot make the browser somebody else");
    let shop = House::shop("oak");
    let kept =
        house.relay.store.conversation(&shop, visitor.conversation).await.expect("read").expect("there");
    assert_eq!(kept.last.0, 1);
}

#[tokio::test]
async fn another_ones_link_or_another_shops_is_no_way_in() {
    let house = House::open().await;
    let visitor = stranger();
    let key = secrets::key(&visitor);
    post(&house, "/talk/oak", &house.origin, "", &[("body", "private"), ("key", &key)]).await;
    let forged = format!("{}.{}", visitor.conversation, stranger().secret.reveal());
    for path in [
        format!("/talk/elm/link/{key}"),
        format!("/talk/oak/link/{forged}"),
        "/talk/oak/link/nonsense".into(),
        "/talk/ash".into(),
        "/talk/OAK".into(),
    ] {
        let refused = get(&house, &path, "").await;
        assert_eq!(refused.status, 404, "{path}");
        assert!(refused.headers.get("set-cookie").is_none());
    }
    for path in [format!("/talk/elm?with={key}"), format!("/talk/oak?with={forged}")] {
        assert!(!get(&house, &path, "").await.html.contains("private"), "{path}");
    }
    let cookie = format!("shopbell-visitor={forged}");
    let taken = post(&house, "/talk/oak", &house.origin, &cookie, &[("body", "mine now")]).await;
    assert_eq!(taken.status, 403);
    assert!(taken.html.contains("mine now"), "the words are not lost");
    assert_ne!(field(&taken.html, "key"), key, "and a new conversation is offered");
}

#[tokio::test]
async fn older_messages_are_a_page_away() {
    let house = House::open_with(|config| config.limits.visitor_sends_per_minute = 0).await;
    let visitor = stranger();
    let mut bell = house.visitor("oak", &visitor).await;
    for n in 1..=60 {
        bell.send(crate::testing::message_id(), &format!("message number {n}.")).await;
    }
    let cookie = format!("shopbell-visitor={}", secrets::key(&visitor));
    let latest = get(&house, "/talk/oak", &cookie).await.html;
    assert!(latest.contains("number 60.") && latest.contains("number 11.") && !latest.contains("number 10."));
    assert!(latest.contains("/talk/oak?before=11"), "{latest}");
    let older = get(&house, "/talk/oak?before=11", &cookie).await.html;
    assert!(older.contains("number 1.") && older.contains("number 10.") && !older.contains("number 11."));
}

#[tokio::test]
async fn the_frame_opens_on_the_shops_own_sites_only() {
    let house = House::open().await;
    for path in ["/talk/oak", "/talk/oak?frame=1"] {
        let headers = get(&house, path, "").await.headers;
        let policy = headers.get("content-security-policy").expect("a policy").to_str().expect("text");
        assert!(policy.ends_with("frame-ancestors 'self' https://oak.example"), "{policy}");
        assert!(headers.get("x-frame-options").is_none());
    }
}

/// A request as a browser makes it when another site's page leads there.
async fn led(house: &House, path: &str, site: &str, dest: &str, cookie: &str) -> Page {
    let request = House::client().get(format!("{}{path}", house.origin)).header("cookie", cookie);
    let request = request.header("sec-fetch-site", site).header("sec-fetch-dest", dest);
    page(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn no_page_leads_a_visitor_into_a_conversation_of_its_own() {
    let house = House::open().await;
    let (planted, mine) = (secrets::key(&stranger()), secrets::key(&stranger()));
    // One that does not exist yet would look empty and genuine.
    for with in [format!("/talk/oak?with={planted}"), format!("/talk/oak?frame=1&with={planted}")] {
        for site in ["cross-site", "none"] {
            let page = led(&house, &with, site, "document", "").await;
            assert_ne!(field(&page.html, "key"), planted, "{with} {site}");
        }
    }
    for (key, body) in [(&planted, "bait"), (&mine, "my own words")] {
        let sent = post(&house, "/talk/oak", &house.origin, "", &[("body", body), ("key", key)]).await;
        assert_eq!(sent.status, 303);
    }
    let with = format!("/talk/oak?with={planted}");
    assert!(!led(&house, &with, "cross-site", "document", "").await.html.contains("bait"));
    let own = format!("shopbell-visitor={mine}");
    let mine_still = led(&house, &with, "none", "document", &own).await;
    assert!(mine_still.html.contains("my own words") && !mine_still.html.contains("bait"));

    let link = format!("/talk/oak/link/{planted}");
    for (site, cookie) in [("cross-site", ""), ("none", own.as_str()), ("same-site", "")] {
        let asked = led(&house, &link, site, "document", cookie).await;
        assert_eq!(asked.status, 200, "{site}");
        assert!(asked.headers.get("set-cookie").is_none() && asked.html.contains("Go on here"), "{site}");
    }
    for dest in ["image", "iframe"] {
        let refused = led(&house, &link, "cross-site", dest, "").await;
        assert_eq!(refused.status, 403);
        assert!(refused.headers.get("set-cookie").is_none(), "{dest}");
    }
    let foreign = post(&house, &link, "https://evil.example", &own, &[]).await;
    assert_eq!(foreign.status, 403);
    let wanted = post(&house, &link, &house.origin, &own, &[]).await;
    assert_eq!((wanted.status, cookie(&wanted)), (303, format!("shopbell-visitor={planted}")));
}

#[tokio::test]
async fn a_page_that_is_not_the_shops_is_told_so_where_a_person_reads_it() {
    let house = House::open().await;
    let framed = async |path: &str, from: &str| {
        let request = House::client().get(format!("{}{path}", house.origin)).header("referer", from);
        page(request.send().await.expect("an answer")).await
    };
    let other = framed("/talk/oak?frame=1", "https://other.example/").await;
    assert_eq!(other.status, 403);
    assert!(other.html.contains("shopbell shop edit oak --add-site https://other.example"), "{}", other.html);
    let policy = other.headers.get("content-security-policy").expect("a policy").to_str().expect("text");
    assert!(policy.ends_with("frame-ancestors https://other.example"), "{policy}");
    let unknown = framed("/talk/ash?frame=1", "https://oak.example/").await;
    assert_eq!(unknown.status, 404);
    let policy = unknown.headers.get("content-security-policy").expect("a policy").to_str().expect("text");
    assert!(policy.ends_with("frame-ancestors https://oak.example"), "{policy}");
    assert_eq!(framed("/talk/oak?frame=1", "https://oak.example/").await.status, 200);
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_answered_by_a_page() {
    let house = House::open().await;
    for path in ["/talk/oak?before=99999999999", "/talk/%ff", "/talk/oak/link/%ff"] {
        let page = get(&house, path, "").await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.html.contains("Please check the address"), "{path}: {}", page.html);
    }
}
