//! Ends: of a session, of a link, of the relay.

use shopbell_client::{OwnerEvent, Status};
use shopbell_protocol::{CloseCode, ErrorCode};
use shopbell_tests::clock::tick;
use shopbell_tests::host::Storage;
use shopbell_tests::relay::Setup;
use shopbell_tests::{Owner, Relay, Visitor, stored, web};
use std::time::Duration;

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let relay = Relay::start().await;
    let code = relay.sign_in_code("oak");
    let client = web::browser();
    assert_eq!(web::post_code(&client, &relay, &code).await.status(), 200);
    let again = web::post_code(&client, &relay, &code).await;
    assert_eq!(again.status(), 401);
    let problem: shopbell_protocol::Problem = again.json().await.expect("a problem");
    assert!(problem.code == ErrorCode::SignedOut && problem.sentence.contains("shopbell owner link"));
    let (one, other) = (relay.sign_in_code("oak"), relay.sign_in_code("oak"));
    assert_eq!(web::post_code(&client, &relay, &other).await.status(), 200);
    assert_eq!(web::post_code(&client, &relay, &one).await.status(), 200, "each link is for itself");
}

#[tokio::test]
async fn an_ended_session_loses_its_lines_within_a_second() {
    let relay = Relay::start().await;
    let (phone, lost) = (Owner::sign_in(&relay, "oak").await, Owner::sign_in(&relay, "oak").await);
    phone.until_live().await;
    lost.until_live().await;
    let session = lost.look(|talker| talker.about().map(|about| about.session)).expect("a welcomed owner");
    phone.happen(OwnerEvent::ShowSessions);
    phone.until("two devices", |talker, _| (talker.sessions()?.len() == 2).then_some(())).await;
    let begun = tick();
    phone.happen(OwnerEvent::EndSession(session));
    lost.until("the end", |talker, _| {
        matches!(talker.status(), Status::Stopped(problem) if problem.code == ErrorCode::SignedOut)
            .then_some(())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(1), "it took {:?}", begun.elapsed());
    assert_eq!(lost.record().closed, [CloseCode::SignedOut as u16]);
    phone
        .until("one device", |talker, _| {
            let sessions = talker.sessions()?;
            (sessions.len() == 1 && sessions[0].this_one).then_some(())
        })
        .await;

    let back = Owner::with_session(relay.origin(), lost.cookie.clone(), Storage::default());
    back.start();
    back.until("no way back in", |talker, _| matches!(talker.status(), Status::Stopped(_)).then_some(()))
        .await;
    phone.until_live().await;
}

#[tokio::test]
async fn who_signs_out_is_out_on_every_line() {
    let relay = Relay::start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    owner.until_live().await;
    let post = web::browser().post(relay.url("/inbox/sign-out")).header("origin", relay.origin());
    let answer = post.header("cookie", &owner.cookie).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
    assert!(web::header(&answer, "set-cookie").contains("Max-Age=0"));
    owner.until("the end", |talker, _| matches!(talker.status(), Status::Stopped(_)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_down_in_good_order_loses_nothing_and_keeps_nobody_waiting() {
    let mut relay = Setup::default().without_limits().start().await;
    let visitors: Vec<_> = (0..16).map(|_| Visitor::new(&relay, "oak")).collect();
    let owner = Owner::sign_in(&relay, "oak").await;
    for visitor in &visitors {
        visitor.write("0");
    }
    for visitor in &visitors {
        visitor.until_all_kept().await;
    }
    for round in 1..3 {
        for visitor in &visitors {
            for number in 0..20 {
                visitor.write(&format!("{round}.{number}"));
            }
        }
        // In mid-flow: some are kept, some are on their way, some wait.
        visitors[0].until("the flow", |_, record| (record.kept.len() > 20 * round - 15).then_some(())).await;
        let status = relay.terminate();
        assert!(status.success(), "{status}\n{}", relay.log());
        for visitor in visitors.iter().chain([&visitors[0]]) {
            visitor
                .until("the farewell", |_, record| {
                    record.closed.ends_with(&[CloseCode::GoingAway as u16]).then_some(())
                })
                .await;
        }
        let db = stored::open(&relay);
        for visitor in &visitors {
            let kept = stored::messages(&db, visitor.conversation());
            for (id, seq) in visitor.record().kept {
                let found = kept.iter().filter(|message| message.id == id).collect::<Vec<_>>();
                assert!(found.len() == 1 && found[0].seq == seq.0, "{id} at {seq} was acknowledged");
            }
        }
        drop(db);
        relay.start_again().await;
    }
    for visitor in &visitors {
        visitor.until_all_kept().await;
        let mut expected = vec!["0".to_owned()];
        expected.extend((1..3).flat_map(|round| (0..20).map(move |number| format!("{round}.{number}"))));
        let kept = stored::messages(&stored::open(&relay), visitor.conversation());
        assert!(kept.iter().map(|message| &message.body).eq(&expected), "each once and in order");
    }
    owner.until_live().await;
}

#[tokio::test]
async fn several_shops_live_on_one_relay_and_none_sees_the_others() {
    let relay = Relay::start().await;
    relay.add_shop("ash");
    let (oak, ash) = (Visitor::new(&relay, "oak"), Visitor::new(&relay, "ash"));
    oak.write("to the oak");
    ash.write("to the ash");
    let owners = [Owner::sign_in(&relay, "oak").await, Owner::sign_in(&relay, "ash").await];
    for (owner, visitor, expected) in [(&owners[0], &oak, "to the oak"), (&owners[1], &ash, "to the ash")] {
        owner.open(visitor.conversation()).await;
        owner.until_bodies(&[expected]).await;
        owner.look(|talker| assert_eq!(talker.list().conversations().len(), 1));
        owner.write(visitor.conversation(), "from its own owner");
        visitor.until_bodies(&[expected, "from its own owner"]).await;
    }
    for owner in &owners {
        owner.happen(OwnerEvent::ShowSessions);
        owner.until("their own device only", |talker, _| (talker.sessions()?.len() == 1).then_some(())).await;
    }
}
