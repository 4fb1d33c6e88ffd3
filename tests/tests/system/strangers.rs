//! Those who say what is not theirs to say: without a session, with another shop's,
//! with another visitor's ids. Every frame, and all are refused.

use crate::frames::{assert_alive, message_id, send};
use shopbell_protocol::{
    Browser, BrowserKeys, ChannelId, ChannelRule, CloseCode, ConversationId, Credential, ErrorCode, HeldId,
    ListFilter, NewChannel, OwnerFrame, Page, Place, RelayFrame, Secret, Seq, SessionId, VisitorFrame,
};
use shopbell_tests::raw::{Raw, hello};
use shopbell_tests::{Owner, Relay, Visitor, stored, web};

/// A channel and a held answer, as somebody might guess them.
const CHANNEL: ChannelId = ChannelId::from_bytes([7; 16]);
const HELD: HeldId = HeldId::from_bytes([7; 16]);

/// Every frame of a visitor's, each leading to the next, so that a new one
/// without a case here does not compile.
pub(crate) fn visitor_frames(own: &Credential) -> Vec<VisitorFrame> {
    let after = |frame: &VisitorFrame| match frame {
        VisitorFrame::Hello(_) => Some(send(message_id(), "not mine to say")),
        VisitorFrame::Send { .. } => Some(VisitorFrame::Received { upto: Seq(1) }),
        VisitorFrame::Received { .. } => Some(VisitorFrame::Opened { upto: Seq(1) }),
        VisitorFrame::Opened { .. } => Some(VisitorFrame::Typing { active: true }),
        VisitorFrame::Typing { .. } => Some(VisitorFrame::Before { seq: Seq(9) }),
        VisitorFrame::Before { .. } => Some(VisitorFrame::After { seq: Seq::NONE }),
        VisitorFrame::After { .. } => Some(VisitorFrame::Visit {
            page: Page { url: "https://evil.example/".into(), title: "x".into() },
        }),
        VisitorFrame::Visit { .. } => Some(VisitorFrame::Address { email: "stolen@evil.example".into() }),
        VisitorFrame::Address { .. } => Some(VisitorFrame::Notify(Browser {
            endpoint: "https://push.evil.example/1".into(),
            // The browser of RFC 8291, appendix A.
            keys: Some(BrowserKeys {
                p256dh:
                    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                        .into(),
                auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
            }),
        })),
        VisitorFrame::Notify(_) => Some(VisitorFrame::Ping {}),
        VisitorFrame::Ping {} => None,
    };
    std::iter::successors(Some(hello("oak", own.clone())), after).collect()
}

/// Every frame of an owner's, in the same manner.
pub(crate) fn owner_frames(conversation: ConversationId, session: SessionId) -> Vec<OwnerFrame> {
    let after = |frame: &OwnerFrame| match frame {
        OwnerFrame::Hello {} => {
            Some(OwnerFrame::List { filter: ListFilter::Open, search: Some("secret".into()), cursor: None })
        }
        OwnerFrame::List { .. } => Some(OwnerFrame::Watch { conversation, after: Seq::NONE }),
        OwnerFrame::Watch { .. } => {
            Some(OwnerFrame::Send { conversation, id: message_id(), body: "not mine to say".into() })
        }
        OwnerFrame::Send { .. } => {
            Some(OwnerFrame::Received { places: vec![Place { conversation, upto: Seq(1) }] })
        }
        OwnerFrame::Received { .. } => Some(OwnerFrame::Opened { conversation, upto: Seq(1) }),
        OwnerFrame::Opened { .. } => Some(OwnerFrame::Typing { conversation, active: true }),
        OwnerFrame::Typing { .. } => Some(OwnerFrame::Before { conversation, seq: Seq(9) }),
        OwnerFrame::Before { .. } => Some(OwnerFrame::After { conversation, seq: Seq::NONE }),
        OwnerFrame::After { .. } => Some(OwnerFrame::Name { conversation, name: "stolen".into() }),
        OwnerFrame::Name { .. } => Some(OwnerFrame::Close { conversation, closed: true }),
        OwnerFrame::Close { .. } => Some(OwnerFrame::Sessions {}),
        OwnerFrame::Sessions {} => Some(OwnerFrame::EndSession { session }),
        OwnerFrame::EndSession { .. } => Some(OwnerFrame::Channels {}),
        OwnerFrame::Channels {} => Some(OwnerFrame::AddChannel {
            channel: CHANNEL,
            target: NewChannel::Email { address: "stolen@evil.example".into() },
            rule: ChannelRule::default(),
        }),
        OwnerFrame::AddChannel { .. } => {
            Some(OwnerFrame::EditChannel { channel: CHANNEL, rule: ChannelRule::default() })
        }
        OwnerFrame::EditChannel { .. } => Some(OwnerFrame::OrderChannels { channels: vec![CHANNEL] }),
        OwnerFrame::OrderChannels { .. } => Some(OwnerFrame::TestChannel { channel: CHANNEL }),
        OwnerFrame::TestChannel { .. } => Some(OwnerFrame::Signing { channel: CHANNEL }),
        OwnerFrame::Signing { .. } => Some(OwnerFrame::RemoveChannel { channel: CHANNEL }),
        OwnerFrame::RemoveChannel { .. } => Some(OwnerFrame::LinkCode {}),
        OwnerFrame::LinkCode {} => Some(OwnerFrame::Held {}),
        OwnerFrame::Held {} => Some(OwnerFrame::Release { held: HELD }),
        OwnerFrame::Release { .. } => Some(OwnerFrame::Discard { held: HELD }),
        OwnerFrame::Discard { .. } => Some(OwnerFrame::Unwatch {}),
        OwnerFrame::Unwatch {} => Some(OwnerFrame::Ping {}),
        OwnerFrame::Ping {} => None,
    };
    std::iter::successors(Some(OwnerFrame::Hello {}), after).collect()
}

