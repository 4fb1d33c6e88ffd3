//! What both sides are told when one of them acts on a conversation.

use super::{Answers, line::Line};
use crate::{
    hub::{ShopRoom, encode},
    relay::Relay,
};
use shopbell_protocol::{ConversationId, Details, Receipt, RelayFrame, Seq, ShopId, Side};
use shopbell_store::StoreError;
use std::sync::Arc;

/// Nobody is left out.
const NOBODY: u64 = 0;

/// How far a frame says that its sender has come.
pub(super) fn received(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: Seq::NONE }
}

/// What was seen was also taken.
pub(super) fn opened(upto: Seq) -> Receipt {
    Receipt { handed: upto, opened: upto }
}

/// A side has come further: it is kept, and both sides are told what is true now.
pub(super) async fn advance(
    relay: &Relay,
    room: &Arc<ShopRoom>,
    shop: &ShopId,
    conversation: ConversationId,
    side: Side,
    receipt: Receipt,
) -> Result<(), StoreError> {
    if let Some(receipt) = relay.store.advance(shop, conversation, side, receipt).await? {
        let frame = RelayFrame::Receipt { conversation, side, receipt };
        room.tell(conversation, Side::Visitor, NOBODY, &frame);
        room.tell(conversation, Side::Owner, NOBODY, &frame);
        if side == Side::Owner {
            // What the owner has opened is no longer unread.
            relay.hub.changed(room, conversation);
        }
    }
    Ok(())
}

/// What is known of a visitor; none when the shop has no such conversation.
pub(super) async fn details(
    relay: &Relay,
    room: &ShopRoom,
    shop: &ShopId,
    conversation: ConversationId,
) -> Result<Option<Details>, StoreError> {
    let Some(kept) = relay.store.conversation(shop, conversation).await? else { return Ok(None) };
    let Some(mut summary) = relay.store.summary(shop, conversation).await? else { return Ok(None) };
    summary.visitor_here = room.visitor_here(conversation);
    Ok(Some(Details {
        summary,
        began_at: kept.began_at,
        locale: kept.locale,
        time_zone: kept.time_zone,
        visits: relay.store.visits(shop, conversation).await?,
        owner_receipt: kept.owner_receipt,
        visitor_receipt: kept.visitor_receipt,
    }))
}

/// Tells the owner's devices that watch a conversation what is known now.
pub(super) async fn tell_details(
    relay: &Relay,
    room: &ShopRoom,
    shop: &ShopId,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    if room.is_watched(conversation)
        && let Some(details) = details(relay, room, shop, conversation).await?
    {
        room.tell(conversation, Side::Owner, NOBODY, &RelayFrame::Details(details));
    }
    Ok(())
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
