//! The talk page as a browser without scripts uses it: a form, a redirect, a
//! cookie or a private link, and the same conversation.

use reqwest::{Client, Response};
use shopbell_client::MessageState;
use shopbell_tests::{Owner, Relay, Visitor, stored, web};

async fn page(client: &Client, address: String) -> String {
    let answer = client.get(address).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(web::header(&answer, "content-type").starts_with("text/html"));
    answer.text().await.expect("a page")
}

/// The value of a field of the page's form.
fn field(page: &str, name: &str) -> Option<String> {
    let mut inputs = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let input = inputs.find(|input| input.contains(&format!("name=\"{name}\"")))?;
    Some(input.split("value=\"").nth(1)?.split('"').next()?.to_owned())
}

/// Posts the form as the page has it.
async fn send(client: &Client, relay: &Relay, shown: &str, body: &str) -> Response {
    let mut form = vec![("body", body.to_owned())];
    form.extend(["id", "key"].into_iter().filter_map(|name| Some((name, field(shown, name)?))));
    let post = client.post(relay.url("/talk/oak")).header("origin", relay.origin()).form(&form);
    post.send().await.expect("an answer")
}

fn location(relay: &Relay, answer: &Response) -> String {
    assert_eq!(answer.status(), 303);
    let location = web::header(answer, "location");
    assert!(location.starts_with("/talk/oak"), "{location}");
    relay.url(location)
}

#[tokio::test]
async fn without_scripts_the_same_conversation_works_by_a_cookie() {
    let relay = Relay::start().await;
    let client = web::browser();
    let empty = page(&client, relay.url("/talk/oak")).await;
    assert!(empty.contains("<textarea") && empty.contains("maxlength=\"4000\""), "{empty}");
    assert_eq!(stored::count(&stored::open(&relay), "conversations"), 0, "looking leaves no trace");
    let answer = send(&client, &relay, &empty, "Do you deliver?").await;
    let shown = page(&client, redirected(&client, location(&relay, &answer)).await).await;
    assert!(shown.contains("Do you deliver?") && shown.contains("Kept"), "{shown}");

    let owner = Owner::sign_in(&relay, "oak").await;
    let conversation = owner
        .until("the conversation", |talker, _| Some(talker.list().conversations().first()?.conversation))
        .await;
    owner.open(conversation).await;
    owner.until_bodies(&["Do you deliver?"]).await;
    owner.see();
    let answer = owner.write(conversation, "On Fridays.");
    owner.until_state(answer, MessageState::Kept).await;
    let shown = page(&client, relay.url("/talk/oak")).await;
    assert!(shown.contains("On Fridays.") && shown.contains("Opened"), "{shown}");
    let again = send(&client, &relay, &shown, "Wonderful!").await;
    location(&relay, &again);
    owner.until_bodies(&["Do you deliver?", "On Fridays.", "Wonderful!"]).await;
}

/// Follows redirects to the page itself.
async fn redirected(client: &Client, mut address: String) -> String {
    for _ in 0..3 {
        let answer = client.get(&address).send().await.expect("an answer");
        if answer.status() != 303 {
            break;
        }
        let origin = address.split("/talk").next().unwrap_or_default().to_owned();
        address = format!("{origin}{}", web::header(&answer, "location"));
    }
    address
}

#[tokio::test]
async fn without_cookies_it_works_by_the_pages_own_address() {
    let relay = Relay::start().await;
    let client = || shopbell_tests::web::client();
    let empty = page(&client(), relay.url("/talk/oak")).await;
    let answer = send(&client(), &relay, &empty, "one").await;
    let first = page(&client(), location(&relay, &answer)).await;
    assert!(first.contains("one"), "{first}");
    let answer = send(&client(), &relay, &first, "two").await;
    let second = page(&client(), location(&relay, &answer)).await;
    assert!(second.contains("one") && second.contains("two"), "{second}");
    let db = stored::open(&relay);
    assert_eq!((stored::count(&db, "conversations"), stored::count(&db, "messages")), (1, 2));
}