/// Everything that the store holds of a conversation, to see that nothing moved.
pub(crate) fn all_of(relay: &Relay, conversation: ConversationId) -> Vec<String> {
    let db = stored::open(relay);
    let rows = |sql: &str| -> Vec<String> {
        let mut query = db.prepare(sql).expect("the schema is known");
        let columns = query.column_count();
        let rows = query.query_map([conversation.as_bytes().as_slice()], |row| {
            (0..columns)
                .map(|column| Ok(format!("{:?}", row.get_ref(column)?)))
                .collect::<rusqlite::Result<String>>()
        });
        rows.expect("rows").map(|row| row.expect("a row")).collect()
    };
    let mut all = rows("SELECT * FROM conversations WHERE id = ?1");
    all.extend(rows("SELECT m.* FROM messages m JOIN conversations c USING (conversation) WHERE c.id = ?1"));
    all.extend(rows("SELECT p.* FROM pictures p JOIN conversations c USING (conversation) WHERE c.id = ?1"));
    all.extend(rows("SELECT v.* FROM visits v JOIN conversations c USING (conversation) WHERE c.id = ?1"));
    all
}

/// A conversation in the shop `oak`, with its two sides.
pub(crate) async fn a_private_talk(relay: &Relay) -> (Visitor, Owner) {
    let visitor = Visitor::new(relay, "oak");
    let secret = visitor.write("a secret question");
    let owner = Owner::sign_in(relay, "oak").await;
    owner.open(visitor.conversation()).await;
    owner.see();
    visitor.until_state(secret, shopbell_client::MessageState::Opened).await;
    (visitor, owner)
}

pub(crate) fn session_of(owner: &Owner) -> SessionId {
    owner.look(|talker| talker.about().map(|about| about.session)).expect("a welcomed owner")
}

#[tokio::test]
async fn without_a_hello_no_frame_of_a_visitors_does_anything() {
    let relay = Relay::start().await;
    let (visitor, _owner) = a_private_talk(&relay).await;
    let before = all_of(&relay, visitor.conversation());
    for frame in visitor_frames(&visitor.credential).into_iter().skip(1) {
        let mut raw = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
        raw.say(&frame).await;
        let (frames, code) = raw.to_the_end().await;
        assert!(
            matches!(&frames[..], [RelayFrame::Problem(problem)] if problem.code == ErrorCode::OutOfTurn),
            "{frame:?} was answered by {frames:?}"
        );
        assert_eq!(code, Some(CloseCode::Refused as u16));
    }
    assert_eq!(all_of(&relay, visitor.conversation()), before);
}

