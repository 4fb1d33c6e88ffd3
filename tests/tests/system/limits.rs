//! Whoever is over a limit is told so, with what to do; and what they wrote goes on by itself.

use crate::frames::{message_id, send};
use shopbell_client::Status;
use shopbell_protocol::{CloseCode, ErrorCode, RelayFrame};
use shopbell_tests::people::credential;
use shopbell_tests::raw::{Raw, hello};
use shopbell_tests::relay::Setup;
use shopbell_tests::{Visitor, stored, web};

#[tokio::test]
async fn a_visitor_who_is_too_fast_is_told_when_it_goes_on() {
    let relay = Setup::default().set("LIMITS__VISITOR_SENDS_PER_MINUTE", 30).start().await;
    let (mut raw, _) = Raw::visitor(&relay, "oak").await;
    let ids: Vec<_> = (0..31).map(|_| message_id()).collect();
    for &id in &ids {
        raw.say(&send(id, "again and again")).await;
    }
    let problem = raw
        .until(|frame| match frame {
            RelayFrame::Refused { id, problem, .. } if id == ids[30] => Some(problem),
            RelayFrame::Refused { problem, .. } => panic!("refused too early: {problem:?}"),
            _ => None,
        })
        .await;
    assert_eq!(problem.code, ErrorCode::TooFast);
    assert!(problem.sentence.ends_with('.'), "{problem:?}");
    assert!(problem.retry_after_ms.is_some_and(|ms| (1..=2_000).contains(&ms)), "{problem:?}");
}

#[tokio::test]
async fn what_was_written_too_fast_is_all_kept_in_its_order() {
    let relay = Setup::default().set("LIMITS__VISITOR_SENDS_PER_MINUTE", 60).start().await;
    let visitor = Visitor::new(&relay, "oak");
    let expected: Vec<_> = (0..63).map(|number| number.to_string()).collect();
    for body in &expected {
        visitor.write(body);
    }
    visitor.until_all_kept().await;
    let kept = stored::messages(&stored::open(&relay), visitor.conversation());
    assert!(kept.iter().map(|message| &message.body).eq(&expected));
}

#[tokio::test]
async fn a_crowd_from_one_address_is_asked_to_wait_and_comes_in() {
    let relay = Setup::default().set("LIMITS__ADDRESS_CONNECTS_PER_MINUTE", 60).start().await;
    for _ in 0..60 {
        Raw::visitor(&relay, "oak").await;
    }
    let mut over = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
    over.say(&hello("oak", credential())).await;
    let (frames, code) = over.to_the_end().await;
    let [RelayFrame::Problem(problem)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(problem.code, ErrorCode::TooFast);
    assert_eq!(code, Some(CloseCode::Refused as u16));
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("I can wait.");
    visitor.until_all_kept().await;
    visitor.until("a live line", |talker, _| (talker.status() == Status::Live).then_some(())).await;
}

#[tokio::test]
async fn the_form_and_the_sign_in_have_their_limits_too() {
    let relay = Setup::default()
        .set("LIMITS__ADDRESS_SENDS_PER_MINUTE", 5)
        .set("LIMITS__ADDRESS_SIGN_INS_PER_MINUTE", 3)
        .set("LIMITS__ADDRESS_REQUESTS_PER_MINUTE", 12)
        .start()
        .await;
    let post = |body: &str| {
        let form = [("body", body.to_owned())];
        web::browser().post(relay.url("/talk/oak")).header("origin", relay.origin()).form(&form).send()
    };
    for _ in 0..5 {
        assert_eq!(post("hello").await.expect("an answer").status(), 303);
    }
    let over = post("This one must not get lost.").await.expect("an answer");
    assert_eq!(over.status(), 429);
    assert!(web::header(&over, "retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    let page = over.text().await.expect("a page");
    assert!(page.contains("This one must not get lost."), "what was typed is still in the box");
    assert!(page.contains("send it again in a moment"), "{page}");

    for _ in 0..3 {
        let answer = web::post_code(&web::browser(), &relay, &"0".repeat(64)).await;
        assert_eq!(answer.status(), 401);
    }
    let over = web::post_code(&web::browser(), &relay, &relay.sign_in_code("oak")).await;
    assert_eq!(over.status(), 429);
    let problem: shopbell_protocol::Problem = over.json().await.expect("a problem");
    assert_eq!(problem.code, ErrorCode::TooFast);

    let get = || web::browser().get(relay.url("/talk/oak")).send();
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(get().await.expect("an answer").status().as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
}
