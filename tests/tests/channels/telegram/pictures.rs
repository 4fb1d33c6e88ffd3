//! Pictures that the owner answers with.

use super::answers::private_rig;
use super::rig::{MAYA, Rig};
use serde_json::{Map, json};
use shopbell_channels::{RawPicture, Unfit, limits};
use shopbell_tests::far::telegram::Fault;

const SIZE: (u32, u32) = (1280, 960);

/// The pictures of what was said, when so much was.
async fn pictures(rig: &Rig, count: usize) -> Vec<Vec<RawPicture>> {
    rig.said(count).await;
    rig.ears.all().said.iter().map(|said| said.pictures.clone()).collect()
}

fn raw(bytes: &[u8]) -> Vec<RawPicture> {
    vec![RawPicture(bytes.to_vec())]
}

#[tokio::test]
async fn a_photo_comes_along_in_its_largest_size_with_its_caption() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    rig.maya.shows(MAYA, b"the table", SIZE, json!({ "caption": "In oak", "reply_to_message": reply }));
    rig.maya.shows(MAYA, b"the chair", SIZE, json!({ "reply_to_message": reply }));
    rig.maya.sends_file(MAYA, b"the stool", "image/png", json!({ "reply_to_message": reply }));
    let expected = [raw(b"the table"), raw(b"the chair"), raw(b"the stool")];
    assert_eq!(pictures(&rig, 3).await, expected);
    assert_eq!(rig.ears.bodies(), ["In oak", "", ""]);
    assert_eq!(rig.count(MAYA, "This was not sent"), 0);
    assert_eq!(rig.fake.complaints(), [""; 0]);
}

#[tokio::test]
async fn an_album_comes_as_it_is_sent_picture_by_picture() {
    let (rig, nora, _) = private_rig().await;
    for (number, picture) in [b"one", b"two"].into_iter().enumerate() {
        let mut fields = json!({ "media_group_id": "album", "reply_to_message": { "message_id": nora } });
        if number == 0 {
            fields["caption"] = json!("Both");
        }
        rig.maya.shows(MAYA, picture, SIZE, fields);
    }
    assert_eq!(pictures(&rig, 2).await, [raw(b"one"), raw(b"two")]);
    assert_eq!(rig.ears.bodies(), ["Both", ""]);
}

#[tokio::test]
async fn an_edit_that_changes_neither_picture_nor_caption_is_none() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    let shown =
        rig.maya.shows(MAYA, b"the table", SIZE, json!({ "caption": "In oka", "reply_to_message": reply }));
    rig.said(1).await;
    let edit = |caption: &str, at: i64| {
        Map::from_iter([("caption".to_owned(), json!(caption)), ("edit_date".to_owned(), json!(at))])
    };
    rig.maya.changes(MAYA, shown, edit("In oka", 1));
    rig.maya.changes(MAYA, shown, edit("In oak", 2));
    assert_eq!(rig.said(2).await, ["In oka", "In oak"]);
}

#[tokio::test]
async fn what_is_too_large_is_not_even_fetched() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    let large = vec![0; limits::PICTURE_BYTES + 1];
    rig.maya.sends_file(MAYA, &large, "image/png", json!({ "reply_to_message": reply }));
    rig.hears(MAYA, Unfit::TooLarge.sentence()).await;
    assert!(rig.fake.calls("getfile").is_empty());
    // Of a photo there is always a size that fits.
    rig.maya.shows(MAYA, &large, SIZE, json!({ "reply_to_message": reply }));
    assert_eq!(pictures(&rig, 1).await, [raw(b"a small size of it")]);
    // The size need not be told.
    let mut document = rig.maya.uploads(&large);
    document.as_object_mut().expect("an object").remove("file_size");
    document["mime_type"] = json!("image/png");
    rig.maya.sends(MAYA, json!({ "document": document, "reply_to_message": reply }));
    shopbell_tests::until("her to be told again", async || {
        (rig.count(MAYA, Unfit::TooLarge.sentence()) == 2).then_some(())
    })
    .await;
    assert!(rig.fake.calls("file").iter().all(|call| !call.to_string().contains("file_3")));
}

#[tokio::test]
async fn what_the_relay_finds_to_be_no_picture_is_told_to_who_sent_it() {
    let (rig, nora, _) = private_rig().await;
    rig.ears.all().unfit = Some(Unfit::Kind);
    rig.maya.sends_file(
        MAYA,
        b"<svg/>",
        "image/svg+xml",
        json!({ "reply_to_message": { "message_id": nora } }),
    );
    let told = rig.hears(MAYA, Unfit::Kind.sentence()).await;
    assert!(told.text.starts_with("This was not sent. "), "{}", told.text);
    assert!(rig.ears.bodies().is_empty());
}

#[tokio::test]
async fn a_picture_that_cannot_be_fetched_at_once_is_fetched_again() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    rig.fake.fails("getFile", Fault::Gateway(502), 1);
    rig.fake.fails("file", Fault::CutAfter, 1);
    rig.maya.shows(MAYA, b"the table", SIZE, json!({ "reply_to_message": reply }));
    assert_eq!(pictures(&rig, 1).await, [raw(b"the table")]);
}

#[tokio::test]
async fn a_picture_that_telegram_does_not_give_out_is_told_and_holds_nobody_up() {
    let (rig, nora, _) = private_rig().await;
    let reply = json!({ "message_id": nora });
    rig.fake.fails("file", Fault::Says(404, "Not Found"), 3);
    rig.maya.shows(MAYA, b"the table", SIZE, json!({ "caption": "Look", "reply_to_message": reply }));
    rig.maya.replies(MAYA, nora, "It is oak");
    assert_eq!(rig.said(1).await, ["It is oak"]);
    rig.hears(MAYA, "did not give out the picture").await;
    let secret = rig.fake.token();
    assert!(rig.fake.sent(MAYA).iter().all(|sent| !sent.text.contains(&secret)));
}