#[tokio::test]
async fn a_visitors_frames_open_no_conversation_but_their_own() {
    let relay = Relay::start().await;
    relay.add_shop("ash");
    let (visitor, _owner) = a_private_talk(&relay).await;
    let own = visitor.credential.clone();
    let before = all_of(&relay, own.conversation);
    let stolen = Credential { conversation: own.conversation, secret: Secret::new(&[9; 32]) };
    let mut raw = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
    raw.say(&hello("oak", stolen)).await;
    let (frames, code) = raw.to_the_end().await;
    assert!(
        matches!(&frames[..], [RelayFrame::Problem(problem)] if problem.code == ErrorCode::NotYours),
        "{frames:?}"
    );
    assert_eq!(code, Some(CloseCode::Refused as u16));

    // The right secret, in another shop: there the conversation does not exist,
    // and can't come to exist.
    for frame in visitor_frames(&own).into_iter().skip(1) {
        let mut raw = Raw::connect(&relay, "visitor", None).await.expect("a handshake");
        raw.say(&hello("ash", own.clone())).await;
        raw.say(&frame).await;
        raw.say(&VisitorFrame::Ping {}).await;
        let mut answers = Vec::new();
        raw.until(|frame| {
            let over = frame == RelayFrame::Pong {};
            answers.push(frame);
            over.then_some(())
        })
        .await;
        assert_no_word_of(&answers, own.conversation, &frame);
    }
    assert_eq!(all_of(&relay, own.conversation), before);
    assert_eq!(visitor.bodies(), ["a secret question"], "nor did anything reach the visitor");
}

#[tokio::test]
async fn no_frame_of_an_owners_does_anything_without_a_session() {
    let relay = Relay::start().await;
    let (visitor, owner) = a_private_talk(&relay).await;
    let before = all_of(&relay, visitor.conversation());
    let forged = format!("shopbell-owner={}", "0".repeat(64));
    for cookie in [None, Some(forged.as_str()), Some("shopbell-owner=%00"), Some("shopbell-owner=")] {
        for frame in owner_frames(visitor.conversation(), session_of(&owner)) {
            let mut raw = Raw::connect(&relay, "owner", cookie).await.expect("a handshake");
            raw.say(&frame).await;
            let (frames, code) = raw.to_the_end().await;
            assert!(
                matches!(&frames[..], [RelayFrame::Problem(problem)] if problem.code == ErrorCode::SignedOut),
                "{frame:?} was answered by {frames:?}"
            );
            assert_eq!(code, Some(CloseCode::SignedOut as u16));
        }
    }
    assert_eq!(all_of(&relay, visitor.conversation()), before);
    owner.until_live().await;
}

#[tokio::test]
async fn no_frame_of_an_owners_reaches_into_another_shop() {
    let relay = Relay::start().await;
    relay.add_shop("ash");
    let (visitor, owner) = a_private_talk(&relay).await;
    let conversation = visitor.conversation();
    let cookie = web::sign_in(&relay, &relay.sign_in_code("ash")).await;
    let before = all_of(&relay, conversation);
    for frame in owner_frames(conversation, session_of(&owner)).into_iter().skip(1) {
        let mut raw = Raw::owner(&relay, &cookie).await;
        raw.say(&frame).await;
        raw.say(&OwnerFrame::Ping {}).await;
        let mut answers = Vec::new();
        raw.until(|answer| {
            let over = answer == RelayFrame::Pong {};
            answers.push(answer);
            over.then_some(())
        })
        .await;
        if let OwnerFrame::Send { id, .. } = &frame {
            // A send is refused when its turn in the store has come.
            let refused = |answer: &RelayFrame| matches!(answer, RelayFrame::Refused { id: refused, .. } if refused == id);
            if !answers.iter().any(refused) {
                raw.until(|answer| refused(&answer).then_some(())).await;
            }
        }
        assert_no_word_of(&answers, conversation, &frame);
    }
    assert_eq!(all_of(&relay, conversation), before, "something of the other shop's has changed");
    owner.until_live().await;
    assert_eq!(visitor.bodies(), ["a secret question"]);
    assert!(!visitor.look(|talker| talker.is_owner_typing()), "a stranger's typing is not the owner's");
}

