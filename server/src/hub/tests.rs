//! Queues, presence and order, without any socket.

use super::{Device, Hub, OwnerSeat, VisitorSeat, encode};
use crate::{
    clock::testing::StillClock,
    limits,
    metrics::Metrics,
    secrets::Keys,
    testing::{at, message_id},
};
use axum::extract::ws::Utf8Bytes;
use shopbell_protocol::{CloseCode, ConversationId, RelayFrame, Seq, SessionId, ShopId, Side};
use shopbell_store::{
    Append, Appended, CommitListener, Digest, NewShop, Outcome, SqliteOptions, SqliteStore, Store,
};
use std::sync::Arc;

const SECRET: Digest = Digest([1; 32]);

struct Scene {
    clock: Arc<StillClock>,
    hub: Arc<Hub>,
    shop: ShopId,
    conversation: ConversationId,
}

fn scene() -> Scene {
    let clock = Arc::new(StillClock::at(1));
    Scene {
        hub: Hub::new(clock.clone(), Metrics::new()),
        clock,
        shop: ShopId::parse("oak").expect("an id"),
        conversation: ConversationId::new(1, [1; 10]),
    }
}

impl Scene {
    fn visitor(&self) -> (Arc<Device>, VisitorSeat) {
        let device = self.hub.device(None);
        let room = self.hub.room(&self.shop);
        let seat = VisitorSeat::take(&self.hub, &room, &device, self.conversation, SECRET);
        seat.prove(Keys::only(SECRET));
        (device, seat)
    }

    fn owner(&self) -> (Arc<Device>, OwnerSeat) {
        let device = self.hub.device(Some(SessionId::new(1, [1; 10])));
        let seat = OwnerSeat::take(&self.hub, &self.hub.room(&self.shop), &device);
        seat.prove();
        (device, seat)
    }

    fn append(&self, origin: &Device) -> Append {
        Append {
            origin: origin.id(),
            shop: self.shop.clone(),
            conversation: self.conversation,
            id: message_id(),
            from: Side::Visitor,
            body: "hi".into(),
            system: false,
            pictures: Vec::new(),
            at: at(1),
            secret: Some(SECRET),
            locale: None,
            time_zone: None,
            page: None,
        }
    }

    fn commit(&self, origin: &Device, seq: u32) {
        let append = self.append(origin);
        let result = Ok(Appended { seq: Seq(seq), at: at(1), fresh: true, began: seq == 1, deliveries: 0 });
        self.hub.on_outcomes(vec![Outcome { append, result }]);
    }
}

fn heard(device: &Device) -> Vec<RelayFrame> {
    device.take().iter().map(|frame| serde_json::from_str(frame).expect("a frame")).collect()
}

/// What a visitor is told of the owner.
fn owner_presence(visitor: &Device) -> Vec<bool> {
    let told = heard(visitor).into_iter().filter_map(|frame| match frame {
        RelayFrame::OwnerPresence { here, .. } => Some(here),
        _ => None,
    });
    told.collect()
}

/// What an owner is told of visitors, all at once.
fn visitor_presence(scene: &Scene, owner: &Device) -> Vec<bool> {
    scene.hub.tell_presence_once();
    let told = heard(owner).into_iter().flat_map(|frame| match frame {
        RelayFrame::VisitorPresence { visitors } => visitors,
        _ => Vec::new(),
    });
    told.map(|seen| seen.here).collect()
}

#[tokio::test]
async fn a_slow_reader_is_cut_off_and_the_others_hear_everything() {
    let scene = scene();
    let (writer, _w) = scene.visitor();
    let (slow, _s) = scene.visitor();
    let (quick, _q) = scene.visitor();
    let most = u32::try_from(limits::QUEUE_FRAMES).expect("a small number");
    let mut seqs = Vec::new();
    for seq in 1..=most + 1 {
        scene.commit(&writer, seq);
        writer.take();
        seqs.extend(heard(&quick).into_iter().filter_map(|frame| match frame {
            RelayFrame::Message { message, .. } => Some(message.seq.0),
            _ => None,
        }));
    }
    assert_eq!(seqs, (1..=most + 1).collect::<Vec<_>>());
    assert_eq!(slow.next().await, Err(CloseCode::Resync));
    assert_eq!(slow.dropped().await, CloseCode::Resync);
    assert!(slow.take().is_empty(), "what waited is given up, for it is read again");
}

#[test]
fn a_queue_is_bounded_in_bytes_too() {
    let scene = scene();
    let device = scene.hub.device(None);
    device.push(Utf8Bytes::from("x".repeat(limits::QUEUE_BYTES)));
    assert_eq!(device.take().len(), 1);
    device.push(Utf8Bytes::from("x".repeat(limits::QUEUE_BYTES + 1)));
    assert!(device.take().is_empty());
}

#[tokio::test]
async fn going_down_still_tells_what_waits() {
    let scene = scene();
    let (device, _seat) = scene.visitor();
    scene.commit(&device, 1);
    scene.hub.close();
    assert_eq!(device.next().await.expect("what waits").len(), 1);
    assert_eq!(device.next().await, Err(CloseCode::GoingAway));
    let (late, _late_seat) = scene.visitor();
    assert_eq!(late.next().await, Err(CloseCode::GoingAway));
}

