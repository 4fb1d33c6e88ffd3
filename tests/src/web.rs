//! A browser's HTTP, as far as these tests need one.

use crate::relay::Relay;
use reqwest::{Client, Response, redirect::Policy};

/// A client that keeps cookies and shows redirects as they are.
///
/// # Panics
/// When the system has no client to give.
pub fn browser() -> Client {
    shopbell_channels::use_ring();
    Client::builder().cookie_store(true).redirect(Policy::none()).build().expect("a client")
}

/// A client that keeps nothing.
///
/// # Panics
/// When the system has no client to give.
pub fn client() -> Client {
    shopbell_channels::use_ring();
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

/// Uses a sign-in code up, as the inbox does.
pub async fn post_code(client: &Client, relay: &Relay, code: &str) -> Response {
    post_code_at(client, &relay.origin(), code).await
}

async fn post_code_at(client: &Client, origin: &str, code: &str) -> Response {
    let body = serde_json::json!({ "code": code });
    let request = client.post(format!("{origin}/inbox/sign-in")).header("origin", origin).json(&body);
    request.send().await.expect("the relay answers")
}

/// Signs in and gives the session, as the `Cookie` header has it.
///
/// # Panics
/// When it is refused.
pub async fn sign_in(relay: &Relay, code: &str) -> String {
    sign_in_at(&relay.origin(), code).await
}

/// The same, by an address that is the relay's for those outside.
///
/// # Panics
/// When it is refused.
pub async fn sign_in_at(origin: &str, code: &str) -> String {
    let response = post_code_at(&browser(), origin, code).await;
    let status = response.status();
    let set = response.headers().get("set-cookie").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let cookie = set.as_deref().and_then(|set| set.split(';').next());
    cookie.unwrap_or_else(|| panic!("no session: {status}")).into()
}

/// A header's value, or nothing.
pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}
