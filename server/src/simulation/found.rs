//! What the simulation has found, each as small as it can be told.

use super::{
    disk::Disk,
    house::{Ground, House},
    net::Net,
    runtime, seeded,
    tab::hello,
    time::Time,
};
use crate::{
    config::Config,
    talk::{self, Talk, VisitorTalk},
};
use fastrand::Rng;
use shopbell_protocol::{
    MessageId, Receipt, RelayFrame, Seq, Side, UnixMillis, VisitorFrame, VisitorWelcome,
};
use shopbell_store::{Append, Memory};
use std::{
    pin::pin,
    sync::{Arc, atomic::AtomicI64},
};
use tokio::time::{Duration, sleep, timeout};

/// A `hello` takes no longer than this on a disk that is well.
const HELLO_MS: u64 = 60;
/// Disks that take their time in different ways.
const DISKS: u64 = 8;

/// How far a visitor's device knows that the owner has come, when a receipt moves so long after
/// the device has begun to say hello.
async fn known_after(seeded: &Memory, disk: u64, moves_after_ms: u64) -> Seq {
    let (time, memory) = (Time::begin(), seeded.copy().expect("there is room for it"));
    let net = Arc::new(Net::new(time, Rng::with_seed(0)));
    let disk = Disk::new(time, Arc::clone(&net), Rng::with_seed(disk));
    let ground =
        Ground { time, net, disk, config: Config::default(), clock_off_by_ms: Arc::new(AtomicI64::new(0)) };
    let house = House::start(&ground, &memory, Rng::with_seed(0), 1);
    let (shop, credential) = (seeded::shop(), seeded::credential(0));
    let conversation = credential.conversation;
    let append = Append {
        origin: 0,
        shop: shop.clone(),
        conversation,
        id: MessageId::from_bytes([1; 16]),
        from: Side::Visitor,
        body: "Is anybody there?".into(),
        system: false,
        pictures: Vec::new(),
        at: UnixMillis(1),
        secret: Some(crate::secrets::digest(&credential.secret)),
        locale: None,
        time_zone: None,
        page: None,
    };
    house.relay.store.append(append).expect("the queue has room");
    while memory.messages(&shop, conversation).expect("it can be read").is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
    let mut talk = Talk::Visitor(VisitorTalk::new(&house.relay, seeded::visitor(0).address));
    let (mut answers, text) = (Vec::new(), serde_json::to_string(&VisitorFrame::Hello(hello(credential))));
    {
        let mut says = pin!(talk.hear(text.as_deref().expect("JSON"), &mut answers));
        let said = timeout(Duration::from_millis(moves_after_ms), &mut says).await;
        let receipt = Receipt { handed: Seq(1), opened: Seq::NONE };
        let moved = talk::advance(&house.relay, &shop, conversation, Side::Owner, receipt).await;
        moved.expect("it is kept");
        match said {
            Ok(said) => said.expect("welcome"),
            Err(_) => says.await.expect("welcome"),
        }
    }
    let mut known = Seq::NONE;
    for text in answers.into_iter().chain(talk.waiting()) {
        match serde_json::from_str(&text).expect("a frame") {
            RelayFrame::VisitorWelcome(VisitorWelcome { owner_receipt: receipt, .. })
            | RelayFrame::Receipt { side: Side::Owner, receipt, .. } => known = known.max(receipt.handed),
            _ => {}
        }
    }
    known
}

/// It fell between the look at the conversation and the first frame that waits in the device's
/// queue: the device showed "Kept" where the others showed "Handed over", until the next receipt.
#[test]
fn a_receipt_that_moves_while_a_device_says_hello_is_told_to_it() {
    let seeded = super::seeded();
    for disk in 0..DISKS {
        for ms in 0..HELLO_MS {
            let known = runtime().block_on(known_after(&seeded, disk, ms));
            assert_eq!(known, Seq(1), "disk {disk}, {ms} ms after the hello");
        }
    }
}
