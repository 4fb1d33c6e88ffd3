//! What comes from outside: taken once, referred to, held, and let in by codes.

use shopbell_protocol::{ChannelKind, HeldId, RANDOM_BYTES, Seq, Side, UnixMillis, When, limits};
use shopbell_store::{AppendError, Digest, Ending, Held, NewChannel};

use super::channels::{mailbox, way};
use super::rig::{Rig, elm, from_visitor, message, oak, secret, talk};

fn name(number: u64) -> Digest {
    secret(1_000 + number)
}

pub(super) fn held(number: u64, conversation: u64) -> Held {
    Held {
        id: HeldId::new(number, [4; RANDOM_BYTES]),
        channel: way(1),
        kind: ChannelKind::Email,
        side: Side::Owner,
        conversation: talk(conversation),
        external: name(number),
        sender: "ana@oak.example".into(),
        reason: "It is not proven.".into(),
        body: "yes".into(),
        at: UnixMillis(number),
        pictures: Vec::new(),
    }
}

pub(crate) async fn what_was_handed_over_can_be_referred_to(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    let ending = Ending::Handed {
        memo: Some("thread 7".into()),
        references: vec![("a".into(), Seq(1)), ("b".into(), Seq(1))],
    };
    rig.store.end_try(way(1), talk(1), Seq(1), ending, UnixMillis(11)).await.expect("writes");
    let (channel, conversation, seq) =
        rig.store.reference(ChannelKind::Email, "b").await.expect("reads").expect("a reference");
    assert_eq!((channel.id, conversation, seq), (way(1), talk(1), Seq(1)));
    for (kind, key) in [(ChannelKind::Telegram, "b"), (ChannelKind::Email, "c")] {
        assert_eq!(rig.store.reference(kind, key).await.expect("reads"), None);
    }
    rig.send(from_visitor(1, 20, "more")).await.expect("is kept");
    let bursts = rig.store.bursts(way(1), UnixMillis(30), 5).await.expect("reads");
    assert_eq!(bursts[0].memo.as_deref(), Some("thread 7"));
    rig.store.forget(UnixMillis(12)).await.expect("writes");
    assert_eq!(rig.store.reference(ChannelKind::Email, "b").await.expect("reads"), None);
}

pub(crate) async fn what_was_said_at_a_channel_is_found_by_how_far_it_was_opened(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(mailbox(2, When::AtOnce)).await;
    rig.begin(1, 10).await;
    rig.begin(2, 10).await;
    for (conversation, name, seq) in [(1, "mine 2", 2), (1, "mine 4", 4), (2, "other 3", 3)] {
        let said = (name.into(), Seq(seq));
        rig.store.note_said(way(1), talk(conversation), said, UnixMillis(11)).await.expect("writes");
    }
    for (upto, name) in [(1, None), (2, Some("mine 2")), (3, Some("mine 2")), (9, Some("mine 4"))] {
        let found = rig.store.last_said(way(1), talk(1), Seq(upto)).await.expect("reads");
        assert_eq!(found.as_deref(), name, "up to {upto}");
    }
    assert_eq!(rig.store.last_said(way(2), talk(1), Seq(9)).await.expect("reads"), None);
    // Who replies to it has read nothing by that.
    let found = rig.store.reference(ChannelKind::Email, "mine 4").await.expect("reads").expect("known");
    assert_eq!((found.0.id, found.1, found.2), (way(1), talk(1), Seq::NONE));
    // What was told is nothing that was said.
    let told = vec![("told 1".into(), Seq(1))];
    let ending = Ending::Handed { memo: None, references: told };
    rig.store.end_try(way(1), talk(1), Seq(1), ending, UnixMillis(12)).await.expect("writes");
    assert_eq!(rig.store.last_said(way(1), talk(1), Seq(1)).await.expect("reads"), None);
    // What was edited there is the last word by its name.
    rig.store.note_said(way(1), talk(1), ("mine 2".into(), Seq(6)), UnixMillis(13)).await.expect("writes");
    assert_eq!(rig.store.last_said(way(1), talk(1), Seq(3)).await.expect("reads"), None);
    rig.store.remove_channel(&oak(), way(1)).await.expect("writes");
    assert_eq!(rig.store.last_said(way(1), talk(1), Seq(9)).await.expect("reads"), None);
}

pub(crate) async fn a_memo_is_kept_also_of_a_failed_try(rig: &mut Rig) {
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.begin(1, 10).await;
    let ending = Ending::Later { until: UnixMillis(20), doubtful: false, memo: Some("topic 3".into()) };
    rig.store.end_try(way(1), talk(1), Seq(1), ending, UnixMillis(11)).await.expect("writes");
    let bursts = rig.store.bursts(way(1), UnixMillis(30), 5).await.expect("reads");
    assert_eq!((bursts[0].memo.as_deref(), bursts[0].handed_at), (Some("topic 3"), None));
}

