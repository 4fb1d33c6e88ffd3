//! What both sides are told when one of them acts on a conversation.

use super::{Answers, line::Line};
use crate::{
    hub::{Hub, NOBODY, ShopRoom, encode},
    outside,
    relay::Relay,
};
use shopbell_protocol::{ConversationId, Receipt, RelayFrame, Seq, ShopId, Side};
use shopbell_store::{StoreError, Wake};
use std::sync::Arc;

/// How far a frame says that its sender has come.
pub(super) fn received(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: Seq::NONE }
}

/// What was seen was also taken.
pub(super) fn opened(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: upto }
}

/// A side has come further: it is kept, and both sides are told what is true now, as are the
/// channels at which was said what a visitor has opened.
pub(crate) async fn advance(
    relay: &Arc<Relay>,
    shop: &ShopId,
    conversation: ConversationId,
    side: Side,
    asked: Receipt,
) -> Result<(), StoreError> {
    if let Some(receipt) = relay.store.advance(shop, conversation, side, asked).await? {
        relay.hub.tell_receipt(shop, conversation, side, receipt);
        if side == Side::Visitor && asked.opened > Seq::NONE {
            outside::opened(relay, shop, conversation, side, receipt.opened);
        }
    }
    Ok(())
}

/// Tells the devices of one side that somebody of the other is writing.
pub(super) fn typing(hub: &Hub, room: &ShopRoom, conversation: ConversationId, side: Side, active: bool) {
    room.tell(conversation, side.other(), NOBODY, &RelayFrame::Typing { conversation, side, active });
    hub.spread(Wake::Typing { shop: room.shop().clone(), conversation, side, active });
}

/// Answers with a stretch of a conversation.
pub(super) fn history(answers: &mut Answers, conversation: ConversationId, slice: shopbell_protocol::Slice) {
    Line::say(answers, &RelayFrame::History { conversation, slice });
}

/// Answers with a frame that was made already.
pub(super) fn pong(answers: &mut Answers) {
    answers.push(encode(&RelayFrame::Pong {}));
}
