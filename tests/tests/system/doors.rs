//! Every route, tried by those who have no business there: with no session, with
//! another shop's ids, from another site's page.

use crate::strangers::{a_private_talk, all_of, owner_frames, session_of};
use shopbell_protocol::Credential;
use shopbell_tests::host::Storage;
use shopbell_tests::people::credential;
use shopbell_tests::{Relay, Visitor, stored, web};

/// Every route, and who must not get through it.
const ROUTES: [(&str, &str); 21] = [
    ("/", "tells nothing about any shop"),
    ("/shopbell.js", "tells the owner's name to the pages of their shop only"),
    ("/a/{file}", "is the same for everybody"),
    ("/talk/sw.js", "is the same for everybody"),
    ("/talk/{shop}", "shows a conversation to its visitor only"),
    ("/talk/{shop}/link/{key}", "opens with the right key only"),
    ("/talk/{shop}/picture/{picture}", "shows a conversation's picture to its visitor only"),
    ("/inbox", "is the same for everybody"),
    ("/inbox/sign-in", "opens with an unused code only"),
    ("/inbox/sign-out", "ends its own session only"),
    ("/inbox/reply", "asks for a session, and reaches its own shop's conversations only"),
    ("/inbox/push", "asks for a session, and moves its own shop's subscriptions only"),
    ("/inbox/picture/{conversation}/{picture}", "asks for a session, and shows its own shop's pictures only"),
    ("/inbox/held/{held}/{picture}", "asks for a session, and shows its own shop's pictures only"),
    ("/inbox/{*file}", "is the same for everybody"),
    ("/exchange", "asks for the same proofs as a socket"),
    ("/hook/{kind}/{*rest}", "is for far sides that can prove who they are"),
    ("/stop/{token}", "ends one address only, by a token that the relay has signed"),
    ("/healthz", "tells nothing about any shop"),
    ("/readyz", "tells nothing about any shop"),
    ("/ws", "asks for a session or a secret"),
];

#[test]
fn every_route_has_been_thought_of() {
    let router = include_str!("../../../server/src/http/mod.rs");
    let served: Vec<_> =
        router.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for route in &served {
        assert!(ROUTES.iter().any(|(known, _)| known == route), "{route} has no case among the strangers");
    }
    assert_eq!(served.len(), ROUTES.len(), "{served:?}");
}

#[tokio::test]
async fn no_route_shows_or_changes_what_is_somebody_elses() {
    let relay = Relay::start().await;
    relay.add_shop("ash");
    let (visitor, owner) = a_private_talk(&relay).await;
    let own = &visitor.credential;
    let key = format!("{}.{}", own.conversation, own.secret.reveal());
    let wrong = format!("{}.{}", own.conversation, "9".repeat(64));
    let unknown = credential();
    let unknown = format!("{}.{}", unknown.conversation, unknown.secret.reveal());
    let before = all_of(&relay, own.conversation);

    for path in [
        format!("/talk/oak/link/{wrong}"),
        format!("/talk/oak/link/{unknown}"),
        format!("/talk/ash/link/{key}"),
        format!("/talk/no-such-shop/link/{key}"),
        "/talk/oak/link/nonsense".into(),
        "/talk/no-such-shop".into(),
        "/talk/..%2f..%2fetc".into(),
    ] {
        let answer = web::browser().get(relay.url(&path)).send().await.expect("the relay answers");
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.headers().get("set-cookie").is_none(), "{path}");
        assert!(!answer.text().await.expect("a body").contains("secret question"), "{path}");
    }
    for (shop, shown) in [("oak", &wrong), ("ash", &key), ("oak", &unknown)] {
        let get = web::browser().get(relay.url(&format!("/talk/{shop}")));
        let answer = get.header("cookie", format!("shopbell-visitor={shown}")).send().await;
        let page = answer.expect("the relay answers").text().await.expect("a body");
        assert!(!page.contains("secret question"), "{shop}");
        let form = [("body", "not mine to say"), ("key", shown.as_str())];
        if *shown != unknown {
            let post =
                web::browser().post(relay.url(&format!("/talk/{shop}"))).header("origin", relay.origin());
            let answer = post.form(&form).send().await.expect("the relay answers");
            assert_eq!(answer.status(), 403, "{shop}");
            assert!(!answer.text().await.expect("a body").contains("secret question"), "{shop}");
        }
    }
    let sign_out = |cookie: Option<String>| {
        let mut post = web::browser().post(relay.url("/inbox/sign-out")).header("origin", relay.origin());
        if let Some(cookie) = cookie {
            post = post.header("cookie", cookie);
        }
        post.send()
    };
    assert_eq!(sign_out(None).await.expect("an answer").status(), 401);
    let forged = format!("shopbell-owner={}", "0".repeat(64));
    assert_eq!(sign_out(Some(forged)).await.expect("an answer").status(), 401);
    let other = web::sign_in(&relay, &relay.sign_in_code("ash")).await;
    assert_eq!(sign_out(Some(other)).await.expect("an answer").status(), 204);
    for path in ["/", "/inbox", "/healthz", "/readyz", "/shopbell.js"] {
        let page = web::browser().get(relay.url(path)).send().await.expect("an answer");
        let page = page.text().await.expect("a body");
        assert!(!page.contains("Oak &") && !page.contains("secret question"), "{path}");
    }
    assert_eq!(all_of(&relay, own.conversation), before);
    owner.until_live().await;
    let again = Visitor::again(&relay, "oak", own.clone(), Storage::default());
    again.until_bodies(&["a secret question"]).await;
}