pub(crate) async fn what_comes_from_outside_is_taken_once(rig: &mut Rig) {
    let take =
        |external, conversation, id| rig.store.hear(external, talk(conversation), message(id), UnixMillis(5));
    assert_eq!(take(name(1), 1, 1).await.expect("writes"), (talk(1), message(1)));
    assert_eq!(take(name(1), 1, 2).await.expect("writes"), (talk(1), message(1)), "the same as before");
    assert_eq!(take(name(1), 2, 3).await.expect("writes"), (talk(1), message(1)), "also for another");
    assert_eq!(take(name(2), 2, 3).await.expect("writes"), (talk(2), message(3)));
}

pub(crate) async fn notes_are_kept_by_kind_and_name(rig: &mut Rig) {
    let store = &rig.store;
    assert_eq!(store.note(ChannelKind::Telegram, "offset").await.expect("reads"), None);
    for note in ["7", "8"] {
        store.set_note(ChannelKind::Telegram, "offset", note).await.expect("writes");
        assert_eq!(store.note(ChannelKind::Telegram, "offset").await.expect("reads").as_deref(), Some(note));
    }
    assert_eq!(store.note(ChannelKind::Email, "offset").await.expect("reads"), None);
}

pub(crate) async fn answers_are_held_for_their_shop(rig: &mut Rig) {
    rig.begin(1, 10).await;
    rig.add(mailbox(1, When::AtOnce)).await;
    rig.add(NewChannel { conversation: Some(talk(1)), ..mailbox(2, When::AtOnce) }).await;
    for number in [1, 1, 2] {
        assert!(rig.store.hold(&oak(), held(number, 1), Vec::new()).await.expect("writes"));
    }
    let visitors = Held { channel: way(2), side: Side::Visitor, ..held(3, 1) };
    assert!(rig.store.hold(&oak(), visitors.clone(), Vec::new()).await.expect("writes"));
    assert_eq!(rig.store.held(&oak()).await.expect("reads"), [visitors, held(2, 1), held(1, 1)]);
    assert_eq!(rig.store.count_held(&oak()).await.expect("reads"), 3);
    assert!(
        !rig.store.hold(&elm(), held(9, 1), Vec::new()).await.expect("writes"),
        "it is not their conversation"
    );
    assert_eq!(rig.store.held(&elm()).await.expect("reads"), []);
    assert!(!rig.store.drop_held(&elm(), held(1, 1).id).await.expect("writes"));
    assert!(rig.store.drop_held(&oak(), held(1, 1).id).await.expect("writes"));
    assert!(!rig.store.drop_held(&oak(), held(1, 1).id).await.expect("writes"));
    for number in 500..500 + limits::HELD_REPLIES as u64 {
        let more = Held { channel: way(2), side: Side::Visitor, ..held(number, 1) };
        let is_kept = rig.store.hold(&oak(), more, Vec::new()).await.expect("writes");
        // One waits already.
        let room = shopbell_store::limits::HELD_PER_VISITOR as u64 - 1;
        assert_eq!(is_kept, number < 500 + room, "no visitor takes the owner's room: {number}");
    }
    assert!(rig.store.hold(&oak(), held(2, 1), Vec::new()).await.expect("writes"), "it waits already");
    for number in 10..10 + limits::HELD_REPLIES as u64 {
        rig.store.hold(&oak(), held(number, 1), Vec::new()).await.expect("writes");
    }
    assert_eq!(rig.store.count_held(&oak()).await.expect("reads"), limits::HELD_REPLIES as u32);
}

pub(crate) async fn a_code_links_once(rig: &mut Rig) {
    let store = &rig.store;
    assert!(store.add_link_code(&oak(), name(1), UnixMillis(100)).await.expect("writes"));
    assert!(store.add_link_code(&oak(), name(2), UnixMillis(100)).await.expect("writes"));
    assert_eq!(store.use_link_code(name(3), UnixMillis(50)).await.expect("writes"), None);
    assert_eq!(store.use_link_code(name(1), UnixMillis(50)).await.expect("writes"), Some(oak()));
    assert_eq!(store.use_link_code(name(1), UnixMillis(50)).await.expect("writes"), None);
    assert_eq!(store.use_link_code(name(2), UnixMillis(100)).await.expect("writes"), None, "it is over");
}

pub(crate) async fn a_private_link_opens_its_conversation(rig: &mut Rig) {
    rig.begin(1, 10).await;
    let by_link = |id| shopbell_store::Append { secret: Some(name(7)), ..from_visitor(1, id, "by link") };
    assert_eq!(rig.send(by_link(20)).await, Err(AppendError::NotYours));
    assert!(!rig.store.set_link_secret(&elm(), talk(1), Some(name(7))).await.expect("writes"));
    assert!(rig.store.set_link_secret(&oak(), talk(1), Some(name(7))).await.expect("writes"));
    assert!(rig.send(by_link(21)).await.is_ok());
    assert!(rig.send(from_visitor(1, 22, "by its own")).await.is_ok());
    let kept = rig.store.conversation(&oak(), talk(1)).await.expect("reads").expect("a conversation");
    assert_eq!((kept.secret, kept.link_secret), (secret(1), Some(name(7))));
    assert!(rig.store.set_link_secret(&oak(), talk(1), None).await.expect("writes"));
    assert_eq!(rig.send(by_link(23)).await, Err(AppendError::NotYours));
}
