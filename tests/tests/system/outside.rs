//! The relay dies while a far side has its request, and comes back.

use shopbell_client::OwnerEvent;
use shopbell_protocol::{ChannelId, ChannelRule, NewChannel, OwnerFrame};
use shopbell_tests::{
    Owner, Visitor,
    far::http::{Certificate, FarHttp, Fault, Reply},
    relay::Setup,
    until,
};

const CHANNEL: ChannelId = ChannelId::from_bytes([4; 16]);

#[tokio::test]
async fn a_relay_that_dies_in_the_middle_of_a_request_sends_the_very_same_again() {
    let far = FarHttp::start(|_| Reply::status(204)).await;
    far.show(Certificate::None);
    far.fault(Fault::Silent).await;
    let setup = Setup::default().set("OUTBOUND__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]");
    let mut relay = setup.start().await;
    let owner = Owner::sign_in(&relay, "oak").await;
    let target = NewChannel::Webhook { url: format!("http://127.0.0.1:{}/bell", far.port()) };
    let rule = ChannelRule::default();
    owner.happen(OwnerEvent::Outside(OwnerFrame::AddChannel { channel: CHANNEL, target, rule }));
    owner
        .until("the channel", |talker, _| {
            talker.outside()?.channels.iter().any(|line| line.channel == CHANNEL).then_some(())
        })
        .await;
    // From here on nobody but the far side can say that it was handed over.
    drop(owner);
    let visitor = Visitor::new(&relay, "oak");
    let asked = visitor.write("Is it oak?");
    until("the request", async || (far.heard().len() == 1).then_some(())).await;
    relay.kill();
    relay.start_again().await;
    until("the same once more", async || (far.heard().len() == 2).then_some(())).await;
    visitor.write("And how old is it?");
    visitor.until_all_kept().await;
    relay.kill();
    far.heal().await;
    far.show(Certificate::None);
    relay.start_again().await;
    visitor.until_state(asked, shopbell_client::MessageState::HandedOver).await;
    let heard = until("what came after", async || Some(far.heard()).filter(|heard| heard.len() == 4)).await;
    let ids: Vec<_> = heard.iter().map(|heard| heard.header("webhook-id").expect("an id")).collect();
    assert_eq!((ids[0], ids[1]), (ids[1], ids[2]), "the far side knows it for the same");
    assert_ne!(ids[2], ids[3]);
    let said = |place: usize| heard[place].text();
    assert_eq!((said(0), said(1)), (said(1), said(2)), "though more had been written");
    assert!(said(2).contains("Is it oak?") && !said(2).contains("how old"));
    assert!(said(3).contains("how old"));
}