#[tokio::test]
async fn a_picture_is_shown_to_the_two_who_talk_and_to_nobody_else() {
    let relay = Relay::start().await;
    relay.add_shop("ash");
    let (visitor, owner) = a_private_talk(&relay).await;
    let own = &visitor.credential;
    let picture = stored::add_picture(&relay, own.conversation, b"a secret picture");
    let (other, key) = (Visitor::new(&relay, "oak"), secret_key(own));
    other.write("somebody else's question");
    other.until_bodies(&["somebody else's question"]).await;
    let (theirs, ash) =
        (secret_key(&other.credential), web::sign_in(&relay, &relay.sign_in_code("ash")).await);
    let wrong = format!("{}.{}", own.conversation, "9".repeat(64));
    let mixed = format!("{}.{}", own.conversation, other.credential.secret.reveal());
    let (of_visitor, of_owner) =
        (format!("/talk/oak/picture/{picture}"), format!("/inbox/picture/{}/{picture}", own.conversation));
    let ask = async |path: &str, headers: &[(&'static str, String)]| {
        let mut request = web::client().get(relay.url(path));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.expect("an answer");
        let (status, head) = (answer.status().as_u16(), answer.headers().clone());
        (status, head, answer.bytes().await.expect("a body").to_vec())
    };
    let (bearer, cookie) = (
        |key: &str| [("authorization", format!("Bearer {key}"))],
        |key: &str| [("cookie", format!("shopbell-visitor={key}"))],
    );
    let session = |cookie: &str| [("cookie", cookie.to_owned())];

    for (path, headers) in [
        (of_visitor.clone(), &bearer(&key)[..]),
        (of_visitor.clone(), &cookie(&key)),
        (format!("{of_visitor}?with={key}"), &[]),
        (of_owner.clone(), &session(&owner.cookie)),
    ] {
        let (status, head, body) = ask(&path, headers).await;
        assert_eq!((status, body.as_slice()), (200, &b"a secret picture"[..]), "{path}");
        let says = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(says("content-type"), "image/png");
        assert_eq!(says("content-disposition"), "inline; filename=\"picture.png\"");
        assert_eq!(says("x-content-type-options"), "nosniff");
        assert_eq!(says("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(says("cross-origin-resource-policy"), "same-origin");
        assert!(says("content-security-policy").starts_with("default-src 'none'"));
    }

    let unknown = credential().conversation;
    for (status, path, headers) in [
        (404, of_visitor.clone(), &[][..]),
        (404, of_visitor.clone(), &bearer(&theirs)),
        (404, of_visitor.clone(), &bearer(&wrong)),
        (404, of_visitor.clone(), &bearer(&mixed)),
        (404, of_visitor.clone(), &bearer("nonsense")),
        (404, of_visitor.clone(), &cookie(&theirs)),
        (404, of_visitor.clone(), &session(&owner.cookie)),
        (404, format!("{of_visitor}?with={theirs}"), &[]),
        // Who says who they are is not taken for another.
        (404, format!("{of_visitor}?with={theirs}"), &cookie(&key)),
        (404, of_visitor.replace("/oak/", "/ash/"), &bearer(&key)),
        (404, of_visitor.replace("/oak/", "/no-such-shop/"), &bearer(&key)),
        (404, format!("/talk/oak/picture/{unknown}"), &bearer(&key)),
        (404, "/talk/oak/picture/..%2f..%2fetc".into(), &bearer(&key)),
        (401, of_owner.clone(), &[]),
        (401, of_owner.clone(), &cookie(&key)),
        (401, of_owner.clone(), &session(&format!("shopbell-owner={}", "0".repeat(64)))),
        (404, of_owner.clone(), &session(&ash)),
        (404, format!("/inbox/picture/{}/{picture}", other.conversation()), &session(&owner.cookie)),
        (404, format!("/inbox/picture/{unknown}/{picture}"), &session(&owner.cookie)),
        (404, format!("/inbox/picture/{0}/{0}", own.conversation), &session(&owner.cookie)),
        (404, format!("/inbox/held/{0}/{picture}", own.conversation), &session(&owner.cookie)),
        (401, format!("/inbox/held/{0}/{picture}", own.conversation), &[]),
    ] {
        let (got, head, body) = ask(&path, headers).await;
        assert_eq!(got, status, "{path} {headers:?}");
        assert!(!body.windows(6).any(|part| part == b"secret"), "{path} {headers:?}");
        assert_eq!(head.get("cache-control").and_then(|value| value.to_str().ok()), Some("no-store"));
    }
}

fn secret_key(credential: &Credential) -> String {
    format!("{}.{}", credential.conversation, credential.secret.reveal())
}

#[tokio::test]
async fn pages_of_other_sites_get_nothing_done() {
    let relay = Relay::start().await;
    let (visitor, owner) = a_private_talk(&relay).await;
    let before = all_of(&relay, visitor.conversation());
    let own = &visitor.credential;
    let key = format!("{}.{}", own.conversation, own.secret.reveal());
    let cookies = format!("shopbell-visitor={key}; {}", owner.cookie);
    let frames = serde_json::to_string(&owner_frames(own.conversation, session_of(&owner))).expect("JSON");
    for origin in ["https://evil.example", shopbell_tests::relay::SITE, "null", ""] {
        let post = |path: &str, body: String, kind: &str| {
            let request =
                web::browser().post(relay.url(path)).header("origin", origin).header("cookie", &cookies);
            request.header("content-type", kind).body(body).send()
        };
        let form = "application/x-www-form-urlencoded";
        let code = serde_json::json!({ "code": relay.sign_in_code("oak") }).to_string();
        for (path, body, kind) in [
            ("/inbox/sign-in", code, "application/json"),
            ("/inbox/sign-out", String::new(), "text/plain"),
            ("/exchange?speaker=owner", frames.clone(), "text/plain"),
            ("/talk/oak", "body=not+mine+to+say".into(), form),
        ] {
            let answer = post(path, body, kind).await.expect("an answer");
            assert_eq!(answer.status(), 403, "{path} from {origin:?}");
        }
        let door = |side: &str| {
            let get = web::browser().get(relay.url(&format!("/ws?speaker={side}"))).header("origin", origin);
            get.header("cookie", &cookies)
                .header("connection", "Upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
                .header("sec-websocket-protocol", shopbell_protocol::SUBPROTOCOL)
                .send()
        };
        for side in ["owner", "visitor"] {
            assert_eq!(door(side).await.expect("an answer").status(), 403, "{side} from {origin:?}");
        }
    }
    assert_eq!(all_of(&relay, own.conversation), before);
    owner.until_live().await;
}