/// Nothing that was heard tells anything about somebody else's conversation.
fn assert_no_word_of(answers: &[RelayFrame], conversation: ConversationId, said: &impl std::fmt::Debug) {
    for answer in answers {
        let silent = match answer {
            RelayFrame::Refused { .. } | RelayFrame::Problem(_) | RelayFrame::Pong {} => true,
            RelayFrame::VisitorWelcome(welcome) => {
                welcome.slice.messages.is_empty() && welcome.slice.last == Seq::NONE
            }
            RelayFrame::OwnerWelcome(welcome) => welcome.waiting == 0,
            RelayFrame::Conversations { conversations, .. } => conversations.is_empty(),
            RelayFrame::Sessions { sessions } => sessions.iter().all(|session| session.this_one),
            RelayFrame::History { slice, .. } => slice.messages.is_empty() && slice.last == Seq::NONE,
            RelayFrame::BellSeen { .. } | RelayFrame::LinkCode { .. } => true,
            RelayFrame::Address { email, .. } => email.is_none(),
            RelayFrame::Notified { on, .. } => !on,
            RelayFrame::Channels { channels, held, .. } => channels.is_empty() && *held == 0,
            RelayFrame::Held { replies } => replies.is_empty(),
            RelayFrame::ChannelTried { .. } | RelayFrame::Signing { .. } => false,
            // Their own words, which are the same for a conversation that does not exist.
            RelayFrame::Received { places } => *places == [Place { conversation, upto: Seq(1) }],
            RelayFrame::Kept { .. }
            | RelayFrame::Message { .. }
            | RelayFrame::Receipt { .. }
            | RelayFrame::Typing { .. }
            | RelayFrame::Changed { .. }
            | RelayFrame::Details(_) => false,
            RelayFrame::OwnerPresence { .. } => true,
            RelayFrame::VisitorPresence { visitors } => {
                visitors.iter().all(|seen| seen.conversation != conversation)
            }
        };
        assert!(silent, "{said:?} was answered by {answer:?}");
    }
}

#[tokio::test]
async fn two_visitors_of_one_shop_hear_nothing_of_each_other() {
    let relay = Relay::start().await;
    let (visitor, owner) = a_private_talk(&relay).await;
    let (mut stranger, _) = Raw::visitor(&relay, "oak").await;
    stranger.say(&send(message_id(), "another question")).await;
    owner.write(visitor.conversation(), "a private answer");
    visitor.until_bodies(&["a secret question", "a private answer"]).await;
    stranger.say(&VisitorFrame::Ping {}).await;
    stranger
        .until(|frame| {
            assert!(!format!("{frame:?}").contains("private answer"), "{frame:?}");
            (frame == RelayFrame::Pong {}).then_some(())
        })
        .await;
    assert_alive(&mut stranger).await;
}

#[tokio::test]
async fn an_exchange_asks_for_the_same_proofs_as_a_socket() {
    let relay = Relay::start().await;
    let (visitor, owner) = a_private_talk(&relay).await;
    let before = all_of(&relay, visitor.conversation());
    let client = web::browser();
    let post = async |side: &str, cookie: Option<&str>, body: String| {
        let url = relay.url(&format!("/exchange?speaker={side}"));
        let mut request = client.post(url).header("origin", relay.origin()).body(body);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.expect("the relay answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    let frames = owner_frames(visitor.conversation(), session_of(&owner));
    let all = serde_json::to_string(&frames).expect("JSON");
    let (status, said) = post("owner", None, all.clone()).await;
    assert_eq!(status, 401);
    assert!(said.contains("signed_out") && !said.contains("secret question"), "{said}");
    let stolen = Credential { conversation: visitor.conversation(), secret: Secret::new(&[9; 32]) };
    let (status, said) =
        post("visitor", None, serde_json::to_string(&visitor_frames(&stolen)).expect("JSON")).await;
    assert_eq!(status, 403);
    assert!(said.contains("not_yours") && !said.contains("secret question"), "{said}");
    relay.add_shop("ash");
    let cookie = web::sign_in(&relay, &relay.sign_in_code("ash")).await;
    let (status, said) = post("owner", Some(&cookie), all).await;
    assert_eq!(status, 200);
    assert!(said.contains("no_such_conversation") && !said.contains("secret question"), "{said}");
    assert_eq!(all_of(&relay, visitor.conversation()), before);
}
