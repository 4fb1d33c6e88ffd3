//! Pictures, with their messages and with answers that are held.

use super::Rig;
use super::channels::mailbox;
use super::outside::held;
use super::rig::{elm, from_owner, from_visitor, oak, picture, talk};
use shopbell_protocol::{Picture, When, limits};
use shopbell_store::{Append, AppendError, Held, PictureFile};

fn told(files: &[PictureFile]) -> Vec<Picture> {
    files.iter().map(|file| file.picture).collect()
}

fn with(append: Append, pictures: &[PictureFile]) -> Append {
    Append { pictures: pictures.to_vec(), ..append }
}

pub(crate) async fn pictures_are_kept_with_their_message(rig: &mut Rig) {
    let (first, answer) = ([picture(1), picture(2)], [picture(4), picture(3)]);
    let many: Vec<_> = (10..10 + limits::PICTURES as u64).map(picture).collect();
    rig.send_all(vec![
        with(from_visitor(1, 10, "how it came"), &first),
        from_visitor(1, 11, "no picture"),
        with(from_owner(1, 12, ""), &answer),
        with(from_visitor(2, 13, "elsewhere"), &many),
    ])
    .await;
    let shown: Vec<_> = rig.messages(&oak(), talk(1)).await.into_iter().map(|m| m.pictures).collect();
    assert_eq!(shown, [told(&first), Vec::new(), told(&answer)]);
    assert_eq!(rig.messages(&oak(), talk(2)).await[0].pictures, told(&many));
    for file in first.iter().chain(&answer) {
        let kept = rig.store.picture(&oak(), talk(1), file.picture.id).await.expect("reads");
        assert_eq!(kept.as_ref(), Some(file));
    }
    let line = rig.store.summary(&oak(), talk(1)).await.expect("reads").expect("a line");
    assert_eq!((line.preview.as_str(), line.last_pictures), ("", 2));
}

pub(crate) async fn sending_again_adds_no_picture(rig: &mut Rig) {
    let first = with(from_visitor(1, 10, "look"), &[picture(1)]);
    rig.send(first.clone()).await.expect("is kept");
    // The relay makes a picture anew each time.
    let again = rig.send(with(first, &[picture(2)])).await.expect("was kept before");
    assert!(!again.fresh);
    assert_eq!(rig.messages(&oak(), talk(1)).await[0].pictures, told(&[picture(1)]));
    assert_eq!(rig.store.picture(&oak(), talk(1), picture(2).picture.id).await.expect("reads"), None);
}

pub(crate) async fn a_refused_message_leaves_no_picture(rig: &mut Rig) {
    rig.begin(1, 10).await;
    let guess = Append { secret: None, ..with(from_visitor(1, 11, "look"), &[picture(1)]) };
    let results = rig.send_all(vec![guess, with(from_owner(9, 12, "look"), &[picture(2)])]).await;
    assert_eq!(results, [Err(AppendError::NotYours), Err(AppendError::NoSuchConversation)]);
    for number in [1, 2] {
        let kept = rig.store.picture(&oak(), talk(1), picture(number).picture.id).await.expect("reads");
        assert_eq!(kept, None);
    }
}

pub(crate) async fn held_pictures_go_with_their_answer(rig: &mut Rig) {
    rig.begin(1, 10).await;
    rig.add(mailbox(1, When::AtOnce)).await;
    let files = vec![picture(2), picture(1)];
    let one = Held { pictures: told(&files), ..held(1, 1) };
    assert!(rig.store.hold(&oak(), one.clone(), files.clone()).await.expect("writes"));
    let again = Held { id: held(2, 1).id, ..one.clone() };
    assert!(rig.store.hold(&oak(), again.clone(), files.clone()).await.expect("writes"), "held once");
    assert_eq!(rig.store.held(&oak()).await.expect("reads"), std::slice::from_ref(&one));
    assert_eq!(rig.store.held_pictures(&oak(), one.id, None).await.expect("reads"), files);
    assert_eq!(rig.store.held_pictures(&oak(), again.id, None).await.expect("reads"), []);
    let only = rig.store.held_pictures(&oak(), one.id, Some(picture(1).picture.id)).await.expect("reads");
    assert_eq!(only, [picture(1)]);
    // They are in no conversation yet.
    let early = rig.store.picture(&oak(), talk(1), picture(1).picture.id).await.expect("reads");
    assert_eq!(early, None);
    assert!(rig.store.drop_held(&oak(), one.id).await.expect("writes"));
    assert_eq!(rig.store.held_pictures(&oak(), one.id, None).await.expect("reads"), []);
}

pub(crate) async fn another_shop_sees_no_picture(rig: &mut Rig) {
    rig.begin(2, 9).await;
    rig.send(with(from_visitor(1, 10, "private"), &[picture(1)])).await.expect("is kept");
    rig.add(mailbox(1, When::AtOnce)).await;
    let held = Held { pictures: told(&[picture(2)]), ..held(1, 1) };
    assert!(rig.store.hold(&oak(), held.clone(), vec![picture(2)]).await.expect("writes"));
    let id = picture(1).picture.id;
    for (shop, conversation) in [(elm(), talk(1)), (oak(), talk(2)), (oak(), talk(9)), (elm(), talk(2))] {
        assert_eq!(rig.store.picture(&shop, conversation, id).await.expect("reads"), None);
    }
    assert_eq!(rig.store.held_pictures(&elm(), held.id, None).await.expect("reads"), []);
    let guess = rig.store.held_pictures(&elm(), held.id, Some(picture(2).picture.id)).await.expect("reads");
    assert_eq!(guess, []);
}