#[test]
fn a_reload_does_not_flicker_and_leaving_is_told_after_a_moment() {
    let scene = scene();
    let (visitor, _v) = scene.visitor();
    let (_, owner) = scene.owner();
    assert_eq!(owner_presence(&visitor), [true]);
    drop(owner);
    scene.clock.pass(limits::PRESENCE_GRACE_MS - 1);
    scene.hub.lapse();
    let (_, owner) = scene.owner();
    drop(owner);
    scene.clock.pass(limits::PRESENCE_GRACE_MS - 1);
    scene.hub.lapse();
    assert!(owner_presence(&visitor).is_empty(), "who came back in time was never away");
    assert!(scene.hub.room(&scene.shop).owner_here());
    scene.clock.pass(1);
    scene.hub.lapse();
    assert_eq!(owner_presence(&visitor), [false]);
    assert!(!scene.hub.room(&scene.shop).owner_here());
}

#[test]
fn the_owner_hears_of_a_visitor_who_comes_and_goes() {
    let scene = scene();
    let (owner, _o) = scene.owner();
    let (_, first) = scene.visitor();
    let (_, second) = scene.visitor();
    assert_eq!(visitor_presence(&scene, &owner), [true], "two devices are one visitor");
    drop((first, second));
    scene.clock.pass(limits::PRESENCE_GRACE_MS);
    scene.hub.lapse();
    assert_eq!(visitor_presence(&scene, &owner), [false]);
}

/// The owner's device was cut off by the frames about a crowd that left at once,
/// each time it came back.
#[test]
fn a_crowd_that_leaves_at_once_is_told_in_a_few_frames() {
    let scene = scene();
    let (owner, _o) = scene.owner();
    let room = scene.hub.room(&scene.shop);
    let crowd = u32::try_from(4 * limits::QUEUE_FRAMES).expect("a small number");
    let come = |number: u32| {
        let device = scene.hub.device(None);
        let mut id = [7; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let seat = VisitorSeat::take(&scene.hub, &room, &device, ConversationId::from_bytes(id), SECRET);
        seat.prove(Keys::only(SECRET));
        seat
    };
    let seats: Vec<_> = (0..crowd).map(come).collect();
    drop(seats);
    scene.clock.pass(limits::PRESENCE_GRACE_MS);
    scene.hub.lapse();
    let gone = visitor_presence(&scene, &owner);
    assert_eq!((gone.len(), gone.contains(&true)), (4 * limits::QUEUE_FRAMES, false));
}

/// Between taking a seat and being refused, a stranger's device was told what was
/// said meanwhile.
#[test]
fn who_has_not_proven_who_they_are_is_told_nothing() {
    let scene = scene();
    let (visitor, _v) = scene.visitor();
    scene.commit(&visitor, 1);
    let (stranger, intruder) = (scene.hub.device(None), scene.hub.device(None));
    let room = scene.hub.room(&scene.shop);
    let secret = Digest([0xEE; 32]);
    let _seat = VisitorSeat::take(&scene.hub, &room, &stranger, scene.conversation, secret);
    let desk = OwnerSeat::take(&scene.hub, &room, &intruder);
    desk.watch(Some(scene.conversation));
    scene.commit(&visitor, 2);
    scene.hub.tell_presence_once();
    room.tell_owners(|| encode(&RelayFrame::Pong {}));
    assert!(heard(&stranger).is_empty() && heard(&intruder).is_empty());
}

#[test]
fn a_visitor_without_a_conversation_is_nobodys_business() {
    let scene = scene();
    let (owner, _o) = scene.owner();
    let device = scene.hub.device(None);
    let room = scene.hub.room(&scene.shop);
    let seat = VisitorSeat::take(&scene.hub, &room, &device, scene.conversation, SECRET);
    assert!(heard(&owner).is_empty());
    scene.commit(&device, 1);
    assert_eq!(visitor_presence(&scene, &owner), [true]);
    drop(seat);
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_told_when_it_can() {
    let scene = scene();
    let (owner, _o) = scene.owner();
    let (visitor, _v) = scene.visitor();
    let folder = tempfile::tempdir().expect("a folder");
    let open =
        || SqliteStore::open(folder.path(), scene.hub.clone(), SqliteOptions::default()).expect("a store");
    let store = open();
    let (name, sites) = ("Oak & Ash".into(), Vec::new());
    let shop = NewShop { id: scene.shop.clone(), name, owner: "Ana".into(), sites, at: at(1) };
    store.add_shop(shop).await.expect("a shop");
    store.append(scene.append(&visitor)).expect("room");
    // It is kept first.
    store.close().await;
    assert!(!scene.hub.tell_lines_once(&*store).await);
    heard(&owner);
    assert!(scene.hub.tell_lines_once(&*open()).await);
    let told = heard(&owner);
    assert!(
        matches!(&told[..], [RelayFrame::Changed { summary }] if summary.conversation == scene.conversation),
        "{told:?}"
    );
}
