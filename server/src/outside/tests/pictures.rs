//! Pictures that come with answers from outside.

use super::scene::{MAIL, SMS, Scene, at_once, mail, phone};
use crate::testing::House;
use image::{DynamicImage, ImageFormat, RgbImage};
use shopbell_channels::{Ears, Held, RawPicture, Said, Unfit, Verdict};
use shopbell_protocol::{Message, OwnerFrame, Picture, RelayFrame, Seq, Side, limits};
use std::io::Cursor;

fn png(width: u32, height: u32) -> RawPicture {
    let mut bytes = Cursor::new(Vec::new());
    let image = DynamicImage::from(RgbImage::from_pixel(width, height, image::Rgb([90, 120, 60])));
    image.write_to(&mut bytes, ImageFormat::Png).expect("writes");
    RawPicture(bytes.into_inner())
}

fn with(said: Said, pictures: &[RawPicture]) -> Said {
    Said { pictures: pictures.to_vec(), ..said }
}

async fn scene() -> Scene {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    scene
}

impl Scene {
    async fn hears_pictures(&mut self) -> Message {
        self.visitor
            .hear_first(|frame| match frame {
                RelayFrame::Message { message, .. } if !message.pictures.is_empty() => Some(message),
                _ => None,
            })
            .await
    }

    /// What the visitor's own device gets for an address of theirs.
    async fn fetch(&self, picture: Picture) -> (u16, Vec<u8>) {
        let address = format!("{}/talk/oak/picture/{}", self.house.origin, picture.id);
        let key = crate::secrets::key(&self.credential);
        let answer = House::client().get(address).bearer_auth(key).send().await.expect("an answer");
        (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
    }
}

#[tokio::test]
async fn pictures_come_along_with_an_answer() {
    let mut scene = scene().await;
    let said = with(scene.said("<a@x>", "It is."), &[png(3_000, 1_500), png(40, 60)]);
    let verdict = scene.ears().say(said.clone()).await.expect("not away");
    assert!(matches!(verdict, Verdict::Kept(_)));
    let message = scene.hears_pictures().await;
    let sizes: Vec<_> = message.pictures.iter().map(|picture| (picture.width, picture.height)).collect();
    assert_eq!((message.from, message.body.as_str()), (Side::Owner, "It is."));
    assert_eq!(sizes, [(limits::PICTURE_EDGE_PX, limits::PICTURE_EDGE_PX / 2), (40, 60)]);
    let (status, bytes) = scene.fetch(message.pictures[1]).await;
    let shown = image::load_from_memory(&bytes).expect("a picture");
    assert_eq!((status, shown.width(), shown.height()), (200, 40, 60));
    // The far side brings it again: it is the same message.
    assert_eq!(scene.ears().say(said).await, Ok(verdict));
    assert_eq!(scene.bodies().await, ["is it oak?", "It is."]);
}

#[tokio::test]
async fn a_picture_needs_no_words_and_is_told_in_words() {
    let mut scene = scene().await;
    scene.add(SMS, phone(), at_once()).await;
    scene.ears().say(with(scene.said("<a@x>", " "), &[png(40, 60)])).await.expect("not away");
    assert_eq!(scene.hears_pictures().await.body, "");
    scene.write("nice, the other one?").await;
    let taken = scene.sms.until(1).await;
    let last = taken.last().expect("handed over");
    let before: Vec<_> = last.words().before.iter().map(|message| message.body.as_str()).collect();
    assert!(before.ends_with(&["[Picture]"]), "{before:?}");
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_all_that_came_with_it() {
    let scene = scene().await;
    let (svg, page) = (&b"<svg onload=alert(1)>"[..], &b"<script>alert(1)</script>"[..]);
    for (pictures, unfit) in [
        (vec![png(9, 9), RawPicture(svg.into())], Unfit::Kind),
        (vec![RawPicture(page.into())], Unfit::Kind),
        (vec![RawPicture(png(90, 90).0[..60].into())], Unfit::Broken),
        (vec![png(9, 9); limits::PICTURES + 1], Unfit::TooMany),
    ] {
        let verdict = scene.ears().say(with(scene.said("<a@x>", "Look"), &pictures)).await;
        assert_eq!(verdict, Ok(Verdict::Unfit(unfit)));
    }
    assert_eq!(scene.bodies().await, ["is it oak?"]);
}

#[tokio::test]
async fn held_pictures_are_looked_at_and_sent_with_their_answer() {
    let mut scene = scene().await;
    let held = Held {
        channel: MAIL,
        conversation: scene.conversation(),
        external: "<a@x>".into(),
        from: "maya@oak.example".into(),
        reason: "It is not proven.".into(),
        body: String::new(),
        pictures: vec![png(40, 60), RawPicture(b"%PDF-1.7".to_vec()), png(60, 40)],
    };
    scene.ears().hold(held).await.expect("not away");
    scene.owner.say(&OwnerFrame::Held {}).await;
    let replies = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::Held { replies } => Some(replies),
            _ => None,
        })
        .await;
    let reply = &replies[0];
    assert_eq!(reply.pictures.len(), 2, "what is none was left out");
    assert_eq!(
        reply.reason,
        format!("It is not proven. {} Not all pictures are here.", Unfit::Kind.sentence())
    );
    let cookie = scene.house.sign_in("oak").await;
    let address = format!("{}/inbox/held/{}/{}", scene.house.origin, reply.held, reply.pictures[0].id);
    let ask = |cookie: &str| House::client().get(&address).header("cookie", cookie).send();
    assert_eq!(ask(&cookie).await.expect("an answer").status(), 200);
    let stranger = scene.house.sign_in("elm").await;
    assert_eq!(ask(&stranger).await.expect("an answer").status(), 404);
    // The visitor sees nothing of it yet.
    assert_eq!(scene.fetch(reply.pictures[0]).await.0, 404);

    scene.owner.say(&OwnerFrame::Release { held: reply.held }).await;
    let message = scene.hears_pictures().await;
    assert_eq!((message.body.as_str(), &message.pictures), ("", &reply.pictures));
    assert_eq!(scene.fetch(message.pictures[1]).await.0, 200);
    let kept = scene.house.relay.store.resume(&House::shop("oak"), scene.conversation(), Seq::NONE).await;
    assert_eq!(kept.expect("reads").messages.last(), Some(&message));
}