#[tokio::test]
async fn a_private_link_brings_a_visitor_back() {
    let relay = Relay::start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("Written with scripts.");
    visitor.until_all_kept().await;
    let key = format!("{}.{}", visitor.conversation(), visitor.credential.secret.reveal());
    let client = web::browser();
    let answer = client.get(relay.url(&format!("/talk/oak/link/{key}"))).send().await.expect("an answer");
    let address = redirected(&client, location(&relay, &answer)).await;
    assert!(
        !address.contains(visitor.credential.secret.reveal()),
        "a browser with cookies needs no secret in its address"
    );
    let shown = page(&client, address).await;
    assert!(shown.contains("Written with scripts."));
    send(&client, &relay, &shown, "Written without.").await;
    visitor.until_bodies(&["Written with scripts.", "Written without."]).await;
}

#[tokio::test]
async fn the_same_page_sent_twice_is_one_message() {
    let relay = Relay::start().await;
    let client = web::browser();
    let empty = page(&client, relay.url("/talk/oak")).await;
    for _ in 0..3 {
        let answer = send(&client, &relay, &empty, "Pressed three times").await;
        // The first answer's cookie says who speaks; the id says that it is the same.
        assert_eq!(answer.status(), 303);
    }
    assert_eq!(stored::count(&stored::open(&relay), "messages"), 1);
}

#[tokio::test]
async fn what_was_written_is_shown_as_text_and_never_as_markup() {
    let relay = Relay::start().await;
    let client = web::browser();
    let texts = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</textarea><script>alert(2)</script>",
        "{{ 7 * 7 }} {% raw %} &lt;b&gt; &amp;",
        "\u{202e}evil\u{2066}",
    ];
    let mut shown = page(&client, relay.url("/talk/oak")).await;
    for text in texts {
        let answer = send(&client, &relay, &shown, text).await;
        assert_eq!(answer.status(), 303, "{text}");
        shown = page(&client, relay.url("/talk/oak")).await;
    }
    for markup in ["<script>alert", "<img", "onerror=alert(1)>", "</textarea><script"] {
        assert!(!shown.contains(markup), "{markup}: {shown}");
    }
    assert!(shown.contains("alert(1)") && shown.contains("{{ 7 * 7 }}"), "it is still there to be read");
    assert!(shown.matches("dir=\"auto\"").count() >= texts.len(), "each text turns nothing but itself");

    // What could not be sent stands in the box again, as text.
    let too_long = format!("</textarea><script>alert(3)</script>{}", "x".repeat(4_000));
    let answer = send(&client, &relay, &shown, &too_long).await;
    assert_eq!(answer.status(), 413);
    let refused = answer.text().await.expect("a page");
    assert!(!refused.contains("</textarea><script"), "{refused}");
    assert!(refused.contains("alert(3)") && refused.contains("role=\"alert\""));
}

#[tokio::test]
async fn an_empty_or_broken_form_is_answered_kindly() {
    let relay = Relay::start().await;
    let client = web::browser();
    let post = |body: &'static [u8]| {
        let request = client.post(relay.url("/talk/oak")).header("origin", relay.origin());
        request.header("content-type", "application/x-www-form-urlencoded").body(body).send()
    };
    for (body, expected) in [
        (&b"body=+%0A+"[..], 422),
        (b"", 422),
        (b"body=%00%01", 422),
        (b"seen=many&body=x", 400),
        (b"body=x&body=y", 400),
    ] {
        let answer = post(body).await.expect("an answer");
        let status = answer.status();
        let page = answer.text().await.expect("a page");
        assert_eq!(status, expected, "{body:?}: {page}");
        assert!(page.contains("<html"), "a person is told on a page: {page}");
    }
    assert_eq!(stored::count(&stored::open(&relay), "messages"), 0);
    let answer = post(b"body=%ff%fe+broken").await.expect("an answer");
    assert!([303, 400].contains(&answer.status().as_u16()), "{}", answer.status());
}

#[tokio::test]
async fn control_characters_are_left_out_and_the_text_is_kept() {
    let relay = Relay::start().await;
    let client = web::browser();
    let empty = page(&client, relay.url("/talk/oak")).await;
    let answer = send(&client, &relay, &empty, "bell\u{7} and\r\nline").await;
    assert_eq!(answer.status(), 303);
    let body: String = stored::open(&relay)
        .query_row("SELECT body FROM messages", [], |row| row.get(0))
        .expect("one message");
    assert_eq!(body, "bell and\nline");
}
