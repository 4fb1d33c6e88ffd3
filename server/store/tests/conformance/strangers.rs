//! A shop reaches nothing of another's, whatever it asks with.

use super::Rig;
use super::channels::mailbox;
use super::rig::{elm, from_owner, from_visitor, message, oak, page, receipt, secret, talk};
use shopbell_protocol::{ListFilter, SessionId, Side, Slice, UnixMillis, When, limits};
use shopbell_store::{Append, AppendError, Conversation, Digest, ListQuery, NewChannel, NewSession};

async fn oaks_conversation(rig: &mut Rig) -> Conversation {
    let first = Append { page: Some(page("https://oak.example/", "Oak")), ..from_visitor(1, 10, "private") };
    rig.send_all(vec![first, from_owner(1, 11, "answer")]).await;
    rig.store.name(&oak(), talk(1), Some("Zoë".into())).await.expect("names");
    rig.store.conversation(&oak(), talk(1)).await.expect("reads").expect("is there")
}

pub(crate) async fn another_shop_reads_nothing(rig: &mut Rig) {
    oaks_conversation(rig).await;
    let (elm, talk) = (elm(), talk(1));
    assert_eq!(rig.store.conversation(&elm, talk).await.expect("reads"), None);
    assert_eq!(rig.store.summary(&elm, talk).await.expect("reads"), None);
    assert_eq!(rig.store.visits(&elm, talk).await.expect("reads"), []);
    assert_eq!(rig.store.waiting(&elm).await.expect("reads"), 0);
    assert_eq!(rig.store.arrival(&elm, talk).await.expect("reads").expect("a shop").conversation, None);
    rig.add(NewChannel { conversation: Some(talk), ..mailbox(1, When::AtOnce) }).await;
    rig.add(mailbox(2, When::AtOnce)).await;
    for seq in [0, 1, 2, 3] {
        let seq = shopbell_protocol::Seq(seq);
        let resumed = rig.store.resumed(&elm, talk, seq).await.expect("reads");
        assert_eq!((resumed.owners_channels, resumed.channels), (vec![], vec![]));
        assert_eq!((resumed.conversation, resumed.slice), (None, Slice::default()));
        assert_eq!(rig.store.resume(&elm, talk, seq).await.expect("reads"), Slice::default());
        assert_eq!(rig.store.after(&elm, talk, seq).await.expect("reads"), Slice::default());
        assert_eq!(rig.store.before(&elm, talk, seq).await.expect("reads"), Slice::default());
    }
    let limit = limits::LIST_CONVERSATIONS;
    let cursor = rig.store.list(&oak(), ListQuery { limit: 1, ..ListQuery::default() }).await.expect("lists");
    for filter in [ListFilter::Open, ListFilter::Closed] {
        for search in [None, Some("private".to_owned()), Some("zoë".to_owned())] {
            let query = ListQuery { filter, search, cursor: cursor.next.clone(), limit };
            assert_eq!(rig.store.list(&elm, query).await.expect("lists").conversations, []);
        }
    }
}

pub(crate) async fn another_shop_writes_nothing(rig: &mut Rig) {
    let before = oaks_conversation(rig).await;
    let line = rig.store.summary(&oak(), talk(1)).await.expect("reads");
    let elm_append = |append: Append| Append { shop: elm(), ..append };
    assert_eq!(
        rig.send(elm_append(from_visitor(1, 20, "with the right secret"))).await,
        Err(AppendError::NotYours)
    );
    assert_eq!(rig.send(elm_append(from_visitor(1, 10, "private"))).await, Err(AppendError::NotYours));
    let guess = Append { secret: Some(secret(2)), ..from_visitor(1, 21, "with another") };
    assert_eq!(rig.send(elm_append(guess)).await, Err(AppendError::NotYours));
    for append in [from_owner(1, 22, "as the owner"), from_owner(1, 11, "answer")] {
        assert_eq!(rig.send(elm_append(append)).await, Err(AppendError::NoSuchConversation));
    }
    let (elm, talk) = (elm(), talk(1));
    for side in [Side::Visitor, Side::Owner] {
        assert_eq!(rig.store.advance(&elm, talk, side, receipt(2, 2)).await.expect("writes"), None);
    }
    assert!(!rig.store.name(&elm, talk, Some("Mallory".into())).await.expect("writes"));
    assert!(!rig.store.set_closed(&elm, talk, true).await.expect("writes"));
    let url = page("https://elm.example/", "Elm");
    rig.store.visit(&elm, talk, url, UnixMillis(99)).await.expect("writes nothing");

    let session = NewSession {
        id: SessionId::from_bytes([5; 16]),
        token: Digest([5; 32]),
        device: "A phone".into(),
        at: UnixMillis(50),
    };
    rig.store.add_link(&oak(), Digest([4; 32]), UnixMillis(100)).await.expect("adds");
    rig.store.sign_in(Digest([4; 32]), session.clone()).await.expect("signs in").expect("is valid");
    assert!(!rig.store.end_session(&elm, session.id).await.expect("writes"));
    assert_eq!(rig.store.sessions(&elm).await.expect("reads"), []);
    assert_eq!(rig.store.sessions(&oak()).await.expect("reads").len(), 1);

    assert_eq!(rig.store.conversation(&oak(), talk).await.expect("reads"), Some(before));
    assert_eq!(rig.store.summary(&oak(), talk).await.expect("reads"), line);
    let messages = rig.messages(&oak(), talk).await;
    assert_eq!(messages.iter().map(|m| m.id).collect::<Vec<_>>(), [message(10), message(11)]);
    assert_eq!(rig.store.visits(&oak(), talk).await.expect("reads").len(), 1);
}
