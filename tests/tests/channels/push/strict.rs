//! The push service of ours takes a proper push, and none with one thing wrong in it.

use super::{Rig, words};
use shopbell_tests::{far::push::Taken, web};

/// A push's headers and body, to change one thing.
struct Draft {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Draft {
    fn of(taken: &Taken) -> Self {
        let headers = vec![
            ("ttl", taken.ttl_s.to_string()),
            ("urgency", taken.urgency.clone()),
            ("topic", taken.topic.clone().expect("a topic")),
            ("content-encoding", "aes128gcm".into()),
            ("authorization", taken.authorization.clone()),
        ];
        Self { headers, body: taken.body.clone() }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        for header in self.headers.iter_mut().filter(|header| header.0 == name) {
            header.1 = value.into();
        }
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|header| header.0 != name);
        self
    }

    fn body(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.body);
        self
    }

    async fn send(self, endpoint: &str) -> u16 {
        let mut request = web::client().post(endpoint).body(self.body);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.send().await.expect("an answer").status().as_u16()
    }
}

#[tokio::test]
async fn one_thing_wrong_is_enough() {
    let (rig, other) = (Rig::new().await, Rig::with_key(8).await);
    let browser = rig.browser();
    rig.hand(&browser.target(), &words(1, 1, &["one"])).await.unwrap();
    let good = browser.wake().remove(0).taken;
    let endpoint = browser.subscription().endpoint;
    let draft = || Draft::of(&good);
    assert_eq!(draft().send(&endpoint).await, 201);
    assert_eq!(draft().without("urgency").without("topic").send(&endpoint).await, 201);

    let elsewhere = other.browser();
    other.hand(&elsewhere.target(), &words(1, 1, &["one"])).await.unwrap();
    let of_another_service = elsewhere.wake().remove(0).taken.authorization;
    let (token, _) = good.authorization.split_once(", ").unwrap();
    let forged = format!("{token}, k={}", other.key.public_key());
    for (draft, status) in [
        (draft().without("ttl"), 400),
        (draft().set("ttl", "-1"), 400),
        (draft().set("ttl", "1.5"), 400),
        (draft().set("urgency", "urgent"), 400),
        (draft().set("topic", &"x".repeat(33)), 400),
        (draft().set("topic", "a+b"), 400),
        (draft().set("topic", ""), 400),
        (draft().without("content-encoding"), 415),
        (draft().set("content-encoding", "aesgcm"), 415),
        (draft().without("authorization"), 401),
        (draft().set("authorization", "vapid t=a.b.c, k=d"), 401),
        (draft().set("authorization", &good.authorization.replace("vapid", "WebPush")), 401),
        (draft().set("authorization", &of_another_service), 401),
        (draft().set("authorization", &forged), 401),
        (draft().body(|body| body.resize(4097, 0)), 413),
        (draft().body(|body| body.truncate(86)), 400),
        (draft().body(|body| body[20] = 64), 400),
        (draft().body(|body| body[16..20].copy_from_slice(&[0, 0, 0, 17])), 400),
        (draft().body(|body| body[18] = 1), 400),
        (draft().body(Vec::clear), 400),
    ] {
        let shown = format!("{:?}", draft.headers);
        assert_eq!(draft.send(&endpoint).await, status, "{shown}");
    }
}
