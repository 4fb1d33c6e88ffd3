//! What both sides are told when one of them acts on a conversation.

use super::{Answers, line::Line};
use crate::{
    hub::{NOBODY, ShopRoom, encode},
    outside,
    relay::Relay,
};
use shopbell_protocol::{ConversationId, Receipt, RelayFrame, Seq, ShopId, Side};
use shopbell_store::StoreError;
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
        tell_receipt(relay, shop, conversation, side, receipt);
        if side == Side::Visitor && asked.opened > Seq::NONE {
            outside::opened(relay, shop, conversation, side, receipt.opened);
        }
    }
    Ok(())
}

/// Tells both sides how far one of them has come.
pub(crate) fn tell_receipt(
    relay: &Relay,
    shop: &ShopId,
    conversation: ConversationId,
    side: Side,
    receipt: Receipt,
) {
    let Some(room) = relay.hub.find_room(shop) else { return };
    let frame = RelayFrame::Receipt { conversation, side, receipt };
    room.tell(conversation, Side::Visitor, NOBODY, &frame);
    room.tell(conversation, Side::Owner, NOBODY, &frame);
    if side == Side::Owner {
        // What the owner has opened is no longer unread.
        relay.hub.changed(&room, conversation);
    }
}

/// Tells the devices of one side that somebody of the other is writing.
pub(super) fn typing(room: &ShopRoom, conversation: ConversationId, side: Side, active: bool) {
    room.tell(conversation, side.other(), NOBODY, &RelayFrame::Typing { conversation, side, active });
}

/// Answers with a stretch of a conversation.
pub(super) fn history(answers: &mut Answers, conversation: ConversationId, slice: shopbell_protocol::Slice) {
    Line::say(answers, &RelayFrame::History { conversation, slice });
}

/// Answers with a frame that was made already.
pub(super) fn pong(answers: &mut Answers) {
    answers.push(encode(&RelayFrame::Pong {}));
}
